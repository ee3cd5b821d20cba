"""Looks a model's folder over before anything is loaded, so that what is wrong is said in words and by file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from backends.contract.errors import MinimError

DOWNLOAD_AGAIN = "Download the model again, or choose another folder."

_JSON_LIMIT = 32 * 2**20
_HEADER_LIMIT = 100_000_000  # the safetensors format's own limit, in bytes

# The largest values believed, several times those of any published model. A config beyond them would build layers
# until memory or patience ends, long before the tensors are compared with it. Quantized layers narrower than 8 end
# the process (SIGFPE in mlx 0.32.4).
_LIMITS = {
    "num_hidden_layers": (1, 1024),
    "hidden_size": (8, 2**18),
    "intermediate_size": (8, 2**21),
    "vocab_size": (1, 2**22),
    "num_attention_heads": (1, 2**13),
    "num_key_value_heads": (1, 2**13),
    "head_dim": (8, 2**14),
    "max_position_embeddings": (1, 2**30),
    "num_local_experts": (0, 2**13),
    "num_experts": (0, 2**13),
    "n_routed_experts": (0, 2**13),
    "num_experts_per_tok": (0, 2**13),
}

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tiktoken.model")
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "n_ctx")
_UNKNOWN_CONTEXT_LENGTH = 4096


def damaged(message: str, hint: str = DOWNLOAD_AGAIN) -> MinimError:
    """A MinimError for files that are missing, truncated or do not fit together."""
    return MinimError("damaged_model", message, hint)


def read_json_object(file: Path) -> dict[str, Any]:
    """Read a JSON object of at most 32 MiB. Raises MinimError("damaged_model") that names the file."""
    try:
        size = file.stat().st_size
        if size > _JSON_LIMIT:
            raise damaged(f"{file} has {size:,} bytes: far too large for a settings file.")
        value: object = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise damaged(f"{file} is missing.") from None
    except (ValueError, RecursionError) as error:
        raise damaged(f"{file} is not valid JSON: {error}") from error
    except OSError as error:
        raise damaged(f"{file} cannot be read: {error.strerror}.") from error
    if not isinstance(value, dict):
        raise damaged(f"{file} holds no JSON object.")
    return cast("dict[str, Any]", value)


def read_config(folder: Path) -> dict[str, Any]:
    """Read config.json and check that it names a type and believable sizes.

    Raises MinimError: "not_a_model" if there is none, "damaged_model" naming file and value, "unsupported_model" if
    the model would have to run code of its own.
    """
    file = folder / "config.json"
    if not folder.is_dir() or not file.is_file():
        raise MinimError("not_a_model", f"There is no config.json in {folder}.", "Choose a model’s own folder.")
    config = read_json_object(file)
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise damaged(f"{file} does not name a model_type.")
    if config.get("model_file") is not None or not model_type.replace("-", "_").isidentifier():
        raise MinimError(
            "unsupported_model",
            f"{file} asks to run code that comes with the model. Minim never does that.",
            "Choose a model of a type that MLX knows.",
        )
    _check_sizes(file, config)
    text_config: object = config.get("text_config")
    if isinstance(text_config, dict):
        _check_sizes(file, cast("dict[str, Any]", text_config))
    return config


def read_generation_config(folder: Path) -> dict[str, Any]:
    """Read generation_config.json; {} if there is none. Raises MinimError("damaged_model") if it cannot be read."""
    file = folder / "generation_config.json"
    return read_json_object(file) if file.exists() else {}


def context_length(config: Mapping[str, Any]) -> int:
    """The context length that a config declares, in tokens; 4096 if it declares none."""
    text_config: object = config.get("text_config")
    for source in (config, text_config):
        if isinstance(source, Mapping):
            declared = cast("Mapping[str, object]", source)
            for key in _CONTEXT_KEYS:
                value = declared.get(key)
                if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    return value
    return _UNKNOWN_CONTEXT_LENGTH


def check_tokenizer(folder: Path) -> None:
    """Raises MinimError("damaged_model") if the folder has no tokenizer."""
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        raise damaged(f"There is no tokenizer in {folder}: tokenizer.json is missing.")


def check_weights(folder: Path) -> int:
    """Check that every safetensors file is there and whole, by its header and its size alone.

    Returns the bytes of all of them. Raises MinimError("damaged_model") that names the file.
    """
    files = set(folder.glob("model*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.exists():
        weight_map: object = read_json_object(index).get("weight_map")
        if not isinstance(weight_map, dict):
            raise damaged(f"{index} has no weight_map.")
        names = {str(name) for name in cast("dict[str, object]", weight_map).values()}
        missing = sorted(name for name in names if not (folder / name).is_file())
        if missing:
            raise damaged(f"{folder / missing[0]} is missing{_and_more(len(missing) - 1)}.")
    if not files:
        other = next((file.name for pattern in ("*.bin", "*.gguf", "*.pt") for file in folder.glob(pattern)), None)
        found = f" Weights in the form of {other} are not read." if other else ""
        raise damaged(f"There is no model.safetensors in {folder}.{found}")
    for file in sorted(files):
        _check_safetensors(file)
    return sum(file.stat().st_size for file in files)


def _check_sizes(file: Path, config: Mapping[str, Any]) -> None:
    for key, (low, high) in _LIMITS.items():
        value: object = config.get(key)
        if isinstance(value, list):  # one value a layer, in some families
            continue
        if value is not None and not (type(value) is int and low <= value <= high):
            raise damaged(f"{file} says {key} is {str(value)[:40]}, which cannot be.")


def _check_safetensors(file: Path) -> None:
    """The format: 8 bytes of header length, the header as JSON, then the tensors' bytes up to the end of the file."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if start.startswith(b"version "):
            raise damaged(f"{file} is only a Git LFS pointer: the weights themselves were not fetched.")
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(_HEADER_LIMIT, size - 8):
            raise damaged(f"{file} is truncated or is no safetensors file ({size:,} bytes).")
        try:
            header: object = json.loads(stream.read(length))
        except (ValueError, RecursionError) as error:
            raise damaged(f"{file} has a header that cannot be read.") from error
    if not isinstance(header, dict):
        raise damaged(f"{file} has a header that cannot be read.")
    expected = 8 + length + _end_of_tensors(file, cast("dict[str, object]", header))
    if size != expected:
        state = "truncated" if size < expected else "damaged"
        raise damaged(f"{file} is {state}: it has {size:,} bytes and should have {expected:,}.")


def _end_of_tensors(file: Path, header: dict[str, object]) -> int:
    ends = [0]
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        offsets = cast("dict[str, object]", entry).get("data_offsets") if isinstance(entry, dict) else None
        match offsets:
            case [int(begin), int(end)] if 0 <= begin <= end:
                ends.append(end)
            case _:
                raise damaged(f"{file} does not say where its tensor {name[:80]} lies.")
    return max(ends)


def _and_more(count: int) -> str:
    return f", and {count} more" if count else ""
