"""The conversations on the left: filter, open, rename in place, delete with undo."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QListView, QMenu, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.conversation_list_model import ConversationListModel
from desktop.widgets.filter_field import FilterField
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.row_delegate import RowDelegate
from desktop.widgets.surface import Surface, show_ground_below

UNDO_SECONDS = 12


class ConversationList(Surface):
    """Emits what a person asked for, by conversation id."""

    open_requested = Signal(str)
    rename_requested = Signal(str, str)
    delete_requested = Signal(str)
    restore_requested = Signal(str)
    removal_requested = Signal(str)
    """A deleted one is not offered back any more."""

    def __init__(self, model: ConversationListModel, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent=parent)
        self._model = model
        self._open = ""
        self._deleted = ""
        self._filtering = False
        self._undo_timer = QTimer(self, singleShot=True, interval=UNDO_SECONDS * 1000)
        self._build()
        self.rename_action, self.delete_action = self._actions()
        self._filter.textChanged.connect(self._apply_filter)
        selection = self._view.selectionModel()
        selection.currentChanged.connect(self._open_row)
        model.modelReset.connect(self._select_open)
        model.rename_requested.connect(self.rename_requested)
        self._undo.action_requested.connect(self._restore)
        self._undo.dismissed.connect(self._end_undo)
        self._undo_timer.timeout.connect(self._end_undo)

    @property
    def view(self) -> QListView:
        return self._view

    def show_open(self, conversation: str) -> None:
        """Mark the conversation that is open."""
        self._open = conversation
        self._select_open()

    def offer_undo(self, conversation: str, title: str) -> None:
        """Say that a conversation was deleted, and offer it back for a while; one that was deleted before no more."""
        self._end_undo()
        self._deleted = conversation
        self._undo.show_notice(self.tr("Deleted “%s”") % _short(title), action=self.tr("Undo"))
        self._undo_timer.start()

    def rename_open(self) -> None:
        """Edit the title of the marked conversation in place."""
        index = self._view.currentIndex()
        if index.isValid():
            self._view.edit(index)

    def delete_open(self) -> None:
        """Delete the marked conversation."""
        index = self._view.currentIndex()
        if index.isValid():
            self._delete(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self._view.indexAt(self._view.viewport().mapFrom(self, event.pos()))
        if index.isValid():
            self._menu(index, event.globalPos())

    def _build(self) -> None:
        self._filter = FilterField()
        self._filter.setPlaceholderText(self.tr("Filter"))
        self._filter.setAccessibleName(self.tr("Filter conversations"))
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._view = QListView()
        self._view.setAccessibleName(self.tr("Conversations"))
        self._view.setModel(self._shown)
        self._view.setItemDelegate(RowDelegate(self._view))
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setMouseTracking(True)
        self._view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setEditTriggers(QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed)
        show_ground_below(self._view)
        self._undo = NoticeBar(is_error=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SMALL, theme.MEDIUM, theme.SMALL, theme.SMALL)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._filter)
        column.addWidget(self._view, 1)
        column.addWidget(self._undo)

    def _actions(self) -> tuple[QAction, QAction]:
        rename = QAction(self, text=self.tr("Rename"))
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        rename.triggered.connect(self.rename_open)
        delete = QAction(self, text=self.tr("Delete"))
        delete.setShortcuts([QKeySequence(Qt.Key.Key_Delete), QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Backspace)])
        delete.triggered.connect(self.delete_open)
        for action in (rename, delete):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._view.addAction(action)
        return rename, delete

    def _menu(self, index: QModelIndex, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self._view.edit(index))
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self._delete(index))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _open_row(self, current: QModelIndex) -> None:
        conversation = current.data(ConversationListModel.IdRole)
        if conversation and conversation != self._open and not self._filtering:
            self._open = str(conversation)
            self.open_requested.emit(self._open)

    def _apply_filter(self, text: str) -> None:
        # When the marked row is filtered away the view marks another one: that is no wish to open it.
        self._filtering = True
        self._shown.setFilterFixedString(text)
        self._filtering = False
        self._select_open()

    def _select_open(self) -> None:
        row = self._model.row_of(self._open)
        index = self._shown.mapFromSource(self._model.index(row)) if row >= 0 else QModelIndex()
        if index.isValid():
            self._view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._view.scrollTo(index)
        else:
            self._view.selectionModel().clear()

    def _delete(self, index: QModelIndex) -> None:
        conversation, title = str(index.data(ConversationListModel.IdRole)), str(index.data())
        self.delete_requested.emit(conversation)
        self.offer_undo(conversation, title)

    def _restore(self) -> None:
        self.restore_requested.emit(self._forget_deleted())

    def _end_undo(self) -> None:
        if conversation := self._forget_deleted():
            self.removal_requested.emit(conversation)

    def _forget_deleted(self) -> str:
        """→ the conversation that was offered back, "" if there was none."""
        conversation, self._deleted = self._deleted, ""
        self._undo_timer.stop()
        self._undo.hide()
        return conversation


def _short(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:39]}…"
