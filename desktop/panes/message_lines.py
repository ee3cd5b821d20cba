"""The lines that surround a message's text in the transcript: its name, notes, chips, questions and actions."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import QTextBlockFormat

from backends.contract.chat import ReasoningPart, ResultPart
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.models.told_words import told
from desktop.panes.actions import Action
from desktop.panes.question_lines import QuestionLines
from desktop.widgets.block_writer import new_group
from desktop.widgets.call_words import call_name, duration, state_colour, state_words
from desktop.widgets.text_lines import Line, Piece
from desktop.widgets.text_styles import BUBBLE, CHIP, DECORATION, FIT, GROUP, TextStyles

BUBBLE_PERCENT = 82
_GAP = "\u2003"


class MessageLines:
    """Makes the lines of one message at a time."""

    def __init__(self, model: ConversationModel, styles: TextStyles) -> None:
        self._model = model
        self._styles = styles
        self._colours = styles.colours
        self._questions = QuestionLines(styles)
        self.first_message: int | None = None
        """The first message that the model is still given, None for all."""

    def dropped(self, row: int) -> list[Line]:
        """Above the first message that the model is still given: that it is not given what stands before."""
        if row == 0 or not self._model.record(row).stands_for(self.first_message):
            return []
        rule = self._styles.rule(0, 0)
        rule.setTopMargin(theme.WIDE)
        place = _place()
        place.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words = QCoreApplication.translate("MessageLines", "The model is no longer given what is above.")
        again = QCoreApplication.translate("MessageLines", "Give it all again")
        quiet = self._styles.coloured(self._colours.muted, small=True)
        link = self._styles.coloured(self._colours.accent, small=True, link=Action("all", ()).address)
        return [Line(rule, (("", self._styles.tiny),)), Line(place, ((words + " ", quiet), (again, link)))]

    def name(self, row: int) -> list[Line]:
        """The line above an answer: who wrote it."""
        name = self._model.record(row).model or QCoreApplication.translate("MessageLines", "Assistant")
        place = _place(top=theme.WIDE)
        return [Line(place, ((name, self._styles.coloured(self._colours.muted, small=True, bold=True)),))]

    def bubble(self, row: int) -> list[Line]:
        """What a person wrote, exactly as it was written."""
        group = new_group()
        text = self._styles.coloured(self._colours.text)
        lines: list[Line] = []
        for number, words in enumerate(self._model.message_text(row).split("\n")):
            place = _place(top=theme.WIDE + 9 if number == 0 else 0, right=14)
            place.setLineHeight(125.0, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
            place.setProperty(DECORATION, BUBBLE)
            place.setProperty(GROUP, group)
            place.setProperty(FIT, BUBBLE_PERCENT)
            lines.append(Line(place, ((words, text),)))
        return lines

    def reasoning(self, row: int, part: int) -> list[Line]:
        """The one quiet line that stands for a stretch of reasoning."""
        reasoning = self._model.part(row, part)
        if not isinstance(reasoning, ReasoningPart) or not self._model.part_text(row, part).strip():
            return []
        if reasoning.seconds > 0:
            words = QCoreApplication.translate("MessageLines", "Thought for {0}").format(duration(reasoning.seconds))
        elif self._model.record(row).status == "writing" and part == self._model.part_count(row) - 1:
            words = QCoreApplication.translate("MessageLines", "Thinking…")
        else:
            words = QCoreApplication.translate("MessageLines", "Reasoning")
        return [Line(_place(top=theme.SMALL), (self._link(words + " ›", Action("reasoning", (row, part))),))]

    def call(self, row: int, part: int) -> list[Line]:
        """A chip for a call; under it, while a person is asked, the question."""
        call = self._model.call(row, part)
        link = Action("call", (row, part)).address
        name = self._styles.coloured(self._colours.text, small=True, bold=True, link=link)
        state = self._styles.coloured(state_colour(call.state, self._colours), small=True, link=link)
        place = _chip()
        place.setTopMargin(theme.MEDIUM + 5)
        place.setBottomMargin(theme.MEDIUM + 5)
        chip = Line(place, ((call_name(call), name), (_GAP + state_words(call), state)))
        return [chip, *(self._questions.call(call) if call.state == "asking" else [])]

    def footer(self, row: int, *, load_again: bool) -> list[Line]:
        """How a message goes on or ended, and what can be done with it."""
        return [*self._status(row, load_again=load_again), *self._actions(row)]

    def _status(self, row: int, *, load_again: bool) -> list[Line]:
        record = self._model.record(row)
        if record.message.role == "user":
            return []
        place = _place(top=theme.SMALL)
        muted = self._styles.coloured(self._colours.muted, small=True)
        match record.status:
            case "writing" if self._model.rounds(row):
                return self._questions.rounds(self._model.rounds(row))
            case "writing":
                words = self._waiting_words(row)
                return [Line(place, ((words, muted),))] if words else []
            case "stopped" if record.failure:
                words = QCoreApplication.translate("MessageLines", "Minim ended before this answer was complete")
                return [Line(place, ((words, self._styles.coloured(self._colours.warning, small=True)),))]
            case "stopped":
                return [Line(place, ((QCoreApplication.translate("MessageLines", "Stopped"), muted),))]
            case "length":
                words = QCoreApplication.translate(
                    "MessageLines", "Cut off: the limit of the length of an answer was reached"
                )
                return [Line(place, ((words, self._styles.coloured(self._colours.warning, small=True)),))]
            case "failed":
                words = told(record.failure) or QCoreApplication.translate("MessageLines", "Something went wrong")
                pieces: list[Piece] = [(words, self._styles.coloured(self._colours.error))]
                if load_again:
                    again = QCoreApplication.translate("MessageLines", "Load again")
                    quiet = self._styles.coloured(self._colours.muted)
                    pieces += [(_GAP, quiet), self._link(again, Action("load", ()), accent=True)]
                return [Line(place, tuple(pieces))]
            case "complete":
                return []

    def _waiting_words(self, row: int) -> str:
        parts = self._model.part_count(row)
        if parts and not isinstance(self._model.part(row, parts - 1), ResultPart):
            return ""
        if (load := self._model.load) is not None:
            if load.phase == "preparing" or not load.total_bytes:
                return QCoreApplication.translate("MessageLines", "Loading the model…")
            words = QCoreApplication.translate("MessageLines", "Loading the model… {0} %")
            return words.format(round(100 * load.done_bytes / load.total_bytes))
        read = self._model.prompt_read
        if read is None or not read.total:
            return QCoreApplication.translate("MessageLines", "Reading the prompt…")
        words = QCoreApplication.translate("MessageLines", "Reading the prompt… {0} of {1} tokens")
        return words.format(QLocale().toString(read.done), QLocale().toString(read.total))

    def _actions(self, row: int) -> list[Line]:
        record = self._model.record(row)
        if record.status == "writing":
            return []
        mine = record.message.role == "user"
        pieces: list[Piece] = []
        if self._model.message_text(row):
            pieces.append(self._link(QCoreApplication.translate("MessageLines", "Copy"), Action("copy", (record.id,))))
        if mine:
            pieces.append(self._link(QCoreApplication.translate("MessageLines", "Edit"), Action("edit", (record.id,))))
        else:
            words = QCoreApplication.translate("MessageLines", "Regenerate")
            pieces.append(self._link(words, Action("regenerate", (record.id,))))
        quiet = self._styles.coloured(self._colours.faint, small=True)
        spaced: list[Piece] = []
        for piece in pieces:
            spaced += [piece] if not spaced else [(_GAP, quiet), piece]
        place = _place(top=theme.SMALL + (9 if mine else 0))
        if mine:
            place.setAlignment(Qt.AlignmentFlag.AlignRight)
        return [Line(place, (*spaced, *self._branches(record.id, record.siblings)))]

    def _branches(self, message: int, siblings: tuple[int, ...]) -> list[Piece]:
        if len(siblings) < 2 or message not in siblings:
            return []
        place = siblings.index(message)
        quiet = self._styles.coloured(self._colours.faint, small=True)
        pieces: list[Piece] = [(_GAP, quiet)]
        earlier, later = siblings[:place][-1:], siblings[place + 1 :][:1]
        pieces.append(self._link("‹", Action("branch", earlier)) if earlier else ("‹", quiet))
        pieces.append((f" {place + 1}/{len(siblings)} ", quiet))
        pieces.append(self._link("›", Action("branch", later)) if later else ("›", quiet))
        return pieces

    def _link(self, words: str, action: Action, *, accent: bool = False) -> Piece:
        colour = self._colours.accent if accent else self._colours.muted
        return words, self._styles.coloured(colour, small=not accent, bold=accent, link=action.address)


def _place(top: int = 0, right: int = 0) -> QTextBlockFormat:
    place = QTextBlockFormat()
    place.setTopMargin(top)
    place.setRightMargin(right)
    return place


def _chip() -> QTextBlockFormat:
    place = QTextBlockFormat()
    place.setLeftMargin(11)
    place.setRightMargin(14)
    place.setProperty(DECORATION, CHIP)
    place.setProperty(GROUP, new_group())
    return place
