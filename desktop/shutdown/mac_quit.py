"""Why a Mac asks the app to quit: Qt tells it of a session that ends and of the Dock’s Quit in the same way."""

from __future__ import annotations

import sys

_RUNTIME = "/usr/lib/libobjc.A.dylib"
_WHY = int.from_bytes(b"why?", "big")
"""kAEQuitReason: what the system gives to log out, restart or shut down. The Dock and scripts give none."""


def session_ends() -> bool:
    """Whether what asks to quit right now ends the session as well. Elsewhere than on a Mac, never."""
    return sys.platform == "darwin" and _has_quit_reason()


def _has_quit_reason() -> bool:
    """Whether the Apple event that is handled now, if one is, gives a reason."""
    import ctypes

    runtime = ctypes.CDLL(_RUNTIME)
    runtime.objc_getClass.restype = runtime.sel_registerName.restype = ctypes.c_void_p
    runtime.objc_getClass.argtypes = runtime.sel_registerName.argtypes = [ctypes.c_char_p]

    def ask(receiver: int | None, selector: bytes, *keyword: int) -> int | None:
        """What an object answers: another one, or None, as whatever None is asked."""
        send = runtime["objc_msgSend"]  # a function of its own each time, since what it takes differs
        send.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_uint32 for _ in keyword]]
        send.restype = ctypes.c_void_p
        return send(receiver, runtime.sel_registerName(selector), *keyword)

    manager = ask(runtime.objc_getClass(b"NSAppleEventManager"), b"sharedAppleEventManager")
    return ask(ask(manager, b"currentAppleEvent"), b"attributeDescriptorForKeyword:", _WHY) is not None
