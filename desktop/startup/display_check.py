"""Whether there is a display for a window: where there is none, Qt would end the process without words."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctypes import CDLL

_ADVICE = "Start it in a desktop session, or over SSH with `ssh -X`. Without a window, `minim chat` works everywhere."


_PATIENCE_SECONDS = 10.0
"""How long a display may take: one on another machine that drops what it is sent would take minutes to fail."""


def words_for_no_display(environment: Mapping[str, str]) -> str:
    """Why there can be no window, or "" if there is a display that answers."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or (platform and not platform.startswith(("xcb", "wayland"))):
        return ""
    display, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    x11_counts, wayland_counts = "xcb" in platform or not platform, "wayland" in platform or not platform
    if (wayland_counts and wayland and _wayland_answers(environment)) or (x11_counts and display and _x11_answers()):
        return ""
    if not display and not wayland:
        why = "no display is set (DISPLAY or WAYLAND_DISPLAY)"
    else:
        named = (("DISPLAY", display), ("WAYLAND_DISPLAY", wayland))
        tried = " and ".join(f"{name}={value}" for name, value in named if value)
        why = f"the display that is set does not answer, or does not let this user in ({tried})"
    return f"Minim cannot open its window: {why}.\n\n{_ADVICE}"


def _x11_answers() -> bool:
    """As Qt does it: what this library cannot reach, Qt cannot; it knows of passwords and other machines."""
    import _thread  # `threading` takes a millisecond to import
    import ctypes

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # that it is missing is told elsewhere
    answers: list[bool] = []
    over = _thread.allocate_lock()
    over.acquire()

    def ask() -> None:
        try:
            answers.append(_connects(xcb))
        finally:
            over.release()

    _thread.start_new_thread(ask, ())  # one that hangs ends with this process
    over.acquire(timeout=_PATIENCE_SECONDS)
    return any(answers)


def _connects(xcb: CDLL) -> bool:
    import ctypes

    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    # `socket` takes 2 ms to import, and this is before the first paint
    import _socket

    if environment.get("WAYLAND_SOCKET"):
        return True  # it is open already
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(os.path.join(environment.get("XDG_RUNTIME_DIR", ""), environment["WAYLAND_DISPLAY"]))  # noqa: PTH118  an absolute name stands for itself
    except OSError:
        return False
    finally:
        connection.close()
    return True
