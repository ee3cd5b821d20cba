"""Tests of hubs.cache_removal: what is freed, what is spared, and what is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.hubs.base import Listing, RemoteFile
from backends.hubs.cache_layout import CacheLayout, cache_layout
from backends.hubs.cache_removal import delete_model

NAME = "org/Model-2.5"
WEIGHTS, CONFIG = RemoteFile("model.safetensors", 1000, "a" * 64), RemoteFile("config.json", 10, "", "b" * 40)
REF = 40
"""Bytes of refs/main."""
NEWER = RemoteFile("config.json", 20, "", "d" * 40)


def land(root: Path, hub: Hub, commit: str, *files: RemoteFile, name: str = NAME, revision: str = "") -> CacheLayout:
    layout = cache_layout(Listing(Source(hub, name, revision), commit, files), str(root))
    for file in files:
        layout.blob(file).parent.mkdir(parents=True, exist_ok=True)
        layout.blob(file).write_bytes(b"x" * file.size)
        layout.place(file)
    layout.finish()
    return layout


def paths(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_the_last_snapshot_goes_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    layout = land(tmp_path, "huggingface", "1" * 40, WEIGHTS, CONFIG)
    other = land(tmp_path, "huggingface", "1" * 40, CONFIG, name="org/Other")
    layout.part(RemoteFile("half.safetensors", 9, "c" * 64)).write_bytes(b"half")
    locks = tmp_path / ".locks" / "models--org--Model-2.5"
    locks.mkdir(parents=True)
    (locks / f"{'a' * 64}.lock").touch()
    assert delete_model("huggingface", layout.folder, tmp_path) == 1014 + REF
    assert {entry.name for entry in tmp_path.iterdir()} == {".locks", "models--org--Other"}
    assert not locks.exists()
    assert other.is_whole(CONFIG)
    assert delete_model("huggingface", layout.folder, tmp_path) == 0


def test_what_another_snapshot_links_to_stays(tmp_path: Path) -> None:
    old = land(tmp_path, "huggingface", "1" * 40, WEIGHTS, CONFIG, revision="v1")
    new = land(tmp_path, "huggingface", "2" * 40, WEIGHTS, NEWER)
    assert delete_model("huggingface", old.folder, tmp_path) == 10 + REF
    assert all(new.is_whole(file) for file in new.listing.files)
    assert not old.folder.exists()
    (repository,) = scan_cache_dir(tmp_path).repos
    assert (repository.size_on_disk, repository.refs.keys()) == (1020, {"main"})
    assert delete_model("huggingface", new.folder, tmp_path) == 1020 + REF
    assert not list(tmp_path.iterdir())


def test_a_download_that_goes_on_is_spared(tmp_path: Path) -> None:
    layout = land(tmp_path, "huggingface", "1" * 40, WEIGHTS, CONFIG)
    part = layout.part(RemoteFile("half.safetensors", 9, "c" * 64))
    part.write_bytes(b"half")
    assert delete_model("huggingface", layout.folder, tmp_path, keep=[part]) == 1010 + REF
    assert paths(tmp_path) == [part.relative_to(tmp_path).as_posix()]


@pytest.mark.parametrize("older", ["models/org/Model-2___5", "hub/models/org/Model-2___5", "org/Model-2___5"])
def test_a_folder_of_modelscope_goes_and_its_neighbours_stay(tmp_path: Path, older: str) -> None:
    folder, neighbour = tmp_path / older, tmp_path / older.replace("Model-2___5", "Other")
    for one in (folder, neighbour):
        (one / "sub").mkdir(parents=True)
        (one / "sub" / "config.json").write_bytes(b"12345")
    assert delete_model("modelscope", folder, tmp_path) == 5
    assert not folder.exists()
    assert delete_model("modelscope", neighbour, tmp_path) == 5
    assert not list(tmp_path.iterdir())


def test_the_newer_layout_of_modelscope_goes_too(tmp_path: Path) -> None:
    folders = [tmp_path / "models" / "org--Model-2.5" / "snapshots" / revision for revision in ("master", "v1")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "config.json").write_bytes(b"12345")
    assert delete_model("modelscope", folders[0], tmp_path) == 5
    assert paths(tmp_path) == ["models/org--Model-2.5/snapshots/v1/config.json"]
    assert delete_model("modelscope", folders[1], tmp_path) == 5
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("hub", "folder"),
    [
        ("huggingface", "."),
        ("huggingface", ".."),
        ("huggingface", "models--org--a"),
        ("huggingface", "models--org--a/snapshots"),
        ("huggingface", "models--org--a/blobs/x"),
        ("huggingface", "models--org--a/snapshots/../../../outside/snapshots/x"),
        ("huggingface", "/"),
        ("modelscope", "models"),
        ("modelscope", "models/org"),
        ("modelscope", "hub/models"),
        ("modelscope", "models--org--a/snapshots"),
        ("modelscope", ".lock/x"),
    ],
)
def test_what_is_no_model_of_the_cache_is_never_deleted(tmp_path: Path, hub: Hub, folder: str) -> None:
    root = tmp_path / "cache"
    for file in ("cache/models--org--a/snapshots/x/f", "cache/models/org/a/f", "outside/snapshots/x/f"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    before = paths(tmp_path)
    with pytest.raises(MinimError) as caught:
        delete_model(hub, root / folder, root)
    assert caught.value.kind == "bad_request"
    assert paths(tmp_path) == before


def test_links_out_of_the_cache_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"12345")
    (outside / ("a" * 64)).write_bytes(b"12345")
    root = tmp_path / "cache"
    layout = land(root, "huggingface", "1" * 40, CONFIG)
    (layout.folder / "linked").symlink_to(outside)
    (layout.folder / "file").symlink_to(outside / "precious")
    assert delete_model("huggingface", layout.folder, root) == 10 + REF
    assert not layout.folder.exists()
    (root / "models" / "org").mkdir(parents=True)
    (root / "models" / "org" / "linked").symlink_to(outside)
    with pytest.raises(MinimError, match="lies elsewhere"):
        delete_model("modelscope", root / "models" / "org" / "linked", root)
    new, old = (land(root, "huggingface", commit * 40, CONFIG) for commit in "12")
    blobs = new.blob(CONFIG).parent
    (new.folder / "weights").symlink_to(Path("../../blobs") / ("a" * 64))
    for blob in blobs.iterdir():
        blob.rename(outside / blob.name)
    blobs.rmdir()
    blobs.symlink_to(outside)
    assert delete_model("huggingface", new.folder, root) == 0
    assert old.is_whole(CONFIG)
    assert {"precious", "a" * 64} <= set(paths(outside))


def test_a_chosen_cache_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "disk")
    layout = land(tmp_path / "cache", "huggingface", "1" * 40, WEIGHTS)
    assert delete_model("huggingface", layout.folder, tmp_path / "cache") == 1000 + REF
    assert not list((tmp_path / "disk").iterdir())
