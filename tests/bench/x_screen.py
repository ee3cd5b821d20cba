"""A screen of a bench's own that programs draw on (Xvfb): asks what is seen on it, and presses keys."""
# pyright: basic
# ctypes knows nothing of the types of X.

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
import time
from collections.abc import Callable
from types import TracebackType

_Z_PIXMAP = 2
_ALL_PLANES = 0xFFFFFFFF
_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 60.0
_TERMINATE_SECONDS = 5.0


class _KeyEvent(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong), ("root", ctypes.c_ulong), ("subwindow", ctypes.c_ulong), ("time", ctypes.c_ulong),
        ("x", ctypes.c_int), ("y", ctypes.c_int), ("x_root", ctypes.c_int), ("y_root", ctypes.c_int),
        ("state", ctypes.c_uint), ("keycode", ctypes.c_uint), ("same_screen", ctypes.c_int),
        ("pad", ctypes.c_long * 24),  # an XEvent is as long as its longest kind
    ]  # fmt: skip


def why_not() -> str:
    """Why there can be no such screen on this machine, or ""."""
    if shutil.which("Xvfb") is None:
        return "Xvfb is not here (packaging/linux/system_packages.sh)"
    return "" if ctypes.util.find_library("X11") else "libX11 is not here"


class _Image(ctypes.Structure):
    """The beginning of an XImage; a screen of 24 bits has four bytes a point."""

    _fields_ = [*((name, ctypes.c_int) for name in ("width", "height", "offset", "format")), ("data", ctypes.c_void_p)]


class XScreen:
    """1280 × 900 points, black where nothing is. To be used in a `with`, which ends it."""

    def __init__(self) -> None:
        call = ["Xvfb", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-displayfd", "1"]
        self._server = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._server.stdout is not None
        self.name = f":{self._server.stdout.readline().strip()}"
        self._x = x = ctypes.CDLL("libX11.so.6")
        x.XOpenDisplay.restype = x.XGetImage.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = x.XStringToKeysym.restype = ctypes.c_ulong
        x.XGetImage.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_int] * 2, *[ctypes.c_uint] * 2, ctypes.c_ulong, ctypes.c_int
        ]  # fmt: skip
        x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        x.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        for function in (x.XDefaultRootWindow, x.XDestroyImage, x.XFlush, x.XCloseDisplay):
            function.argtypes = [ctypes.c_void_p]
        x.XQueryTree.argtypes = [ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_void_p] * 4]
        self._display = x.XOpenDisplay(self.name.encode())
        self._root = x.XDefaultRootWindow(self._display)

    def __enter__(self) -> XScreen:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._x.XCloseDisplay(self._display)
        self._server.terminate()
        self._server.wait(_TERMINATE_SECONDS)

    def seen(self, x: int, y: int, width: int = 1, height: int = 1) -> tuple[int, ...]:
        """The colours of a part of the screen, line by line, as 0xRRGGBB."""
        image = self._x.XGetImage(self._display, self._root, x, y, width, height, _ALL_PLANES, _Z_PIXMAP)
        points = _Image.from_address(image).data
        colours = (ctypes.c_uint32 * (width * height)).from_address(points)
        found = tuple(colour & 0xFFFFFF for colour in colours)
        self._x.XDestroyImage(image)
        return found

    def wait(self, is_there: Callable[[], bool]) -> float:
        """When something was seen, by the monotonic clock. Raises TimeoutError after a minute."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not is_there():
            if time.monotonic() > until:
                raise TimeoutError(f"nothing of it was seen in {_PATIENCE_SECONDS:.0f} s")
            time.sleep(_LOOK_SECONDS)
        return time.monotonic()

    def press(self, *keys: str) -> None:
        """Press keys, named as X names them, in the window that was opened last."""
        window = self._newest_window()
        for key in keys:
            code = self._x.XKeysymToKeycode(self._display, self._x.XStringToKeysym(key.encode())) & 0xFF
            for kind in (2, 3):  # pressed, let go
                event = _KeyEvent(type=kind, window=window, root=self._root, same_screen=1, keycode=code)
                self._x.XSendEvent(self._display, window, 1, kind - 1, ctypes.byref(event))
        self._x.XFlush(self._display)

    def _newest_window(self) -> int:
        root, parent, children, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p(), ctypes.c_uint()
        given = (ctypes.byref(value) for value in (root, parent, children, count))
        self._x.XQueryTree(self._display, self._root, *given)
        found = ctypes.cast(children, ctypes.POINTER(ctypes.c_ulong))
        return found[count.value - 1]
