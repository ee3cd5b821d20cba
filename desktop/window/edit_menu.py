"""The Edit menu: what it does happens in whatever has the focus and can."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QWidget

_KEYS = QKeySequence.StandardKey


_METHODS = {
    "undo": _KEYS.Undo,
    "redo": _KEYS.Redo,
    "cut": _KEYS.Cut,
    "copy": _KEYS.Copy,
    "paste": _KEYS.Paste,
    "selectAll": _KEYS.SelectAll,
}


def fill_edit_menu(menu: QMenu, words: Sequence[str], *, greys: bool) -> None:
    """Add Undo, Redo, Cut, Copy, Paste and Select all, in these `words`.

    `greys`: what cannot be done is grey while the menu is open. Only then, since a disabled action has no shortcut; and
    only on a Mac, where a menu that opens leaves the focus where it is.
    """
    actions: dict[str, QAction] = {}
    for (method, standard), text in zip(_METHODS.items(), words, strict=True):
        action = actions[method] = menu.addAction(text)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.setShortcuts(QKeySequence.keyBindings(standard))
        action.triggered.connect(_in_focus(method))
    menu.insertSeparator(actions["cut"])

    def show_possible() -> None:
        can = possible(QApplication.focusWidget())
        for method, action in actions.items():
            action.setEnabled(method in can)

    def allow_all() -> None:
        for action in actions.values():
            action.setEnabled(True)

    if greys:
        menu.aboutToShow.connect(show_possible)
        menu.aboutToHide.connect(allow_all)


def possible(widget: QWidget | None) -> set[str]:
    """The methods that would do something in `widget` now."""
    from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit  # made when there is a menu to open

    if isinstance(widget, QLineEdit):
        undo, redo, selected = widget.isUndoAvailable(), widget.isRedoAvailable(), widget.hasSelectedText()
        paste = bool(QApplication.clipboard().text())
    elif isinstance(widget, (QTextEdit, QPlainTextEdit)):
        document = widget.document()
        undo, redo = document.isUndoAvailable(), document.isRedoAvailable()
        selected, paste = widget.textCursor().hasSelection(), widget.canPaste()
    else:
        named = ("copy", "selectAll")
        return {name for name in named if callable(getattr(widget, name, None))}
    can = {"selectAll": True, "copy": selected}
    if not widget.isReadOnly():
        can |= {"undo": undo, "redo": redo, "cut": selected, "paste": paste}
    return {name for name, works in can.items() if works}


def _in_focus(method: str) -> Callable[[], None]:
    def act() -> None:
        slot = getattr(QApplication.focusWidget(), method, None)
        if callable(slot):
            slot()

    return act
