"""Where a row of models asks: one question at a time, laid out in the row itself, which goes with its answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.widgets.inline_question import InlineQuestion


class QuestionPlace:
    """`put` lays a question out, and `ending` is called before it goes. Tab reaches it right after `button`."""

    def __init__(self, put: Callable[[InlineQuestion], object], button: QWidget, ending: Callable[[], object]) -> None:
        self._put, self._button, self._ending = put, button, ending
        self.question: InlineQuestion | None = None
        """What is asked now."""

    def ask(
        self,
        words: str,
        accept: str,
        reject: str,
        then: Callable[[], object],
        other: str = "",
        then_other: Callable[[], object] = lambda: None,
    ) -> None:
        """Ask, in place of what is asked now; as `row_actions.Ask` says."""
        self.end()
        question = self.question = InlineQuestion(words, accept, reject, other=other)
        question.on_answer(self.end, then, then_other)
        self._put(question)
        follow(self._button, *question.buttons)
        question.reject_button.setFocus()

    def end(self) -> None:
        """Ask no more."""
        self._ending()
        if self.question is not None:
            self.question.hide()
            self.question.deleteLater()
            self.question = None


def follow(before: QWidget, *later: QWidget) -> None:
    """Let Tab reach what was made later right after `before`."""
    for widget in later:
        QWidget.setTabOrder(before, widget)
        before = widget
