"""The engine worker against the bare libraries: tokens a second in both engines, and how soon it is ready.

python -m tests.bench worker, or, for Transformers with another Python: python -m tests.bench.bench_worker --python PATH
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backends.contract.chat import GenerationOptions, user_message
from backends.contract.commands import Generate, LoadModel
from backends.contract.events import (
    Envelope,
    Event,
    GenerationFinished,
    ModelLoaded,
    PrefillProgress,
    Ready,
    RequestFailed,
    WorkerExited,
)
from backends.contract.models import EngineName, ModelRef
from backends.storage.library import POCKET_FOLDER
from backends.workers.supervisor import Supervisor
from tests.bench.bench_tokens import BARE, QUESTION, TOKENS
from tests.bench.measured import alternate, report

OPTIONS = GenerationOptions(temperature=0.0, max_tokens=TOKENS, ignore_end=True)

# The same with Transformers. A streamer is told each token; it decodes them, as whoever shows them has to.
_BARE_TRANSFORMERS = """
import sys, time
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, TextStreamer

class Counting(TextStreamer):
    count, first, last = -1, 0.0, 0.0

    def put(self, value):
        super().put(value)
        self.count += 1  # the prompt comes first
        self.last = time.perf_counter()
        if self.count == 1:
            self.first = self.last

    def on_finalized_text(self, text, stream_end=False):
        pass

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
place = {"device_map": "cuda", "dtype": torch.bfloat16} if torch.cuda.is_available() else {"dtype": torch.float32}
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], **place)
model.generation_config.eos_token_id = None
chat = [{"role": "user", "content": sys.argv[2]}]
prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
streamer = Counting(tokenizer)
tokens = int(sys.argv[3])
model.generate(**prompt.to(model.device), streamer=streamer, max_new_tokens=tokens, do_sample=False, use_mtp=False)
print((streamer.count - 1) / (streamer.last - streamer.first))
"""


class Life:
    """One life of a worker, from its start: when which event came."""

    def __init__(self, python: str, home: str, model: ModelRef, engine: EngineName) -> None:
        self._heard: list[tuple[float, Envelope[Event]]] = []
        self._changed = threading.Condition()
        self._supervisor = Supervisor(
            "engine", self._hear, command=[python, "-m", "backends.workers", "engine"], env=_environment(home)
        )
        self.began = time.monotonic()
        request = self._supervisor.send(LoadModel(model, engine=engine))
        self.ready = self._when(Ready, 0)[0]
        self.loaded = self._when(ModelLoaded, request)[0]

    def tokens_per_second(self) -> float:
        """Of one answer; timed where it arrives, the first token not counted."""
        request = self._supervisor.send(Generate((user_message(QUESTION),), (), OPTIONS))
        last, finished = self._when(GenerationFinished, request)
        if finished.usage.generated_tokens != TOKENS:
            raise RuntimeError(f"{finished.usage.generated_tokens} tokens were written")
        first = next(
            at
            for at, heard in self._heard
            if isinstance(heard.body, PrefillProgress) and heard.body.done == heard.body.total
        )
        return (TOKENS - 1) / (last - first)

    def close(self) -> None:
        self._supervisor.close()

    def _hear(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            self._heard.append((time.monotonic(), envelope))
            self._changed.notify_all()

    def _when(self, kind: type, request: int) -> tuple[float, Any]:
        def found() -> tuple[float, Any] | None:
            for at, heard in self._heard:
                if isinstance(heard.body, (RequestFailed, WorkerExited)):
                    raise RuntimeError(f"the worker failed: {heard.body}")
                if isinstance(heard.body, kind) and heard.request_id == request:
                    return at, heard.body
            return None

        with self._changed:
            heard = self._changed.wait_for(found, 600)
        if heard is None:
            raise RuntimeError(f"no {kind.__name__} came")
        return heard


def main(arguments: Sequence[str] = ()) -> None:
    """Print the ratios of the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="runs Transformers, the worker and bare")
    parser.add_argument("--only", choices=("MLX", "Transformers", "start"), help="one of the measurements")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        if args.only in (None, "start"):
            _measure_start(home)
        if args.only in (None, "MLX"):
            quantized = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))
            Life(sys.executable, home, quantized, "MLX").close()  # makes the form
            folder = next(path.parent for path in Path(home).glob("**/config.json"))
            _measure_tokens(sys.executable, home, quantized, "MLX", BARE, folder)
        if args.only in (None, "Transformers"):
            if not _has_torch(args.python):
                sys.stdout.write(f"tokens/s with Transformers: not measured, since {args.python} has no torch\n")
                return
            published = ModelRef("Pocket M2", "pytorch", "none", "builtin", str(POCKET_FOLDER))
            _measure_tokens(args.python, home, published, "Transformers", _BARE_TRANSFORMERS, POCKET_FOLDER)


def _measure_start(home: str) -> None:
    model = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))
    hellos: list[float] = []

    def spawned() -> float:
        life = Life(sys.executable, home, model, "MLX")
        life.close()
        hellos.append(life.ready - life.began)
        return life.loaded - life.began

    def imported() -> float:
        begun = time.monotonic()
        subprocess.run([sys.executable, "-c", "import mlx_lm"], env=_environment(home), check=True)
        return time.monotonic() - begun

    here, there = alternate(spawned, imported)
    detail = f"{here * 1000:.0f} / {there * 1000:.0f} ms; it says hello after {min(hellos) * 1000:.0f} ms"
    report("spawn to a loaded model / import mlx_lm", here / there, "at most 1.2", detail)


def _measure_tokens(python: str, home: str, model: ModelRef, engine: EngineName, script: str, folder: Path) -> None:
    def worker() -> float:
        life = Life(python, home, model, engine)
        speed = life.tokens_per_second()
        life.close()
        return speed

    def bare() -> float:
        command = [python, "-c", script, str(folder), QUESTION, str(TOKENS)]
        done = subprocess.run(command, env=_environment(home), capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    here, there = alternate(worker, bare)
    what = f"tokens/s through the worker / bare {'stream_generate' if engine == 'MLX' else 'generate'}, {engine}"
    report(what, here / there, "at least 0.97", f"{here:.0f} / {there:.0f}")


def _has_torch(python: str) -> bool:
    look = (
        "from importlib.util import find_spec as find; import sys; sys.exit(not (find('torch') and find('accelerate')))"
    )
    return subprocess.run([python, "-c", look], check=False).returncode == 0


def _environment(home: str) -> dict[str, str]:
    """For both sides. On a CPU two threads of torch are slower than one as soon as anything else runs."""
    return {**os.environ, "MINIM_HOME": home, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}


if __name__ == "__main__":
    main(sys.argv[1:])
