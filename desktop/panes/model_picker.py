"""The model picker: which model, in which quantization; fetch it, load it, unload it, check and delete it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from backends.contract.catalog import JudgedModel
from backends.contract.downloads import DownloadRef
from desktop import theme
from desktop.models import fit_words, machine_words
from desktop.models.catalog_model import CatalogModel, is_built_in
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState
from desktop.models.told_words import told
from desktop.panes.model_picker_list import ModelPickerList
from desktop.panes.model_picker_page import ModelPickerPage, is_form
from desktop.widgets.model_requests import NAMES, ModelRequests
from desktop.widgets.model_row import ModelRow
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.surface import HairSplitter

_READ_BY_US = ("mlx", "pytorch", "awq")


class ModelPicker(QDialog):
    """Models on the left, one row a form on the right. Its signals are those of `ModelRequests`."""

    load_requested = Signal(object)
    """`ModelRef`"""
    cancel_load_requested = Signal()
    unload_requested = Signal()
    open_folder_requested = Signal(str)
    import_requested = Signal(str)
    plan_requested = Signal(object)
    """`tuple[DownloadRef, ...]`"""
    download_requested = Signal(object)
    """`DownloadRef`"""
    pause_requested = Signal(str)
    resume_requested = Signal(object)
    """`DownloadRef`"""
    cancel_requested = Signal(str)
    verify_requested = Signal(object)
    """`DownloadRef`"""
    delete_requested = Signal(str)
    engine_requested = Signal(object, object)
    """`EngineName`, `ModelRef`"""
    cancel_engine_requested = Signal()
    search_hub_requested = Signal(str)
    hub_changed = Signal(str)
    token_given = Signal(str, str)

    def __init__(
        self,
        catalog: CatalogModel,
        state: SessionState,
        parent: QWidget | None = None,
        downloads: DownloadModel | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._state = state
        self._downloads = downloads
        self._followed = state.model
        self._opened_on = ""
        self.requests = ModelRequests(self)
        for name in NAMES:
            getattr(self.requests, name).connect(getattr(self, name))
        self._plan_timer = QTimer(self, singleShot=True, interval=250)
        self._plan_timer.timeout.connect(self._ask_sizes)
        self.setWindowTitle(self.tr("Models"))
        self.setSizeGripEnabled(False)
        self.resize(960, 640)
        self.setMinimumSize(680, 420)
        self._build()
        self._scroll_bars = SlimScrollBars(self)
        self._connect()
        self.show_families()
        if downloads is not None:
            self._show_downloads()

    @property
    def rows(self) -> list[ModelRow]:
        """The rows of the model that is shown, those still folded excepted."""
        return self.page.rows

    @property
    def machine_words(self) -> str:
        """The line at the bottom: the machine it was judged for, or that no hub can be reached."""
        return self._machine.text()

    def row_of(self, format_: str, quantization: str, size_in_billions: float = 0.0) -> ModelRow | None:
        """The row of a form of the model that is shown, unfolded if need be; a size of 0: whatever size."""
        return self.page.row_of(format_, quantization, size_in_billions)

    def show_families(self) -> None:
        """Show what there is now, and keep the model that was chosen; at first the one to open on."""
        chosen = self.list.chosen
        if chosen is None or self._opened_on == "guess":
            family = self._to_open_on()
            self._opened_on = "best" if self._catalog.best() is not None or family is None else "guess"
            if family is not None:
                self.list.choose(family)
            else:
                self.page.show_family(None)
        self._show_machine()

    def show_model(self, name: str, form: tuple[str, str, float] = ("", "", 0.0)) -> bool:
        """Show a model by its name; of several that are called so, the one with this form. False if there is none."""
        called = [family for family in self._catalog.families() if family.spec.name == name]
        having = (family for family in called if any(is_form(one, form) for one in family.forms))
        family = next(having, called[0] if called else None)
        if family is not None:
            self._opened_on = "chosen"
        return family is not None and self.list.choose(family)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.view.setFocus()
        self._plan_timer.start()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        pressed = self.focusWidget()
        if arg__1.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(pressed, QPushButton):
                pressed.click()
        elif arg__1.key() == Qt.Key.Key_F and arg__1.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.list.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(arg__1)

    def _build(self) -> None:
        self.list = ModelPickerList(self._catalog, self.requests)
        self.list.setMinimumWidth(200)
        self.page = ModelPickerPage(self._catalog, self._state, self._downloads, self.requests)
        self.page.setMinimumWidth(460)
        self.problem = NoticeBar()
        self.problem.dismissed.connect(lambda: self._state.show_notice(None))
        self.freed = NoticeBar(is_error=False)
        self.freed.dismissed.connect(self.freed.hide)
        self._machine = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._machine.setFont(theme.small_font())
        self._machine.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._machine.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for part in (self.problem, self.freed, self._machine):
            self.page.foot.addWidget(part)
        self._columns = HairSplitter(Qt.Orientation.Horizontal)
        self._columns.addWidget(self.list)
        self._columns.addWidget(self.page)
        self._columns.setStretchFactor(1, 1)
        self._columns.setSizes([260, 700])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._columns)

    def _connect(self) -> None:
        catalog, state = self._catalog, self._state
        self.list.family_chosen.connect(self._show_family)
        self.page.family_requested.connect(self.list.choose)
        catalog.families_changed.connect(self.show_families)
        catalog.sizes_changed.connect(self._refresh)
        catalog.hub_changed.connect(self._show_hub)
        catalog.token_changed.connect(self.page.show_token)
        catalog.deleted.connect(self._show_freed)
        catalog.engines.engines_changed.connect(self.page.refresh)
        state.model_changed.connect(self._follow_model)
        state.notice_changed.connect(self._show_notice)
        if self._downloads is not None:
            self._downloads.downloads_changed.connect(self._show_downloads)
            self._downloads.offline_changed.connect(self._show_machine)

    def _to_open_on(self) -> JudgedModel | None:
        """The model that is loaded, unless that is the one which is there to try; else the best; else the first."""
        families, model = self._catalog.families(), self._state.model
        best = self._catalog.best()
        if model is not None and (best is None or not is_built_in(model)):
            loaded = (family for family in families if _is_of(family, model.path))
            if (family := next(loaded, None)) is not None:
                return family
        return best or (families[0] if families else None)

    def _show_family(self, family: JudgedModel | None) -> None:
        self.page.show_family(family)
        if self.isVisible():
            self._plan_timer.start()

    def _ask_sizes(self) -> None:
        """Ask the hub how large the forms are of which that is only estimated."""
        family = self.page.family
        if family is None or not self.isVisible():
            return
        refs: list[DownloadRef] = []
        for form in family.forms:
            offer = self._catalog.offer_of(form)
            ref = self._catalog.ref_of(family, form)
            if offer is None or ref is None or form.form.format not in _READ_BY_US:
                continue
            if self._catalog.size_of(offer)[1] and offer.presence == "absent":
                refs.append(ref)
            kernel = self._catalog.kernel_of(form)
            if kernel is not None and not self._catalog.kernel_bytes(kernel.source):
                refs.append(kernel)
        if refs:
            self.requests.plan_requested.emit(tuple(refs))

    def _show_downloads(self) -> None:
        assert self._downloads is not None
        self.list.model.show_downloads(self._downloads.open)
        self.page.refresh()

    def _refresh(self) -> None:
        self.page.refresh()
        self._show_machine()

    def _show_hub(self) -> None:
        self.page.rebuild(self.page.family)
        self._show_machine()
        if self.isVisible():
            self._plan_timer.start()

    def _show_machine(self) -> None:
        hardware, free = self._catalog.hardware, self._catalog.disk_free()
        parts = [machine_words.machine(hardware)] if hardware.memory_bytes else []
        if free:
            parts.append(self.tr("%s of disk free") % fit_words.memory(free))
        words = " · ".join(parts)
        if self._downloads is not None and self._downloads.offline:
            words = self.tr("Offline: what is on this machine can be loaded, nothing can be downloaded.")
        self._machine.setText(words)
        self._machine.setVisible(bool(words))

    def _show_notice(self) -> None:
        """Say here too what went wrong with a folder or a load: the window lies behind. The way to servers is there."""
        notice = self._state.notice
        if notice is None or notice.shows_servers:
            self.problem.show_notice("")
        else:
            self.problem.show_notice(told(notice.message), told(notice.hint), is_error=notice.is_error)

    def _show_freed(self, freed: int) -> None:
        self.freed.show_notice(self.tr("Deleted. %s came free.") % fit_words.memory(freed))

    def _follow_model(self) -> None:
        """Show how the model fares; when it became another one, as after a folder was opened, show that."""
        model = self._state.model
        if model is not None and model != self._followed:
            self._followed = model
            family = next((family for family in self._catalog.families() if _is_of(family, model.path)), None)
            if family is not None and (self.isVisible() or not is_built_in(model)):
                self.list.choose(family)
        self.page.refresh()


def _is_of(family: JudgedModel, path: str) -> bool:
    return any(copy.ref.path == path for form in family.forms for copy in form.here)
