"""What model a folder holds, and whether it can be loaded, said without loading anything."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.models import EngineName, InstalledModel, ModelFormat, ModelRef, ModelSource
from backends.storage.mlx_types import mlx_runs
from backends.storage.transformers_types import transformers_runs
from backends.storage.weight_files import (
    Header,
    damaged,
    gguf_error,
    read_header,
    read_json_object,
    weight_files,
)

# The largest values believed, several times those of any published model.
_LIMITS = {
    "hidden_size": 1_000_000,
    "num_hidden_layers": 10_000,
    "vocab_size": 10_000_000,
    "intermediate_size": 10_000_000,
    "num_attention_heads": 100_000,
    "num_key_value_heads": 100_000,
    "head_dim": 100_000,
    "max_position_embeddings": 2**31,
}
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "n_ctx")
_TOKENIZERS = (("tokenizer.json",), ("tokenizer.model",), ("tiktoken.model",), ("vocab.json", "merges.txt"))
_PLAIN_METHODS = {"fp8", "mxfp4", "mxfp8", "bitnet", "compressed-tensors", "modelopt"}
"""Quantizations of plain checkpoints that mlx-lm reads (mlx_lm/utils.py, load_model)."""
_FLOATS = {"F32", "F16", "BF16"}
_LAYER = re.compile(r"(?:(?:language_)?model\.)*layers\.(\d+)\.")
_EMBEDDING = re.compile(r"(?:(?:language_)?model\.)*embed_tokens\.weight")


def inspect_model(folder: str | Path, name: str = "", source: ModelSource = "folder") -> InstalledModel:
    """Check a model's folder thoroughly, every file's header included. `name` defaults to the folder's.

    Raises `MinimError` that names the file and the way out: "not_a_model", "unsupported_model", "damaged_model". A
    model that is whole but quantized in a way that no engine reads is returned with `engine` None and its `problem`.
    """
    folder = Path(folder)
    with _readable(folder):
        config = read_config(folder)
        check_tokenizer(folder)
        files = weight_files(folder)
        headers = [read_header(file) for file in files]
        _check_against_weights(folder / "config.json", config, headers)
        return describe(folder, config, files, headers[0], name or folder.name, source)


def glance_at_model(folder: Path, name: str, source: ModelSource) -> InstalledModel:
    """The same without reading through all weights; for lists. What is wrong becomes the model's `problem`."""
    config: dict[str, Any] = {}
    files: list[Path] = []
    try:
        with _readable(folder):
            config = read_config(folder)
            check_tokenizer(folder)
            files = weight_files(folder)
            return describe(folder, config, files, read_header(files[0]), name, source)
    except MinimError as error:
        ref = ModelRef(name, *_form_of(config, None, name), source, str(folder))
        model_type = config.get("model_type", "")
        found = InstalledModel(ref, None, str(model_type), _size_of(files), _context_length(config))
        return replace(found, problem=error.message, hint=error.hint)


def read_config(folder: Path) -> dict[str, Any]:
    """config.json, with sizes that can be believed. Raises `MinimError`."""
    if not folder.is_dir():
        raise MinimError("not_a_model", f"There is no folder {folder}.", "Choose a folder that exists.")
    file = folder / "config.json"
    if not file.is_file():
        if gguf := next(folder.glob("*.gguf"), None):
            raise gguf_error(gguf)
        raise MinimError(
            "not_a_model",
            f"{folder} holds no model: there is no config.json in it.",
            "Choose the folder that has config.json, tokenizer.json and the .safetensors files.",
        )
    config = read_json_object(file)
    if not isinstance(config.get("model_type"), str) or not config["model_type"]:
        raise damaged(f"{file} does not say which model_type it is.")
    for part in (config, _text_config(config)):
        for key, limit in _LIMITS.items():
            value: object = part.get(key)
            if value is None or isinstance(value, list):  # some families have a value a layer
                continue
            if type(value) is not int or not 0 < value <= limit:
                raise damaged(f"{file} says {key} is {str(value)[:40]}, which cannot be.")
    return config


@contextmanager
def _readable(folder: Path) -> Generator[None, None, None]:
    """Say in words that one may not look into a folder; `Path.is_file` raises there, and for names too long."""
    try:
        yield
    except OSError as error:
        shown = f"{folder}" if len(f"{folder}") <= 300 else f"{folder}"[:300] + "…"
        hint = "Check its permissions, or choose another folder."
        raise MinimError("not_a_model", f"The folder {shown} cannot be read: {error.strerror}.", hint) from error


def check_tokenizer(folder: Path) -> None:
    """Raises `MinimError` if no tokenizer is there."""
    if not any(all((folder / file).is_file() for file in files) for files in _TOKENIZERS):
        raise damaged(f"There is no tokenizer in {folder}: tokenizer.json is missing.")


