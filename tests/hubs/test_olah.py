"""Our side of the protocol against a hub server that is not ours: olah, a mirror of Hugging Face, here without it."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.contract.catalog import Source
from backends.hubs import open_hub
from backends.hubs.base import wanted_files
from backends.hubs.transfer import fetch

pytestmark = pytest.mark.olah

OLAH = Path(sys.prefix) / "olah" / "bin" / "olah-cli"
NAME = "org/some-model-4bit"
FILES = {
    "config.json": b'{"model_type": "minimax_m2"}',
    "sub/tokenizer.json": "äöü".encode() * 500,
    "model.safetensors": bytes(range(256)) * 2000,
    "training.py": b"not wanted",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository where olah looks for it."""
    folder = tmp_path / "mirrors" / "models" / NAME
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "A model")):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def endpoint(tmp_path: Path, repository: Path) -> Iterator[str]:
    """The address of an olah that asks no other hub."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mirrors = str(repository.parents[2])
    (tmp_path / "olah.toml").write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nmirrors-path = ["{mirrors}"]\n[accessibility]\noffline = true\n'
    )
    command = [str(OLAH), "--config", "olah.toml"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as olah:
        try:
            assert olah.stderr
            said: list[str] = []
            for line in olah.stderr:
                said.append(line)
                if "Uvicorn running on" in line:
                    break
            else:
                pytest.fail(f"olah did not start: {said}")
            yield f"http://127.0.0.1:{port}"
        finally:
            olah.terminate()
            olah.communicate()


def test_a_repository_is_listed_and_fetched(endpoint: str, repository: Path, tmp_path: Path) -> None:
    client = open_hub("huggingface", endpoint)
    # By its branch: without one, olah asks the hub behind it which commit is the newest.
    listing = client.list_files(Source("huggingface", NAME, "main"))
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True)
    assert listing.commit == head.stdout.strip()
    told = {file.path: (file.size, file.blob_id) for file in listing.files}
    assert told == {name: (len(content), git_id(content)) for name, content in FILES.items()}

    for file in wanted_files(listing.files):
        target = tmp_path / "here" / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        addresses = [client.address_of(listing, file)]
        fetch(file, lambda addresses=addresses: addresses, target, report=lambda _: None, stopped=lambda: False)
        assert target.read_bytes() == FILES[file.path]
    assert not (tmp_path / "here" / "training.py").exists()


def git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
