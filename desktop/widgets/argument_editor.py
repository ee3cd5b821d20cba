"""A call's arguments while a person is asked: each in a field of its own that can be changed before the tool runs."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QSizeF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backends.contract.tools import ToolInfo
from desktop import theme
from desktop.models.argument_values import (
    UNSET,
    Schema,
    UnreadableError,
    is_verbatim,
    parameters,
    read_value,
    required,
    type_words,
)
from desktop.models.message_state import argument_text
from desktop.models.plain_text import restored, visible, visible_line
from desktop.models.told_words import told
from desktop.models.words import tooltip
from desktop.widgets.escape_leaves import EscapeLeaves
from desktop.widgets.pane_header import colour_label

MOST_LINES = 12
"""Lines that a field shows at once where what it would change is in view beside it; else it shows all."""


class ArgumentEditor(QWidget):
    """The field of one argument: `value` is what the model wrote until a person changes it."""

    changed = Signal()
    removed = Signal(str)
    """name: of an argument that a person added"""

    def __init__(self, name: str, value: Any, schema: Schema) -> None:
        super().__init__()
        self._name = name
        self._written = value
        self._schema = schema
        self._verbatim = is_verbatim(schema, value)
        self._text = "" if value is UNSET else argument_text(value)
        self._label = QLabel(visible_line(name), textFormat=Qt.TextFormat.PlainText)
        self._label.setFont(theme.small_font())
        self._label.setToolTip(tooltip(visible(told(str(schema.get("description", ""))))))
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reset = QToolButton(autoRaise=True)
        self.reset.setText(self.tr("Remove") if value is UNSET else self.tr("Reset"))
        self.reset.setFont(theme.small_font())
        self.reset.setAccessibleName(self.tr("Undo your change of {0}").format(visible_line(name)))
        self.reset.clicked.connect(self._reset)
        self.field = _Field(visible(self._text))
        self.field.setAccessibleName(self.tr("Argument {0}").format(visible_line(name)))
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setFont(theme.small_font())
        self.field.textChanged.connect(self._read)
        self._lay_out()
        self._read()

    @property
    def value(self) -> Any:
        """The value that stands in the field. Raises `UnreadableError`."""
        if not self.is_changed:
            return self._written
        text = restored(self.field.text, self._text)
        return read_value(text, self._schema, verbatim=self._verbatim)

    @property
    def is_changed(self) -> bool:
        """Whether it is not as the model wrote it."""
        return self._written is UNSET or self.field.text != self.field.first_text

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.SMALL)
        head.addWidget(self._label, 1)
        head.addWidget(self.reset)
        size = self.reset.sizePolicy()
        size.setRetainSizeWhenHidden(True)  # so that nothing jumps with the first letter
        self.reset.setSizePolicy(size)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.field)
        column.addWidget(self.note)

    def _reset(self) -> None:
        if self._written is UNSET:
            self.removed.emit(self._name)
        else:
            self.field.setPlainText(self.field.first_text)

    def _read(self) -> None:
        try:
            _ = self.value
            words = self.tr("Changed by you") if self.is_changed else ""
            self._wrong = False
        except UnreadableError as problem:
            words, self._wrong = str(problem), True
        self.reset.setVisible(self.is_changed)
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self._colour()
        self.changed.emit()

    def _colour(self) -> None:
        colours = theme.current_colours()
        colour_label(self._label, colours.muted)
        wrong = colours.error if self.field.text.strip() else colours.muted
        colour_label(self.note, wrong if self._wrong else colours.accent)


class ArgumentEditors(QWidget):
    """The fields of all arguments of a call, and a way to add those that the model left out."""

    changed = Signal()
    fields_changed = Signal()
    """There are other fields than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool: ToolInfo | None = None
        self._values: dict[str, Any] = {}
        self._bounded = False
        self._editors: dict[str, ArgumentEditor] = {}
        self._fields = QVBoxLayout()
        self._fields.setSpacing(theme.SMALL)
        self.add_button = QPushButton(self.tr("Add an argument"))
        self.add_button.setAutoDefault(False)
        self.add_button.setFont(theme.small_font())
        self._menu = QMenu(self.add_button)
        self.add_button.setMenu(self._menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addLayout(self._fields)
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    @property
    def arguments(self) -> dict[str, Any] | None:
        """All arguments as they stand; None where they are the model's. Raises `UnreadableError`."""
        values = {name: editor.value for name, editor in self._editors.items()}
        return values if any(editor.is_changed for editor in self._editors.values()) else None

    @property
    def model_arguments(self) -> dict[str, Any]:
        """All arguments as the model wrote them."""
        return self._values

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the fields that a person changed or added, be it readable or not."""
        return {name: editor.field.text for name, editor in self._editors.items() if editor.is_changed}

    def write(self, texts: dict[str, str]) -> None:
        """Write into the fields what a person had written there before."""
        for name, text in texts.items():
            if name not in self._editors:
                self._add(name, UNSET)
            self._editors[name].field.setPlainText(text)
        self._offer()
        self.changed.emit()

    @property
    def stops(self) -> list[QWidget]:
        """What the Tab key comes to, in order."""
        stops: list[QWidget] = []
        for editor in self._editors.values():
            stops += (editor.field, editor.reset)
        return [*stops, self.add_button]

    def bound(self, bounded: bool) -> None:
        """Show a few lines of each field at once, as what they would change stands beside them; or all lines."""
        self._bounded = bounded
        for editor in self._editors.values():
            editor.field.bound(bounded)

    def editor(self, name: str) -> ArgumentEditor:
        """The field of an argument. Raises KeyError where there is none of that name."""
        return self._editors[name]

    def ask(self, tool: ToolInfo | None, values: dict[str, Any]) -> None:
        """Show these arguments of a call of `tool`."""
        for name in tuple(self._editors):
            self._editors.pop(name).deleteLater()
        self._tool, self._values = tool, values
        for name, value in values.items():
            self._add(name, value)
        self._offer()
        self.show()

    def add(self, name: str) -> None:
        """Let a person write an argument that the model left out."""
        self._add(name, UNSET)
        self._offer()
        self._editors[name].field.setFocus()
        self.changed.emit()

    def _add(self, name: str, value: Any) -> None:
        schema = parameters(self._tool).get(name, {})
        editor = ArgumentEditor(name, value, schema)
        editor.field.bound(self._bounded)
        editor.changed.connect(self.changed)
        editor.removed.connect(self._remove)
        self._editors[name] = editor
        self._fields.addWidget(editor)
        editor.show()  # at once, not with the next layout: it may be given the focus

    def _remove(self, name: str) -> None:
        self._editors.pop(name).deleteLater()
        self._offer()
        self.changed.emit()

    def _offer(self) -> None:
        self._menu.clear()
        needed = required(self._tool)
        for name, schema in parameters(self._tool).items():
            if name not in self._editors:
                words = self.tr("{0} (required)").format(name) if name in needed else name
                action = self._menu.addAction(f"{visible_line(words)}\t{type_words(schema)}".replace("&", "&&"))
                action.triggered.connect(lambda _checked=False, name=name: self.add(name))
        self.add_button.setVisible(bool(self._menu.actions()))
        self.fields_changed.emit()


class _Field(QPlainTextEdit):
    """Plain text in the code font, as high as it needs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._most = math.inf
        self.setFont(theme.code_font())
        self.setTabChangesFocus(True)
        EscapeLeaves(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(theme.HAIR + 1)
        self.setPlainText(text)
        self.first_text = self.text
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit(self.document().size())

    @property
    def text(self) -> str:
        """What stands there. Not `toPlainText`, which makes spaces of those that do not break."""
        return self.document().toRawText().replace("\u2029", "\n")

    def bound(self, bounded: bool) -> None:
        """Show a few lines at once, or all of them."""
        self._most = MOST_LINES if bounded else math.inf
        self._fit(self.document().size())

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._fit(self.document().size())

    def _fit(self, size: QSizeF) -> None:
        # QPlainTextDocumentLayout measures in lines, wrapped ones counted
        lines = min(self._most, max(1.0, size.height()))
        many = size.height() > self._most
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        margins = 2 * (theme.HAIR + 1) + 2 * self.frameWidth() + 1  # with less it would scroll by a line
        self.setFixedHeight(math.ceil(lines * self.fontMetrics().lineSpacing()) + margins)
