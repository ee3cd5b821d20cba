"""How the next token is chosen: the request's wishes, else the model's, else the catalogue's, else mlx-lm's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backends.contract.chat import GenerationOptions
from backends.contract.errors import MinimError

M2_SAMPLING: Mapping[str, float] = {"temperature": 1.0, "top_p": 0.95, "top_k": 40}
"""What MiniMax recommends for M2 and its successors. Source: the model card of MiniMaxAI/MiniMax-M2."""

# mlx-lm's own defaults: greedy. A temperature of 0 takes the likeliest token; 1, 0 and 0 switch the others off.
_DEFAULTS = {"temperature": 0.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}

_RANGES = {
    "temperature": (0.0, 100.0),
    "top_p": (0.0, 1.0),
    "top_k": (0, 2**31 - 1),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.01, 100.0),
}


@dataclass(frozen=True)
class Sampling:
    """All that is needed to sample. `temperature` 0 is greedy; `top_k` 0 and `top_p` 1 are off."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float
    repetition_penalty: float


def choose_sampling(
    options: GenerationOptions, generation_config: Mapping[str, Any], family: Mapping[str, float]
) -> Sampling:
    """Decide each value by itself: `options`, then `generation_config`, then `family`, then mlx-lm's default.

    `do_sample: false` in the generation_config means greedy, unless the request names a temperature. Raises
    MinimError("bad_request") for a value in `options` that is out of range; one in the model's files is passed over.
    """
    values = {name: _choose(name, options, generation_config, family) for name in _DEFAULTS}
    if generation_config.get("do_sample") is False and options.temperature is None:
        values["temperature"] = 0.0
    return Sampling(
        temperature=values["temperature"],
        top_p=values["top_p"],
        top_k=int(values["top_k"]),
        min_p=values["min_p"],
        repetition_penalty=values["repetition_penalty"],
    )


def _choose(
    name: str, options: GenerationOptions, generation_config: Mapping[str, Any], family: Mapping[str, float]
) -> float:
    wished = getattr(options, name)
    if wished is not None:
        if not _in_range(name, wished):
            low, high = _RANGES[name]
            raise MinimError("bad_request", f"{name} is {wished}.", f"Choose a {name} from {low:g} to {high:g}.")
        return wished
    own = generation_config.get(name)
    if _in_range(name, own):
        assert own is not None
        return own
    return family.get(name, _DEFAULTS[name])


def _in_range(name: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    low, high = _RANGES[name]
    return math.isfinite(value) and low <= value <= high
