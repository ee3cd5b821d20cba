"""The conversations as the list shows them: newest first, each with the date group it belongs to."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QDate, QDateTime, QModelIndex, QPersistentModelIndex, Qt, Signal

from backends.conversation.changes import ConversationRecord
from desktop.models import words

AnyIndex = QModelIndex | QPersistentModelIndex


class ConversationListModel(QAbstractListModel):
    """Rows are `ConversationRecord`s. Editing a row asks for a new title; the record changes when it comes back."""

    rename_requested = Signal(str, str)
    """Conversation id, title."""

    IdRole = Qt.ItemDataRole.UserRole + 1
    GroupRole = Qt.ItemDataRole.UserRole + 2
    WaitingRole = Qt.ItemDataRole.UserRole + 3

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._records: list[ConversationRecord] = []
        self._waiting = ""

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, id, the group's name ("Today"), or whether it waits for the person."""
        if not index.isValid():
            return None
        record = self._records[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self._title(record)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._said(record)
            case Qt.ItemDataRole.ToolTipRole:
                return words.tooltip(self._said(record))
            case self.IdRole:
                return record.id
            case self.GroupRole:
                return self._group(record.updated)
            case self.WaitingRole:
                return record.id == self._waiting
            case _:
                return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802  Qt's name
        """Ask for a new title."""
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or not title:
            return False
        record = self._records[index.row()]
        if title != self._title(record):
            self.rename_requested.emit(record.id, title)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def show_conversations(self, records: tuple[ConversationRecord, ...]) -> None:
        """Show these, newest first. Rows that stay keep their place as far as they can, so nothing flickers."""
        fresh = list(records)
        if [record.id for record in fresh] == [record.id for record in self._records]:
            changed = [row for row, record in enumerate(fresh) if record != self._records[row]]
            self._records = fresh
            for row in changed:
                self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self._records = fresh
        self.endResetModel()

    def show_waiting(self, conversation: str) -> None:
        """Mark the conversation that waits for the person's answer; "" for none."""
        rows = {self.row_of(self._waiting), self.row_of(conversation)} - {-1}
        self._waiting = conversation
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, conversation: str) -> int:
        """The row of a conversation; -1 if it is not there."""
        return next((row for row, record in enumerate(self._records) if record.id == conversation), -1)

    def title_of(self, conversation: str) -> str:
        """The title as it is shown; "" if the conversation is not there."""
        row = self.row_of(conversation)
        return self._title(self._records[row]) if row >= 0 else ""

    def first_id(self) -> str:
        """The newest conversation's id; "" if there is none."""
        return self._records[0].id if self._records else ""

    def _title(self, record: ConversationRecord) -> str:
        return record.title or self.tr("New conversation")

    def _said(self, record: ConversationRecord) -> str:
        title = self._title(record)
        return self.tr("{0}: waits for your answer").format(title) if record.id == self._waiting else title

    def _group(self, seconds: float) -> str:
        day = QDateTime.fromSecsSinceEpoch(int(seconds)).date()
        today = QDate.currentDate()
        days = day.daysTo(today)
        if days <= 0:
            return self.tr("Today")
        if days == 1:
            return self.tr("Yesterday")
        if days < 7:
            return self.tr("Previous 7 days")
        if days < 30:
            return self.tr("Previous 30 days")
        return self.tr("Earlier")
