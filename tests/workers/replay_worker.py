"""The real engine worker with an engine that replays a script in place of a model: for tests of what drives it.

Start it as a supervisor's command, with the script as JSON (or the path of a file that holds it) in MINIM_REPLAY:

    Supervisor(
        "engine", on_event,
        command=[sys.executable, "tests/workers/replay_worker.py"],
        env={"MINIM_REPLAY": json.dumps({"pieces": ["Let me think.</think>", "Hello."]})},
    )

The script (every key may be left out):

    pieces               what the model writes, a list of steps (below)
    rounds               a list of such lists: one for each Generate, the last one again for all that follow
    load, prefill        steps to go through in mid-load and in mid-prefill, for instance a gate
    delay_ms             pause before each text, 0; do without it where a gate will do
    load_steps           number of LoadProgress events, 3
    prefill_tokens       length of the prompt, 12 (CountTokens says so too)
    prefill_steps        number of PrefillProgress events, 2
    reused_tokens        how many of them came from the KV cache, 0
    context_length       4096
    memory_bytes         123456789
    memory_context       0
    thinking             the fields of its ThinkingSwitch, none
    dialect              one of `backends.dialects.NAMES`; "minimax-m2"
    starts_in_reasoning  true
    reason               how the generation ends if nothing stops it: "stop" | "length"; "stop"

A step is a text, or one of these:

    {"touch": PATH}      make a file: tells the test that this place was reached
    {"wait_for": PATH}   a gate: go on when the file appears, or when the request is cancelled
    {"wait_for": null}   a gate that opens by Cancel only
    {"fail": {"kind": …, "message": …, "hint": …}}    raise that MinimError
    {"crash": "words"}   raise an exception that nobody expects
    {"exit": CODE}       end the process on the spot; {"kill": SIGNAL}: by that signal
    {"signal": SIGNAL}   the same, given to the thread that works and to no other, as an abort is
    {"print": "words"}   print to stdout, as careless libraries do
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backends.contract.chat import GenerationOptions, Message, ThinkingSwitch, Usage
from backends.contract.commands import Generate
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    GenerationFinished,
    LoadProgress,
    ModelLoaded,
    PrefillProgress,
)
from backends.contract.models import ModelRef
from backends.contract.tools import ToolInfo
from backends.engines.base import Cancelled, EngineOutput, TextPiece
from backends.workers import engine, lanes

_GATE_SECONDS = 0.005
_LOAD_BYTES = 3_000_000


class ReplayEngine:
    """Speaks the `Engine` protocol and says what its script says."""

    def __init__(self, script: dict[str, Any]) -> None:
        self._script = script
        self._rounds: list[list[Any]] = script.get("rounds") or [script.get("pieces", [])]
        self._round = 0

    def load(
        self, model: ModelRef, prepared: Path, report: Callable[[LoadProgress], None], cancelled: Cancelled
    ) -> ModelLoaded:
        steps: int = self._script.get("load_steps", 3)
        for step in range(1, steps + 1):
            report(LoadProgress("reading", _LOAD_BYTES * step // steps, _LOAD_BYTES))
            if step == 1:
                for _ in self._texts(self._script.get("load", []), cancelled):
                    raise ValueError("a text cannot be loaded")
            if cancelled():
                raise RequestStopped
        return ModelLoaded(
            model=model,
            engine="MLX",
            dialect=self._dialect,
            context_length=self._script.get("context_length", 4096),
            memory_bytes=self.memory_bytes(),
            seconds=0.0,
            memory_context=self._script.get("memory_context", 0),
            thinking=ThinkingSwitch(**self._script.get("thinking", {})),
        )

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[EngineOutput]:
        pieces = self._rounds[min(self._round, len(self._rounds) - 1)]
        self._round += 1
        reused: int = self._script.get("reused_tokens", 0)
        total = self.count_tokens(request.messages, request.tools)
        steps: int = self._script.get("prefill_steps", 2)
        for step in range(1, steps + 1):
            yield PrefillProgress(reused, reused + (total - reused) * step // steps, total)
            if step == 1:
                for _ in self._texts(self._script.get("prefill", []), cancelled):
                    raise ValueError("a text cannot be read as a prompt")
        written = 0
        for text in self._texts(pieces, cancelled):
            if cancelled():
                break
            written += 1
            yield TextPiece(text, 1)
        reason = "cancelled" if cancelled() else self._script.get("reason", "stop")
        usage = Usage(total, reused, written, prefill_seconds=0.25, decode_seconds=written / 100)
        yield GenerationFinished(reason, usage, self.memory_bytes())

    def count_tokens(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> int:
        return self._script.get("prefill_tokens", 12)

    def reader_settings(
        self,
        messages: tuple[Message, ...],
        tools: tuple[ToolInfo, ...],
        options: GenerationOptions | None = None,
    ) -> dict[str, Any]:
        return {
            "name": self._dialect,
            "tools": [tool.as_openai() for tool in tools],
            "starts_in_reasoning": self._script.get("starts_in_reasoning", True),
        }

    def memory_bytes(self) -> int:
        return self._script.get("memory_bytes", 123456789)

    @property
    def _dialect(self) -> str:
        return self._script.get("dialect", "minimax-m2")

    def _texts(self, steps: list[Any], cancelled: Cancelled) -> Iterator[str]:
        """The texts among `steps`; everything else is done on the way."""
        for step in steps:
            if isinstance(step, str):
                time.sleep(self._script.get("delay_ms", 0) / 1000)
                yield step
            else:
                _do(step, cancelled)


def _do(step: dict[str, Any], cancelled: Cancelled) -> None:
    [(action, value)] = step.items()
    match action:
        case "touch":
            Path(value).touch()
        case "wait_for":
            while not cancelled() and not (value and Path(value).exists()):
                time.sleep(_GATE_SECONDS)
        case "fail":
            raise MinimError(**value)
        case "crash":
            raise ArithmeticError(value)
        case "exit":
            os._exit(value)
        case "kill":
            os.kill(os.getpid(), value)
        case "signal":
            signal.pthread_kill(threading.get_ident(), value)
        case "print":
            print(value, flush=True)
        case _:
            raise ValueError(f"no such step: {action}")


def main() -> None:
    """Be the engine worker, with the script in MINIM_REPLAY."""
    given = os.environ.get("MINIM_REPLAY", "{}")
    script = json.loads(given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8"))
    # Longer than a person would wait for it: what stops and ends is to be heard on a busy machine as well.
    lanes.END_GRACE_SECONDS = lanes.ANSWER_SECONDS = 30.0
    engine.main(open_engine=lambda model, wished: ReplayEngine(script))


if __name__ == "__main__":
    main()
