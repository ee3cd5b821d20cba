"""Light and dark, from the system's colour scheme: colours, spacing and fonts that every pane draws with."""

from __future__ import annotations

import sys
from functools import cache
from typing import Literal

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Appearance = Literal["system", "light", "dark"]

HAIR = 4
SMALL = 8
MEDIUM = 12
LARGE = 16
WIDE = 24
"""Spacing in device-independent pixels: one step of this scale between any two things."""

RADIUS = 8
BUBBLE_RADIUS = 14
CONTROL_HEIGHT = 30
TOOLBAR_HEIGHT = 48
READING_WIDTH = 760
"""The transcript's and the composer's widest column: about 90 characters of body text."""

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_GENERIC_FAMILIES = {"sans serif", "sans", "dejavu sans", "helvetica", "arial", ""}
_UI_FAMILIES = ("Inter", "Adwaita Sans", "Cantarell", "Ubuntu Sans", "Ubuntu", "Noto Sans", "Open Sans")
_CHINESE_FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")
_FIELDS = ("QLineEdit", "QAbstractSpinBox", "QTextEdit", "QPlainTextEdit")
_TICKED = ("QCheckBox", "QRadioButton")
_CODE_FAMILIES = ("JetBrains Mono", "Cascadia Code", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono")


class Colours(Struct, frozen=True):
    """One colour scheme, as "#rrggbb" strings; `code_style` is the name of a Pygments style that goes with it.

    `background` is the page that text is read on, `surface` the columns beside it, `surface_raised` cards and fields.
    """

    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    background: str
    surface: str
    surface_raised: str
    selection: str
    hover: str
    border: str
    field_outline: str
    tick_outline: str
    code_background: str
    user_bubble: str
    error: str
    success: str
    warning: str
    code_style: str


_LIGHT = Colours(
    text="#1c1c1f",
    muted="#66666d",
    faint="#6a6a72",
    accent="#4653c5",
    on_accent="#ffffff",
    background="#ffffff",
    surface="#f6f6f7",
    surface_raised="#ffffff",
    selection="#e4e6f6",
    hover="#ececef",
    border="#e2e2e6",
    field_outline="#818187",
    tick_outline="#76767c",
    code_background="#f5f5f7",
    user_bubble="#eef0fa",
    error="#b3261e",
    success="#1b7342",
    warning="#8a5a00",
    code_style="xcode",
)
_DARK = Colours(
    text="#ececee",
    muted="#a6a6ae",
    faint="#95959e",
    accent="#98a2ff",
    on_accent="#16182b",
    background="#1c1c1f",
    surface="#232327",
    surface_raised="#2a2a2f",
    selection="#363a58",
    hover="#2e2e34",
    border="#37373d",
    field_outline="#6e6e75",
    tick_outline="#7e7e86",
    code_background="#252529",
    user_bubble="#2c2f45",
    error="#ff8a80",
    success="#7ad19c",
    warning="#e6b95c",
    code_style="github-dark",
)


def colours(dark: bool) -> Colours:
    """The colours of the dark or the light scheme."""
    return _DARK if dark else _LIGHT


def is_dark() -> bool:
    """Whether the application is shown dark now: said by its palette, which every platform keeps true."""
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def current_colours() -> Colours:
    """The colours to draw with now. A widget asks again when its `changeEvent` brings a PaletteChange."""
    return colours(is_dark())


def set_up(app: QApplication, appearance: Appearance) -> None:
    """Give `app` its style, font and palette, and follow the system's colour scheme from then on.

    On macOS the native style, fonts and palette stay as they are.
    """
    if sys.platform != "darwin":
        app.setStyle("Fusion")
        app.setFont(ui_font())
        hints = QGuiApplication.styleHints()

        def follow(scheme: Qt.ColorScheme) -> None:
            _apply_palette(app, scheme == Qt.ColorScheme.Dark)

        hints.colorSchemeChanged.connect(follow)
    choose_appearance(app, appearance)


def choose_appearance(app: QApplication, appearance: Appearance) -> None:
    """Show the application light, dark, or as the system says."""
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(_SCHEMES[appearance])
    if sys.platform != "darwin":
        # Some platforms (offscreen, a bare window manager) know no scheme: what was chosen holds all the same.
        dark = hints.colorScheme() == Qt.ColorScheme.Dark if appearance == "system" else appearance == "dark"
        _apply_palette(app, dark)


@cache
def ui_font() -> QFont:
    """The system's font; where the system names none of its own, the best of the well-known ones."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if sys.platform == "darwin":
        return font
    if QFontInfo(font).family().lower() in _GENERIC_FAMILIES or font.family().lower() in _GENERIC_FAMILIES:
        families = [*_available(_UI_FAMILIES)[:1], *_available(_CHINESE_FAMILIES)[:1]]
        if families:
            font.setFamilies(families)
    if font.pointSizeF() < 10:
        font.setPointSizeF(10)
    return font


def body_font() -> QFont:
    """For what is read at length: the transcript and the composer."""
    return _sized(1.1)


def small_font() -> QFont:
    """For captions, dates and the status line."""
    return _sized(0.9)


def title_font() -> QFont:
    """For the title of a pane or a page."""
    font = _sized(1.0)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def heading_font() -> QFont:
    """For the one large line of an empty page or a dialog."""
    font = _sized(1.6)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def code_font() -> QFont:
    """The monospaced font, a little smaller than the text around it, so that both look the same size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if sys.platform != "darwin" and font.family().lower() in {"monospace", "mono", ""}:
        families = [*_available(_CODE_FAMILIES)[:1], *_available(("Noto Sans Mono CJK SC",))[:1]]
        if families:
            font.setFamilies(families)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(ui_font().pointSizeF())
    return font


def _sized(factor: float) -> QFont:
    font = QFont(ui_font())
    font.setPointSizeF(round(font.pointSizeF() * factor * 2) / 2)
    return font


@cache
def _available(families: tuple[str, ...]) -> list[str]:
    """Asked once: each question takes a sixth of a millisecond, and every tool card has thirty."""
    return [family for family in families if QFontDatabase.hasFamily(family)]


def _apply_palette(app: QApplication, dark: bool) -> None:
    palette = _palette(colours(dark))
    if app.palette() != palette:
        app.setPalette(palette)
        _show_outlines(app, colours(dark))


def _show_outlines(app: QApplication, scheme: Colours) -> None:
    """Let the outlines of what one ticks and writes in be seen, and the lines that part a menu.

    Fusion darkens the ground for them, so that in the dark they vanish. Fields and boxes fill nothing with the window's
    colour (but the corner between two scroll bars, which no text here has): one of their own is their outline's alone.
    A menu's ground is lifted instead, because what opens below a choice has a menu's palette and is filled with the
    window's colour.
    """
    role = QPalette.ColorRole
    for names, of, colour in (
        (_FIELDS, role.Window, QColor(scheme.field_outline).lighter(140)),
        (_TICKED, role.Window, QColor(scheme.tick_outline).lighter(140)),
        (("QMenu",), role.Base, QColor(scheme.surface_raised)),
    ):
        palette = QPalette()
        palette.setColor(of, colour)
        for name in names:
            app.setPalette(palette, name)  # pyright: ignore[reportArgumentType]  it wants a str; the stub says bytes


def _palette(scheme: Colours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(scheme.surface_raised), QColor(scheme.surface))
    for name, colour in {
        role.WindowText: scheme.text,
        role.Text: scheme.text,
        role.ButtonText: scheme.text,
        role.BrightText: scheme.on_accent,
        role.Base: scheme.background,
        role.AlternateBase: scheme.surface,
        role.Window: scheme.surface,
        role.Button: scheme.surface_raised,
        role.Highlight: scheme.accent,
        role.HighlightedText: scheme.on_accent,
        role.Accent: scheme.accent,
        role.Link: scheme.accent,
        role.LinkVisited: scheme.accent,
        role.PlaceholderText: scheme.faint,
        role.ToolTipBase: scheme.surface_raised,
        role.ToolTipText: scheme.text,
        role.Mid: scheme.border,
    }.items():
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(scheme.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(scheme.border))
    return palette