def describe(
    folder: Path, config: dict[str, Any], files: list[Path], header: Header, name: str, source: ModelSource
) -> InstalledModel:
    """The model that these files are. Raises MinimError("unsupported_model") for a type that no engine here runs."""
    model_format, quantization = _form_of(config, header, name)
    model_type: str = config["model_type"]
    if not (mlx_runs(config) or (model_format != "mlx" and transformers_runs(config))):
        knows = "MLX does not know" if model_format == "mlx" else "neither MLX nor Transformers knows"
        raise MinimError(
            "unsupported_model",
            f"{folder / 'config.json'} says model_type {model_type!r}, which {knows}.",
            "Choose a model of another type. A newer version of Minim may know it.",
        )
    engine = next(iter(_engines_for(config, model_format)), None)
    problem, hint = ("", "") if engine is not None else _unread(config, model_format)
    return InstalledModel(
        ref=ModelRef(name, model_format, quantization, source, str(folder)),
        engine=engine,
        model_type=model_type,
        size_bytes=_size_of(files),
        context_length=_context_length(config),
        problem=problem,
        hint=hint,
    )


def _form_of(config: dict[str, Any], header: Header | None, name: str) -> tuple[ModelFormat, str]:
    """Format and quantization, as the hubs spell them."""
    match config:
        case {"quantization": {"group_size": int(), "bits": int(bits)}}:
            return "mlx", f"{bits}bit"
        case {"quantization_config": {"quant_method": "awq", **rest}}:
            return "awq", f"Int{_awq_bits(rest)}"
        case _:
            pass
    is_mlx = name.startswith("mlx-community/") or (header is not None and header.format == "mlx")
    return ("mlx" if is_mlx else "pytorch"), "none"


def only_engine(folder: str | Path) -> EngineName | None:
    """The one engine that reads the plain checkpoint in `folder`; None where there are several, or none.

    Raises `MinimError` as `read_config` does.
    """
    engines = _engines_for(read_config(Path(folder)), "pytorch")
    return engines[0] if len(engines) == 1 else None


def _engines_for(config: dict[str, Any], model_format: ModelFormat) -> tuple[EngineName, ...]:
    """The engines that read a checkpoint, installed or not, the lighter one first."""
    declared = _part(config, "quantization_config")
    method = declared.get("quant_method")
    engines: list[EngineName] = []
    if mlx_runs(config) and (
        model_format == "mlx" or (model_format == "pytorch" and (method is None or str(method) in _PLAIN_METHODS))
    ):
        engines.append("MLX")
    if transformers_runs(config) and (
        (model_format == "awq" and _is_usual_awq(declared))
        or (model_format == "pytorch" and (not declared or method == "fp8"))
    ):
        engines.append("Transformers")
    return tuple(engines)


def _is_usual_awq(declared: dict[str, Any]) -> bool:
    """Whether it is packed as the Transformers engine reads it: 4 bits with zeros, AutoAWQ's version “gemm”."""
    version = str(declared.get("version") or declared.get("format") or "gemm").lower()
    return (version, _awq_bits(declared), declared.get("zero_point", True)) == ("gemm", 4, True)


def _awq_bits(declared: dict[str, Any]) -> object:
    return declared.get("bits", declared.get("w_bit", 4))


def _unread(config: dict[str, Any], model_format: ModelFormat) -> tuple[str, str]:
    """Why no engine reads a checkpoint whose type one of them knows, and what to do."""
    method = str(_part(config, "quantization_config").get("quant_method"))[:40]
    what = f"Models of the type {config['model_type']} that are quantized with {method}"
    if model_format == "awq" and transformers_runs(config):
        what = "AWQ models that are packed in another way than 4 bits, version “gemm”, with zeros"
    return f"{what} cannot be run by Minim.", "Fetch the model in MLX form, for instance from mlx-community."


def _check_against_weights(file: Path, config: dict[str, Any], headers: list[Header]) -> None:
    """Compare the sizes in config.json with the tensors that are there. Raises MinimError("damaged_model")."""
    sizes = {**config, **_text_config(config)}
    layers = -1
    for header in headers:
        for name, tensor in header.tensors.items():
            if found := _LAYER.match(name):
                layers = max(layers, int(found[1]))
            if _EMBEDDING.fullmatch(name) and len(tensor.shape) == 2:
                rows, columns = tensor.shape
                _compare(file, "vocab_size", sizes.get("vocab_size"), rows)
                if tensor.dtype in _FLOATS:
                    _compare(file, "hidden_size", sizes.get("hidden_size"), columns)
    declared: object = sizes.get("num_hidden_layers")
    if layers >= 0 and isinstance(declared, int) and declared > layers + 1:  # more layers than declared: MTP heads
        _compare(file, "num_hidden_layers", declared, layers + 1)


def _compare(file: Path, key: str, declared: object, found: int) -> None:
    if isinstance(declared, int) and declared != found:
        raise damaged(f"{file} says {key} is {declared:,}, and the weights beside it have {found:,}.")


def _context_length(config: dict[str, Any]) -> int:
    for part in (config, _text_config(config)):
        for key in _CONTEXT_KEYS:
            value: object = part.get(key)
            if type(value) is int and value > 0:
                return value
    return 0


def _text_config(config: dict[str, Any]) -> dict[str, Any]:
    """The part about language of a model that also sees or hears; {} for others."""
    return _part(config, "text_config")


def _part(config: dict[str, Any], key: str) -> dict[str, Any]:
    part: object = config.get(key)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _size_of(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files)
