"""One form of a model in the picker: quantization, size, zone, state, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from backends.contract.catalog import JudgedForm, JudgedModel
from backends.contract.downloads import Download
from backends.contract.models import EngineName, ModelRef
from desktop import theme
from desktop.models import fit_words, form_facts, row_words
from desktop.models.catalog_model import CatalogModel, is_judged
from desktop.models.download_model import DownloadModel
from desktop.models.form_state import ENGINE_STATES, MOVING, FormState, download_of, lacking_engine, state_of
from desktop.models.session_state import SessionState
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.glyph import GlyphButton
from desktop.widgets.inline_question import InlineQuestion
from desktop.widgets.model_requests import ModelRequests
from desktop.widgets.question_place import QuestionPlace, follow
from desktop.widgets.row_actions import RowActions
from desktop.widgets.row_details import RowDetails
from desktop.widgets.surface import Surface
from desktop.widgets.thin_bar import ThinBar
from desktop.widgets.zone_dot import ZoneDot

INDENT = 22 + theme.HAIR
"""Where the words of a row begin: after the chevron."""
_STAND_OUT = ("failed", "damaged", "unusable", "disconnected", "engine_failed", "engine_refused")
"""States in which something is wrong."""


class ModelRow(Surface):
    """Emits through `requests`; `refresh` after anything changed. Progress, question, details are made when needed."""

    def __init__(
        self,
        family: JudgedModel,
        form: JudgedForm,
        catalog: CatalogModel,
        session: SessionState,
        downloads: DownloadModel | None,
        requests: ModelRequests,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("background", ("bottom",), parent)
        self.family, self.form = family, form
        self._catalog, self._session, self._downloads = catalog, session, downloads
        self._title = f"{family.spec.name} {fit_words.form_label(family, form.form)}"
        self.asks: Callable[[ModelRow], None] | None = None
        """Asks in another row of this form what is asked here, where that is to outlast a new judgement."""
        self.details: RowDetails | None = None
        self._bar: ThinBar | None = None
        self._build()
        self._place = QuestionPlace(self._put_question, self.button, self._forget_question)
        self.row_actions = RowActions(family, form, catalog, requests, self._title, self._place.ask)
        self.refresh()

    @property
    def question(self) -> InlineQuestion | None:
        """What it asks now."""
        return self._place.question

    @property
    def headline(self) -> str:
        """The row in one line: "4-bit · 129 GB · fits, 94k context"."""
        return " · ".join(part for part in (self.name_label.text(), self._size.text(), self._zone.text()) if part)

    @property
    def note(self) -> str:
        """What it says below its headline: why it is recommended, its state, what is wrong."""
        return self._note.text()

    @property
    def state(self) -> FormState:
        """What can be done with it now."""
        return state_of(self.form, self._catalog, self._session, self._download())

    @property
    def is_open(self) -> bool:
        """Whether its details are shown."""
        return self.disclosure.isChecked()

    def open(self, opened: bool = True) -> None:
        """Show or hide what lies behind it."""
        self.disclosure.setChecked(opened)

    def offer_engine(self, engine: EngineName) -> None:
        """Ask whether to install an engine for this form, where that is possible."""
        self._place.end()
        self.row_actions.ask_to_install(engine)
        self.asks = (lambda row: row.offer_engine(engine)) if self.question is not None else None

    def ask_to_load(self, model: ModelRef) -> None:
        """Ask whether to load this copy, where something speaks against it."""
        if self.state == "here":
            self._place.end()
            self.row_actions.ask_to_load(model)
            self.asks = (lambda row: row.ask_to_load(model)) if self.question is not None else None

    def refresh(self) -> None:
        """Show the state that this form is in now."""
        state, download = self.state, self._download()
        self._size.setText(row_words.size(self.form, self._catalog))
        self._note.setText(row_words.note(self.form, self._catalog, self._session, state, download))
        self._note.setVisible(bool(self._note.text()))
        recommended = self.form.recommended and state not in MOVING
        stands_out = recommended or state in _STAND_OUT
        self._note.setForegroundRole(
            QPalette.ColorRole.WindowText if stands_out else QPalette.ColorRole.PlaceholderText
        )
        self._show_buttons(state)
        self._show_progress(state, download)
        self.setAccessibleName(f"{self.headline}. {self.note}")
        if self.details is not None and self.is_open:
            self._show_details(state)

    def _build(self) -> None:
        verdict = self.form.verdict
        self.disclosure = Disclosure(self.tr("Details of %s") % self._title)
        self.disclosure.toggled.connect(self._toggle_details)
        self.name_label = QLabel(fit_words.form_label(self.family, self.form.form), textFormat=Qt.TextFormat.PlainText)
        self.name_label.setFont(theme.title_font())
        self._size = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._zone = QLabel(fit_words.zone(verdict), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._size.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._note.setFont(theme.small_font())
        self._note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.second_button = GlyphButton("close", "")
        self.button = QPushButton()
        self.button.setAutoDefault(False)
        self.button.setMinimumWidth(84)
        self.button.clicked.connect(self._press)
        self.second_button.clicked.connect(self._press_second)
        head = QHBoxLayout()
        head.setSpacing(theme.HAIR)
        head.addWidget(self.disclosure)
        head.addWidget(self.name_label)
        head.addSpacing(theme.SMALL)
        head.addWidget(self._size)
        head.addSpacing(theme.MEDIUM)
        head.addWidget(ZoneDot(verdict.zone if is_judged(verdict) else None))
        head.addSpacing(2)
        head.addWidget(self._zone, 1)
        head.addWidget(self.second_button)
        head.addWidget(self.button)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(INDENT, 0, 0, 0)
        self._below.setSpacing(theme.HAIR)
        self._below.addWidget(self._note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SMALL, 0, theme.SMALL)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(self._below)

    def set_columns(self, name: int, size: int) -> None:
        """Give the columns the widths that all rows of the model have in common, in pixels."""
        self.name_label.setFixedWidth(name)
        self._size.setMinimumWidth(size)

    def column_widths(self) -> tuple[int, int]:
        """What the columns would like to have, in pixels."""
        return self.name_label.sizeHint().width(), self._size.sizeHint().width()

    def _download(self) -> Download | None:
        return download_of(self.form, self._downloads)

    def _show_buttons(self, state: FormState) -> None:
        first, second = row_words.actions(state)
        self.button.setVisible(bool(first))
        self.button.setText(first)
        self.button.setAccessibleName(f"{first}: {self._title}")
        self.second_button.setVisible(bool(second))
        self.second_button.setToolTip(second)
        self.second_button.setAccessibleName(f"{second}: {self._title}")
        lacking = lacking_engine(self.form, self._catalog) if state == "engine_missing" else None
        unplanned = lacking is not None and not self._catalog.engines.can_install(lacking)
        self.button.setEnabled(state != "unusable" and not unplanned)

    def _show_progress(self, state: FormState, download: Download | None) -> None:
        done, total = 0, 0
        if download is not None and state in MOVING:
            done, total = download.done_bytes, download.total_bytes
        elif state == "engine_coming":
            progress = self._catalog.engines.progress
            done, total = (progress.done_bytes, progress.total_bytes) if progress is not None else (0, 0)
        elif state == "loading":
            done, total = self._session.loaded_bytes, self._session.load_total_bytes
        elif self._bar is not None:
            self._bar.hide()
            return
        else:
            return
        if self._bar is None:
            self._bar = ThinBar()
            self._bar.setAccessibleName(self.tr("Progress of %s") % self._title)
            self._below.insertWidget(0, self._bar)
        moves = state in ("loading", "fetching", "verifying", "engine_coming")
        self._bar.show_progress(done, total, moves=moves)
        self._bar.show()

    def _toggle_details(self, opened: bool) -> None:
        if opened and self.details is None:
            self.details = RowDetails(self._title, form_facts.command(self.family, self.form))
            self.details.verify_requested.connect(self.row_actions.verify)
            self.details.delete_requested.connect(self.row_actions.ask_to_delete)
            self._below.addWidget(self.details)
            self.details.kernel_requested.connect(self.row_actions.ask_for_kernel)
            self.details.delete_kernel_requested.connect(self.row_actions.ask_to_delete_kernel)
            follow(self.button, *self.details.buttons)
        if self.details is not None:
            if opened:
                self._show_details(self.state)
            self.details.setVisible(opened)

    def _show_details(self, state: FormState) -> None:
        assert self.details is not None
        facts = form_facts.behind(self.family, self.form, self._catalog)
        here = state in ("here", "unusable", "damaged", *ENGINE_STATES)
        verifies = state in ("here", *ENGINE_STATES)
        offered = self._catalog.offer_of(self.form) is not None
        deletes = here and self.row_actions.can_delete
        lacks_kernel = bool(self.form.here) and self._catalog.kernel_of(self.form) is not None
        self.details.show_facts(
            facts,
            verifies=verifies and offered,
            deletes=deletes,
            fetches_kernel=lacks_kernel,
            deletes_kernel=self._catalog.kernel_here(self.form) is not None,
        )

    def _press(self) -> None:
        self.row_actions.press(self.state, self._download())

    def _press_second(self) -> None:
        self.row_actions.press_second(self._download())

    def _put_question(self, question: InlineQuestion) -> None:
        self._below.insertWidget(self._below.indexOf(self._note) + 1, question)
        for hidden in (self, question):  # as long as it is, also for being new, nothing in it can have the focus
            hidden.show()
        QTimer.singleShot(0, question, lambda: _bring_into_view(question))

    def _forget_question(self) -> None:
        self.asks = None


def _bring_into_view(question: QWidget) -> None:
    above = question.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        above.ensureWidgetVisible(question, 0, theme.SMALL)
