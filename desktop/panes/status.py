"""The line below all panes: what the turn is doing, its speed, the context in use, and the engine's memory."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop import theme
from desktop.models import words
from desktop.models.session_state import SessionState
from desktop.widgets.glyph import is_theme_change
from desktop.widgets.surface import Surface

_HEIGHT = 28
_NEARLY_FULL = 0.9


class Status(Surface):
    """Words on the left, numbers on the right; a bar while a prompt is read."""

    def __init__(self, state: SessionState, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("top",), parent)
        self._state = state
        self.setFixedHeight(_HEIGHT)
        self._doing = self._label(self.tr("What the model is doing"))
        self._bar = _PrefillBar()
        self._bar.setAccessibleName(self.tr("Prompt read"))
        self._reused = self._label(self.tr("Part of the prompt that was not read again"))
        self._reused.setToolTip(self.tr("Tokens of the prompt that came from the KV cache, and were not read again"))
        self._speed = self._label(self.tr("Speed"))
        self._context = self._label(self.tr("Context in use"))
        self._memory = self._label(self.tr("Memory of the engine"))
        self._offline = self._label(self.tr("Network"))
        self._memory.setToolTip(self.tr("Memory that the engine’s process holds"))
        row = QHBoxLayout(self)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(theme.LARGE, 1, theme.LARGE, 0)
        row.setSpacing(theme.LARGE)
        row.addWidget(self._bar)
        row.addWidget(self._doing)
        row.addStretch(1)
        for label in (self._reused, self._speed, self._context, self._memory, self._offline):
            row.addWidget(label)
        self._labels = (self._doing, self._reused, self._speed, self._context, self._memory, self._offline)
        self._reading = False
        self.show_network("")
        state.turn_changed.connect(self._refresh)
        state.usage_changed.connect(self._refresh)
        state.model_changed.connect(self._refresh)
        self._refresh()

    @property
    def words(self) -> str:
        """All that it says now, in one line."""
        return " · ".join(label.text() for label in self._labels if label.text())

    def show_network(self, words: str, hint: str = "") -> None:
        """Say what goes over the network, or why nothing can; "" while nothing does."""
        self._offline.setText(words or self.tr("On this machine"))
        self._offline.setToolTip(hint or self.tr("Everything runs on this machine. Nothing you write leaves it."))
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _HEIGHT)  # the window may be narrower than all the words

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_theme_change(event):
            self._warn(self._nearly_full())

    def _label(self, name: str) -> QLabel:
        label = QLabel()
        label.setAccessibleName(name)
        label.setFont(theme.small_font())
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _refresh(self) -> None:
        state, usage = self._state, self._state.usage
        reading = state.phase == "reading" and state.prompt_total > 0
        self._bar.show_progress(state.prompt_reused, state.prompt_done, state.prompt_total)
        self._reading = reading
        self._set(self._doing, self._doing_words())
        speed = 0.0 if reading else usage.tokens_per_second  # that of the last answer says nothing of this one
        self._set(self._speed, self.tr("%s tokens/s") % QLocale().toString(speed, "f", 1) if speed else "")
        self._set(self._reused, self._reused_words())
        self._set(self._context, self._context_words())
        self._context.setToolTip(self._context_hint())
        self._warn(self._nearly_full())
        self._set(self._memory, words.size(state.memory_bytes) if state.memory_bytes else "")
        self._fit()

    def _set(self, label: QLabel, text: str) -> None:
        if text != label.text():
            label.setText(text)

    def _fit(self) -> None:
        """Show what has words, and what of it there is room for: what matters least goes first."""
        shown = [label for label in self._labels if label.text()]
        bar = self._bar.width() + theme.LARGE if self._reading else 0
        room = self.width() - theme.LARGE - bar
        for label in (self._reused, self._memory, self._speed, self._offline, self._context):
            if sum(said.sizeHint().width() + theme.LARGE for said in shown) <= room:
                break
            if label in shown:
                shown.remove(label)
        self._bar.setVisible(self._reading)
        for label in self._labels:
            label.setVisible(label in shown)

    def _context_words(self) -> str:
        state, used = self._state, self._state.usage.context_tokens
        if not used:
            return ""
        if not state.context_length:
            return self.tr("%s tokens") % words.tokens(used)
        if self._nearly_full() and state.context_limit < state.context_length:
            room = words.tokens(state.context_limit)
            return self.tr("%s of %s tokens that fit in memory") % (words.tokens(used), room)
        return self.tr("%s of %s tokens") % (words.tokens(used), words.tokens(state.context_length))

    def _context_hint(self) -> str:
        state = self._state
        hint = self.tr("Tokens of the context length that this conversation uses.")
        if state.memory_context and state.memory_context < state.context_length:
            room = self.tr("Beside the model, memory has room for about %s; beyond that it may become slow, or stop.")
            return f"{hint}\n{room % words.tokens(state.memory_context)}"
        return hint

    def _nearly_full(self) -> bool:
        limit = self._state.context_limit
        return bool(limit) and self._state.usage.context_tokens >= _NEARLY_FULL * limit

    def _warn(self, warns: bool) -> None:
        """Amber, or the colour of the labels beside it."""
        palette = QPalette()
        if warns:
            palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(theme.current_colours().warning))
        self._context.setPalette(palette)

    def _reused_words(self) -> str:
        usage = self._state.usage
        if not usage.reused_tokens or self._state.phase == "reading":
            return ""
        return self.tr("reused %s of %s") % (words.tokens(usage.reused_tokens), words.tokens(usage.prompt_tokens))

    def _doing_words(self) -> str:
        fixed = {
            "reasoning": self.tr("Reasoning"),
            "answering": self.tr("Answering"),
            "calling": self.tr("Writing a tool call"),
            "asking": self.tr("Waiting for your decision on a tool call"),
            "running_tool": self.tr("Running a tool"),
            "stopping": self.tr("Stopping"),
        }
        phase = self._state.phase
        if phase == "idle" or (phase == "reading" and self._state.model_state == "loading"):
            return self._idle_words()
        return fixed[phase] if phase != "reading" else self._reading_words()

    def _reading_words(self) -> str:
        state = self._state
        if not state.prompt_total:
            return self.tr("Reading the prompt")
        done, total = words.tokens(state.prompt_done), words.tokens(state.prompt_total)
        said = self.tr("Reading %s of %s tokens") % (done, total)
        if state.prompt_reused:
            said = self.tr("%s, %s reused") % (said, words.tokens(state.prompt_reused))
        if state.prompt_seconds_left:
            said = self.tr("%s · %s left") % (said, words.duration(state.prompt_seconds_left))
        return said

    def _idle_words(self) -> str:
        state = self._state
        if state.model_state == "loading":
            if state.load_phase == "preparing":
                return self.tr("Preparing the model, once")
            return self.tr("Loading the model")
        if state.resting == "unasked":
            return self.tr("Your first message loads the model")
        if state.resting:
            return self.tr("Resting: your next message loads the model")
        return "" if state.model_state == "ready" else self.tr("No model loaded")


class _PrefillBar(QWidget):
    """A thin bar: what came from the KV cache in a paler tint, then what was read."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(120, 4)
        self._reused = self._done = 0.0

    def show_progress(self, reused: int, done: int, total: int) -> None:
        self._reused, self._done = (reused / total, done / total) if total else (0.0, 0.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        pale = QColor(colours.accent)
        pale.setAlphaF(0.45)
        for fraction, colour in ((1.0, QColor(colours.border)), (self._done, QColor(colours.accent))):
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(0, 0, self.width() * min(1.0, fraction), 4), 2, 2)
        if self._reused:
            painter.setBrush(QColor(colours.border))
            painter.drawRoundedRect(QRectF(0, 0, self.width() * self._reused, 4), 2, 2)
            painter.setBrush(pale)
            painter.drawRoundedRect(QRectF(0, 0, self.width() * self._reused, 4), 2, 2)
        painter.end()
