"""Which system libraries Qt misses on this machine: without some it cannot be imported, without others it aborts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from desktop.startup.display_check import words_for_no_display

# library → (Debian and Ubuntu, Fedora)
_ALWAYS = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
}
_X11 = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb"),
}


def missing_libraries(environment: Mapping[str, str], loads: Callable[[str], bool] | None = None) -> list[str]:
    """The libraries that Qt needs for this environment's platform and that cannot be loaded; none on macOS."""
    if sys.platform != "linux":
        return []
    can_load = loads or _loads
    return [library for library in _needed(environment) if not can_load(library)]


def missing_before_qt(environment: Mapping[str, str], loads: Callable[[str], bool] | None = None) -> list[str]:
    """Those of them whose lack Qt's import does not tell, but which abort the process when the window opens."""
    return missing_libraries(environment, loads) if _is_x11(environment) else []


def words_for_missing(libraries: list[str], *, fedora: bool | None = None) -> str:
    """What is missing, and the command that installs it."""
    import shutil  # here and in `_loads`: a start at which nothing is missing does not wait for these

    is_fedora = shutil.which("dnf") is not None and shutil.which("apt-get") is None if fedora is None else fedora
    known = {**_ALWAYS, **_X11}
    packages = sorted({known[library][1 if is_fedora else 0] for library in libraries if library in known})
    command = "sudo dnf install" if is_fedora else "sudo apt-get install"
    lines = ["Minim cannot open its window: Qt needs system libraries that are missing here.", ""]
    lines += [f"  {library}" for library in libraries]
    if packages:
        lines += ["", "Install them with", "", f"  {command} {' '.join(packages)}", "", "and start Minim again."]
    return "\n".join(lines)


def check(arguments: list[str]) -> int:
    """`--check-system [--headless]`: say what is missing; 0 when nothing is. Headless asks only for what tests need."""
    environment = {"QT_QPA_PLATFORM": "offscreen"} if "--headless" in arguments else dict(os.environ)
    missing = missing_libraries(environment)
    problem = words_for_missing(missing) if missing else words_for_no_display(environment)
    if problem:
        sys.stderr.write(problem + "\n")
        return 1
    sys.stdout.write("All system libraries that Qt needs are here.\n")
    return 0


def _needed(environment: Mapping[str, str]) -> list[str]:
    return [*_ALWAYS, *(_X11 if _is_x11(environment) else ())]


def _is_x11(environment: Mapping[str, str]) -> bool:
    platform = environment.get("QT_QPA_PLATFORM", "")
    on_x11 = platform.startswith("xcb") or (not platform and "DISPLAY" in environment)
    return on_x11 and "WAYLAND_DISPLAY" not in environment


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
