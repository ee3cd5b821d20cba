"""The picker's right side: a model with its facts, a row a form, and what needs another machine in one line."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from backends.contract.catalog import JudgedForm, JudgedModel
from desktop import theme
from desktop.models import form_facts, machine_words
from desktop.models.catalog_model import FLAGSHIP, CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.family_list_model import key
from desktop.models.form_state import download_of
from desktop.models.session_state import SessionState
from desktop.models.told_words import told
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.model_requests import ModelRequests
from desktop.widgets.model_row import ModelRow
from desktop.widgets.surface import Surface
from desktop.widgets.token_card import TokenCard

_ROOMY = 560
"""From this width on, in device-independent pixels, the page has its wide margins."""


class ModelPickerPage(Surface):
    """Shows one model. Its rows are built when it is shown, those that are folded when they are unfolded."""

    family_requested = Signal(object)
    """`JudgedModel`: show that one"""

    def __init__(
        self,
        catalog: CatalogModel,
        session: SessionState,
        downloads: DownloadModel | None,
        requests: ModelRequests,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("background", parent=parent)
        self._catalog, self._session, self._downloads, self._requests = catalog, session, downloads, requests
        self._family: JudgedModel | None = None
        self._folded: list[JudgedForm] = []
        self.rows: list[ModelRow] = []
        self.fold: Disclosure | None = None
        self.other: Disclosure | None = None
        self._build()

    @property
    def family(self) -> JudgedModel | None:
        """The model that is shown."""
        return self._family

    @property
    def title(self) -> str:
        """The line at its top."""
        return self._title.text()

    @property
    def about(self) -> str:
        """The model's facts in one line."""
        return self._about.text()

    def show_family(self, family: JudgedModel | None) -> None:
        """Show a model; the same one as it is now keeps what was unfolded, and the focus."""
        if family is not None and family == self._family:
            self._family = family
            self.refresh()
            return
        self.rebuild(family)

    def rebuild(self, family: JudgedModel | None) -> None:
        """Show a model anew, as after another hub was chosen."""
        focused, elsewhere = self._focused(), self.window().focusWidget()
        same = family is not None and self._family is not None and key(family) == key(self._family)
        asked = {_form_key(row.form): row.asks for row in self.rows} if same else {}
        opened = {_form_key(row.form) for row in self.rows if row.is_open} if same else set[tuple[str, str, float]]()
        unfolded = same and self.fold is not None and self.fold.isChecked()
        self._family = family
        self._clear()
        self._show_head()
        self.show_token()
        if family is not None:
            self._show_rows(family, unfolded)
        for row in self.rows:
            if _form_key(row.form) in opened:
                row.open()
            if (asks := asked.get(_form_key(row.form))) is not None:
                asks(row)
            if focused is not None and same and _form_key(row.form) == focused and row.question is None:
                row.button.setFocus()
        if focused is None and elsewhere and elsewhere.isVisible():
            elsewhere.setFocus()  # a question that is asked anew took it
        if not same:
            self._scroll.verticalScrollBar().setValue(0)

    def refresh(self) -> None:
        """Show how the forms fare now."""
        if any(download_of(form, self._downloads) is not None for form in self._folded):
            self.unfold()
        for row in self.rows:
            row.refresh()
        self._align()

    def unfold(self) -> None:
        """Show the forms for other machines too."""
        if self.fold is not None:
            self.fold.setChecked(True)

    def row_of(self, format_: str, quantization: str, size_in_billions: float = 0.0) -> ModelRow | None:
        """The row of a form, unfolded if need be; a size of 0: whatever size."""
        wanted = (format_, quantization, size_in_billions)
        if any(is_form(form, wanted) for form in self._folded):
            self.unfold()
        return next((row for row in self.rows if is_form(row.form, wanted)), None)

    def show_token(self) -> None:
        """Ask for an access token where a hub wants one for this model."""
        needed = self._catalog.token_needed
        ours = {offer.source.repo for form in self._family.forms for offer in form.offers} if self._family else ()
        self.token.ask(needed if needed is not None and needed.repo in ours else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = theme.WIDE if self.width() >= _ROOMY else theme.LARGE
        self._column.setContentsMargins(side, theme.WIDE, side, theme.LARGE)
        self.foot.setContentsMargins(side, theme.SMALL, side, theme.SMALL)

    def _build(self) -> None:
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._title.setFont(theme.heading_font())
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._about = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._about.setFont(theme.small_font())
        self._about.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._needs = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.token = TokenCard()
        self.token.token_given.connect(self._requests.token_given)
        self._area = QVBoxLayout()
        self._area.setSpacing(0)
        inner = Surface("background")
        self._column = column = QVBoxLayout(inner)
        column.setSpacing(theme.HAIR)
        for part in (self._title, self._text, self._about, self._needs):
            column.addWidget(part)
        column.addSpacing(theme.SMALL)
        column.addWidget(self.token)
        column.addLayout(self._area)
        column.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName(self.tr("Quantizations"))
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        below = Surface("background", ("top",))
        self.foot = QVBoxLayout(below)
        self.foot.setSpacing(theme.SMALL)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(below)

    def _focused(self) -> tuple[str, str, float] | None:
        """The form in whose row the focus is."""
        focused = self.window().focusWidget() or self
        return next((_form_key(row.form) for row in self.rows if row.isAncestorOf(focused)), None)

    def _clear(self) -> None:
        while (item := self._area.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows, self._folded, self.fold, self.other = [], [], None, None

    def _show_head(self) -> None:
        family = self._family
        if family is None:
            searched = self._catalog.searched
            self._title.setText(self.tr("No model found") if searched else self.tr("Looking for models…"))
            self._text.setText(self.tr("Open a folder that holds an MLX or Hugging Face model.") if searched else "")
            self._about.hide()
            self._needs.hide()
            return
        self._title.setText(family.spec.name)
        self._text.setText(told(family.spec.description) or self._origin(family))
        self._text.setVisible(bool(self._text.text()))
        self._about.setText(form_facts.about(family))
        self._about.setVisible(bool(self._about.text()))
        unfit = all(form.verdict.zone != "fits" for form in family.forms)
        self._needs.setText(machine_words.machine_needed(family) if unfit else "")
        self._needs.setVisible(bool(self._needs.text()))

    def _show_rows(self, family: JudgedModel, unfolded: bool) -> None:
        self._folded = [form for form in family.forms if len(family.forms) > 1 and self._is_for_others(form)]
        for form in family.forms:
            if form not in self._folded:
                self._add_row(family, form)
        if self._folded:
            count = len(self._folded)
            words = (
                self.tr("One form needs another machine") if count == 1 else self.tr("%d forms need another machine")
            )
            self.fold = Disclosure(words if count == 1 else words % count, shows_label=True)
            self.fold.toggled.connect(self._toggle_fold)
            self._area.addSpacing(theme.SMALL)
            self._area.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
            self.fold.setChecked(bool(unfolded))
        self._show_other(family)
        self._align()

    def _is_for_others(self, form: JudgedForm) -> bool:
        verdict = form.verdict
        beside_gpus = verdict.why == "slow_on_cpu" and bool(self._catalog.hardware.cuda)
        elsewhere = verdict.zone in ("will_not_load", "no_engine") or beside_gpus
        at_hand = form.here or any(offer.presence != "absent" for offer in form.offers)
        return elsewhere and not at_hand and download_of(form, self._downloads) is None

    def _add_row(self, family: JudgedModel, form: JudgedForm) -> None:
        row = ModelRow(family, form, self._catalog, self._session, self._downloads, self._requests)
        self.rows.append(row)
        self._area.addWidget(row)

    def _toggle_fold(self, opened: bool) -> None:
        assert self.fold is not None
        assert self._family is not None
        shown = {id(row.form): row for row in self.rows}
        place = self._area.indexOf(self.fold) + 1
        for form in self._folded:
            row = shown.get(id(form))
            if row is None and opened:
                row = ModelRow(self._family, form, self._catalog, self._session, self._downloads, self._requests)
                self.rows.append(row)
                self._area.insertWidget(place, row)
            if row is not None:
                row.setVisible(opened)
            place += 1
        self._align()

    def _show_other(self, family: JudgedModel) -> None:
        """Below the best model: the one that people come for, and the Mac it needs."""
        first = next((other for other in self._catalog.families() if other.spec.name == FLAGSHIP), None)
        if not family.best or first is None or first.best:
            return
        needed = machine_words.model_and_machine_needed(first)
        if not needed or any(form.verdict.zone == "fits" for form in first.forms):
            return
        self.other = Disclosure(needed, shows_label=True)
        self.other.toggled.connect(lambda: self.family_requested.emit(first))
        if self.fold is None:
            self._area.addSpacing(theme.SMALL)
        self._area.addWidget(self.other, 0, Qt.AlignmentFlag.AlignLeft)

    def _align(self) -> None:
        widths = [row.column_widths() for row in self.rows]
        name, size = max((width for width, _ in widths), default=0), max((width for _, width in widths), default=0)
        for row in self.rows:
            row.set_columns(name, size)

    def _origin(self, family: JudgedModel) -> str:
        copy = next((model for form in family.forms for model in form.here), None)
        match copy.ref.source if copy is not None else "":
            case "builtin":
                return self.tr(
                    "Small, built in, and there to try Minim with. It can call its tools and knows little of the world."
                )
            case "huggingface":
                return self.tr("From the Hugging Face cache on this machine")
            case "modelscope":
                return self.tr("From the ModelScope cache on this machine")
            case "folder" if copy is not None:
                return copy.ref.path
            case _:
                return ""


def _form_key(form: JudgedForm) -> tuple[str, str, float]:
    return form.form.format, form.form.quantization, form.form.size_in_billions


def is_form(form: JudgedForm, wanted: tuple[str, str, float]) -> bool:
    """Whether this form has this format, this quantization and this size in billions; a size of 0: whatever size."""
    format_, quantization, size = _form_key(form)
    return (format_, quantization) == wanted[:2] and wanted[2] in (0.0, size)
