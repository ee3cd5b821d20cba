"""Which Python environments of engines are made with: this one, or in a bundle one of the same version."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from backends.storage.engine_environment import python_version
from backends.workers.engine_command import is_frozen, version_of


def base_python() -> Path | None:
    """The Python to make environments with; None if a bundle finds none of its version on this machine."""
    if not is_frozen():
        return Path(sys.executable)
    for name in (f"python{python_version()}", "python3", "python"):
        for folder in searched_folders():
            found = shutil.which(name, path=folder)
            if found is not None and not _is_stub(found) and version_of(found) == python_version():
                return Path(found)
    return None


def searched_folders() -> list[str]:
    """The PATH, and on a Mac where Python is usually installed: a double-clicked app has a PATH without that."""
    # Only whole paths: a python that lies in the folder where Minim happens to be started is not to be run.
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder).is_absolute()]
    if sys.platform == "darwin":
        home = Path.home()
        folders += [
            f"/Library/Frameworks/Python.framework/Versions/{python_version()}/bin",
            "/opt/homebrew/bin",
            "/usr/local/bin",
            str(home / ".local" / "bin"),
            str(home / ".pyenv" / "shims"),
        ]
    return list(dict.fromkeys(folders))


def _is_stub(python: str) -> bool:
    """Whether it is macOS's own, which asks in a window to install Xcode's tools, and is another version anyway."""
    return sys.platform == "darwin" and Path(python).parent == Path("/usr/bin")
