"""The options of the shown conversation: a system prompt and how to sample, each as the preferences say where empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.contract.option_ranges import OPTION_RANGES
from desktop import theme
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.option_words import read_stops, span, write_number, write_stops
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.widgets.option_field import OptionField
from desktop.widgets.popover import SHADOW, Popover
from desktop.widgets.slim_scroll_bars import SlimScrollBars

WIDTH = 360
_TYPING_MS = 500


class ConversationOptions(Popover):
    """Emits all settings anew when one was changed; shows what the session says of them."""

    settings_requested = Signal(object)
    """`ConversationSettings`"""

    def __init__(
        self,
        anchor: QWidget,
        settings: ConversationSettingsState,
        preferences: PreferenceState,
        state: SessionState,
    ) -> None:
        super().__init__(anchor, WIDTH + 2 * SHADOW)
        self._settings = settings
        self._preferences = preferences
        self._state = state
        self._shows = ""
        self.setAccessibleName(self.tr("Options of this conversation"))
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.left.connect(self.keep)
        self.closed.connect(self._settle)
        self._build()
        settings.settings_changed.connect(self._refresh)
        preferences.preferences_changed.connect(self._refresh)
        state.turn_changed.connect(self._show_when)
        self._refresh()
        self._show_when()

    def open(self) -> None:
        self._refresh()
        super().open()
        self.system_prompt.setFocus(Qt.FocusReason.PopupFocusReason)

    def keep(self) -> None:
        """Ask now for what was typed, if that is anything new."""
        if self._typing.isActive():
            self._ask()

    def give_up(self) -> None:
        """Go without asking for anything: what was typed belongs to a conversation that is no longer shown."""
        self._typing.stop()
        self.hide()

    def reset(self) -> None:
        """Let the preferences hold again; the switches of the reasoning, which stand elsewhere, stay."""
        for field in self.fields.values():
            field.clear()
        for text in (self.system_prompt, self.stop):
            text.clear()
        self.no_prompt.setChecked(False)
        self._ask()

    def _build(self) -> None:
        title = QLabel(self.tr("Options of this conversation"))
        title.setFont(theme.title_font())
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(theme.LARGE, 0, theme.LARGE, theme.SMALL)
        form.setHorizontalSpacing(theme.MEDIUM)
        form.setVerticalSpacing(theme.SMALL - 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add_prompt(form)
        self._add_numbers(form)
        self.stop = self._text(self.tr("Stop strings"), lines=2)
        form.addRow(self.tr("Stop strings"), self.stop)
        self.body = _Body(body, form)
        self.when = QLabel(self.tr("Changes hold from the next answer on."), wordWrap=True)
        self.when.setFont(theme.small_font())
        self.when.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.reset_button = QPushButton(self.tr("Reset to defaults"))
        self.reset_button.setAutoDefault(False)
        self.reset_button.clicked.connect(self.reset)
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.MEDIUM)
        foot.addStretch(1)
        foot.addWidget(self.reset_button)
        head = QVBoxLayout()
        head.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.SMALL)
        head.setSpacing(theme.HAIR)
        head.addWidget(title)
        head.addWidget(self.when)
        self.column.addLayout(head)
        self.column.addWidget(self.body, 1)
        self.column.addLayout(foot)
        self._scroll_bars = SlimScrollBars(self)

    def _add_prompt(self, form: QFormLayout) -> None:
        self.system_prompt = self._text(self.tr("System prompt"), lines=3)
        self.no_prompt = QCheckBox(self.tr("No system prompt in this conversation"))
        self.no_prompt.toggled.connect(self._prompt_switched)
        form.addRow(QLabel(self.tr("System prompt")))
        form.addRow(self.system_prompt)
        form.addRow(self.no_prompt)

    def _add_numbers(self, form: QFormLayout) -> None:
        labels = {
            "temperature": self.tr("Temperature"),
            "top_p": self.tr("Top p"),
            "top_k": self.tr("Top k"),
            "min_p": self.tr("Min p"),
            "repetition_penalty": self.tr("Repetition penalty"),
            "max_tokens": self.tr("Longest answer"),
            "seed": self.tr("Seed"),
        }
        self.fields: dict[str, OptionField] = {}
        for name, label in labels.items():
            words = (
                self.tr("Not used: a whole number from {0} to {1}")
                if OPTION_RANGES[name].whole
                else self.tr("Not used: a number from {0} to {1}")
            )
            field = OptionField(name, label, words.format(*span(name)))
            field.changed.connect(self._typing.start)
            self.fields[name] = field
            form.addRow(label, field)

    def _text(self, name: str, lines: int) -> QPlainTextEdit:
        text = QPlainTextEdit()
        text.setAccessibleName(name)
        text.setTabChangesFocus(True)
        text.setFixedHeight(text.fontMetrics().lineSpacing() * lines + 14)
        text.textChanged.connect(self._typing.start)
        return text

    def _prompt_switched(self) -> None:
        self.system_prompt.setEnabled(not self.no_prompt.isChecked())
        self._typing.start()

    def _ask(self) -> None:
        self._typing.stop()
        wanted = self._wanted()
        if wanted != self._settings.settings:
            self.settings_requested.emit(wanted)

    def _wanted(self) -> ConversationSettings:
        old = self._settings.settings
        numbers: dict[str, Any] = {name: field.value for name, field in self.fields.items()}
        prompt = "" if self.no_prompt.isChecked() else self.system_prompt.toPlainText().strip() or None
        options = replace(old.options, **numbers, stop=read_stops(self.stop.toPlainText()))
        return replace(old, system_prompt=prompt, options=options)

    def _refresh(self) -> None:
        """Show what holds; what is being typed and not yet asked for stays."""
        if self._typing.isActive() and self.isVisible():
            return
        chosen, usual = self._settings.settings, self._preferences.value
        for name, field in self.fields.items():
            field.show_value(getattr(chosen.options, name), self._otherwise(name, usual.generation))
        self.no_prompt.setChecked(chosen.system_prompt == "")
        self.no_prompt.setVisible(bool(usual.system_prompt.strip()) or self.no_prompt.isChecked())
        self.system_prompt.setEnabled(chosen.system_prompt != "")
        given = " ".join(usual.system_prompt.split())
        self.system_prompt.setPlaceholderText(given or self.tr("None: the model’s own is used"))
        self.stop.setPlaceholderText(write_stops(usual.generation.stop) or self.tr("None. One a line"))
        if chosen.system_prompt != "" or self._shows != self._settings.conversation:
            # Otherwise what was written is only put aside: it is there again when a system prompt is wanted again.
            _show_text(self.system_prompt, chosen.system_prompt or "", lambda text: text.strip())
        self._shows = self._settings.conversation
        _show_text(self.stop, write_stops(chosen.options.stop), lambda text: write_stops(read_stops(text)))
        self._typing.stop()  # nobody typed this
        self.reset_button.setEnabled(self._settings.options_set > 0)

    def _otherwise(self, name: str, usual: GenerationOptions) -> str:
        value = getattr(usual, name)
        if value is not None:
            return self.tr("{0}, as in the settings").format(write_number(value))
        if name == "seed":
            return self.tr("Another one each time")
        if name == "max_tokens":
            return self.tr("As long as there is room")
        return self.tr("As the model recommends")

    def _settle(self) -> None:
        for field in self.fields.values():
            field.settle()

    def _show_when(self) -> None:
        self.when.setVisible(self._state.busy)


class _Body(QScrollArea):
    """The form, as high as it is where there is room for it."""

    def __init__(self, body: QWidget, form: QFormLayout) -> None:
        super().__init__()
        self._body = body
        self._form = form
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(body)
        self.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        form = self._form
        return QSize(WIDTH, form.heightForWidth(WIDTH) if form.hasHeightForWidth() else form.sizeHint().height())

    def eventFilter(self, arg__1: QObject, arg__2: QEvent) -> bool:
        if arg__1 is self._body and arg__2.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # a note below a field makes it higher
        return super().eventFilter(arg__1, arg__2)


def _show_text(field: QPlainTextEdit, text: str, meaning: Callable[[str], str]) -> None:
    """Show a text, unless what stands there means the same."""
    if meaning(field.toPlainText()) != text:
        field.setPlainText(text)
