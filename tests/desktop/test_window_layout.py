"""The columns at the widths that matter."""

from __future__ import annotations

import pytest

from desktop.window.window_layout import INSPECTOR_LEAST, SIDEBAR_LEAST, TRANSCRIPT_LEAST, Wishes, arrange


def test_a_wide_window_shows_everything() -> None:
    for width in (1200, 1400):
        shown = arrange(width, Wishes())
        assert (shown.sidebar, shown.inspector, shown.single_button) == (True, "column", False)


def test_below_1200_the_inspector_starts_closed_behind_one_button() -> None:
    for width in (1199, 1100, 900):
        shown = arrange(width, Wishes())
        assert (shown.sidebar, shown.inspector, shown.single_button) == (True, "hidden", True)


@pytest.mark.parametrize(
    ("width", "sidebar", "inspector"), [(1100, True, "column"), (900, False, "column"), (760, False, "overlay")]
)
def test_an_opened_inspector_makes_the_sidebar_give_way(width: int, sidebar: bool, inspector: str) -> None:
    shown = arrange(width, Wishes(inspector_opened=True))
    assert (shown.sidebar, shown.inspector) == (sidebar, inspector)


def test_the_transcript_keeps_its_least_width_everywhere() -> None:
    for width in range(520, 1700):
        for opened in (False, True):
            shown = arrange(width, Wishes(inspector_opened=opened))
            taken = SIDEBAR_LEAST * shown.sidebar + INSPECTOR_LEAST * (shown.inspector == "column")
            assert width - taken >= TRANSCRIPT_LEAST


def test_one_button_opens_both_panes_when_neither_was_left_open() -> None:
    shown = arrange(1000, Wishes(reasoning=False, tools=False, inspector_opened=True))
    assert shown.reasoning
    assert shown.tools


def test_a_wide_window_without_panes_has_no_inspector() -> None:
    assert arrange(1400, Wishes(reasoning=False, tools=False)).inspector == "hidden"
