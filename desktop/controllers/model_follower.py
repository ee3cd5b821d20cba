"""Follows the model's session: what it reports is brought to the window's state and to the session that answers."""

from __future__ import annotations

from collections.abc import Callable

from backends.contract.chat import ThinkingSwitch, Usage
from backends.contract.events import ModelLoaded
from backends.conversation.changes import ModelStateChanged
from backends.conversation.session import ConversationSession
from desktop.models import words
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState


class ModelFollower:
    """`loaded` is called once a model is loaded, and all is told of it."""

    def __init__(
        self,
        state: SessionState,
        settings: ConversationSettingsState,
        preferences: PreferenceState,
        loaded: Callable[[], object],
    ) -> None:
        self._state, self._settings, self._preferences = state, settings, preferences
        self._loaded = loaded
        self.ends_by_wish = False
        """Whether it was asked for that no model be loaded: its end is then no crash."""

    def apply(self, change: ModelStateChanged, session: ConversationSession) -> None:
        """Show what has become of the model, and tell `session` what it goes by."""
        if change.loaded is not None:
            self._settings.show_thinking(change.loaded.thinking)
        elif change.model != self._state.model:
            self._settings.show_thinking(ThinkingSwitch())
        if change.state == "ready" and change.loaded is not None:
            self._show_ready(change.loaded, session)
        elif change.state == "loading":
            self._state.show_model(
                "loading",
                change.model,
                load_phase=change.phase,
                done_bytes=change.done_bytes,
                total_bytes=change.total_bytes,
            )
        elif change.resting and change.model is not None:
            kept = change.resting != "unasked" and self._preferences.value.cache_disk_bytes > 0
            self._state.show_resting(change.model, change.resting, cache_kept=kept)
            session.configure(model_name=words.model_name(change.model))
        else:
            self._state.show_waiting(False)
            self._state.show_model("none" if self.ends_by_wish else "crashed", self._state.model)
            self.ends_by_wish = False

    def _show_ready(self, loaded: ModelLoaded, session: ConversationSession) -> None:
        self.ends_by_wish = False  # the wish to stop loading came too late
        self._state.show_model(
            "ready", loaded.model, context_length=loaded.context_length, memory_context=loaded.memory_context
        )
        self._state.show_usage(Usage(), loaded.memory_bytes)
        session.configure(
            model_name=words.model_name(loaded.model),
            context_length=loaded.context_length,
            memory_context=loaded.memory_context,
        )
        self._loaded()
