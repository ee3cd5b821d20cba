"""What a person's server is started with: where its command is, and the few variables that it is handed."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer

_HANDED_ON = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TMPDIR")
_USUAL_FOLDERS = ("/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_USUAL_FOLDERS_AT_HOME = (".local/bin", ".cargo/bin", ".volta/bin", ".bun/bin", ".deno/bin")


def environment_of(server: ToolServer) -> dict[str, str]:
    """All that a server's process has as environment: Minim's own tokens and settings are not in it.

    A value that begins with "()" is a shell function, and left out.
    """
    handed = {
        name: value
        for name, value in os.environ.items()
        if (name in _HANDED_ON or name.startswith("LC_")) and not value.startswith("()")
    }
    handed["PATH"] = os.pathsep.join(search_path())
    handed.setdefault("HOME", str(Path.home()))
    handed.setdefault("USER", pwd.getpwuid(os.getuid()).pw_name)
    return handed | server.env


def search_path() -> list[str]:
    """The folders in which a command is looked for: PATH, and where tools are usually installed.

    An app that was opened by double-click has a PATH without them.
    """
    home = Path.home()
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [str(home / folder) for folder in _USUAL_FOLDERS_AT_HOME]
    node = _node_of_nvm(home)
    folders += [*([] if node is None else [str(node)]), *_USUAL_FOLDERS]
    return list(dict.fromkeys(folders))


def command_of(server: ToolServer) -> str:
    """The absolute path of a server's command. Raises `MinimError` with words if nothing can be run there."""
    command = os.path.expanduser(server.command)  # noqa: PTH111 — an unknown ~name stays as it is
    searched = server.env.get("PATH") or os.pathsep.join(search_path())
    if "\0" in command or not command:
        raise MinimError("tool_failed", f"“{server.name}” has no command that could be started.")
    found = shutil.which(command, path=searched)
    if found is not None:
        return str(Path(found).absolute()) if os.sep in command else found
    if os.sep in command:
        if not Path(command).exists():
            raise MinimError("tool_failed", f"There is no {command}.", "Check the command in the server's settings.")
        hint = "Make the file executable (chmod +x), or name the program that runs it as the command."
        raise MinimError("tool_failed", f"{command} is not executable.", hint)
    folders = ", ".join(searched.split(os.pathsep))
    hint = (
        "Install it, or write the command's full path. An app opened by double-click sees a shorter PATH than a "
        f"terminal does. These folders were searched: {folders}."
    )
    raise MinimError("tool_failed", f"The command {command} was not found.", hint)


def folder_of(server: ToolServer) -> str:
    """The folder in which a server is started: its own, or the home. Raises `MinimError` if there is no such one."""
    folder = Path(os.path.expanduser(server.cwd or "~"))  # noqa: PTH111 — an unknown ~name stays as it is
    if not folder.is_dir():
        raise MinimError("tool_failed", f"There is no folder {folder}, in which “{server.name}” is to be started.")
    return str(folder)


def _node_of_nvm(home: Path) -> Path | None:
    """Where nvm keeps the version of Node.js that is its default, or else the newest that it has."""
    versions = home / ".nvm" / "versions" / "node"
    alias = home / ".nvm" / "alias" / "default"
    try:
        wanted = "v" + alias.read_text(encoding="utf-8").strip().removeprefix("v") if alias.is_file() else "v"
        there = [folder for folder in versions.iterdir() if (folder / "bin").is_dir()]
    except (OSError, UnicodeDecodeError):
        return None
    there.sort(key=_version_of)
    fitting = [folder for folder in there if folder.name == wanted or folder.name.startswith(wanted.rstrip(".") + ".")]
    chosen = fitting or there
    return chosen[-1] / "bin" if chosen else None


def _version_of(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.name.lstrip("v").split(".") if part.isdecimal())
