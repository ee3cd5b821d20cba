"""Weights as they will be stored: MLX's affine quantization imitated in torch, gradients passed straight through."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP_SIZE = 32
GATE = (8, 64)  # mlx-lm keeps M2's router at 8 bits, groups of 64
Precision = int | None  # bits of a weight; 16 is bfloat16; None leaves the training weights as they are


def quantize(weight: Tensor, bits: int, group_size: int) -> Tensor:
    """Quantize and dequantize as `mlx.core.quantize` does for a bfloat16 weight. Any shape, last dimension grouped."""
    groups = weight.detach().bfloat16().float().reshape(-1, group_size)
    low, high = groups.amin(1, keepdim=True), groups.amax(1, keepdim=True)
    steps = float(2**bits - 1)
    scale = ((high - low) / steps).clamp_min(1e-7)
    lower = low.abs() > high.abs()
    scale = torch.where(lower, scale, -scale)
    edge = torch.where(lower, low, high)
    zero = torch.round(edge / scale)
    scale = torch.where(zero == 0, scale, edge / zero)
    bias = torch.where(zero == 0, torch.zeros_like(edge), edge)
    number = torch.round((groups - bias) / scale).clamp_(0, steps)
    scale, bias = scale.bfloat16().float(), bias.bfloat16().float()
    return (number * scale + bias).reshape(weight.shape)


def as_stored(weight: Tensor, precision: Precision, gate: bool = False) -> Tensor:
    """Return the weight as it would be read back at this precision; the gradient is that of the weight itself."""
    if precision is None:
        return weight
    if precision == 16:
        stored = weight.detach().bfloat16().float()
    else:
        bits, group_size = GATE if gate else (precision, GROUP_SIZE)
        stored = quantize(weight, bits, group_size)
    return weight + (stored - weight).detach()
