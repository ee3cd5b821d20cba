"""What the engine and the running turn are doing, for the toolbar, the composer and the status bar."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from backends.contract.chat import Usage
from backends.contract.models import EngineName, ModelRef
from backends.conversation.changes import Phase
from desktop.models.reading_pace import ReadingPace

ModelState = Literal["none", "loading", "ready", "crashed"]

Resting = Literal["", "idle", "memory", "unasked"]
"""Why the model is not loaded though the next message loads it: nobody used it, memory was short, it is large."""


class Notice(Struct, frozen=True):
    """Something to tell the person: what happened, and what to do.

    `offers_load`: loading again may help. `offers`: this model has come and can be loaded, which is no error; with
    `offers_engine`, if that is said. `shows_conversation`: what it is about is seen in that conversation;
    `shows_servers`: it is seen in the settings, among the tool servers. `stays`: it is true of the whole run.
    """

    message: str
    hint: str = ""
    offers_load: bool = False
    offers: ModelRef | None = None
    offers_engine: EngineName | None = None
    is_error: bool = True
    shows_conversation: str = ""
    shows_servers: bool = False
    stays: bool = False


class SessionState(QObject):
    """Plain values with one signal a group; changed by `ChatSession` on the GUI thread only."""

    model_changed = Signal()
    turn_changed = Signal()
    usage_changed = Signal()
    notice_changed = Signal()

    def __init__(self, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._pace = ReadingPace(clock)
        self.model_state: ModelState = "none"
        self.model: ModelRef | None = None
        self.load_phase: str = ""
        self.loaded_bytes = 0
        self.load_total_bytes = 0
        self.context_length = 0
        self.memory_context = 0
        self.resting: Resting = ""
        self.cache_kept = False
        self.phase: Phase = "idle"
        self.prompt_reused = 0
        self.prompt_done = 0
        self.prompt_total = 0
        self.prompt_seconds_left: float | None = None
        self.usage = Usage()
        self.memory_bytes = 0
        self.notice: Notice | None = None
        self.send_waits = False

    @property
    def busy(self) -> bool:
        """Whether a turn is running, the wait for a person's consent included."""
        return self.phase != "idle"

    @property
    def answers(self) -> bool:
        """Whether a message would be answered: the model is loaded, or the message loads it."""
        return self.model_state == "ready" or bool(self.resting)

    @property
    def stoppable(self) -> bool:
        """Whether Stop has something to stop: a turn, or a model that is being loaded."""
        return self.busy or self.model_state == "loading"

    @property
    def context_limit(self) -> int:
        """Tokens at which the context is full: in memory, or as long as the model allows; 0 while unknown."""
        known = [limit for limit in (self.context_length, self.memory_context) if limit]
        return min(known, default=0)

    @property
    def load_fraction(self) -> float:
        """How much of the model is in memory, from 0 to 1; 0 while that is unknown."""
        return self.loaded_bytes / self.load_total_bytes if self.load_total_bytes else 0.0

    def show_model(
        self,
        state: ModelState,
        model: ModelRef | None,
        *,
        load_phase: str = "",
        done_bytes: int = 0,
        total_bytes: int = 0,
        context_length: int = 0,
        memory_context: int = 0,
    ) -> None:
        """Say which model is in which state; bytes of a load, tokens of contexts: the model’s, and memory’s."""
        self.resting, self.cache_kept = "", False
        self._show_model(state, model, load_phase, (done_bytes, total_bytes), (context_length, memory_context))
        if state != "ready":
            self.show_usage(Usage(), 0)

    def show_resting(self, model: ModelRef, resting: Resting, *, cache_kept: bool) -> None:
        """Say why a model is not loaded though the next message loads it. What its context held stays shown.

        `cache_kept`: what it has read is on the disk, and need not be read again.
        """
        self.resting, self.cache_kept = resting, cache_kept
        self._show_model("none", model, "", (0, 0), (self.context_length, self.memory_context))
        self.show_usage(self.usage, 0)

    def show_phase(self, phase: Phase) -> None:
        """Say what the running turn is doing."""
        if phase == self.phase:
            return
        self.phase = phase
        if phase != "reading":
            self.prompt_reused = self.prompt_done = self.prompt_total = 0
            self.prompt_seconds_left = None
            self._pace.restart()
        self.turn_changed.emit()

    def show_prompt(self, reused: int, done: int, total: int) -> None:
        """Say how much of the prompt is read, in tokens."""
        self.prompt_reused, self.prompt_done, self.prompt_total = reused, done, total
        self.prompt_seconds_left = self._pace.seconds_left(done, total)
        self.usage_changed.emit()

    def show_usage(self, usage: Usage, memory_bytes: int) -> None:
        """Say what the generation took so far, and what the engine holds."""
        self.usage, self.memory_bytes = usage, memory_bytes
        self.usage_changed.emit()

    def show_waiting(self, waits: bool) -> None:
        """Say whether a message waits to be sent until the model is loaded."""
        if waits != self.send_waits:
            self.send_waits = waits
            self.turn_changed.emit()

    def show_notice(self, notice: Notice | None) -> None:
        """Tell the person something until it is dismissed or no longer true."""
        if notice != self.notice:
            self.notice = notice
            self.notice_changed.emit()

    def forget_notice(self) -> None:
        """Something new begins: what was told is over, unless it stays true."""
        if self.notice is not None and not self.notice.stays:
            self.show_notice(None)

    def _show_model(
        self,
        state: ModelState,
        model: ModelRef | None,
        load_phase: str,
        load_bytes: tuple[int, int],
        contexts: tuple[int, int],
    ) -> None:
        was = (self.model_state, self.stoppable)
        self.model_state, self.model, self.load_phase = state, model, load_phase
        self.loaded_bytes, self.load_total_bytes = load_bytes
        self.context_length, self.memory_context = contexts
        self.model_changed.emit()
        if was != (self.model_state, self.stoppable):
            self.turn_changed.emit()
