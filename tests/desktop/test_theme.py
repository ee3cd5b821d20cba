"""Whether what is drawn can be seen and read, in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import product
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QRadioButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop import theme

GROUNDS = ("background", "surface", "surface_raised", "hover", "code_background")


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[theme.Colours]:
    """The application shown in one look."""
    theme.choose_appearance(qapp, request.param)
    yield theme.current_colours()
    theme.choose_appearance(qapp, "light")


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    """From 1 to 21, as WCAG reckons it."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _row(image: QImage, y: int) -> list[QColor]:
    return [image.pixelColor(x, y) for x in range(image.width())]


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read_on_all_that_it_is_written_on(dark: bool) -> None:
    colours = theme.colours(dark)
    texts = ("text", "muted", "accent", "error", "success", "warning")
    written = [*product(texts, (*GROUNDS, "selection")), *product(("faint",), GROUNDS), ("on_accent", "accent")]
    shades = {
        f"{text} on {ground}": contrast(QColor(getattr(colours, text)), QColor(getattr(colours, ground)))
        for text, ground in written
    }
    assert {words: shade for words, shade in shades.items() if shade < 4.5} == {}


@pytest.mark.parametrize("dark", [False, True])
def test_all_code_can_be_read(dark: bool) -> None:
    colours = theme.colours(dark)
    style: Iterable[tuple[object, dict[str, Any]]] = import_module("pygments.styles").get_style_by_name(
        colours.code_style
    )
    shades = {
        str(kind): contrast(QColor(f"#{look['color']}"), QColor(colours.code_background))
        for kind, look in style
        if look["color"] and not str(kind).endswith("Whitespace")
    }
    assert {words: shade for words, shade in shades.items() if shade < 4.5} == {}


@pytest.mark.linux
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton, QLineEdit, QSpinBox, QPlainTextEdit])
def test_the_outline_of_a_control_can_be_seen(scheme: theme.Colours, qtbot: QtBot, kind: type[QWidget]) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(120, 60)
    control = kind(page)
    control.resize(100, 40)
    image = page.grab().toImage()
    ground = QColor(scheme.surface)
    # Neither holds any words: what stands out across its middle is its outline.
    assert max(contrast(colour, ground) for colour in _row(image, 20)) >= 3


def test_what_opens_below_a_choice_can_be_read(scheme: theme.Colours, qtbot: QtBot) -> None:
    choice = QComboBox()
    qtbot.addWidget(choice)
    choice.addItems(["", ""])
    choice.show()
    choice.showPopup()
    opened = choice.view()
    ground = opened.grab().toImage().pixelColor(opened.width() // 2, opened.height() - 4)
    assert contrast(QColor(scheme.text), ground) >= 4.5
    choice.hidePopup()


@pytest.mark.linux
def test_the_lines_that_part_a_menu_can_be_seen(scheme: theme.Colours, qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("")
    menu.addSeparator()
    menu.addAction("")
    image = menu.grab().toImage()
    ground, *below = [image.pixelColor(image.width() // 2, y) for y in range(4, image.height() - 4)]
    assert contrast(QColor(scheme.text), ground) >= 4.5
    assert max(contrast(colour, ground) for colour in below) >= 1.1
