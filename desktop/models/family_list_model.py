"""The picker's left column as rows: models in groups, filtered while a person types, and the search on a hub."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from backends.contract.catalog import JudgedForm, JudgedModel, Source, Zone
from backends.contract.downloads import Download
from desktop.models import download_words, fit_words, machine_words
from desktop.models.catalog_model import CatalogModel, is_judged
from desktop.models.form_state import installed
from desktop.models.told_words import told

translate = QCoreApplication.translate

AnyIndex = QModelIndex | QPersistentModelIndex
Kind = Literal["family", "search", "note"]

MOST_RECOMMENDED = 6


class FamilyRow(Struct, frozen=True):
    """A row: a model, the offer to search a hub, or a line that only says something."""

    kind: Kind
    group: str
    title: str
    detail: str = ""
    zone: Zone | None = None
    family: JudgedModel | None = None


class _Entry(Struct, frozen=True):
    """A model with what it is looked up by."""

    row: FamilyRow
    found_by: str
    is_here: bool


class FamilyListModel(QAbstractListModel):
    """Follows a `CatalogModel`; `filter` narrows it. Rows are made when the catalogue changes, not as one types."""

    class Role(IntEnum):
        ROW = Qt.ItemDataRole.UserRole + 1

    def __init__(self, catalog: CatalogModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._entries: list[_Entry] = []
        self._rows: list[FamilyRow] = []
        self._words = ""
        self._ability = ""
        self._language = ""
        self._progress: dict[Source, str] = {}
        catalog.families_changed.connect(self._take_families)
        catalog.hits_changed.connect(self._apply)
        catalog.hub_changed.connect(self._apply)
        self._take_families()

    @property
    def words(self) -> str:
        """What is looked for."""
        return self._words

    def abilities(self) -> list[str]:
        """What the models can do, the common ones first."""
        known = ["chat", "tools", "reasoning", "hybrid", "vision", "audio", "omni", "code", "coder"]
        there = {ability for family in self._catalog.families() for ability in family.spec.abilities}
        return [*(name for name in known if name in there), *sorted(there.difference(known))]

    def languages(self) -> list[str]:
        """The languages that models speak, the frequent ones first."""
        counts: dict[str, int] = {}
        for family in self._catalog.families():
            for language in family.spec.languages:
                counts[language] = counts.get(language, 0) + 1
        return sorted(counts, key=lambda language: (-counts[language], language))

    def filter(self, words: str, ability: str = "", language: str = "") -> None:
        """Show what all of `words` are found in, that has an ability and speaks a language ("": any)."""
        if (words, ability, language) == (self._words, self._ability, self._language):
            return
        self._words, self._ability, self._language = words, ability, language
        self._apply()

    def show_downloads(self, downloads: tuple[Download, ...]) -> None:
        """Say of the models that are being fetched how far they are."""
        progress = {download.ref.source: _progress_words(download) for download in reversed(downloads)}
        if progress != self._progress:
            self._progress = progress
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [self.Role.ROW])

    def row(self, number: int) -> FamilyRow | None:
        """A row, None beyond the last."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def row_of(self, family: JudgedModel) -> int:
        """Where a model is shown, -1 if it is not."""
        wanted = key(family)
        return next((n for n, row in enumerate(self._rows) if row.family and key(row.family) == wanted), -1)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row())
        if row is None:
            return None
        if role == self.Role.ROW:
            return self._with_progress(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.title, self._with_progress(row).detail, row.group) if part)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        row = self.row(index.row())
        return Qt.ItemFlag.NoItemFlags if row is None or row.kind == "note" else super().flags(index)

    def _with_progress(self, row: FamilyRow) -> FamilyRow:
        if not self._progress or row.family is None:
            return row
        sources = (offer.source for form in row.family.forms for offer in form.offers)
        words = next((self._progress[source] for source in sources if source in self._progress), "")
        return replace(row, detail=words, zone=None) if words else row

    def _take_families(self) -> None:
        catalog = self._catalog
        recommended = _recommended(catalog.families())
        names = self._groups()
        groups: dict[str, list[_Entry]] = {name: [] for name in names}
        for family in catalog.families():
            name = names[0] if key(family) in recommended else names[1] if is_here(family) else names[2]
            groups[name].append(self._entry(family, name))
        self._entries = [entry for entries in groups.values() for entry in entries]
        self._apply()

    def _groups(self) -> tuple[str, str, str]:
        first = self.tr("Recommended for this Mac") if self._catalog.on_mac else self.tr("Recommended for this machine")
        return first, self.tr("On this machine"), self.tr("More models")

    def _entry(self, family: JudgedModel, group: str) -> _Entry:
        spec = family.spec
        repos = {offer.source.repo for form in family.forms for offer in form.offers}
        found_by = " ".join((spec.name, *spec.abilities, *repos, *{form.form.format for form in family.forms})).lower()
        return _Entry(family_row(family, group), found_by, is_here(family))

    def _apply(self) -> None:
        wanted = self._words.lower().split()
        rows = [
            entry.row
            for entry in self._entries
            if all(word in entry.found_by for word in wanted) and self._has(entry.row.family)
        ]
        if self._words.strip():
            rows += self._hub_rows()
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _has(self, family: JudgedModel | None) -> bool:
        return family is not None and (
            (not self._ability or self._ability in family.spec.abilities)
            and (not self._language or self._language in family.spec.languages)
        )

    def _hub_rows(self) -> list[FamilyRow]:
        catalog, hub = self._catalog, hub_name(self._catalog)
        words = " ".join(self._words.split())
        group = self.tr("On %s") % hub
        offer = FamilyRow("search", group, self.tr("Search {0} for “{1}”").format(hub, words))
        if catalog.hits_words != words:
            return [offer]
        match catalog.search_state:
            case "searching":
                return [FamilyRow("note", group, self.tr("Searching…"))]
            case "failed":
                return [FamilyRow("note", group, told(catalog.search_problem)), offer]
            case "found" if not catalog.hits:
                return [FamilyRow("note", group, self.tr("Nothing more was found"))]
            case "found":
                return [family_row(hit, group) for hit in catalog.hits]
            case _:
                return [offer]


