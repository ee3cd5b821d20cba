"""The downloads worker, with the recipe of a small engine (see small_wheels.py) in place of the real one."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backends.storage import engine_environment
from backends.workers.downloads import DownloadsWork, lane_of
from backends.workers.engine_install import EngineInstaller
from backends.workers.serve import serve
from tests.workers.small_wheels import NEEDED

engine_environment.NEEDED["Transformers"] = NEEDED
work = DownloadsWork(EngineInstaller(Path(sys.argv[1])))
serve("downloads", work, lane_of=lane_of, at_start=work.open_mouth)
