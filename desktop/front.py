"""Brings a window or a dialog to the front, however it was left: behind others, minimized, or hidden."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.start_request import is_token


def bring_to_front(window: QWidget, token: str = "") -> None:
    """Show the window above others. `token` is what a desktop gave for that: without one it may only ask for a look."""
    if is_token(token):
        os.environ["XDG_ACTIVATION_TOKEN"] = token  # where Qt looks for it, on Wayland; it is used up by that
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
