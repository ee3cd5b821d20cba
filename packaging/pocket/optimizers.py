"""Muon for the matrices, Adam for embeddings, head, router and norms: fewer steps than Adam alone needs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

ADAM_RATES = {"embed_tokens": 4e-3, "lm_head": 2e-3, "gate": 1e-3}


def orthogonal(update: Tensor, rounds: int = 5) -> Tensor:
    """Return the nearest (semi-)orthogonal matrices by Newton-Schulz iteration. update: [..., rows, columns].

    Source of the coefficients: Keller Jordan, "Muon", https://kellerjordan.github.io/posts/muon/
    """
    tall = update.shape[-2] > update.shape[-1]
    x = update.mT if tall else update
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal, for matrices and stacks of matrices."""

    def __init__(self, params: list[Tensor], lr: float = 0.02, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Take one step."""
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["momentum"] = torch.zeros_like(weight)
                held = state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
                update = orthogonal(weight.grad.lerp(held, group["momentum"]))
                scale = max(1.0, weight.shape[-2] / weight.shape[-1]) ** 0.5
                weight.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-group["lr"] * scale)


def make_optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Split the parameters between Muon and Adam; each group remembers its full rate as `full`."""
    matrices: list[Tensor] = []
    others: list[dict[str, Any]] = []
    for name, weight in model.named_parameters():
        last = name.rsplit(".", 1)[-1]
        if weight.ndim > 1 and last not in ADAM_RATES:
            matrices.append(weight)
        else:
            others.append({"params": [weight], "lr": ADAM_RATES.get(last, 2e-3)})
    made = [Muon(matrices), torch.optim.Adam(others, betas=(0.9, 0.95), eps=1e-10)]
    for optimizer in made:
        for group in optimizer.param_groups:
            group["full"] = group["lr"]
    return made
