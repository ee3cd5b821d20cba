"""The text of the reasoning pane: the stretches of one message's reasoning as one document that streams."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor

from backends.contract.chat import ReasoningPart
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.widgets.block_writer import BlockWriter
from desktop.widgets.call_words import duration
from desktop.widgets.code_colours import CodeColours
from desktop.widgets.document_view import DocumentView
from desktop.widgets.markdown_blocks import Rule
from desktop.widgets.markdown_document import MarkdownDocument
from desktop.widgets.text_regions import TextRegions
from desktop.widgets.text_styles import TextStyles

FLUSH_MS = 50


class ReasoningText(QObject):
    """Writes into its `view`. What is added to the model is told by the pane, the rest it hears itself."""

    detail_changed = Signal(str)
    """How long it took, or that it is being written."""
    emptied = Signal(bool)
    """Whether there is nothing to show."""

    def __init__(self, model: ConversationModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._row = -1
        self._last_part = -1
        self._began = 0.0
        self._began_in = (-1, -1)
        self._writing: MarkdownDocument | None = None
        self.view = DocumentView(gutter=theme.LARGE)
        self.view.setAccessibleName(QCoreApplication.translate("Reasoning", "Reasoning"))
        self._regions = TextRegions(self.view.document())
        self._code_colours = CodeColours(self.view.document(), theme.current_colours().code_style, self)
        self._writer = BlockWriter(self.view.document(), TextStyles(theme.current_colours()))
        self._flush_timer = QTimer(self, interval=FLUSH_MS)
        self._clock = QTimer(self, interval=1000)
        self._connect()

    def show_part(self, row: int, part: int) -> None:
        """Show the reasoning of message `row`, beginning with its part `part`."""
        self._show(row)
        self.view.verticalScrollBar().setValue(self._part_top(part))

    def flush(self) -> None:
        """Show what streamed in; the timer that calls this stops when there is nothing more."""
        if self._writing is not None and self._writing.dirty:
            self._writing.flush()
        else:
            self._flush_timer.stop()

    def show_newest(self) -> None:
        """Show the last message that has reasoning."""
        self._began_in = (-1, -1)
        for row in reversed(range(self._model.rowCount())):
            if self._stretches(row):
                self._show(row)
                return
        self._show(-1)

    def add_part(self, row: int, part: int) -> None:
        """Take a part that was added to message `row`."""
        if not isinstance(self._model.part(row, part), ReasoningPart):
            if row == self._row:
                self._finish()
                self._after_change()
            return
        if row != self._row:
            self._show(row)
        elif self._model.part_text(row, part).strip():
            self._begin_stretch(part)
        self._note_begin(part)
        self._after_change()

    def restyle(self) -> None:
        """Write it anew, in the colours and fonts that hold now."""
        value = self.view.verticalScrollBar().value()
        following = self.view.following
        self._show(self._row)
        if not following:
            self.view.verticalScrollBar().setValue(value)

    def _connect(self) -> None:
        model = self._model
        model.text_extended.connect(self._extend_text)
        model.part_replaced.connect(self._replace_part)
        model.message_ended.connect(self._end_message)
        self._flush_timer.timeout.connect(self.flush)
        self._clock.timeout.connect(self._show_duration)
        self.view.column_changed.connect(self._note_column)

    def _stretches(self, row: int) -> list[int]:
        """The parts of message `row` that are reasoning."""
        if row < 0:
            return []
        parts = range(self._model.part_count(row))
        return [
            part
            for part in parts
            if isinstance(self._model.part(row, part), ReasoningPart) and self._model.part_text(row, part).strip()
        ]

    def _show(self, row: int) -> None:
        """Write the reasoning of message `row` anew."""
        self._flush_timer.stop()
        if row != self._row:
            self._began_in = (-1, -1)
        self._row, self._last_part, self._writing = row, -1, None
        colours = theme.current_colours()
        document = self.view.document()
        self._regions.clear()
        self._code_colours.clear(colours.code_style)
        document.clear()
        document.setDefaultFont(theme.ui_font())
        self.view.restyle(colours.surface)
        styles = TextStyles(colours)
        styles.body_font = theme.ui_font()
        styles.column = self.view.column or styles.column
        self._writer = BlockWriter(document, styles)
        self.view.lay_column(again=True)
        end = QTextCursor(document)
        end.setBlockFormat(styles.spacer(theme.LARGE))
        end.setBlockCharFormat(styles.tiny)
        for part in self._stretches(row):
            self._begin_stretch(part)
        self._after_change()
        self.view.scroll_to_newest()

    def _begin_stretch(self, part: int) -> None:
        """Write a stretch of reasoning below the ones before, with a line between them."""
        self._finish()
        if self._last_part >= 0:
            region = self._regions.append()
            region.blocks = self._writer.insert(self._regions.start(region), Rule())
        self._last_part = part
        region = self._regions.append()
        self._writing = MarkdownDocument(self._regions, region, self._writer, self._code_colours.add)
        self._writing.feed(self._model.part_text(self._row, part))
        if self._is_open(part):
            self._note_begin(part)
            self._writing.flush()
        else:
            self._finish()

    def _note_begin(self, part: int) -> None:
        """Count the seconds of a stretch from the first time it is seen."""
        if self._began_in != (self._row, part):
            self._began, self._began_in = monotonic(), (self._row, part)

    def _is_open(self, part: int) -> bool:
        """Whether this part is being written."""
        model = self._model
        reasoning = model.part(self._row, part)
        return (
            isinstance(reasoning, ReasoningPart)
            and reasoning.seconds <= 0
            and model.record(self._row).status == "writing"
            and part == model.part_count(self._row) - 1
        )

    def _finish(self) -> None:
        if self._writing is not None:
            self._writing.finish()
            self._writing = None

    def _extend_text(self, row: int, part: int, text: str) -> None:
        if row != self._row or not isinstance(self._model.part(row, part), ReasoningPart):
            return
        if part != self._last_part:
            if self._model.part_text(row, part).strip():
                self._begin_stretch(part)
                self._after_change()
        elif self._writing is not None:
            self._writing.feed(text)
            if not self._flush_timer.isActive():
                self._flush_timer.start()

    def _replace_part(self, row: int, part: int) -> None:
        if row == self._row and part == self._last_part:
            self._finish()
            self._after_change()

    def _end_message(self, row: int) -> None:
        if row == self._row:
            self._finish()
            self._after_change()

    def _after_change(self) -> None:
        self.emptied.emit(self._last_part < 0)
        self._show_duration()

    def _show_duration(self) -> None:
        """Say how long it took, or count while it is being written."""
        if self._writing is not None:
            seconds = int(monotonic() - self._began)
            self.detail_changed.emit(_thinking(seconds))
            if not self._clock.isActive():
                self._clock.start()
            return
        self._clock.stop()
        seconds = self._model.reasoning_seconds(self._row) if self._row >= 0 else 0.0
        self.detail_changed.emit(_thought(seconds))

    def _part_top(self, part: int) -> int:
        """Where a stretch begins, in pixels from the top."""
        place = sum(1 for stretch in self._stretches(self._row) if stretch < part)
        block = self.view.document().begin()
        while place and block.isValid():
            place -= block.blockFormat() == self._writer.styles.rule(0, 0)
            block = block.next()
        return int(self.view.document().documentLayout().blockBoundingRect(block).top()) - theme.LARGE

    def _note_column(self, column: int) -> None:
        self._writer.styles.column = column


def _thinking(seconds: int) -> str:
    if not seconds:
        return QCoreApplication.translate("Reasoning", "Thinking…")
    return QCoreApplication.translate("Reasoning", "Thinking… {0} s").format(seconds)


def _thought(seconds: float) -> str:
    return QCoreApplication.translate("Reasoning", "Thought for {0}").format(duration(seconds)) if seconds else ""
