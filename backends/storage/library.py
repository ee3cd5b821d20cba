"""The models that are on this machine: the built-in one, the hubs' caches, and folders that a person added."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

import resources
from backends.contract.errors import MinimError
from backends.contract.models import POCKET, InstalledModel, ModelRef, ModelSource
from backends.storage.hub_caches import has_config, hugging_face_models, model_scope_models
from backends.storage.mlx_types import architectures_of, mlx_runs
from backends.storage.model_folder import glance_at_model, inspect_model
from backends.storage.weight_files import INDEX, read_json_object, weight_files

__all__ = ["POCKET_FOLDER", "find_models", "inspect_model"]

POCKET_FOLDER = Path(resources.__file__).resolve().parent / "pocket"
_LANGUAGE_MODELS = ("ForCausalLM", "LMHeadModel")


class _PocketForms(msgspec.Struct, frozen=True):
    """minim.json: in which forms the built-in model exists."""

    quantizations: tuple[str, ...]
    group_size: int


def find_models(
    folders: Iterable[str | Path] = (), pocket: Path = POCKET_FOLDER, caches: Iterable[str | Path] = ()
) -> list[InstalledModel]:
    """All models on this machine, each folder once: the built-in one first, the others by name.

    Of the hubs' caches, and of `caches`, which are laid out like them, language models with safetensors. Of `folders`,
    each that is a model or holds models, one or two levels below; what is wrong with one is its `problem`. No
    model's weights are read.
    """
    found: list[InstalledModel] = []
    seen: set[str] = set()
    for name, folder, source in _places(folders, caches):
        place = os.path.realpath(folder)  # Path.resolve raises for links in a circle
        if place not in seen and (source == "folder" or _is_language_model(folder)):
            seen.add(place)
            found.append(glance_at_model(folder, name, source))
    found.sort(key=lambda model: (model.ref.name.casefold(), model.ref.path))
    return [*_pocket_models(pocket), *found]


def _places(folders: Iterable[str | Path], caches: Iterable[str | Path]) -> Iterator[tuple[str, Path, ModelSource]]:
    """Name, folder and source of everything that may be a model."""
    for cache in (None, *(Path(cache).expanduser().absolute() for cache in caches)):
        for name, folder in hugging_face_models(cache):
            yield name, folder, "huggingface"
        for name, folder in model_scope_models(cache):
            yield name, folder, "modelscope"
    for given in folders:
        folder = Path(given).expanduser()
        inside = [] if has_config(folder) else _configs(folder, "*/config.json") or _configs(folder, "*/*/config.json")
        for config in inside:
            if _is_language_model(config.parent):
                yield config.parent.name, config.parent, "folder"
        if not inside:
            yield folder.name, folder, "folder"


def _configs(folder: Path, pattern: str) -> list[Path]:
    """What `pattern` finds; nothing where one may not look."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _is_language_model(folder: Path) -> bool:
    """Whether a folder of a hub's cache is worth showing: a language model, with safetensors, perhaps not all."""
    try:
        config = read_json_object(folder / "config.json")
    except MinimError:
        return False
    if not isinstance(config.get("model_type"), str):
        return False
    if not (folder / INDEX).exists() and not any(folder.glob("*.safetensors")):
        return False
    return mlx_runs(config) or any(name.endswith(_LANGUAGE_MODELS) for name in architectures_of(config))


def _pocket_models(folder: Path) -> list[InstalledModel]:
    """The built-in model in each of its quantizations; none if it is not there."""
    try:
        forms = msgspec.json.decode((folder / "minim.json").read_bytes(), type=_PocketForms)
        base = inspect_model(folder, POCKET, "builtin")
        full_size = sum(file.stat().st_size for file in weight_files(folder))
    except (OSError, msgspec.MsgspecError, MinimError):
        return []
    return [
        msgspec.structs.replace(
            base,
            ref=ModelRef(POCKET, "mlx", quantization, "builtin", str(folder)),
            size_bytes=_quantized_size(full_size, quantization, forms.group_size),
        )
        for quantization in forms.quantizations
    ]


def _quantized_size(full_size: int, quantization: str, group_size: int) -> int:
    """Bytes after quantizing 16-bit weights: so many bits each, and a 16-bit scale and bias a group."""
    bits = int(quantization.removesuffix("bit"))
    return round(full_size * (bits + 32 / group_size) / 16)
