"""The first run: shows what this machine can run, fetches what is chosen, and gives way to the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Signal

from backends.contract.downloads import DownloadRef
from backends.contract.models import EngineName, ModelRef
from desktop.models.catalog_model import CatalogModel, is_built_in
from desktop.models.download_model import DownloadModel
from desktop.models.form_state import installed
from desktop.models.told_words import told
from desktop.widgets.model_requests import ModelRequests
from desktop.window.frame import Frame

if TYPE_CHECKING:
    from desktop.panes.first_run import FirstRun
    from desktop.widgets.first_run_row import FirstRunRow

_HUBS = ("huggingface", "modelscope", "mirror")


class FirstRunDesk(QObject):
    """Stands behind the page where the frame shows one; what is asked for in its rows comes through `requests`.

    Nothing is asked of a network before a person asks for it: what is shown is the catalogue that comes with Minim.
    """

    judge_requested = Signal()
    engines_requested = Signal()
    """Find out what engines would take."""
    wanted = Signal(object)
    """The `DownloadRef` of a model to be loaded when it has come."""
    other_hub_requested = Signal(object)
    """`Download`"""
    token_requested = Signal(object)
    """`DownloadRef`"""

    def __init__(self, frame: Frame, catalog: CatalogModel, downloads: DownloadModel, parent: QObject) -> None:
        super().__init__(parent)
        self._frame, self._state, self._preferences = frame, frame.state, frame.preferences
        self._catalog, self._downloads = catalog, downloads
        self._followed = False
        self._awaited: FirstRunRow | None = None
        self.rows: list[FirstRunRow] = []
        """What is offered, from the top down; empty while nothing is."""
        self.requests = ModelRequests(self)
        self.requests.download_requested.connect(self._fetch)
        self.requests.resume_requested.connect(self._want)

    @property
    def page(self) -> FirstRun | None:
        """The page, while it is shown."""
        return self._frame.first_run

    def begin(self) -> None:
        """The window is shown, with the page or without it: find out what to offer there."""
        page, value = self.page, self._preferences.value
        if page is None:
            return
        if value.first_run == "new" and self._frame.conversations.rowCount():
            self.leave()  # the preferences were lost, not the conversations
            return
        if value.first_run == "new":
            self._preferences.replace(first_run="begun")
            if QLocale().language() == QLocale.Language.Chinese:
                self._preferences.replace(hub="modelscope")  # in China, Hugging Face cannot be reached
        self._connect(page)
        self._show_hub()
        self._show_notice()
        self._show_families()
        self.engines_requested.emit()
        self.judge_requested.emit()

    def show(self) -> None:
        """Show the page again, as from a menu."""
        if self.page is None:
            self._frame.show_first_run()
            self.begin()

    def leave(self) -> None:
        """Show the conversation, ready to be written in: now, and from now on at every start."""
        if self.page is not None:
            self._preferences.replace(first_run="done")
            self.rows, self._awaited = [], None
            self._frame.end_first_run()

    def model_for(self, engine: EngineName) -> ModelRef | None:
        """What came before this engine, which was installed for it, and is waited for on the page."""
        row = self._awaited
        if self.page is None or row is None or row.state != "here":
            return None
        copy, form = installed(row.offer.form), row.offer.form
        return copy.ref if copy is not None and engine in (copy.engine, form.verdict.engine) else None

    def _connect(self, page: FirstRun) -> None:
        page.skipped.connect(self.leave)
        page.hub_chosen.connect(self._choose_hub)
        page.notice.dismissed.connect(self._dismiss)
        page.look_requested.connect(self._dismiss)
        page.look_requested.connect(self.judge_requested)
        if self._followed:
            return
        self._followed = True
        self._catalog.families_changed.connect(self._show_families)
        self._catalog.sizes_changed.connect(self._refresh)
        self._catalog.engines.engines_changed.connect(self._refresh)
        self._catalog.hub_changed.connect(self._show_hub)
        self._downloads.downloads_changed.connect(self._refresh)
        self._state.model_changed.connect(self._follow_model)
        self._state.notice_changed.connect(self._show_notice)

    def _show_families(self) -> None:
        """The catalogue was judged: what is offered stays the same offer, as it stands now."""
        page = self.page
        if page is None or not self._catalog.hardware.memory_bytes:
            return
        if not self.rows:
            self._make_rows(page)
        else:
            self._renew_rows()
        from desktop.models import first_words

        page.show_machine(first_words.machine(self._catalog.hardware, self._catalog.disk_free()))
        self._refresh()

    def _make_rows(self, page: FirstRun) -> None:
        """Imported only here: the first paint does not wait for what it cannot show yet."""
        from desktop.models.first_offers import first_offers
        from desktop.widgets.first_run_row import FirstRunRow

        catalog, before = self._catalog, {row.offer.key: row for row in self.rows}
        offers = first_offers(catalog.families(), catalog.source_hub, catalog.disk_free())
        self.rows = []
        for offer in offers:
            row = before.get(offer.key)
            if row is None:
                row = FirstRunRow(offer, catalog, self._state, self._downloads, self.requests)
                row.other_hub_requested.connect(self.other_hub_requested)
                row.token_requested.connect(self.token_requested)
            else:
                row.take(offer)
            self.rows.append(row)
        page.show_rows(self.rows)
        page.follow([button for row in self.rows for button in row.buttons])

    def _renew_rows(self) -> None:
        from msgspec.structs import replace

        for row in self.rows:
            for family in self._catalog.families():
                for form in family.forms:
                    renewed = replace(row.offer, family=family, form=form)
                    if renewed.key == row.offer.key and family.spec.origin == row.offer.family.spec.origin:
                        row.take(renewed)

    def _refresh(self) -> None:
        page = self.page
        if page is None:
            return
        for row in self.rows:
            row.refresh()
        self._await_again()
        model = self._state.model
        uses_another = model is not None and not is_built_in(model)
        page.show_way_on(comes=any(row.goes_on for row in self.rows), uses_another=uses_another)

    def _await_again(self) -> None:
        """What was on its way when Minim was closed is waited for still."""
        if self._awaited is None and self._preferences.value.first_run == "begun":
            downloads = (row.download for row in self.rows)
            coming = next((one for one in downloads if one is not None and not one.elsewhere), None)
            if coming is not None:
                self._want(coming.ref)

    def _show_hub(self) -> None:
        page, catalog = self.page, self._catalog
        if page is None:
            return
        mirror = catalog.mirror.split("://")[-1].rstrip("/")
        names = ["Hugging Face", "ModelScope", self.tr("Mirror: %s") % mirror if mirror else self.tr("Mirror")]
        page.show_hubs(names, _HUBS.index(catalog.hub))
        if self.rows and not any(row.on_its_way for row in self.rows):
            self._make_rows(page)  # the other hub may lack a model
        self._refresh()

    def _show_notice(self) -> None:
        """What goes wrong behind the page is told on it, unless a row tells it."""
        page, notice = self.page, self._state.notice
        if page is None:
            return
        if notice is None or not notice.is_error or any(row.tells_problem for row in self.rows):
            page.show_problem("")
        else:
            page.show_problem(told(notice.message), told(notice.hint))

    def _follow_model(self) -> None:
        """What was chosen is loaded, or about to be: the page has done its part."""
        model, state = self._state.model, self._state.model_state
        if model is not None and not is_built_in(model) and state in ("loading", "ready"):
            self.leave()
        else:
            self._refresh()

    def _choose_hub(self, place: int) -> None:
        self.requests.hub_changed.emit(_HUBS[place])

    def _dismiss(self) -> None:
        self._state.show_notice(None)

    def _fetch(self, ref: DownloadRef) -> None:
        """A model is fetched, and with it the engine that it needs: the row has said so."""
        from desktop.models.first_words import engine_to_come

        row = self._row_of(ref)
        engine = engine_to_come(row.offer, self._catalog) if row is not None else None
        if engine is not None and self._catalog.engines.installing is None:
            self.requests.engine_requested.emit(engine, None)
        self._want(ref)

    def _want(self, ref: DownloadRef) -> None:
        self._awaited = self._row_of(ref) or self._awaited
        self.wanted.emit(ref)

    def _row_of(self, ref: DownloadRef) -> FirstRunRow | None:
        return next((row for row in self.rows if row.is_of(ref)), None)
