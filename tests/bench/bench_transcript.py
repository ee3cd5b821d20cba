"""How much of the window's thread the transcript takes while 300 tokens a second stream in.

`python -m tests.bench transcript` prints CPU milliseconds of a flush (median, 99th percentile) near 2,000
and near 100,000 characters of one answer, their ratio, and the 99th percentile of the event loop's lag.
"""

from __future__ import annotations

import os
import statistics
import sys
from itertools import cycle
from pathlib import Path
from time import perf_counter, thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from backends.contract.chat import AnswerPart, Message, user_message
from backends.conversation.changes import ConversationRecord, MessageAdded, MessageRecord, PartAdded, TextExtended
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.panes.reading_page import FLUSH_MS
from desktop.panes.transcript import Transcript
from tests.bench.measured import report

TOKENS_A_SECOND = 300
CHARACTERS_A_TOKEN = 4
SIZES = (2_000, 100_000)

_PROSE = (
    "## Section\n\nSome **bold** words, some `code`, a [link](https://example.org) and enough more of them to wrap "
    "over several lines, as answers of language models usually do when they explain what they are about to do next.\n\n"
    "1. First a step with *emphasis*\n2. Then another one\n   - with a nested item\n   - and one more\n\n"
    "> A remark in a quote.\n\n| Name | Size |\n|---|--:|\n| 4bit | 128.7 GB |\n| 8bit | 243 GB |\n\n"
    "```python\ndef area(radius: float) -> float:\n    return 3.14159 * radius**2\n\n\nprint(area(2))\n```\n\n"
)


def pieces(size: int) -> list[str]:
    """Markdown of `size` characters, cut into tokens."""
    text = (_PROSE * (size // len(_PROSE) + 1))[:size]
    return [text[start : start + CHARACTERS_A_TOKEN] for start in range(0, size, CHARACTERS_A_TOKEN)]


class Stream:
    """A transcript in which one answer grows."""

    def __init__(self) -> None:
        self.model = ConversationModel()
        self.pane = Transcript(self.model)
        self.pane.resize(900, 800)
        self.pane.show()
        user, answer = user_message("Go on"), Message("assistant", ())
        self.model.show(ConversationRecord("c", "", 0.0, 0.0), ())
        self.model.apply(MessageAdded(MessageRecord(1, "c", None, user, "complete", 0.0)))
        self.model.apply(MessageAdded(MessageRecord(2, "c", 1, answer, "writing", 0.0, "Model")))
        self.model.apply(PartAdded(2, 0, AnswerPart("")))
        self.tokens = cycle(pieces(len(_PROSE)))

    def fill(self, characters: int) -> None:
        """Bring the answer to a length, as it would be by then."""
        for token in pieces(characters):
            self.model.apply(TextExtended(2, 0, token))
        self.pane.flush()
        for _ in range(20):
            QApplication.processEvents()

    def measure(self, flushes: int) -> list[float]:
        """CPU milliseconds of `flushes` turns: take the tokens of one interval, flush, lay out and paint."""
        each = max(1, round(TOKENS_A_SECOND * FLUSH_MS / 1000))
        costs: list[float] = []
        for _ in range(flushes):
            began = thread_time()
            for _ in range(each):
                self.model.apply(TextExtended(2, 0, next(self.tokens)))
            self.pane.flush()
            self.pane.view.viewport().repaint()
            costs.append((thread_time() - began) * 1000)
            QApplication.processEvents()
        return costs

    def lag(self, seconds: float) -> list[float]:
        """Milliseconds by which a 5 ms timer is late while tokens arrive in real time."""
        late: list[float] = []
        last = perf_counter()

        def tick() -> None:
            nonlocal last
            now = perf_counter()
            late.append(max(0.0, (now - last) * 1000 - 5))
            last = now

        loop = QEventLoop()
        probe = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
        probe.timeout.connect(tick)
        feeder = QTimer(interval=FLUSH_MS)
        each = max(1, round(TOKENS_A_SECOND * FLUSH_MS / 1000))
        text = lambda: "".join(next(self.tokens) for _ in range(each))  # noqa: E731
        feeder.timeout.connect(lambda: self.model.apply(TextExtended(2, 0, text())))
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        probe.start()
        feeder.start()
        loop.exec()
        probe.stop()
        feeder.stop()
        return late


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of `values` do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main(runs: int = 5, flushes: int = 120) -> dict[str, float]:
    """Measure in alternating runs, print the table, and return the medians."""
    app = QApplication.instance() or QApplication([])
    if isinstance(app, QApplication):
        theme.set_up(app, "light")
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    lags: list[float] = []
    for _ in range(runs):
        for size in SIZES:
            stream = Stream()
            stream.fill(size)
            costs = stream.measure(flushes)
            found[size].append((statistics.median(costs), percentile(costs, 99)))
            if size == SIZES[-1]:
                lags.append(percentile(stream.lag(2.0), 99))
            stream.pane.close()
            stream.pane.deleteLater()
            QApplication.processEvents()
    result: dict[str, float] = {}
    for size in SIZES:
        result[f"median_ms_{size}"] = statistics.median(median for median, _ in found[size])
        result[f"p99_ms_{size}"] = statistics.median(worst for _, worst in found[size])
    small, large = SIZES
    result["ratio"] = result[f"median_ms_{large}"] / result[f"median_ms_{small}"]
    result["ratio_p99"] = result[f"p99_ms_{large}"] / result[f"p99_ms_{small}"]
    result["lag_p99_ms"] = statistics.median(lags)
    for size in SIZES:
        median = f"median {result[f'median_ms_{size}']:.2f} ms"
        report(f"flush at {size:,} characters, p99 CPU ms", result[f"p99_ms_{size}"], "at most 10", median)
    report("flush at 100,000 against 2,000 characters, p99", result["ratio_p99"], "at most 1.5")
    report("the same, median", result["ratio"], "at most 1.5")
    report("event-loop lag while 300 tokens/s stream in, p99 ms", result["lag_p99_ms"], "at most 33")
    return result


if __name__ == "__main__":
    main()
