"""The hub speaks both protocols well enough for the hubs' own client libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hub.server import Hub

NAME = "org/Some-Model-4bit"
HUGGING_FACE = """
import json, sys
from huggingface_hub import HfApi, snapshot_download
endpoint, name, folder, token = sys.argv[1:]
api = HfApi(endpoint=endpoint, token=token or False)
info = api.model_info(name, files_metadata=True)
print(json.dumps({
    "folder": snapshot_download(name, endpoint=endpoint, cache_dir=folder, token=token or False),
    "sha": info.sha,
    "files": {one.rfilename: [one.size, one.lfs.sha256 if one.lfs else one.blob_id] for one in info.siblings},
    "found": [one.id for one in api.list_models(search="some 4bit", filter="mlx", sort="downloads", limit=3)],
    "size": info.safetensors.total,
}))
"""
MODEL_SCOPE = """
import json, sys
from modelscope_hub import HubApi
from modelscope.hub.snapshot_download import snapshot_download
endpoint, name, folder, token = sys.argv[1:]
api = HubApi(endpoint=endpoint, token=token or None)
print(json.dumps({
    "folder": snapshot_download(name, endpoint=endpoint, cache_dir=folder, token=token or None),
    "files": {one.path: [one.size, one.sha256] for one in api.list_repo_files(name, "model") if not one.is_dir},
    "found": [one.repo_id for one in api.list_repos("model", search="some 4bit").items],
}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small repository with a file in a folder, and one that is large enough for a redirect."""
    folder = tmp_path / "repository"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "minimax_m2"}')
    (folder / "sub" / "notes.txt").write_text("äöü\n" * 3)
    header = json.dumps({"w": {"dtype": "U8", "shape": [10, 300], "data_offsets": [0, 3000]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(range(250)) * 12)
    return folder


def run(script: str, *arguments: str, home: Path) -> dict[str, Any]:
    """What a script printed, run by itself: the libraries read their environment once."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {"HOME": str(home), "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder, hidden ones left out."""
    files = (file for file in folder.rglob("*") if file.is_file())
    found = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return {path: content for path, content in found.items() if not path.startswith(".")}


def test_huggingface_hub_downloads_a_snapshot(hub: Hub, folder: Path, home: Path) -> None:
    hub.caches_small_files = True
    repository = hub.add(NAME, folder, tags=["mlx"], downloads=5, gated=True)
    hub.add("org/Other", folder, tags=["mlx"])
    told = run(HUGGING_FACE, hub.huggingface_endpoint, NAME, str(home / "cache"), hub.token, home=home)
    assert contents(Path(told["folder"])) == contents(folder)
    assert Path(told["folder"]).name == told["sha"] == repository.commit
    assert told["found"] == [NAME]
    assert told["size"] == 3000
    entries = repository.entries.values()
    assert told["files"] == {entry.path: [entry.size, entry.etag] for entry in entries}
    large = hub.requests("*.safetensors", host="content")
    assert large
    assert not any("authorization" in request.headers for request in large)
    assert hub.bytes_served("*/model.safetensors") == (folder / "model.safetensors").stat().st_size


def test_modelscope_downloads_a_snapshot(hub: Hub, folder: Path, home: Path) -> None:
    repository = hub.add(NAME, folder, gated=True)
    hub.add("org/Other", folder)
    told = run(MODEL_SCOPE, hub.modelscope_endpoint, NAME, str(home / "cache"), hub.token, home=home)
    assert contents(Path(told["folder"])) == contents(folder)
    assert told["found"] == [NAME]
    assert told["files"] == {entry.path: [entry.size, entry.sha256] for entry in repository.entries.values()}
    large = hub.requests("*.safetensors", host="content")
    assert large
    assert not any({"authorization", "cookie"} & set(request.headers) for request in large)
