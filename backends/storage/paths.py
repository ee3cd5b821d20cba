"""Where things are kept: three folders, made when they are first asked for."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "Minim"


def data_folder() -> Path:
    """Conversations and preferences: what a person would miss."""
    return _made("data", platformdirs.user_data_path(_APP, appauthor=False))


def cache_folder() -> Path:
    """What can be made again, such as the quantized forms of the built-in model."""
    return _made("cache", platformdirs.user_cache_path(_APP, appauthor=False))


def log_folder() -> Path:
    """Logs of the app and its workers."""
    return _made("log", platformdirs.user_log_path(_APP, appauthor=False))


def _made(name: str, system_folder: Path) -> Path:
    # MINIM_HOME puts all three below one folder: for tests, and for running from a stick.
    home = os.environ.get("MINIM_HOME")
    folder = Path(home).expanduser() / name if home else system_folder
    folder.mkdir(parents=True, exist_ok=True)
    return folder
