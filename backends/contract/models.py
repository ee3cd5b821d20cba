"""Which model, in which form, from where."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

ModelFormat = Literal["mlx", "pytorch", "awq"]
ModelSource = Literal["builtin", "huggingface", "modelscope", "folder"]
EngineName = Literal["MLX", "Transformers"]
Hub = Literal["huggingface", "modelscope"]

POCKET = "Pocket M2"


class ModelRef(Struct, frozen=True):
    """A model in one form, as a person picks it.

    `quantization` is "none" or as the hub spells it ("4bit", "Int4"). `path` is the folder with config.json; for
    the built-in model, the folder that its quantized forms are made from.
    """

    name: str
    format: ModelFormat
    quantization: str
    source: ModelSource
    path: str


class InstalledModel(Struct, frozen=True):
    """A model that is on this machine. `size_bytes` counts its weights; `context_length` is in tokens, 0 if unknown.

    `engine` is the one that reads it, which may still have to be installed; None if none does.
    `problem` says in words why it cannot be loaded ("" if nothing is known to be wrong), `hint` what to do about it.
    """

    ref: ModelRef
    engine: EngineName | None
    model_type: str
    size_bytes: int
    context_length: int = 0
    problem: str = ""
    hint: str = ""


class LaunchChoice(Struct, frozen=True):
    """What `minim launch` asks the window to open: a form of a catalogue's model, spelled as its `ModelForm` has it.

    `hub` is where to fetch it from, "" for the one that was chosen in the settings. `size_in_billions` tells the sizes
    of a model apart that has the same form in several, 0 where it has one.
    """

    name: str
    format: str
    quantization: str
    engine: EngineName
    hub: Hub | Literal[""] = ""
    size_in_billions: float = 0.0
