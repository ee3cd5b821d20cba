"""The picker's left column: search, filters, the models in groups, the hub, and where more models come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from backends.contract.catalog import JudgedModel
from desktop import theme
from desktop.models import form_facts
from desktop.models.catalog_model import CatalogModel
from desktop.models.family_list_model import FamilyListModel, hub_name
from desktop.widgets.family_delegate import FamilyDelegate
from desktop.widgets.filter_field import FilterField
from desktop.widgets.model_requests import ModelRequests
from desktop.widgets.surface import Surface, show_ground_below

HUBS = ("huggingface", "modelscope", "mirror")


class _SearchField(FilterField):
    """Hands the keys that move through the list on to it."""

    moved = Signal(int)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if arg__1.key() in steps:
            self.moved.emit(steps[Qt.Key(arg__1.key())])
        else:
            super().keyPressEvent(arg__1)


class ModelPickerList(Surface):
    """Tells which model is to be shown; asks the hub when the row that offers it is clicked or Enter is pressed."""

    family_chosen = Signal(object)
    """`JudgedModel`, or None where nothing is left to show"""

    def __init__(self, catalog: CatalogModel, requests: ModelRequests, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("right",), parent)
        self._catalog = catalog
        self._requests = requests
        self._chosen: JudgedModel | None = None
        self._first_timer = QTimer(self, singleShot=True, interval=200)
        self._first_timer.timeout.connect(self._mark_first)
        self.model = FamilyListModel(catalog, self)
        self._build()
        self.model.modelReset.connect(self._keep_chosen)
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.view.clicked.connect(self._activate)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._enter)
        self.search.moved.connect(self._move)
        self.ability.currentIndexChanged.connect(self._filter)
        self.language.currentIndexChanged.connect(self._filter)
        self.hub.activated.connect(self._choose_hub)
        catalog.families_changed.connect(self._show_filters)
        catalog.hub_changed.connect(self._show_hub)
        self._show_filters()
        self._show_hub()

    @property
    def chosen(self) -> JudgedModel | None:
        """The model that is shown."""
        return self._chosen

    def choose(self, family: JudgedModel) -> bool:
        """Mark a model, and forget the search where it would hide it. False if there is no such model."""
        if self.model.row_of(family) < 0:
            self.search.clear()
            self.ability.setCurrentIndex(0)
            self.language.setCurrentIndex(0)
        row = self.model.row_of(family)
        if row >= 0:
            self._mark(row)
        return row >= 0

    def choose_folder(self) -> None:
        """Let a person choose a folder that holds a model."""
        from PySide6.QtWidgets import QFileDialog  # its class takes long to build: when it is asked for

        opened = [model.ref.path for model in self._catalog.models if model.ref.source == "folder"]
        start = str(Path(opened[-1]).parent) if opened else str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a model folder"), start)
        if folder:
            self._requests.open_folder_requested.emit(folder)

    def choose_file(self) -> None:
        """Let a person choose a file with models in Xinference's JSON."""
        from PySide6.QtWidgets import QFileDialog

        kinds = self.tr("Model specs (%s)") % "*.json"
        file, _ = QFileDialog.getOpenFileName(self, self.tr("Add models from a file"), str(Path.home()), kinds)
        if file:
            self._requests.import_requested.emit(file)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.view.hasFocus():
            self._activate(self.view.currentIndex())
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.search = _SearchField()
        self.search.setPlaceholderText(self.tr("Search models"))
        self.search.setAccessibleName(self.tr("Search models"))
        self.ability, self.language, self.hub = QComboBox(), QComboBox(), QComboBox()
        self.ability.setAccessibleName(self.tr("Ability"))
        self.language.setAccessibleName(self.tr("Language"))
        self.hub.setAccessibleName(self.tr("Hub to download from"))
        for box in (self.ability, self.language, self.hub):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(5)
        self.view = QListView()
        self.view.setAccessibleName(self.tr("Models"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(FamilyDelegate(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        show_ground_below(self.view)
        self.add_button = QPushButton(self.tr("Add"))
        self.add_button.setAccessibleName(self.tr("Add models"))
        self.add_button.setAutoDefault(False)
        self.add_button.setMenu(self._add_menu())
        filters, bottom = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((filters, (self.ability, self.language)), (bottom, (self.hub, self.add_button))):
            row.setSpacing(theme.HAIR)
            for part in parts:
                row.addWidget(part, 0 if part is self.add_button else 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SMALL, theme.MEDIUM, theme.SMALL, theme.SMALL)
        column.setSpacing(theme.HAIR)
        column.addWidget(self.search)
        column.addLayout(filters)
        column.addWidget(self.view, 1)
        column.addLayout(bottom)

    def _add_menu(self) -> QMenu:
        menu = QMenu(self)
        entries: tuple[tuple[str, Callable[[], None]], ...] = (
            (self.tr("Open a model folder…"), self.choose_folder),
            (self.tr("Add models from a file…"), self.choose_file),
        )
        for words, act in entries:
            menu.addAction(words).triggered.connect(act)
        return menu

    def _show_filters(self) -> None:
        """Offer what the catalogue has, and keep what was chosen."""
        abilities = [(form_facts.ability(name).capitalize(), name) for name in self.model.abilities()]
        languages = [(form_facts.language(code), code) for code in self.model.languages()]
        _fill(self.ability, [(self.tr("All abilities"), ""), *abilities])
        _fill(self.language, [(self.tr("All languages"), ""), *languages])

    def _show_hub(self) -> None:
        mirror = self._catalog.mirror.split("://")[-1].rstrip("/")
        names = ["Hugging Face", "ModelScope", self.tr("Mirror: %s") % mirror if mirror else self.tr("Mirror")]
        _fill(self.hub, list(zip(names, HUBS, strict=True)))
        self.hub.setCurrentIndex(HUBS.index(self._catalog.hub))
        self.hub.setToolTip(self.tr("Models are downloaded from %s") % hub_name(self._catalog))

    def _choose_hub(self, place: int) -> None:
        self._requests.hub_changed.emit(HUBS[place])

    def _filter(self) -> None:
        words = self.search.text()
        if self._catalog.search_state != "idle" and " ".join(words.split()) != self._catalog.hits_words:
            with QSignalBlocker(self._catalog):
                self._catalog.show_no_search()
        self.model.filter(words, self.ability.currentData() or "", self.language.currentData() or "")

    def _enter(self) -> None:
        """Enter in the search: on to the first model, or to the hub where there is none."""
        row = self.model.row(0)
        if row is not None and row.kind == "search":
            self._ask_hub()
        elif row is not None:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _move(self, step: int) -> None:
        row = self.view.currentIndex().row() + step
        shown = self.model.row(row)
        if shown is not None and shown.kind == "family":
            self._mark(row)

    def _activate(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is not None and row.kind == "search":
            self._ask_hub()

    def _ask_hub(self) -> None:
        words = " ".join(self.search.text().split())
        self._catalog.show_searching(words)
        self._requests.search_hub_requested.emit(words)

    def _choose(self, current: QModelIndex) -> None:
        row = self.model.row(current.row())
        if row is not None and row.family is not None and row.family is not self._chosen:
            self._chosen = row.family
            self.family_chosen.emit(row.family)

    def _keep_chosen(self) -> None:
        """After the rows changed: the same model, else soon the first one, but not at each key that is typed."""
        row = self.model.row_of(self._chosen) if self._chosen is not None else -1
        if row >= 0:
            self._mark(row)
        elif self._catalog.families():
            self._first_timer.start()
        else:
            self._chosen = None
            self.family_chosen.emit(None)

    def _mark_first(self) -> None:
        first = self.model.row(0)
        if first is not None and first.kind == "family" and not self.view.currentIndex().isValid():
            self._mark(0)

    def _mark(self, row: int) -> None:
        index = self.model.index(row)
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.view.scrollTo(index)


def _fill(box: QComboBox, entries: list[tuple[str, str]]) -> None:
    if [(box.itemText(place), box.itemData(place)) for place in range(box.count())] == entries:
        return
    wanted = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for words, value in entries:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(wanted)))
