"""Soak: one turn at 32,768 tokens of context is read once, stopped within a second, kept over the night.

python tests/engines/soak_long_context.py --tokens 32768
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backends.contract.chat import AnswerPart, Message, user_message  # noqa: E402 - found by the line above
from backends.contract.models import ModelRef  # noqa: E402
from backends.storage.library import POCKET_FOLDER  # noqa: E402
from tests.engines.asked_worker import Asked, AskedWorker  # noqa: E402

POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))
SENTENCE = "The river begins in the hills, where rain falls on stone, and runs down to the plain. "
_LAST_TOKENS = 64  # of the context: for what is written, and for the turn's own words
_STOP_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=32768)
    tokens: int = parser.parse_args().tokens
    with tempfile.TemporaryDirectory() as folder:
        wrong = soak(Path(folder), tokens)
    sys.stdout.write(f"{'; '.join(wrong) if wrong else 'all as it should be'}\n")
    sys.exit(bool(wrong))


def soak(home: Path, tokens: int) -> list[str]:
    """Fill a context of `tokens` with one turn, go on from it, open it again; → what was wrong, in words."""
    wrong: list[str] = []
    worker = AskedWorker(home, POCKET)
    short = worker.ask((user_message(SENTENCE),), max_tokens=1).usage.prompt_tokens
    long = worker.ask((user_message(SENTENCE * 11),), max_tokens=1).usage.prompt_tokens
    asked = (user_message(SENTENCE * (1 + (tokens - _LAST_TOKENS - short) * 10 // (long - short))),)

    seconds = worker.stop_while_reading(asked, tokens // 2, "long")
    _say("stopped in the middle", f"{seconds * 1000:.0f} ms")
    if seconds > _STOP_SECONDS:
        wrong.append(f"Stop took {seconds:.1f} s")

    first = worker.ask(asked, "long")
    _tell("the rest of the turn", first)
    if first.usage.reused_tokens < tokens // 2:
        wrong.append(f"what was read before Stop was read again: {first.usage.reused_tokens} tokens were there")
    if not tokens - 3 * _LAST_TOKENS < first.usage.prompt_tokens < tokens or first.usage.generated_tokens < 1:
        wrong.append(f"the turn has {first.usage.prompt_tokens} tokens")

    again = worker.ask(asked, "long")
    _tell("regenerated", again)
    following = (*asked, Message("assistant", (AnswerPart("I read it."),)), user_message("And now?"))
    second = worker.ask(following, "long")
    _tell("the next turn", second)
    if not 0 < second.read_tokens < 2 * _LAST_TOKENS:
        wrong.append(f"the next turn read {second.read_tokens} tokens")

    begun = time.monotonic()
    worker.close()
    _say("closed", f"{time.monotonic() - begun:.1f} s")
    worker = AskedWorker(home, POCKET)
    opened = worker.ask(asked, "long")
    worker.close()
    _tell("opened again", opened)
    # The next turn has taken the place of the words that the first one's prompt ends with.
    for what, answer, most in (("regenerated", again, 1), ("opened again", opened, 8)):
        if answer.read_tokens > most:
            wrong.append(f"{what}, it read {answer.read_tokens} tokens")
        if answer.text != first.text:
            wrong.append(f"{what}, it wrote {answer.text!r}, and {first.text!r} before")
    return wrong


def _tell(what: str, answer: Asked) -> None:
    usage = answer.usage
    reused = f"reused {usage.reused_tokens:,} of {usage.prompt_tokens:,}"
    _say(what, f"{reused}, first token after {answer.first_seconds:.1f} s")


def _say(what: str, figures: str) -> None:
    sys.stdout.write(f"{what:<24} {figures}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
