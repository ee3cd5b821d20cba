"""Where things are kept: three folders, made when they are first asked for. Raises MinimError if they cannot be."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from backends.contract.errors import MinimError

_APP = "Minim"


def data_folder() -> Path:
    """Conversations and preferences: what a person would miss."""
    return _made("data", platformdirs.user_data_path)


def cache_folder() -> Path:
    """What can be made again, such as the quantized forms of the built-in model."""
    return _made("cache", platformdirs.user_cache_path)


def log_folder() -> Path:
    """Logs of the app and its workers."""
    return _made("log", platformdirs.user_log_path)


def _made(name: str, system_folder: Callable[..., Path]) -> Path:
    # MINIM_HOME puts all three below one folder: for tests, and for running from a stick.
    home = os.environ.get("MINIM_HOME")
    try:
        folder = Path(home).expanduser().absolute() / name if home else system_folder(_APP, appauthor=False)
    except RuntimeError as error:
        hint = "Set HOME to your folder, or MINIM_HOME to a folder for Minim, as a whole path."
        message = f"Minim does not know where its {name} folder belongs: there is no home folder."
        raise MinimError("internal", message, hint) from error
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # chats are nobody else's to read
    except OSError as error:
        kind = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "internal"
        hint = "Make room and give yourself the right to write there, or set MINIM_HOME to a folder of your own."
        raise MinimError(kind, f"The folder {folder} cannot be made: {error.strerror}.", hint) from error
    return folder
