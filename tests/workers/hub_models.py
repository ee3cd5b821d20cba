"""Small models for a hub to serve, and what a test asks of the queue's words."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

from backends.contract.catalog import Source
from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import DownloadsChanged
from backends.contract.models import Hub as HubName

from .conftest import Ear

CONFIG = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "quantization": {"group_size": 64, "bits": 4}}


def make_repository(folder: Path, file_bytes: int = 300_000, files: int = 3, seed: int = 1) -> Path:
    """A folder that looks like a model, of random weights."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"never fetched")
    for number in range(files):
        header = json.dumps({"w": {"dtype": "U8", "shape": [file_bytes], "data_offsets": [0, file_bytes]}}).encode()
        content = len(header).to_bytes(8, "little") + header + rng.randbytes(file_bytes)
        (folder / f"model-{number}.safetensors").write_bytes(content)
    return folder


def ref_of(repo: str, hub: HubName = "huggingface", **more: object) -> DownloadRef:
    return DownloadRef(repo.rpartition("/")[2], "mlx", "4bit", Source(hub, repo), **more)  # pyright: ignore[reportArgumentType] # any field


def wait_until(ear: Ear, condition: Callable[[Download], bool], download_id: str) -> Download:
    """The download as soon as it is so."""
    return ear.wait_until(lambda: next((d for d in latest(ear) if d.ref.id == download_id and condition(d)), None))


def latest(ear: Ear) -> tuple[Download, ...]:
    told = ear.of(DownloadsChanged)
    return told[-1].downloads if told else ()


def same_files(folder: Path, original: Path) -> bool:
    """Whether all that was wanted is there with the same content, and nothing else."""
    wanted = {file.name for file in original.iterdir()} - {"pytorch_model.bin"}
    return {file.name for file in folder.iterdir()} == wanted and all(
        hashlib.sha256((folder / name).read_bytes()).digest() == hashlib.sha256((original / name).read_bytes()).digest()
        for name in wanted
    )
