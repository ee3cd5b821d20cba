"""The questions that stand in the transcript: whether a tool may run, and whether a turn of many rounds goes on."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextBlockFormat, QTextOption

from desktop import theme
from desktop.models.message_state import Call
from desktop.models.plain_text import visible, visible_line
from desktop.panes.actions import Action
from desktop.widgets.block_writer import new_group
from desktop.widgets.call_words import call_name, server_name
from desktop.widgets.text_lines import Line, Piece
from desktop.widgets.text_styles import CARD, DECORATION, GROUP, TextStyles

_GAP = "\u2003"
_MOST = 600
_MOST_LINES = 12
"""Characters and lines of all arguments together up to which a question shows them in full."""
_SHORT = 80
_NAME_WIDTH = 110


def is_all_in_view(call: Call) -> bool:
    """Whether the transcript's question shows all that is to be agreed to, so that it may offer to allow it."""
    if call.tool is None or call.tool.shows_diff:
        return False  # what it would change in a file is on the card
    texts = [visible(f"{name} {text}") for name, text in call.arguments]
    return sum(map(len, texts)) <= _MOST and sum(text.count("\n") + 1 for text in texts) <= _MOST_LINES


class QuestionLines:
    """Makes the lines of a question."""

    def __init__(self, styles: TextStyles) -> None:
        self._styles = styles
        self._colours = styles.colours

    def call(self, call: Call) -> list[Line]:
        """The question whether a tool may run: in full, or in short with the way to its card."""
        group = new_group()
        server = server_name(call)
        words = QCoreApplication.translate("MessageLines", "Allow this tool to run?")
        asked = QCoreApplication.translate("MessageLines", "{0}, {1}").format(call_name(call), server.lower())
        if call.tool is not None and call.tool.server:
            asked = QCoreApplication.translate("MessageLines", "{0} of {1}").format(call_name(call), server)
        quiet = self._styles.coloured(self._colours.muted, small=True)
        bold = self._styles.coloured(self._colours.text, bold=True)
        title = ((words, bold), (_GAP + (asked if server else call_name(call)), quiet))
        in_full = is_all_in_view(call)
        lines = [Line(_first(group), title)]
        for name, value in call.arguments:
            lines.append(self._argument(group, name, value if in_full else _cut(value)))
        numbers = (call.row, call.part)
        if in_full:
            links = [
                (QCoreApplication.translate("MessageLines", "Don’t allow"), Action("refuse", numbers)),
                (QCoreApplication.translate("MessageLines", "Allow once"), Action("allow", numbers)),
                (QCoreApplication.translate("MessageLines", "Show"), Action("call", numbers)),
            ]
        else:
            links = [(QCoreApplication.translate("MessageLines", "Review…"), Action("call", numbers))]
        return [*lines, self._links(group, links)]

    def rounds(self, rounds: int) -> list[Line]:
        """The question whether the model, which wrote so many times, goes on."""
        group = new_group()
        words = QCoreApplication.translate(
            "MessageLines", "The model has called tools in {0} rounds and wants to go on."
        )
        links = [
            (QCoreApplication.translate("MessageLines", "Stop here"), Action("stop_rounds", ())),
            (QCoreApplication.translate("MessageLines", "Go on"), Action("go_on", ())),
        ]
        plain = self._styles.coloured(self._colours.text)
        return [Line(_first(group), ((words.format(rounds), plain),)), self._links(group, links)]

    def _argument(self, group: int, name: str, value: str) -> Line:
        place = _boxed(group)
        place.setTabPositions([QTextOption.Tab(_NAME_WIDTH, QTextOption.TabType.LeftTab)])
        place.setLeftMargin(14 + _NAME_WIDTH)
        place.setTextIndent(-_NAME_WIDTH)
        place.setTopMargin(theme.HAIR)
        label = self._styles.coloured(self._colours.muted, small=True)
        text = visible(value).replace("\n", "\u2028")
        return Line(place, ((visible_line(name) + "\t", label), (text, self._styles.code_text)))

    def _links(self, group: int, links: list[tuple[str, Action]]) -> Line:
        place = _boxed(group)
        place.setTopMargin(theme.MEDIUM)
        place.setBottomMargin(theme.SMALL + 11)
        quiet = self._styles.coloured(self._colours.muted, small=True)
        pieces: list[Piece] = []
        for words, action in links:
            accent = self._styles.coloured(self._colours.accent, bold=True, link=action.address)
            pieces += [(words, accent)] if not pieces else [(2 * _GAP, quiet), (words, accent)]
        return Line(place, tuple(pieces))


def _first(group: int) -> QTextBlockFormat:
    place = _boxed(group)
    place.setTopMargin(theme.MEDIUM + 11)
    place.setBottomMargin(theme.HAIR)
    return place


def _boxed(group: int) -> QTextBlockFormat:
    place = QTextBlockFormat()
    place.setLeftMargin(14)
    place.setRightMargin(14)
    place.setProperty(DECORATION, CARD)
    place.setProperty(GROUP, group)
    return place


def _cut(text: str) -> str:
    """The beginning of a text, on one line."""
    line = visible_line(text[: 2 * _SHORT])
    return line if len(text) <= _SHORT and "\n" not in text else line[:_SHORT].rstrip() + "…"
