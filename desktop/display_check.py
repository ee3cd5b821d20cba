"""Whether the display that the environment names answers: where none does, Qt would end the process."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from desktop import system_check


def why_unseen(environment: Mapping[str, str]) -> str:
    """Why windows can only be opened unseen here, in words, or "" if a person can see them."""
    if environment.get("QT_QPA_PLATFORM", "") == "offscreen":
        return "unseen, as QT_QPA_PLATFORM says"
    if system_check.words_for_no_display(environment):
        return "no display here, so the windows are opened unseen"
    if system_check.missing_before_qt(environment):
        return "libraries of X11 are missing, so the windows are opened unseen"
    if sys.platform == "linux" and not _answers(environment):
        return "the display does not answer, so the windows are opened unseen"
    return ""


def _answers(environment: Mapping[str, str]) -> bool:
    """Whether an X server or a Wayland compositor is there; of other platforms nothing is known."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    wayland, x11 = environment.get("WAYLAND_DISPLAY", ""), environment.get("DISPLAY", "")
    if wayland and not platform.startswith("xcb"):
        return (Path(environment.get("XDG_RUNTIME_DIR", "/run")) / wayland).exists()
    return not x11 or (platform and not platform.startswith("xcb")) or _x_answers(x11)


def _x_answers(display: str) -> bool:
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return True  # whether Qt can do without is seen with Qt
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    opened: int | None = x11.XOpenDisplay(os.fsencode(display))
    if opened:
        x11.XCloseDisplay(opened)
    return bool(opened)
