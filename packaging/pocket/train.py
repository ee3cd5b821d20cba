"""Train Pocket M2: `python packaging/pocket/train.py --out DIR`. Stopped at any time, it goes on where it was."""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from batches import make_batch
from build_tokenizer import build
from copying_start import start_copying
from fake_quantization import Precision
from optimizers import make_optimizers
from pocket_model import PocketModel, Shape
from tokenizers import Tokenizer
from torch.nn import functional

STORED_AS = (3, 3, 3, 4, 4, 5, 6, 8, 16)
AVERAGE = 0.995


@dataclass
class Run:
    """Everything that a checkpoint keeps."""

    model: PocketModel
    optimizers: list[torch.optim.Optimizer]
    average: dict[str, torch.Tensor]
    step: int = 0
    seen: dict[str, float] = field(default_factory=lambda: {"tokens": 0.0, "taught": 0.0, "minutes": 0.0})

    def save(self, path: Path) -> None:
        """Write the checkpoint in one move, so that a stop in between leaves the old one whole."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "step": self.step,
            "seen": self.seen,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.average, self.step, self.seen = state["average"], state["step"], state["seen"]


def start(seed: int) -> Run:
    """A fresh model."""
    torch.manual_seed(seed)
    model = PocketModel(Shape())
    start_copying(model)
    return Run(model, make_optimizers(model), {name: value.clone() for name, value in model.state_dict().items()})


def rate(step: int, options: argparse.Namespace) -> float:
    """The share of the full learning rate: a short rise, a plateau, and a straight fall at the end."""
    left = max(0.0, (options.steps - step) / max(1, options.decay))
    return min(1.0, (step + 1) / 40, 0.02 + 0.98 * left)


def precision_of(step: int, options: argparse.Namespace) -> Precision:
    """How the weights are stored in this step: as they are, or at a random width late in the training."""
    rng = random.Random(f"{options.seed}:width:{step}")
    quantized = 1.0 if step >= options.quantize_from else options.quantize_share
    return rng.choice(STORED_AS) if rng.random() < quantized else None


def take_step(run: Run, tokenizer: Tokenizer, options: argparse.Namespace) -> float:
    """One step; returns the loss."""
    batch = make_batch(f"{options.seed}:{run.step}", tokenizer, options.rows, options.length)
    precision = precision_of(run.step, options)
    logits = run.model(batch.tokens, batch.positions, batch.blocks, batch.wanted, precision)
    loss = functional.cross_entropy(logits, batch.targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    share = rate(run.step, options)
    for optimizer in run.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["full"] * share
        optimizer.step()
        optimizer.zero_grad()
    run.model.balance(1e-3 * share)
    run.step += 1
    keep = min(AVERAGE, run.step / (run.step + 10))
    for name, value in run.model.state_dict().items():
        run.average[name].lerp_(value, 1 - keep)
    run.seen["tokens"] += batch.tokens.numel()
    run.seen["taught"] += batch.targets.numel()
    return loss.item()


def train(options: argparse.Namespace) -> None:
    """Train until the last step, writing a line and a checkpoint every so often."""
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    words = options.out / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(words)) if words.exists() else build(options.out)
    run = start(options.seed)
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        run.load(checkpoint)
    losses: list[float] = []
    began = time.monotonic()
    while run.step < options.steps:
        losses.append(take_step(run, tokenizer, options))
        if run.step % options.every == 0 or run.step == options.steps:
            now = time.monotonic()
            run.seen["minutes"] += (now - began) / 60
            began = now
            line = {
                "step": run.step,
                "loss": round(sum(losses) / len(losses), 4),
                "share": round(rate(run.step, options), 3),
            }
            line |= {name: round(value, 1) for name, value in run.seen.items()}
            line["load"] = [round(layer.block_sparse_moe.load.max().item(), 2) for layer in run.model.layers]
            print(json.dumps(line), flush=True)
            losses.clear()
            run.save(checkpoint)


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the tokenizer and the checkpoint go")
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--decay", type=int, default=1500, help="over how many last steps the rate falls")
    parser.add_argument("--quantize-from", type=int, default=3300, help="from which step weights are always quantized")
    parser.add_argument("--quantize-share", type=float, default=0.0, help="the share of quantized steps before that")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--length", type=int, default=1024)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    train(read_options())
