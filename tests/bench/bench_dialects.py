"""How fast MiniMax-M2's output is read: CPU seconds, the cost of twice the text, the memory of a large value."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

from backends.dialects import open_reader
from tests.bench.measured import alternate, report

PIECE = 4
CHARACTERS = 123_000
LARGE = 10_000_000
OPEN = '<minimax:tool_call>\n<invoke name="write">\n<parameter name="text">'
CLOSE = "</parameter>\n</invoke>\n</minimax:tool_call>"
CODE = "    if a < b and c > d:\n        return [x for x in y]  # `z`\n\n"


def _of(length: int, text: str) -> str:
    return (text * (length // len(text) + 1))[:length]


def _call(value: str) -> str:
    return f"hm\n</think>\n\nNow.\n{OPEN}{value}{CLOSE}"


def outputs(length: int) -> dict[str, str]:
    """Outputs of about `length` characters: a usual one first, then those that a reader could be slow at."""
    example = f"{OPEN}x{CLOSE}\n"
    return {
        "a file's text": _call(_of(length, CODE)),
        "a value of <": _call(_of(length, "<")),
        "a value of </parameter>": _call(_of(length, "</parameter> ")),
        "a value of half closed calls": _call(_of(length, "</parameter></invoke>\n")),
        "a value of example calls": _call(example * (length // len(example))),
        "a value of example calls, the last one cut off": _call(example * (length // len(example)) + example[:-9]),
        "a value of calls that only begin": _call(_of(length, f"{OPEN}x\n")),
        "white space behind </parameter>": _call("</parameter>" + " " * length),
        "white space in the answer": "</think>a" + " \n" * (length // 2) + "b",
        "backticks": "</think>" + _of(length, "` ``` ``\n"),
        "a long rehearsed call": f"{OPEN}{_of(length, CODE)}{CLOSE} or not</think>Yes.",
        "many rehearsed calls": _of(length, f"{OPEN}x{CLOSE} or not\n") + "</think>Yes.",
        "calls in backticks": "</think>" + _of(length, f"`{OPEN}x{CLOSE}` or\n"),
        "<think> without an end": "</think><think>" + _of(length, "a < b "),
        "<think> behind every call": "</think>" + _of(length, f"{OPEN}x{CLOSE}<think>"),
        "an example call in every parameter": f"</think>{OPEN}a</parameter>"
        + _of(length, f'<parameter name="x">{OPEN}x{CLOSE}</parameter>\n'),
        "a call that cannot be read": f'</think><minimax:tool_call><invoke name="x">{_of(length, "a < b ")}',
        "a name without an end": f'</think><minimax:tool_call><invoke name="{_of(length, "a < b ")}',
        "plain answer": "</think>" + _of(length, "The quick brown fox, a < b. "),
    }


def seconds(text: str) -> float:
    """CPU seconds to read `text` in pieces of a token's length."""
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    reader = open_reader("minimax-m2", starts_in_reasoning=True)
    began = time.process_time()
    for piece in pieces:
        reader.feed(piece)
    reader.finish()
    return time.process_time() - began


def peak_bytes(text: str) -> int:
    """The most memory that reading `text` took beside the text itself."""
    pieces: Iterator[str] = (text[at : at + PIECE] for at in range(0, len(text), PIECE))
    reader = open_reader("minimax-m2", starts_in_reasoning=True)
    tracemalloc.start()
    for piece in pieces:
        reader.feed(piece)
    reader.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    """Print the figures; each is the median of five."""
    once, twice = outputs(CHARACTERS), outputs(2 * CHARACTERS)
    for name in once:
        one, two = alternate(lambda text=once[name]: seconds(text), lambda text=twice[name]: seconds(text))
        report(f"{name}: CPU seconds for {CHARACTERS:,} characters", one, "< 0.5")
        report(f"{name}: twice the text takes … times as long", two / one, "< 2.2")
    value = _of(LARGE, CODE)
    report(
        f"memory while a value of {LARGE:,} characters is read, × the value", peak_bytes(_call(value)) / LARGE, "< 5"
    )
