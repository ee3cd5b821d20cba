"""The ends of a person's logs, as far as they may be shown."""

from __future__ import annotations

import time
from pathlib import Path

from backends.report.log_lines import safe_lines
from backends.terminal.words import size_words

_NAMES = ("app", *(f"{prefix}{worker}" for prefix in ("", "terminal-") for worker in ("engine", "downloads", "tools")))
_TAIL_BYTES = 256 * 1024
_LINES = 60


def log_lines(folder: Path) -> list[str]:
    """Of each log of Minim's own its size and its last lines. Of what tool servers print nothing is shown."""
    lines: list[str] = []
    for name in _NAMES:
        for file in (folder / f"{name}.log.1", folder / f"{name}.log"):
            lines += tail_lines(file)
    servers = [file for file in (folder / "tool-servers").glob("*.log") if file.is_file()]
    if servers:
        lines += [f"Logs of tool servers: {len(servers)}. What servers print is nobody’s business: left out."]
    return lines or ["There are no logs."]


def tail_lines(file: Path) -> list[str]:
    """The end of one log, with its name above it; nothing if it is not there or empty."""
    try:
        size, changed = file.stat().st_size, file.stat().st_mtime
        with file.open("rb") as stream:
            stream.seek(max(0, size - _TAIL_BYTES))
            end = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    shown = list(safe_lines(end.splitlines()))[-_LINES:]
    if not size:
        return []
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(changed))
    return [f"{file.name}, {size_words(size)}, last written {when}", *(f"  {line}" for line in shown), ""]
