"""What the terminal shows: the answer on stdout, all else on stderr, and nothing that could steer the terminal."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata

import msgspec

from backends.contract.chat import AnswerPart, CallPart, Part, ReasoningPart, ResultPart
from backends.contract.events import Event
from backends.conversation.changes import (
    CallProgressed,
    Change,
    ContextFilled,
    MessageEnded,
    PartAdded,
    PartReplaced,
    SessionFailed,
    TextExtended,
)

_DIM, _NORMAL = "\x1b[2m", "\x1b[0m"
_KEPT = "\n\t"
_SHOWN_LINES, _SHOWN_SIGNS = 20, 1000
"""How much of a result is shown: the model gets all of it."""


def open_streams() -> None:
    """Make stdout and stderr take every text: a sign that the terminal's encoding lacks becomes "?".

    One that was closed before Minim began (`>&-`) is None in Python; what is written to it goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 # until the end
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def harmless(text: str, kept: str = _KEPT) -> str:
    """`text` without the control and direction signs that could move the cursor or make it read as something else."""
    return "".join(sign for sign in text if sign in kept or unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))


def call_words(name: str | None, arguments: dict[str, object]) -> str:
    """A call on one line, with all its arguments: `calculator(expression="37 * 48")`."""
    values = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return harmless(f"{name or 'a call without a name'}({', '.join(values)})", kept="")


def result_words(text: str, most: int = _SHOWN_LINES) -> str:
    """A tool's result, its beginning where it is long; no line of it stands where Minim's own words begin."""
    lines = harmless(text).split("\n")
    shown = [line if len(line) <= _SHOWN_SIGNS else f"{line[:_SHOWN_SIGNS]}…" for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"… {len(lines) - most:,} more lines")
    return "\n  ".join(shown)


def full_words(filled: ContextFilled) -> str:
    """That there is no room left, and where."""
    if filled.in_memory:
        room = f"memory has room for {filled.limit:,}"
        return f"The conversation has {filled.used:,} tokens; {room}. Going on is possible, and may be slow."
    return f"The context is full: the model’s context length is {filled.limit:,} tokens."


def say(words: str) -> None:
    """A line for the person, on stderr."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def say_failure(message: str, hint: str = "") -> None:
    """What went wrong, and what to do."""
    say(harmless(f"minim: {message}" + (f"\n       {hint}" if hint else "")))


def print_event(event: Event) -> None:
    """An event of a worker as one JSON line on stdout, as on the wire."""
    sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
    sys.stdout.flush()


class PlainOutput:
    """Shows changes as they come. With `quiet_answer`, stdout is left to something else."""

    def __init__(self, *, quiet_answer: bool = False) -> None:
        self._quiet_answer = quiet_answer
        self._parts: dict[tuple[int, int], Part] = {}
        self._calls: dict[tuple[int, str], CallPart] = {}
        self._asked: set[tuple[int, str]] = set()
        self._told: set[tuple[int, str]] = set()
        self._open: Part | None = None
        self._death_told = False

    def show(self, change: Change) -> None:
        """Show one change."""
        match change:
            case PartAdded(message, index, part):
                self._parts[message, index] = part
                self._show_part(message, part)
            case TextExtended(message, index, text):
                self._write(self._parts[message, index], text)
            case PartReplaced(message, part=CallPart() as call):
                self._show_part(message, call)
            case CallProgressed():
                self._show_progress(change)
            case MessageEnded(status=status):
                # Why a message failed is told by SessionFailed, or was shown as a call that was cut off.
                self._end_line()
                if status == "length":
                    say("(The limit of tokens was reached.)")
            case SessionFailed(kind, message, hint):
                self._end_line()
                # A worker that died is told by all who waited for it.
                if kind != "worker_died" or not self._death_told:
                    say_failure(message, hint)
                self._death_told = self._death_told or kind == "worker_died"
            case _:
                pass

    def call(self, message: int, call_id: str) -> CallPart:
        """A call that is ready."""
        return self._calls[message, call_id]

    def call_line(self, message: int, call_id: str) -> str:
        """The words for a call that is ready."""
        call = self.call(message, call_id)
        return call_words(call.name, call.arguments)

    def _show_progress(self, change: CallProgressed) -> None:
        """A call is shown when it runs; one that is asked about is shown, whole, by the question."""
        this = change.message, change.call_id
        match change.progress:
            case "asking":
                self._end_line()
                self._asked.add(this)
            case "running" if this not in self._asked:
                self._told.add(this)
                say(f"→ {self.call_line(*this)}")
            case _:
                pass

    def _show_part(self, message: int, part: Part) -> None:
        self._end_line()
        match part:
            case ReasoningPart(text=text) | AnswerPart(text=text):
                self._write(part, text)
            case CallPart(state="ready"):
                self._calls[message, part.call_id] = part
            case CallPart(state="unfinished"):
                say(f"× {call_words(part.name, part.arguments)} was cut off and not run")
            case ResultPart(call_id, text, diff=diff):
                if (message, call_id) in self._calls and (message, call_id) not in self._asked | self._told:
                    say(f"→ {self.call_line(message, call_id)}")  # of a tool that there is not: it never runs
                say(f"← {result_words(text)}")
                if diff and (message, call_id) not in self._asked:  # who was asked has seen it
                    say(result_words(diff, 2 * _SHOWN_LINES))
            case _:
                pass

    def _write(self, part: Part, text: str) -> None:
        if isinstance(part, ReasoningPart) and sys.stderr.isatty():
            self._open = part
            sys.stderr.write(f"{_DIM}{harmless(text)}{_NORMAL}")
            sys.stderr.flush()
        elif isinstance(part, AnswerPart) and not self._quiet_answer:
            self._open = part
            sys.stdout.write(harmless(text) if sys.stdout.isatty() else text)
            sys.stdout.flush()

    def _end_line(self) -> None:
        if isinstance(self._open, ReasoningPart):
            sys.stderr.write("\n")
        elif isinstance(self._open, AnswerPart):
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._open = None
