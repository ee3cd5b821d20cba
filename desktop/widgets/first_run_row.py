"""One model that the first run offers: what it is, what it takes, one button, and its progress in the same place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.downloads import Download, DownloadRef
from desktop import theme
from desktop.models import download_words, first_words, fit_words, row_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.first_offers import FirstOffer
from desktop.models.form_state import FormState, state_of
from desktop.models.session_state import SessionState
from desktop.widgets.glyph import GlyphButton, is_theme_change
from desktop.widgets.inline_question import InlineQuestion
from desktop.widgets.model_requests import ModelRequests
from desktop.widgets.pane_header import colour_label
from desktop.widgets.question_place import QuestionPlace
from desktop.widgets.row_actions import RowActions
from desktop.widgets.thin_bar import ThinBar

_WRONG = ("failed", "damaged", "unusable", "disconnected", "engine_failed", "engine_refused")
_ONWARD = ("absent", "paused", "failed", "here", "engine_missing", "engine_failed")
"""States of which the button leads on, so that Enter may press it: not to stop what has begun."""


class FirstRunRow(QWidget):
    """Emits through `requests`, as a row of the picker does; `refresh` after anything changed."""

    other_hub_requested = Signal(object)
    """The `Download` to fetch from the next hub that has it."""
    token_requested = Signal(object)
    """The `DownloadRef` whose hub wants an access token."""

    def __init__(
        self,
        offer: FirstOffer,
        catalog: CatalogModel,
        session: SessionState,
        downloads: DownloadModel,
        requests: ModelRequests,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog, self._session, self._downloads, self._requests = catalog, session, downloads, requests
        self._fetched = ""
        self._build()
        self._place = QuestionPlace(self._put_question, self.button, self._leave_question)
        self.take(offer)

    @property
    def question(self) -> InlineQuestion | None:
        """What it asks now."""
        return self._place.question

    @property
    def state(self) -> FormState:
        """What can be done with it now."""
        return state_of(self.offer.form, self._catalog, self._session, self.download)

    @property
    def download(self) -> Download | None:
        """Its download that is not over: from whatever hub, and one that moves before one that stands still."""
        ours = [download for download in self._downloads.open if self.is_of(download.ref)]
        return next((download for download in ours if download.state != "failed"), ours[0] if ours else None)

    @property
    def come(self) -> Download | None:
        """Its download, while all of it has come and this machine is being looked through for it."""
        download = self._downloads.download_of(self._fetched)
        is_whole = download is not None and download.state == "finished"
        return download if is_whole and self.state == "absent" else None

    @property
    def on_its_way(self) -> bool:
        """Whether it is being fetched, or stands still on its way."""
        return self.download is not None or self.come is not None

    @property
    def goes_on(self) -> bool:
        """Whether it comes without anything being done for it: what waits for a network does, too."""
        download = self.download
        if download is None or download.state in ("paused", "failed"):
            return self.come is not None or (download is not None and download.kind == "offline")
        return True

    @property
    def tells_problem(self) -> bool:
        """Whether it says what went wrong."""
        return self.state in _WRONG

    @property
    def buttons(self) -> tuple[QWidget, ...]:
        """Its buttons in the order of reading."""
        return self.cancel_button, self.button, self.other_button, self.token_button

    @property
    def words(self) -> str:
        """All that it says, in one line."""
        labels = (self._role, self._name, self._form, self._strengths, self._facts)
        return " · ".join(label.text().replace("\n", " · ") for label in labels)

    def is_of(self, ref: DownloadRef) -> bool:
        """Whether this is its download, from whatever hub."""
        return any(offer.source == ref.source for offer in self.offer.form.offers)

    def take(self, offer: FirstOffer) -> None:
        """The same offer as it was judged anew."""
        self.offer = offer
        family, form = offer.family, offer.form
        self._title = f"{family.spec.name} {fit_words.form_label(family, form.form)}"
        self.row_actions = RowActions(family, form, self._catalog, self._requests, self._title, self._place.ask)
        self._role.setText(first_words.role(offer, self._catalog.hardware))
        self._name.setText(family.spec.name)
        self._form.setText(fit_words.form_label(family, form.form) if offer.can_be_had else "")
        self._strengths.setText(first_words.strengths(family.spec))
        self._bar.setAccessibleName(self.tr("Progress of %s") % self._title)
        self.refresh()

    def refresh(self) -> None:
        """Show the state that it is in now."""
        state, download = self.state, self.download
        if download is not None:
            self._fetched = download.ref.id
        come = self.come
        told = first_words.facts(self.offer, self._catalog, self._session, state, download)
        self._facts.setText(told if come is None else download_words.state(come))
        self._show_buttons(state, download)
        self._show_progress(state, download or come)
        self.setAccessibleName(self.words)
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_theme_change(event):
            self._colour()

    def _build(self) -> None:
        self._role, self._strengths, self._facts = _label(small=True), _label(), _label(small=True)
        self._name, self._form = _label(), _label()
        self._name.setFont(theme.title_font())
        self._name.setWordWrap(False)
        self._form.setWordWrap(False)
        self._form.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._bar = ThinBar()
        kept = self._bar.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(kept)
        self.button = QPushButton()
        self.cancel_button = GlyphButton("close", self.tr("Cancel the download"))
        self.other_button, self.token_button = QPushButton(), QPushButton(self.tr("Give token…"))
        for button in (self.button, self.other_button, self.token_button):
            button.setAutoDefault(False)
        self.button.setMinimumWidth(84)
        self.button.clicked.connect(lambda: self.row_actions.press(self.state, self.download))
        self.cancel_button.clicked.connect(lambda: self.row_actions.press_second(self.download))
        self.other_button.clicked.connect(lambda: self.download and self.other_hub_requested.emit(self.download))
        self.token_button.clicked.connect(lambda: self.download and self.token_requested.emit(self.download.ref))
        self._lay_out()

    def _lay_out(self) -> None:
        name = QHBoxLayout()
        name.setSpacing(theme.SMALL)
        name.addWidget(self._name)
        name.addWidget(self._form)
        name.addStretch(1)
        told = QVBoxLayout()
        told.setSpacing(2)
        told.addWidget(self._role)
        told.addLayout(name)
        told.addWidget(self._strengths)
        head = QHBoxLayout()
        head.setSpacing(theme.SMALL)
        head.addLayout(told, 1)
        head.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SMALL)
        ways.addWidget(self.other_button)
        ways.addWidget(self.token_button)
        ways.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.SMALL)
        self._column.setSpacing(theme.HAIR)
        self._column.addLayout(head)
        self._column.addWidget(self._facts)
        self._column.addLayout(ways)
        self._column.addWidget(self._bar)

    def _show_progress(self, state: FormState, download: Download | None) -> None:
        done, total = (download.done_bytes, download.total_bytes) if download is not None else (0, 0)
        progress = self._catalog.engines.progress if state == "engine_coming" else None
        if progress is not None:
            done, total = progress.done_bytes, progress.total_bytes
        self._bar.show_progress(done, total, moves=state not in ("paused", "failed"))
        self._bar.setVisible(self.offer.can_be_had and bool(total))

    def _show_buttons(self, state: FormState, download: Download | None) -> None:
        within = self.offer.can_be_had and self.come is None
        failed = within and state == "failed" and download is not None
        first = first_words.button(state) if within else ""
        self.button.setText(first)
        self.button.setVisible(bool(first))
        self.button.setDefault(self.offer.role == "recommended" and state in _ONWARD)
        self.button.setEnabled(state != "unusable" and not self._lacks_room(state))
        cancel = row_words.actions(state)[1] if within else ""
        self.cancel_button.setVisible(bool(cancel))
        others = download.ref.alternates if download is not None and failed else ()
        self.other_button.setVisible(bool(others))
        if others:
            self.other_button.setText(self.tr("Use %s instead") % download_words.hub_name(others[0].hub))
        self.token_button.setVisible(failed and download is not None and download.kind == "token_needed")
        for button in (self.button, self.cancel_button, self.other_button, self.token_button):
            said = button.text() or button.toolTip()
            button.setAccessibleName(self.tr("{0}: {1}").format(said, self._title))

    def _lacks_room(self, state: FormState) -> bool:
        place, free = self._catalog.offer_of(self.offer.form), self._catalog.disk_free()
        return state == "absent" and place is not None and 0 < free < self._catalog.size_of(place)[0]

    def _colour(self) -> None:
        colours = theme.current_colours()
        is_first = self.offer.role == "recommended"
        colour_label(self._role, colours.accent if is_first else colours.muted)
        colour_label(self._name, colours.text if self.offer.can_be_had else colours.muted)
        colour_label(self._strengths, colours.text if self.offer.can_be_had else colours.muted)
        stands_out = self.offer.can_be_had and (self.state in _WRONG or self._lacks_room(self.state))
        colour_label(self._facts, colours.text if stands_out else colours.muted)

    def _put_question(self, question: InlineQuestion) -> None:
        self._column.insertWidget(self._column.indexOf(self._bar), question)

    def _leave_question(self) -> None:
        if self.question is not None and self.question.isAncestorOf(self.focusWidget() or self):
            self.button.setFocus()  # else no key would reach the page any more


def _label(*, small: bool = False) -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
    if small:
        label.setFont(theme.small_font())
    return label
