"""Where the app and its workers write their logs; Minim works without them where they cannot be written."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from backends.contract.errors import MinimError
from backends.storage.paths import log_folder


def begin_log() -> str:
    """Write warnings to the app's log from now on, or to stderr; → words where there can be no log, else ""."""
    try:
        path = log_folder() / "app.log"
        logging.basicConfig(filename=path, level=logging.WARNING)
    except MinimError as error:
        why = f"{error.message} {error.hint}"
    except OSError as error:
        why = f"The log {error.filename} cannot be written: {error.strerror}. Check its permissions."
    else:
        return ""
    logging.basicConfig(level=logging.WARNING)
    return f"{why} Minim works without its logs."


def worker_log(worker: str) -> Path | None:
    """The log of a worker; None where it cannot be written: the worker has a temporary one then."""
    try:
        path = log_folder() / f"{worker}.log"
    except MinimError:
        return None
    return path if os.access(path if path.exists() else path.parent, os.W_OK) else None
