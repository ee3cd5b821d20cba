"""Where the hubs' own tools keep what they have downloaded: the folders of all models in their caches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def hugging_face_models() -> Iterator[tuple[str, Path]]:
    """Name ("org/name") and folder of each model in the Hugging Face cache: the revision of `main`, else the newest."""
    for repository in _folders_in(_hugging_face_cache()):
        kind, _, name = repository.name.partition("--")
        revision = _revision_of(repository) if kind == "models" and name else None
        if revision is not None:
            yield name.replace("--", "/"), revision


def model_scope_models() -> Iterator[tuple[str, Path]]:
    """Name and folder of each model in the ModelScope cache, in its layouts old and new."""
    for base in _model_scope_caches():
        for organization in (*_folders_in(base / "models"), *_folders_in(base)):
            for folder in _folders_in(organization):
                if (folder / "config.json").is_file():
                    yield f"{organization.name}/{folder.name}".replace("___", "."), folder


def _hugging_face_cache() -> Path:
    # As in huggingface_hub/constants.py.
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if configured := os.environ.get(variable):
            return Path(os.path.expandvars(configured)).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(os.path.expandvars(home)).expanduser() / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "huggingface" / "hub"


def _model_scope_caches() -> tuple[Path, ...]:
    configured = os.environ.get("MODELSCOPE_CACHE")
    base = Path(configured or "~/.cache/modelscope").expanduser()
    return base, base / "hub"


def _revision_of(repository: Path) -> Path | None:
    """The folder of a snapshot."""
    try:
        revision = (repository / "refs" / "main").read_text("utf-8").strip()
    except (OSError, ValueError):
        revision = ""
    snapshot = repository / "snapshots" / revision
    if revision and snapshot.is_dir():
        return snapshot
    return max(_folders_in(repository / "snapshots"), key=lambda folder: folder.stat().st_mtime, default=None)


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, by name; none if it cannot be read."""
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []
