# pyright: basic
# basic: mlx-lm's model and tokenizer are untyped.
"""Time to first token of a second turn after 6,000 tokens: read ahead or not, from disk, and by `mlx_lm.server`."""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backends.contract.chat import AnswerPart, GenerationOptions, Message, user_message
from backends.contract.commands import Generate, LoadModel, ReadAhead
from backends.contract.events import (
    Envelope,
    Event,
    GenerationFinished,
    ModelLoaded,
    PrefillProgress,
    ReadAheadFinished,
    RequestFailed,
    WorkerExited,
)
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.storage.library import POCKET_FOLDER
from backends.workers.supervisor import Supervisor
from tests.bench.measured import report

ASKED = 5
TEXT = "The river begins in the hills, where rain falls on stone, and runs down to the plain. " * 11
HISTORY = tuple(
    message
    for number in range(8)
    for message in (user_message(f"Part {number}. {TEXT}"), Message("assistant", (AnswerPart(f"Read. {TEXT}"),)))
)
FIRST = (*HISTORY, user_message("What comes next?"))
ANSWERED = (*FIRST, Message("assistant", (AnswerPart(TEXT[:400]),)))
OPTIONS = GenerationOptions(temperature=0.0, max_tokens=4, ignore_end=True)

# The built-in model as mlx_lm.server can run it at our speed on a CPU, where half precision is slow.
_MAKE_FLOAT32 = """
import sys
from pathlib import Path
import mlx.core as mx
from backends.engines.mlx_library import load_model, load_tokenizer, quantize_model, save_config, save_model

source, target = map(Path, sys.argv[1:])
model, config = load_model(source)
model.set_dtype(mx.float32)
model, config = quantize_model(model, config, 64, 4)
target.mkdir()
save_model(target, model)
save_config(config, target / "config.json")
for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
    (target / name).write_bytes((source / name).read_bytes())
"""


def follow_up(number: int) -> tuple[Message, ...]:
    return (*ANSWERED, user_message(f"And what of stone number {number}?"))


class Worker:
    """The engine worker with a model, and a clock."""

    def __init__(self, home: Path, model: Path) -> None:
        self._heard: dict[int, list[tuple[float, Event]]] = {}
        self._changed = threading.Condition()
        self._supervisor = Supervisor("engine", self._hear, env={"MINIM_HOME": str(home)})
        reference = ModelRef("Pocket M2", "mlx", "4bit", "folder", str(model))
        self._wait(self._supervisor.send(LoadModel(reference, KeepLimits(cache_disk_bytes=2**31))), ModelLoaded)

    def ask(self, messages: tuple[Message, ...]) -> tuple[float, int, int]:
        """Seconds to the first token, tokens that were read for it, tokens of the prompt."""
        begun = time.monotonic()
        request = self._supervisor.send(Generate(messages, (), OPTIONS))
        usage = self._wait(request, GenerationFinished)[1].usage
        # Reading is told as complete when the first token has been sampled.
        first = next(
            at for at, event in self._heard[request] if isinstance(event, PrefillProgress) and event.done == event.total
        )
        return first - begun, usage.prompt_tokens - usage.reused_tokens, usage.prompt_tokens

    def read_ahead(self, messages: tuple[Message, ...]) -> None:
        self._wait(self._supervisor.send(ReadAhead(messages)), ReadAheadFinished)

    def close(self) -> float:
        """Seconds until it was gone."""
        begun = time.monotonic()
        self._supervisor.close()
        return time.monotonic() - begun

    def _hear(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            self._heard.setdefault(envelope.request_id, []).append((time.monotonic(), envelope.body))
            self._changed.notify_all()

    def _wait(self, request: int, kind: type) -> tuple[float, Any]:
        def found() -> Any:
            if any(isinstance(event, (RequestFailed, WorkerExited)) for _, event in self._heard.get(request, [])):
                raise RuntimeError(f"the worker failed: {self._heard[request]}")
            return next((heard for heard in self._heard.get(request, []) if isinstance(heard[1], kind)), None)

        with self._changed:
            return self._changed.wait_for(found, 300)


class Server:
    """`mlx_lm.server` on loopback."""

    def __init__(self, model: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        command = [sys.executable, "-m", "mlx_lm", "server", "--model", str(model), "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("mlx_lm.server did not start")

    def ask(self, messages: tuple[Message, ...]) -> float:
        """Seconds to the first token."""
        body = {
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "max_tokens": OPTIONS.max_tokens,
            "temperature": 0.0,
            "stream": True,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        begun = time.monotonic()
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        first = 0.0
        for line in response:
            if not first and line.startswith(b"data: {"):
                first = time.monotonic() - begun
        connection.close()
        if not first:
            raise RuntimeError(f"mlx_lm.server answered {response.status} without a token")
        return first

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def median(measure: Callable[[int], float]) -> float:
    return statistics.median(measure(number) for number in range(ASKED))


def main() -> None:
    """Print the ratios. Cold is the first turn, whose prompt is a little shorter."""
    with tempfile.TemporaryDirectory() as folder:
        home, model = Path(folder) / "home", Path(folder) / "model"
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run(
            [sys.executable, "-c", _MAKE_FLOAT32, str(POCKET_FOLDER), str(model)], env=environment, check=True
        )
        worker = Worker(home, model)
        cold, read, total = worker.ask(FIRST)
        detail = f"{read:,} of {total:,} tokens, {cold:.1f} s cold"
        unread, read, total = worker.ask(follow_up(0))
        share = read / total
        report(
            "first token / cold, by the share of tokens read",
            unread / cold / share,
            "up to 2: late tokens cost more",
            f"{read} tokens",
        )
        worker.read_ahead(ANSWERED)
        ahead = median(lambda number: worker.ask(follow_up(number + 1))[0])
        report("first token / cold, read ahead", ahead / cold, "at most 0.05", f"{ahead * 1000:.0f} ms; {detail}")
        closing = worker.close()
        opened = median(lambda number: _after_opening(home, model, number))
        report(
            "first token / cold, after closing and opening", opened / cold, "at most 0.10", f"{opened * 1000:.0f} ms"
        )
        report("seconds to close, caches put on the disk", closing, "at most 3")
        server = Server(model)
        server.ask(FIRST)
        theirs = server.ask(follow_up(0))
        report("second turn, not read ahead / mlx_lm.server", unread / theirs, "at most 1", f"{theirs * 1000:.0f} ms")
        report("second turn, read ahead / mlx_lm.server", ahead / theirs, "at most 1")
        server.close()


def _after_opening(home: Path, model: Path, number: int) -> float:
    worker = Worker(home, model)
    seconds, _, _ = worker.ask(follow_up(10 + number))
    worker.close()
    return seconds
