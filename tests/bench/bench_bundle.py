"""The bundle beside the source checkout: from the start to what a person sees, in turns; and how large it is.

Both are watched from outside, on a screen of the bench's own: the window is painted, the model's dot turns green, Enter
is pressed, and the first token stands in the reasoning pane. `make app` builds what is measured here.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import x_screen
from tests.bench.measured import alternate, report

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "dist" / "Minim"
PACKED = {"tarball": "minim-*.tar.xz", "AppImage": "minim-*.AppImage"}
"""What people fetch, by name: how its file in dist/ is called."""

# Where things are in a window of 1280 × 820 points at the screen's corner: x, y, width, height.
_TOOLBAR = (520, 45, 200, 10)
_REASONING = (930, 115, 340, 30)
_TERMINATE_SECONDS = 10.0


def main() -> None:
    """Print ratios, seconds and sizes; or why there are none."""
    reason = "" if (BUNDLE / "minim").is_file() else "dist/Minim is not built: make app"
    if reason := reason or x_screen.why_not():
        sys.stdout.write(f"not run: {reason}\n")
        return
    with tempfile.TemporaryDirectory() as home, x_screen.XScreen() as screen:
        starts: list[tuple[float, float]] = []

        def run(name: str, command: Sequence[str]) -> float:
            """Seconds to the first token; those to the first paint are kept beside."""
            paint, token = _watched(screen, Path(home) / name, command)
            starts.append((paint, token))
            return token

        bundle, source = alternate(
            lambda: run("bundle", [str(BUNDLE / "minim")]),
            lambda: run("source", [sys.executable, "-m", "desktop"]),
        )
        paints = [paint for paint, _ in starts[2:]]  # the first of each does not count
    there, here = statistics.median(paints[0::2]), statistics.median(paints[1::2])
    report("spawn to first paint, bundle / source", there / here, "at most 1.5", _milliseconds(there, here))
    report("spawn to first token, bundle / source", bundle / source, "at most 1.5", _milliseconds(bundle, source))
    report("spawn to Pocket M2's first token, s", bundle, "at most 3")
    report("size of the bundle, MB", _bytes_in(BUNDLE) / 1e6, "at most 420")
    for name, pattern in PACKED.items():
        for file in BUNDLE.parent.glob(pattern):
            report(f"size of the {name}, MB", file.stat().st_size / 1e6, "at most 170")


def _watched(screen: x_screen.XScreen, home: Path, command: Sequence[str]) -> tuple[float, float]:
    """Seconds from spawn to the first paint, and to the first token of an answer. The second start finds its caches."""
    env = {**os.environ, "MINIM_HOME": str(home), "DISPLAY": screen.name, "PYTHONPATH": str(ROOT)}
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "PYTHONDONTWRITEBYTECODE"):
        env.pop(name, None)
    preferences = home / "data" / "preferences.toml"
    preferences.parent.mkdir(parents=True, exist_ok=True)
    # The page of the first run would stand where the answer does.
    preferences.write_text('first_run = "done"\n', encoding="utf-8")
    screen.wait(lambda: not screen.seen(200, 10)[0])  # the last one is gone
    began = time.monotonic()
    with subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.DEVNULL) as process:
        try:
            painted = screen.wait(lambda: bool(screen.seen(200, 10)[0]))
            screen.press("h", "i")
            screen.wait(lambda: any(map(_is_green, screen.seen(*_TOOLBAR))))
            before = screen.seen(*_REASONING)
            screen.press("Return")
            token = screen.wait(lambda: screen.seen(*_REASONING) != before)
        finally:
            process.terminate()
            process.wait(_TERMINATE_SECONDS)
    return painted - began, token - began


def _is_green(colour: int) -> bool:
    """Whether it is that of the dot beside a model that is ready."""
    red, green, blue = colour >> 16, colour >> 8 & 0xFF, colour & 0xFF
    return green > 110 and red < 70 and blue < 120


def _milliseconds(one: float, other: float) -> str:
    return f"{one * 1000:.0f} / {other * 1000:.0f} ms"


def _bytes_in(folder: Path) -> int:
    """The bytes of a folder's files."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
