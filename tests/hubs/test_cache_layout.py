# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# Both libraries leave the type of a dict in their signatures open.
"""Tests of hubs.cache_layout: what lands is found by the hubs' own libraries, and what they fetched counts here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir, snapshot_download, try_to_load_from_cache
from modelscope_hub import HubApi, HubConfig

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub as HubName
from backends.hubs import open_hub
from backends.hubs.base import Listing, RemoteFile, wanted_files
from backends.hubs.cache_layout import CacheLayout, cache_layout, cache_root
from backends.storage.hub_caches import hugging_face_models, model_scope_models
from tests.hub.server import Hub
from tests.hubs.conftest import NAME

HUGGING_FACE = """
import sys
from huggingface_hub import snapshot_download
endpoint, name, cache = sys.argv[1:]
print(snapshot_download(name, endpoint=endpoint, cache_dir=cache, token=False))
"""
MODEL_SCOPE = """
import sys
from modelscope_hub import HubApi, HubConfig
from pathlib import Path
endpoint, name, cache = sys.argv[1:]
print(HubApi(HubConfig(endpoint=endpoint, cache_dir=Path(cache), token="")).download_repo(name, "model"))
"""


def listing_of(hub: Hub, name: HubName, revision: str = "") -> Listing:
    endpoint = hub.huggingface_endpoint if name == "huggingface" else hub.modelscope_endpoint
    return open_hub(name, endpoint).list_files(Source(name, NAME, revision))


def land(layout: CacheLayout, model: Path) -> Path:
    """What the transfer does with each file, from a folder."""
    for file in wanted_files(layout.listing.files):
        if not layout.is_whole(file):
            layout.part(file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model / file.path, layout.part(file))
            layout.part(file).replace(layout.blob(file))
        layout.place(file)
    return layout.finish()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def fetched_by_the_library(hub: Hub, name: HubName, cache: Path) -> Path:
    """Run by itself: the libraries read their environment once, and offline mode with it."""
    script, endpoint = (
        (HUGGING_FACE, hub.huggingface_endpoint) if name == "huggingface" else (MODEL_SCOPE, hub.modelscope_endpoint)
    )
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    environment |= {"HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", script, endpoint, NAME, str(cache)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def test_what_lands_is_found_by_huggingface_hub(filled_hub: Hub, model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    layout = cache_layout(listing_of(filled_hub, "huggingface"), str(cache))
    before = snapshot_error(cache)
    folder = land(layout, model)
    assert before == "LocalEntryNotFoundError"
    assert contents(folder) == contents(model)
    assert snapshot_download(NAME, cache_dir=cache, local_files_only=True) == str(folder)
    assert try_to_load_from_cache(NAME, "sub/notes & more.txt", cache_dir=cache) is not None
    (found,) = scan_cache_dir(cache).repos
    assert (found.repo_id, found.nb_files) == (NAME, 4)
    assert [revision.refs for revision in found.revisions] == [{"main"}]
    assert not scan_cache_dir(cache).warnings
    links = {file.readlink() for file in folder.rglob("*") if file.is_symlink()}
    assert len(links) == 4
    assert not any(link.is_absolute() for link in links)
    moved = tmp_path / "moved"
    cache.rename(moved)
    assert contents(moved / folder.relative_to(cache)) == contents(model)


def snapshot_error(cache: Path) -> str:
    try:
        return snapshot_download(NAME, cache_dir=cache, local_files_only=True)
    except OSError as error:
        return type(error).__name__


def test_the_ref_is_written_last_and_names_the_revision(filled_hub: Hub, model: Path, home: Path) -> None:
    commit = listing_of(filled_hub, "huggingface").commit
    layout = cache_layout(listing_of(filled_hub, "huggingface"))
    assert layout.folder.is_relative_to(home)
    for file in layout.listing.files:
        layout.blob(file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model / file.path, layout.blob(file))
        layout.place(file)
    refs = layout.folder.parent.parent / "refs"
    assert not refs.exists()
    layout.finish()
    assert {file.name: file.read_text() for file in refs.iterdir()} == {"main": commit}
    assert dict(hugging_face_models()) == {NAME: layout.folder}
    cache_layout(listing_of(filled_hub, "huggingface", commit)).finish()  # a commit is no name for a ref
    assert len(list(refs.iterdir())) == 1


def test_what_lands_is_found_by_modelscope(filled_hub: Hub, model: Path, home: Path) -> None:
    folder = land(cache_layout(listing_of(filled_hub, "modelscope")), model)
    assert folder == home / "modelscope" / "models" / "org" / "Some-Model-2___5-4bit"
    assert contents(folder) == contents(model)
    api = HubApi(HubConfig(endpoint=filled_hub.modelscope_endpoint, cache_dir=home / "modelscope", token=""))
    assert api.download_repo(NAME, "model", local_files_only=True) == folder
    assert dict(model_scope_models()) == {NAME: folder}


@pytest.mark.parametrize("name", ["huggingface", "modelscope"])
def test_what_the_library_fetched_counts_as_whole(filled_hub: Hub, name: HubName, tmp_path: Path) -> None:
    folder = fetched_by_the_library(filled_hub, name, tmp_path / "cache")
    layout = cache_layout(listing_of(filled_hub, name), str(tmp_path / "cache"))
    assert layout.folder == folder
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    assert all(layout.is_whole(file) for file in layout.listing.files)
    for file in layout.listing.files:
        layout.place(file)
    assert layout.finish() == folder
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*")} == before
    weights = folder / "model.safetensors"
    weights.resolve().write_bytes(b"cut off")
    assert [file.path for file in layout.listing.files if not layout.is_whole(file)] == ["model.safetensors"]


def test_modelscope_has_one_folder_for_its_own_revision_and_one_for_each_other(tmp_path: Path) -> None:
    def folder(revision: str = "") -> str:
        listing = Listing(Source("modelscope", NAME, revision), revision or "master", ())
        return cache_layout(listing, str(tmp_path)).folder.relative_to(tmp_path).as_posix()

    new, old = "models/org--Some-Model-2.5-4bit/snapshots", "models/org/Some-Model-2___5-4bit"
    assert (folder(), folder("master"), folder("v1")) == (old, old, f"{new}/v1")
    (tmp_path / new / "v2").mkdir(parents=True)  # begun by modelscope's own client
    assert folder() == f"{new}/master"
    (tmp_path / "hub" / old / "sub").mkdir(parents=True)
    assert (folder(), folder("v1")) == (f"hub/{old}", f"{new}/v1")
    (tmp_path / old / "sub").mkdir(parents=True)
    assert folder() == old


def test_the_blobs_of_an_older_commit_are_used_again(filled_hub: Hub, model: Path, tmp_path: Path) -> None:
    land(cache_layout(listing_of(filled_hub, "huggingface"), str(tmp_path / "cache")), model)
    (model / "config.json").write_text('{"model_type": "llama"}')
    repository = filled_hub.repository("huggingface", NAME)
    assert repository is not None
    repository.refresh()
    layout = cache_layout(listing_of(filled_hub, "huggingface"), str(tmp_path / "cache"))
    assert [file.path for file in layout.listing.files if not layout.is_whole(file)] == ["config.json"]
    assert contents(land(layout, model)) == contents(model)
    assert len(scan_cache_dir(tmp_path / "cache").repos) == 1


def test_without_links_the_files_themselves_lie_in_the_snapshot(
    filled_hub: Hub, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(Path, "symlink_to", refuse)
    (model / "NOTICE").write_bytes((model / "LICENSE").read_bytes())  # equal content, and so one blob
    repository = filled_hub.repository("huggingface", NAME)
    assert repository is not None
    repository.refresh()
    layout = cache_layout(listing_of(filled_hub, "huggingface"), str(tmp_path / "cache"))
    folder = land(layout, model)
    assert contents(folder) == contents(model)
    (folder / "NOTICE").unlink()  # as it is when only the first of the two has been fetched
    land(layout, tmp_path)
    assert contents(folder) == contents(model)
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert not list((folder.parent.parent / "blobs").iterdir())
    assert all(layout.is_whole(file) for file in layout.listing.files)
    assert snapshot_download(NAME, cache_dir=tmp_path / "cache", local_files_only=True) == str(folder)


BAD = (
    "../x",
    "/etc/passwd",
    "a/../../x",
    "deep/" * 200 + "x",
    "a\\..\\x",
    "a\0b",
    "",
    "a//b",
    ".",
    "a/",
    "CON",
    "sub/nul.json",
    "x.",
    "a:b",
)


@pytest.mark.parametrize("name", ["huggingface", "modelscope"])
@pytest.mark.parametrize("path", [*BAD, "n" * 300])
def test_a_name_that_leads_elsewhere_is_refused(name: HubName, path: str, tmp_path: Path) -> None:
    file = RemoteFile(path, 1, "a" * 64)
    layout = cache_layout(Listing(Source(name, NAME), "main", (file,)), str(tmp_path))
    for call in (layout.blob, layout.part, layout.is_whole, layout.place):
        if name == "huggingface" or call != layout.place:
            with pytest.raises(MinimError) as caught:
                call(file)
            assert caught.value.kind == "hub_failed"
    assert not list(tmp_path.iterdir())


def test_hashes_commits_and_repositories_are_not_trusted_either(tmp_path: Path) -> None:
    file = RemoteFile("config.json", 1, "../../x")
    with pytest.raises(MinimError):
        cache_layout(Listing(Source("huggingface", NAME), "main", (file,)), str(tmp_path)).blob(file)
    for source, commit in ((Source("huggingface", NAME), "../.."), (Source("modelscope", "../x"), "master")):
        with pytest.raises(MinimError):
            cache_layout(Listing(source, commit, ()), str(tmp_path))
    with pytest.raises(MinimError):
        cache_layout(Listing(Source("modelscope", NAME), "../..", ()), str(tmp_path))


def test_without_hashes_each_file_has_a_place_of_its_own(tmp_path: Path) -> None:
    files = (RemoteFile("a.json", 1), RemoteFile("b.json", 1))
    layout = cache_layout(Listing(Source("huggingface", NAME), "c" * 40, files), str(tmp_path))
    assert layout.blob(files[0]) != layout.blob(files[1])


@pytest.mark.parametrize("name", ["huggingface", "modelscope"])
def test_what_a_cancelled_download_has_gathered_can_be_discarded(
    filled_hub: Hub, name: HubName, model: Path, tmp_path: Path
) -> None:
    layout = cache_layout(listing_of(filled_hub, name), str(tmp_path / "cache"))
    folder = land(layout, model)
    part = layout.part(layout.listing.files[0])
    part.write_bytes(b"12345")
    assert layout.discard_parts() == 5
    assert not part.exists()
    assert contents(folder) == contents(model)


def test_the_usual_folders_are_those_of_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE")
    script = (
        "import json; from huggingface_hub import constants; from modelscope_hub import HubConfig; "
        "print(json.dumps([constants.HF_HUB_CACHE, str(HubConfig(token='').cache_dir)]))"
    )
    for given in ({}, {"HF_HOME": "/a/h", "MODELSCOPE_CACHE": "/a/m"}, {"HF_HUB_CACHE": "~/c", "HF_HOME": "/b"}):
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert [str(cache_root("huggingface")), str(cache_root("modelscope"))] == json.loads(done.stdout)


def test_caches_are_where_their_libraries_look_however_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    for name in ("near", "~nobody-of-this-name/cache"):
        monkeypatch.setenv("HF_HOME", name)
        monkeypatch.setenv("MODELSCOPE_CACHE", name)
        snapshot = tmp_path / name / "hub/models--org--M/snapshots/c0ffee"
        for folder in (snapshot, tmp_path / name / "models/org/M"):
            folder.mkdir(parents=True)
            (folder / "config.json").write_text("{}")
        assert list(hugging_face_models()) == [("org/M", snapshot)]
        assert list(model_scope_models()) == [("org/M", tmp_path / name / "models/org/M")]
        assert cache_root("huggingface") == tmp_path / name / "hub"
        assert cache_root("modelscope") == tmp_path / name
