"""Every window that the self-test opens: a new one is a line of `WINDOWS`."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QInputDialog, QWidget
from shiboken6 import isValid

from backends.conversation.changes import ContextFilled
from desktop.app import App
from desktop.panes.first_run import FirstRun
from desktop.shutdown.activity import Doing
from desktop.shutdown.leave_question import LeaveQuestion

_SAMPLE = 64


def _close(widget: QWidget) -> None:
    widget.close()


class Shown(Struct, frozen=True):
    """A window by the name that its row has, how it is opened, and how it goes again."""

    name: str
    open: Callable[[App], QWidget | None]
    close: Callable[[QWidget], None] = _close


class PaintWatch(QObject):
    """Sees whether a widget is painted from now on, and that what it shows is more than one colour."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._widget = widget
        self._seen = False
        widget.installEventFilter(self)
        widget.update()

    @property
    def painted(self) -> bool:
        """Whether it stands there, painted. A dialog of the system's own is taken at its word."""
        if not isValid(self._widget) or not self._widget.isVisible():
            return False
        if self._widget.testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen):
            return True
        return self._seen and self._colours() > 1

    def words(self) -> str:
        """Its size."""
        return f"{self._widget.width()} × {self._widget.height()}"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._seen = True
        return False

    def _colours(self) -> int:
        image = self._widget.grab().toImage()
        small = image.scaled(_SAMPLE, _SAMPLE, mode=Qt.TransformationMode.SmoothTransformation)
        return len({small.pixel(x, y) for x in range(small.width()) for y in range(small.height())})


def _first_run(app: App) -> QWidget | None:
    app.first_run.show()
    return app.first_run.page


def _skip(page: QWidget) -> None:
    assert isinstance(page, FirstRun)
    page.skipped.emit()


def _picker(app: App) -> QWidget | None:
    app.dialogs.show_picker()
    return app.dialogs.picker


def _downloads(app: App) -> QWidget | None:
    app.dialogs.show_downloads()
    return app.dialogs.downloads


def _page(place: int) -> Callable[[App], QWidget | None]:
    def open_page(app: App) -> QWidget | None:
        app.dialogs.show_settings()
        settings = app.dialogs.settings
        if settings is not None:
            settings.tabs.choose(place)
        return settings

    return open_page


def _about(app: App) -> QWidget | None:
    app.dialogs.show_about()
    return app.dialogs.about


def _acknowledgements(app: App) -> QWidget | None:
    app.dialogs.show_acknowledgements()
    return app.dialogs.acknowledgements


def _leave(app: App) -> QWidget | None:
    question = LeaveQuestion(Doing(answering=True), app.window, closes=True)
    question.open()
    return question


def _edit(app: App) -> QWidget | None:
    app.dialogs.edit_message(0, "What is 37 * 48?", lambda _message, _text: None)
    found = [dialog for dialog in app.window.findChildren(QInputDialog) if dialog.isVisible()]
    return found[-1] if found else None


def _options(app: App) -> QWidget | None:
    app.desk.toggle_options()
    return app.desk.options


def _full(app: App) -> QWidget | None:
    app.settings.show_full(ContextFilled(app.settings.conversation, 196_608, 196_608, in_memory=False))
    return app.desk.card


def _report(app: App) -> QWidget | None:
    app.reports.show()
    return app.reports.dialog


_PAGES = ("General", "Models", "Chat", "Tools", "Servers", "Sampling", "Memory")

WINDOWS: tuple[Shown, ...] = (
    Shown("First run", _first_run, _skip),
    Shown("Model picker", _picker),
    Shown("Downloads", _downloads),
    *(Shown(f"Settings: {name}", _page(place)) for place, name in enumerate(_PAGES)),
    Shown("About", _about),
    Shown("Acknowledgements", _acknowledgements),
    Shown("Quit question", _leave),
    Shown("Report a problem", _report),
    Shown("Edit message", _edit),
    Shown("Conversation options", _options, QWidget.hide),
    Shown("Full-context card", _full, QWidget.hide),
)
"""In the order of the rows. What opens inside the main window is a window too."""
