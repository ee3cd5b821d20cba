"""Where a report goes, and what writes one."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from backends.workers.engine_command import ROOT, is_frozen


def report_path(folder: Path) -> Path:
    """The file of a report of today in `folder`, which is not there yet."""
    name = f"minim-report-{time.strftime('%Y-%m-%d')}"
    path, number = folder / f"{name}.txt", 2
    while os.path.lexists(path):  # a link that leads nowhere is somebody’s, too
        path, number = folder / f"{name}-{number}.txt", number + 1
    return path


def self_test_command(file: Path) -> tuple[list[str], Path | None]:
    """What starts a self-test that writes its report to `file`, and the folder to start it in, None for any."""
    if is_frozen():
        return [sys.executable, "--self-test", str(file)], None
    return [sys.executable, "-m", "desktop", "--self-test", str(file)], ROOT
