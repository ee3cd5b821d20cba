"""Which columns a window of a given width has room for: a pure decision, kept apart from the widgets."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

WIDE_FROM = 1200
"""From this width on, reasoning and tools each have a button and a place of their own. All widths in pixels."""

SIDEBAR_WIDTH = 240
SIDEBAR_LEAST = 200
TRANSCRIPT_LEAST = 480
INSPECTOR_WIDTH = 360
INSPECTOR_LEAST = 300
WINDOW_LEAST = 520
REASONING_LEAST = 120
"""The height that a question leaves to the reasoning above it."""
HAIRLINES = 2


class Wishes(Struct, frozen=True):
    """What a person wants to see. `inspector_opened` counts in a narrow window only, where it starts closed."""

    sidebar: bool = True
    reasoning: bool = True
    tools: bool = True
    inspector_opened: bool = False


class Arrangement(Struct, frozen=True):
    """What is shown. An inspector that is an overlay lies over the right of the transcript."""

    sidebar: bool
    inspector: Literal["hidden", "column", "overlay"]
    reasoning: bool
    tools: bool
    single_button: bool


def arrange(width: int, wishes: Wishes) -> Arrangement:
    """The columns of a window this wide. The transcript keeps its least width; the sidebar gives way first."""
    narrow = width < WIDE_FROM
    wanted = wishes.reasoning or wishes.tools
    # In a narrow window the one button opens both panes when neither was left open.
    reasoning, tools = (True, True) if narrow and not wanted else (wishes.reasoning, wishes.tools)
    opened = wishes.inspector_opened if narrow else wanted
    if not opened:
        room = width >= SIDEBAR_LEAST + TRANSCRIPT_LEAST + HAIRLINES
        return Arrangement(wishes.sidebar and room, "hidden", reasoning, tools, narrow)
    if width < TRANSCRIPT_LEAST + INSPECTOR_LEAST + HAIRLINES:
        return Arrangement(False, "overlay", reasoning, tools, narrow)
    room = width >= SIDEBAR_LEAST + TRANSCRIPT_LEAST + INSPECTOR_LEAST + HAIRLINES
    return Arrangement(wishes.sidebar and room, "column", reasoning, tools, narrow)
