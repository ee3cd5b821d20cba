"""The transcript's reading page: the messages of the shown branch as one document that streams."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.panes.actions import read_action
from desktop.panes.message_lines import MessageLines
from desktop.panes.message_section import MessageSection, Page
from desktop.widgets.block_writer import BlockWriter
from desktop.widgets.code_colours import CodeColours
from desktop.widgets.document_view import DocumentView
from desktop.widgets.find_bar import FindBar
from desktop.widgets.text_regions import TextRegions
from desktop.widgets.text_styles import TextStyles

FLUSH_MS = 50
NEWEST = 200
"""Messages that are shown at first; earlier ones come as one scrolls up."""
EARLIER = 20
_NEAR_TOP = 400


class ReadingPage(QWidget):
    """Shows a `ConversationModel` that has messages; `acted` says what a person clicked."""

    acted = Signal(object)
    """`Action`"""

    def __init__(self, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._load_again = False
        self._given_from: int | None = None
        self._first = 0
        self._sections: list[MessageSection] = []
        self.view = DocumentView(self)
        self.view.setAccessibleName(QCoreApplication.translate("Transcript", "Conversation"))
        self.view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.find_bar = FindBar(self.view)
        self._newest = QPushButton(QCoreApplication.translate("Transcript", "Jump to newest"), self.view)
        self._newest.setAccessibleName(self._newest.text())
        self._newest.setAutoDefault(False)
        self._newest.hide()
        self.flush_timer = QTimer(self, interval=FLUSH_MS)
        self._restyle_timer = QTimer(self, singleShot=True, interval=0)
        self._colours_of_code = CodeColours(self.view.document(), theme.current_colours().code_style, self)
        self._regions = TextRegions(self.view.document())
        self._page = self._new_page()
        self._lay_out()
        self._connect()
        self.rebuild()

    def offer_load_again(self, offered: bool) -> None:
        """Offer to load the model again under an answer that failed; say False once there is a model."""
        self._load_again = offered
        if self._sections:
            self._sections[-1].offer_load_again(offered)

    def show_given(self, first_message: int | None) -> None:
        """Say from which message on the model is given the conversation; None: from the first."""
        old, self._given_from = self._given_from, first_message
        self._page.lines.first_message = first_message
        for message in {old, first_message} if old != first_message else ():
            section = self._section(self._row_for(message))
            if section is not None:
                with self.view.edit():
                    section.refresh_head()

    def scroll_to_newest(self) -> None:
        """Show the end of the conversation."""
        self.view.scroll_to_newest()

    def flush(self) -> None:
        """Show what streamed in; the timer that calls this stops when there is nothing more."""
        if not (self._sections and self._sections[-1].dirty):
            self.flush_timer.stop()
            return
        began = monotonic()
        self._sections[-1].flush()
        # Text that is costly to lay out is shown less often: the window stays free for the person.
        self.flush_timer.setInterval(max(FLUSH_MS, round((monotonic() - began) * 4000)))

    def rebuild(self) -> None:
        """Write everything anew from the model, as after another conversation was opened or the theme changed."""
        self.flush_timer.stop()
        colours = theme.current_colours()
        self._sections.clear()
        self._regions.clear()
        self._colours_of_code.clear(colours.code_style)
        self.view.document().clear()
        self.view.document().setDefaultFont(theme.body_font())
        self.view.restyle(colours.background)
        self._page = self._new_page()
        self.view.lay_column(again=True)
        self._write_end_of_page()
        rows = self._model.rowCount()
        self._first = max(0, rows - NEWEST)
        with self.view.edit():
            for row in range(self._first, rows):
                self._append_section(row)
        self.view.scroll_to_newest()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._restyle_timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_newest_button()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.find_bar)
        column.addWidget(self.view, 1)

    def _connect(self) -> None:
        model = self._model
        model.modelReset.connect(self.rebuild)
        model.message_added.connect(self._add_message)
        model.part_added.connect(self._add_part)
        model.text_extended.connect(self._extend_text)
        model.part_replaced.connect(self._replace_part)
        model.call_progressed.connect(self._refresh_call)
        model.rounds_changed.connect(self._refresh_waiting)
        model.message_ended.connect(self._end_message)
        model.prompt_read_changed.connect(self._refresh_waiting)
        model.load_changed.connect(self._refresh_waiting)
        self._newest.clicked.connect(self.scroll_to_newest)
        self.flush_timer.timeout.connect(self.flush)
        self._restyle_timer.timeout.connect(self._restyle)
        self.view.following_changed.connect(self._show_newest_button)
        self.view.column_changed.connect(self._note_column)
        self.view.action_clicked.connect(self._act)
        self.view.link_clicked.connect(_open_link)
        self.view.verticalScrollBar().valueChanged.connect(self._note_scrolling)

    def _new_page(self) -> Page:
        styles = TextStyles(theme.current_colours())
        styles.column = self.view.column or styles.column
        writer = BlockWriter(self.view.document(), styles)
        lines = MessageLines(self._model, styles)
        lines.first_message = self._given_from
        return Page(self._model, self._regions, writer, lines, self._colours_of_code, self.view.fit_blocks)

    def _write_end_of_page(self) -> None:
        end = QTextCursor(self.view.document())
        end.setBlockFormat(self._page.writer.styles.spacer(theme.WIDE))
        end.setBlockCharFormat(self._page.writer.styles.tiny)

    def _append_section(self, row: int) -> None:
        section = MessageSection(self._page, row, sum(section.size for section in self._sections))
        section.offer_load_again(self._load_again and row == self._model.rowCount() - 1)
        section.flush()
        self._sections.append(section)

    def _section(self, row: int) -> MessageSection | None:
        place = row - self._first
        return self._sections[place] if 0 <= place < len(self._sections) else None

    def _row_for(self, message: int | None) -> int:
        """The row of this message or of what was written in its place; -1 if there is none."""
        rows = range(self._model.rowCount())
        return next((row for row in rows if self._model.record(row).stands_for(message)), -1)

    def _add_message(self, row: int) -> None:
        with self.view.edit():
            if self._sections:
                self._sections[-1].offer_load_again(False)
            self._append_section(row)
        if self._model.record(row).message.role == "user":
            self.view.scroll_to_newest()

    def _add_part(self, row: int, part: int) -> None:
        if (section := self._section(row)) is not None:
            with self.view.edit():
                section.add_part(part)
            self.flush_timer.start()

    def _extend_text(self, row: int, part: int, text: str) -> None:
        if (section := self._section(row)) is not None:
            section.extend_text(part, text)
            if section.dirty and not self.flush_timer.isActive():
                self.flush_timer.start()

    def _replace_part(self, row: int, part: int) -> None:
        if (section := self._section(row)) is not None:
            with self.view.edit():
                section.replace_part(part)
            self.flush_timer.start()

    def _refresh_call(self, row: int, call_id: str) -> None:
        part = self._model.find_call(row, call_id)
        if part >= 0 and (section := self._section(row)) is not None:
            with self.view.edit():
                section.refresh_part(part)

    def _end_message(self, row: int) -> None:
        if (section := self._section(row)) is not None:
            with self.view.edit():
                section.end()

    def _refresh_waiting(self) -> None:
        if self._sections and self._model.record(self._model.rowCount() - 1).status == "writing":
            with self.view.edit():
                self._sections[-1].refresh_foot()

    def _act(self, address: str) -> None:
        self.acted.emit(read_action(address))

    def _note_column(self, column: int) -> None:
        self._page.writer.styles.column = column

    def _note_scrolling(self, value: int) -> None:
        if value < _NEAR_TOP and self._first > 0 and not self.view.following:
            self._show_earlier()

    def _show_earlier(self) -> None:
        """Write some earlier messages above; what is in view stays where it is."""
        bar = self.view.verticalScrollBar()
        below = bar.maximum() - bar.value()
        first = max(0, self._first - EARLIER)
        rows = range(first, self._first)
        self._first = first
        place = 0
        with self.view.edit():
            for number, row in enumerate(rows):
                section = MessageSection(self._page, row, place)
                place += section.size
                self._sections.insert(number, section)
        bar.setValue(bar.maximum() - below)

    def _restyle(self) -> None:
        following, value = self.view.following, self.view.verticalScrollBar().value()
        self.rebuild()
        if not following:
            self.view.verticalScrollBar().setValue(value)

    def _show_newest_button(self, following: bool) -> None:
        self._newest.setVisible(not following)
        self._place_newest_button()

    def _place_newest_button(self) -> None:
        self._newest.adjustSize()
        area = self.view.viewport().geometry()
        self._newest.move(
            area.center().x() - self._newest.width() // 2, area.bottom() - self._newest.height() - theme.MEDIUM
        )
        self._newest.raise_()


def _open_link(address: QUrl) -> None:
    QDesktopServices.openUrl(address)
