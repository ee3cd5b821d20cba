"""The built-in model in the self-test: it is loaded as at every start, asked a question, and calls the calculator."""

from __future__ import annotations

import time
from collections.abc import Callable

from backends.contract.chat import ReasoningPart
from backends.contract.errors import MinimError
from backends.contract.models import POCKET
from desktop.app import App

QUESTION, TOOL, ANSWER = "What is 37 * 48?", "calculator", "1776"
QUANTIZATION = "4bit"

Wait = Callable[[Callable[[], bool], float, str], None]
"""Lets the app work until something is so, for some seconds at most, and raises MinimError with words otherwise."""


class Turn:
    """One question in the app's own window, through its own composer."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked = 0.0
        self._first_token = 0.0

    def load(self, wait: Wait, seconds: float) -> str:
        """Wait for the model that a first start loads. Raises MinimError."""
        state = self._app.state
        began = time.monotonic()
        wait(self._is_settled, seconds, "It was not loaded.")
        self._raise_notice()
        if self._is_missing():
            raise MinimError("not_a_model", f"{POCKET} is missing or damaged.", "Install Minim again.")
        model = state.model
        if state.model_state != "ready" or model is None:
            raise MinimError("worker_died", "The engine ended while it loaded.")
        if (model.name, model.quantization) != (POCKET, QUANTIZATION):
            raise MinimError("internal", f"{model.name} {model.quantization} was loaded instead.")
        return f"loaded after {time.monotonic() - began:.1f} s, context {state.context_length:,} tokens"

    def ask(self, wait: Wait, seconds: float) -> str:
        """Ask, and wait for the answer. Raises MinimError for anything that was not as it should be."""
        app = self._app
        wait(self._has_tool, seconds, f"The {TOOL} was not offered.")
        app.state.turn_changed.connect(self._look)
        self._asked = time.monotonic()
        app.panes.composer.field.setPlainText(QUESTION)
        app.panes.composer.send()
        wait(lambda: self._is_over() or app.state.notice is not None, seconds, "The answer did not end.")
        app.state.turn_changed.disconnect(self._look)
        self._raise_notice()
        self._judge()
        speed = app.state.usage.tokens_per_second
        return f"{ANSWER}; first token after {self._first_token - self._asked:.2f} s, {speed:.0f} tokens/s"

    def _judge(self) -> None:
        app = self._app
        row = app.conversation.rowCount() - 1
        if ANSWER not in app.conversation.message_text(row):
            raise MinimError("internal", f"The answer is not {ANSWER}.")
        cards = app.panes.tools.cards
        if not any(card.call.name == TOOL and card.call.state == "done" for card in cards):
            raise MinimError("internal", f"The {TOOL} was not called.")
        parts = (app.conversation.part(row, part) for part in range(app.conversation.part_count(row)))
        if not any(isinstance(part, ReasoningPart) and part.text.strip() for part in parts):
            raise MinimError("internal", "There was no reasoning.")
        app.panes.reasoning.flush()
        if not app.panes.reasoning.view.toPlainText().strip():
            raise MinimError("internal", "The reasoning was not shown.")

    def _is_settled(self) -> bool:
        state = self._app.state
        return state.model_state in ("ready", "crashed") or state.notice is not None or self._is_missing()

    def _is_missing(self) -> bool:
        return self._app.catalog.searched and self._app.catalog.default() is None

    def _has_tool(self) -> bool:
        return any(tool.name == TOOL for tool in self._app.chat.session.tools)

    def _is_over(self) -> bool:
        return self._first_token > 0 and not self._app.state.busy

    def _look(self) -> None:
        if not self._first_token and self._app.state.phase in ("reasoning", "answering", "calling"):
            self._first_token = time.monotonic()

    def _raise_notice(self) -> None:
        notice = self._app.state.notice
        if notice is not None:
            raise MinimError("internal", notice.message, notice.hint)
