"""A model that is ready to run, with all that is known of it: what every engine's loading ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LoadedModel:
    """`model` and `tokenizer` are the library's own. `end_tokens`: what ends a message, where it is a number.

    `weights_bytes` is what they take in memory. `offloaded`: part of them lies in RAM, apart from the accelerator.
    """

    model: Any
    tokenizer: Any
    config: dict[str, Any]
    generation_config: dict[str, Any]
    chat_template: str
    context_length: int
    end_tokens: tuple[object, ...]
    weights_bytes: int
    on_accelerator: bool
    offloaded: bool = False
