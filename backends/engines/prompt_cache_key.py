"""Whose a KV cache is: one key for the same weights, tokenizer and libraries, and one tag for each conversation."""

from __future__ import annotations

import hashlib
from pathlib import Path

_WHOLE = ("config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "merges.txt")
_HEADER_LIMIT = 100_000_000  # bytes, the format's own


def model_key(folder: Path, *more: str) -> str:
    """A hash over config and tokenizer files, which are read whole, and over each weight file's name, size, time of
    its last change and header. `more`: what else the numbers depend on, such as the libraries' versions.

    Weights are not read: that would take minutes. Whoever changes one in place also changes the file's time. The
    quantization is in config.json. Raises OSError.
    """
    digest = hashlib.sha256()
    for text in more:
        digest.update(f"{text}\0".encode())
    for name in _WHOLE:
        file = folder / name
        digest.update(f"{name}\0".encode())
        if file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    for file in sorted(folder.glob("*.safetensors")):
        about = file.stat()
        digest.update(f"{file.name}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
        with file.open("rb") as stream:
            length = min(int.from_bytes(stream.read(8), "little"), _HEADER_LIMIT)
            digest.update(hashlib.sha256(stream.read(length)).digest())
    return digest.hexdigest()


def owner_tag(conversation: str) -> str:
    """A conversation's id as caches and their files bear it, which says nothing of it; "" for nobody's."""
    return hashlib.sha256(f"conversation\0{conversation}".encode()).hexdigest()[:16] if conversation else ""