def hub_name(catalog: CatalogModel) -> str:
    """The chosen hub as it calls itself; a mirror by its address."""
    if catalog.hub == "mirror":
        return catalog.mirror.split("://")[-1].rstrip("/") or "Hugging Face"
    return "ModelScope" if catalog.hub == "modelscope" else "Hugging Face"


def key(family: JudgedModel) -> tuple[str, str, str]:
    """What makes a model in the list the same one after the catalogue was judged again."""
    forms = family.forms
    if family.spec.origin in ("", "imported"):
        return family.spec.name, family.spec.origin, ""
    place = forms[0].here[0].ref.source if forms and forms[0].here else ""
    repo = forms[0].offers[0].source.repo if forms and forms[0].offers else ""
    return family.spec.name, family.spec.origin, place or repo


def is_here(family: JudgedModel) -> bool:
    """Whether any form of a model is on this machine."""
    return any(form.here for form in family.forms)


def telling_form(family: JudgedModel) -> JudgedForm | None:
    """The form that stands for a model in the list: the recommended one, one that is here, one that fits, the best."""
    forms = family.forms
    for wanted in (
        (form for form in forms if form.recommended),
        (form for form in forms if form.here),
        (form for form in forms if form.verdict.zone == "fits"),
    ):
        if (form := next(wanted, None)) is not None:
            return form
    return forms[0] if forms else None


def family_row(family: JudgedModel, group: str) -> FamilyRow:
    """A model as a row: its name, and of its telling form the quantization, the size and the zone."""
    form = telling_form(family)
    if form is None:
        return FamilyRow("family", group, family.spec.name, family=family)
    unfit = all(other.verdict.zone != "fits" for other in family.forms)
    needed = machine_words.machine_needed_in_short(family) if unfit else ""
    copy = installed(form)
    told = next((offer.download_bytes for offer in form.offers if not offer.is_estimate), 0)
    weights = (copy.size_bytes if copy else 0) or told or form.form.weights_bytes
    size = fit_words.memory(weights) if weights else ""
    words = (fit_words.form_label(family, form.form), size, fit_words.short_zone(form.verdict))
    detail = needed or " · ".join(part for part in words if part)
    zone = form.verdict.zone if is_judged(form.verdict) else None
    return FamilyRow("family", group, family.spec.name, detail, zone, family)


def _progress_words(download: Download) -> str:
    percent = download_words.percent(download)
    match download.state:
        case "paused":
            return translate("FamilyListModel", "Paused at %d %%") % percent
        case "failed":
            return translate("FamilyListModel", "Stopped at %d %%") % percent
        case "queued" | "asking":
            return translate("FamilyListModel", "Waiting to be downloaded")
        case "verifying":
            return translate("FamilyListModel", "Checking, %d %%") % percent
        case _:
            return translate("FamilyListModel", "Downloading, %d %%") % percent


def _recommended(families: tuple[JudgedModel, ...]) -> set[tuple[str, str, str]]:
    """The best model, and a few more of the catalogue that have a recommended form and are not here yet."""
    best = [family for family in families if family.best]
    others = [
        family
        for family in families
        if not family.best
        and not is_here(family)
        and family.spec.origin == ""
        and any(form.recommended and form.verdict.zone == "fits" for form in family.forms)
    ]
    return {key(family) for family in [*best, *others][:MOST_RECOMMENDED]}
