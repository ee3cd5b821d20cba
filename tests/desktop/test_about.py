"""The About panel and what Minim is built with."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from desktop import acknowledgements
from desktop.acknowledgements import Component
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.panes.about import About, Acknowledgements
from desktop.window.dialogs import Dialogs


@pytest.fixture
def dialogs(qtbot: QtBot) -> Dialogs:
    window = QWidget()
    qtbot.addWidget(window)
    return Dialogs(window, CatalogModel(), DownloadModel(), SessionState(), PreferenceState(Preferences()))


def test_there_is_one_panel_and_escape_closes_it(dialogs: Dialogs) -> None:
    dialogs.show_about()
    about = dialogs.about
    assert about is not None
    assert about.isVisible()
    assert not about.isModal()
    dialogs.show_about()
    assert dialogs.about is about
    QTest.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()
    dialogs.show_about()
    assert about.isVisible()
    about.showMinimized()
    dialogs.show_about()
    assert not about.isMinimized()


def test_the_version_can_be_copied(qtbot: QtBot) -> None:
    about = About("1.2.3")
    qtbot.addWidget(about)
    assert about.version.text() == "Version 1.2.3"
    assert about.version.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    with qtbot.waitSignal(about.acknowledgements_requested):
        about.acknowledgements.click()


def test_the_panel_leads_to_what_minim_is_built_with(dialogs: Dialogs) -> None:
    dialogs.show_about()
    assert dialogs.about is not None
    dialogs.about.acknowledgements.click()
    shown = dialogs.acknowledgements
    assert shown is not None
    assert shown.isVisible()
    assert shown.list.count() > 20


def test_the_licences_are_those_of_the_chosen_component(qtbot: QtBot) -> None:
    read: list[str] = []

    def nothing() -> str:
        read.append("b")
        return ""

    named = Component("a", "1", "MIT", lambda: "Permission is granted")
    shown = Acknowledgements([named, Component("b", "2", "", nothing)])
    qtbot.addWidget(shown)
    assert (shown.licence.text(), shown.text.toPlainText()) == ("MIT", "Permission is granted")
    assert read == []  # a text is read when it is asked for: all of them take a moment
    shown.list.setCurrentRow(1)
    assert shown.licence.text() == "Its licence is not named."
    assert shown.text.toPlainText() == "This package brings no text of its licence."
    assert shown.text.isReadOnly()


def test_components_are_all_that_minim_runs_with_and_no_tools_of_its_makers() -> None:
    found = {component.name: component for component in acknowledgements.components()}
    assert next(iter(found)) == "Python"
    assert {"mlx", "mlx-lm", "PySide6_Essentials", "transformers", "numpy"} <= found.keys()
    assert not {"minim", "pytest", "ruff", "torch", "accelerate"} & found.keys()
    assert found["mlx"].version == version("mlx")
    assert found["mlx"].licence == "MIT"
    assert "Permission is hereby granted" in found["mlx"].text()
    # Qt is given on under a licence whose text must come with it.
    for name in ("PySide6_Essentials", "shiboken6"):
        assert "GNU LESSER GENERAL PUBLIC LICENSE" in found[name].text()
        assert "15. Disclaimer of Warranty" in found[name].text()
    assert "Apache License" in found["tokenizers"].text()
    # A text where its name belongs is not shown as the name.
    assert all(len(component.licence) <= 80 for component in found.values())
