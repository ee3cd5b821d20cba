"""Whether windows can be seen here; where they cannot, they are opened all the same, as Qt does it in memory."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.startup import system_check


def why_unseen(environment: Mapping[str, str]) -> str:
    """Why windows can only be opened unseen here, in words, or "" if a person can see them."""
    if environment.get("QT_QPA_PLATFORM", "") == "offscreen":
        return "unseen, as QT_QPA_PLATFORM says"
    if system_check.missing_before_qt(environment):
        return "libraries of X11 are missing, so the windows are opened unseen"
    if system_check.words_for_no_display(environment):
        named = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
        return f"{'the display does not answer' if named else 'no display here'}, so the windows are opened unseen"
    return ""
