"""Where the hubs' own tools keep what they have downloaded: the folders of all models in their caches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def hugging_face_models(cache: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Name ("org/name") and folder of each model in a cache: the revision of `main`, else the newest.

    `cache` None means Hugging Face's usual one.
    """
    for repository in _folders_in(cache or _hugging_face_cache()):
        kind, _, name = repository.name.partition("--")
        revision = snapshot_of(repository) if kind == "models" and name else None
        if revision is not None:
            yield name.replace("--", "/"), revision


def model_scope_models(cache: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Name and folder of each model in a cache (None: ModelScope's usual one), in its layouts old and new."""
    for base in _model_scope_caches(cache):
        for organization in (*_folders_in(base / "models"), *_folders_in(base)):
            for folder in _folders_in(organization):
                if has_config(folder):
                    yield f"{organization.name}/{folder.name}".replace("___", "."), folder
        for repository in _folders_in(base / "models"):
            organization, _, name = repository.name.partition("--")
            revision = snapshot_of(repository) if name else None
            if revision is not None:
                yield f"{organization}/{name}".replace("___", "."), revision


def has_config(folder: Path) -> bool:
    """Whether config.json is there, as far as one may look: a folder of somebody else's holds none."""
    try:
        return (folder / "config.json").is_file()
    except OSError:
        return False


def snapshot_of(repository: Path, name: str = "main") -> Path | None:
    """The folder of a snapshot: that of the ref `name`, else the newest; None if there is none."""
    try:
        revision = (repository / "refs" / name).read_text("utf-8").strip()
    except (OSError, ValueError):
        revision = name
    snapshots = _folders_in(repository / "snapshots")
    named = [folder for folder in snapshots if folder.name == revision]
    return max(named or snapshots, key=lambda folder: folder.stat().st_mtime, default=None)


def _hugging_face_cache() -> Path:
    # As in huggingface_hub/constants.py.
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if configured := os.environ.get(variable):
            return _absolute(os.path.expandvars(configured))
    if home := os.environ.get("HF_HOME"):
        return _absolute(os.path.expandvars(home)) / "hub"
    return _absolute(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _model_scope_caches(cache: Path | None) -> tuple[Path, ...]:
    base = cache or _absolute(os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope")
    return base, base / "hub"


def _absolute(words: str) -> Path:
    """As the journal writes paths. `Path.expanduser` would raise for a home folder that nobody has."""
    return Path(os.path.expanduser(words)).absolute()  # noqa: PTH111 - Path.expanduser raises for an unknown user


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, by name; none if it cannot be read."""
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []
