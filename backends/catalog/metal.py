"""What Metal says of this Mac, asked of Apple's frameworks directly: mlx would take a second to import."""

from __future__ import annotations

import ctypes

_FRAMEWORKS = "/System/Library/Frameworks"
_OBJECTIVE_C = "/usr/lib/libobjc.A.dylib"


def recommended_working_set() -> int:
    """`recommendedMaxWorkingSetSize` of the default Metal device in bytes, 0 where there is no Metal.

    It includes a limit that was raised with `sysctl iogpu.wired_limit_mb`.
    """
    try:
        # A program that has not loaded CoreGraphics gets no default device.
        ctypes.CDLL(f"{_FRAMEWORKS}/CoreGraphics.framework/CoreGraphics")
        metal = ctypes.CDLL(f"{_FRAMEWORKS}/Metal.framework/Metal")
        runtime = ctypes.CDLL(_OBJECTIVE_C)
        metal.MTLCreateSystemDefaultDevice.restype = ctypes.c_void_p
        runtime.sel_registerName.restype = ctypes.c_void_p
        runtime.sel_registerName.argtypes = [ctypes.c_char_p]
        # Objective-C's one entry point has the signature of the method that it calls.
        address = ctypes.cast(runtime.objc_msgSend, ctypes.c_void_p).value
        ask = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p)(address or 0)
    except (OSError, AttributeError):
        return 0
    device = metal.MTLCreateSystemDefaultDevice()
    return int(ask(device, runtime.sel_registerName(b"recommendedMaxWorkingSetSize"))) if device else 0
