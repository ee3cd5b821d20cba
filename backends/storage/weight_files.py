"""A model's files on disk, read with suspicion: JSON within limits, safetensors headers against their file's size."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from backends.contract.errors import MinimError

DOWNLOAD_AGAIN = "Download the model again, or choose another folder."
INDEX = "model.safetensors.index.json"

_MAX_JSON_BYTES = 32 * 2**20
_MAX_HEADER_BYTES = 100_000_000  # the safetensors format's own limit
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16,
    "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


class Tensor(Struct, frozen=True):
    """A tensor as its file's header describes it."""

    dtype: str
    shape: tuple[int, ...]


class Header(Struct, frozen=True):
    """What a safetensors file says of itself."""

    tensors: dict[str, Tensor]
    format: str
    """The library it was written for: "pt", "mlx" or ""."""


def damaged(message: str) -> MinimError:
    """The error for a model whose files are missing, cut off or do not fit together."""
    return MinimError("damaged_model", message, DOWNLOAD_AGAIN)


def read_json_object(file: Path) -> dict[str, Any]:
    """A file that holds a JSON object of at most 32 MiB. Raises MinimError("damaged_model") that names it."""
    try:
        if file.stat().st_size > _MAX_JSON_BYTES:
            raise damaged(f"{file} is too large for a settings file ({file.stat().st_size:,} bytes).")
        content: object = json.loads(file.read_bytes())
    except OSError as error:
        raise damaged(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise damaged(f"{file} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise damaged(f"{file} does not hold a JSON object.")
    return cast("dict[str, Any]", content)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model: those that its index names, else all in the folder.

    Raises MinimError("damaged_model") if one of the index is missing, and MinimError("not_a_model") if there is none.
    """
    index = folder / INDEX
    if not index.is_file():
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise _no_weights(folder)
        return files
    weight_map: object = read_json_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise damaged(f"{index} has no weight_map.")
    names = sorted({str(name) for name in cast("dict[str, object]", weight_map).values()})
    if outside := [name for name in names if Path(name).name != name]:
        raise damaged(f"{index} names a file outside of its folder: {outside[0][:80]}.")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more of {len(names)} files are" if len(missing) > 1 else " is"
        raise damaged(f"{folder / missing[0]}{more} missing.")
    return [folder / name for name in names]


def read_header(file: Path) -> Header:
    """The header of a safetensors file, checked against the file's size. Raises MinimError("damaged_model")."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(8)
            length = int.from_bytes(start, "little")
            if start.startswith(b"version "):
                raise damaged(f"{file} is a Git LFS pointer: the weights themselves were not fetched.")
            if len(start) < 8 or length > size - 8:
                raise damaged(f"{file} is truncated: it has {size:,} bytes, fewer than its header needs.")
            if length > _MAX_HEADER_BYTES:
                raise damaged(f"{file} is no safetensors file: its header would have {length:,} bytes.")
            content: object = json.loads(stream.read(length))
    except OSError as error:
        raise damaged(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise damaged(f"{file} has a header that cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise damaged(f"{file} has a header that is no JSON object.")
    header, end = _parse(file, cast("dict[str, Any]", content))
    expected = 8 + length + end
    if size != expected:
        what = "truncated" if size < expected else "damaged"
        raise damaged(f"{file} is {what}: it has {size:,} bytes, and its header speaks of {expected:,}.")
    return header


def _parse(file: Path, content: dict[str, Any]) -> tuple[Header, int]:
    """The header's tensors, and where the last of them ends."""
    metadata: object = content.pop("__metadata__", None)
    made_by = cast("dict[str, object]", metadata) if isinstance(metadata, dict) else {}
    tensors: dict[str, Tensor] = {}
    end_of_all = 0
    for name, entry in content.items():
        match entry:
            case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(begin), int(end)]}:
                tensor = Tensor(dtype, tuple(cast("list[int]", shape)))
            case _:
                raise damaged(f"{file} does not describe its tensor {name[:80]}.")
        if not 0 <= begin <= end or not all(type(side) is int and side >= 0 for side in tensor.shape):
            raise damaged(f"{file} describes its tensor {name[:80]} with impossible numbers.")
        bits = _BITS.get(dtype)
        if bits is not None and math.prod(tensor.shape) * bits != (end - begin) * 8:
            raise damaged(f"{file} gives its tensor {name[:80]} {end - begin:,} bytes, too many or too few.")
        tensors[name] = tensor
        end_of_all = max(end_of_all, end)
    return Header(tensors, str(made_by.get("format", ""))), end_of_all


def _no_weights(folder: Path) -> MinimError:
    """Words for a folder without safetensors, by what is there in their place."""
    if gguf := next(folder.glob("*.gguf"), None):
        return gguf_error(gguf)
    pickled = next((file for pattern in ("*.bin", "*.pt", "*.pth") for file in folder.glob(pattern)), None)
    if pickled is not None:
        return MinimError(
            "unsupported_model",
            f"{pickled} holds pickled weights, which could run any code when they are read.",
            "Fetch the model in safetensors files: most repositories have them, often on another branch.",
        )
    return damaged(f"There are no weights in {folder}: model.safetensors is missing.")


def gguf_error(file: Path) -> MinimError:
    """Words for a model in llama.cpp's format."""
    return MinimError(
        "unsupported_model",
        f"{file} is a GGUF file, which is not supported.",
        "Fetch the same model in MLX form (for instance from mlx-community), or its original safetensors files.",
    )
