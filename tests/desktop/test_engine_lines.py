"""The engines in the settings: what is installed is said, and removed on consent."""

from __future__ import annotations

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from backends.contract.events import EngineProgress
from desktop.models.catalog_model import CatalogModel
from desktop.widgets.engine_lines import EngineLines
from tests.desktop.judged import MAC_16, TRANSFORMERS, Asked


def test_an_engine_is_removed_after_a_question(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    lines = EngineLines(catalog)
    qtbot.addWidget(lines)
    asked = Asked()
    asked.listen(lines, ("remove_requested",))
    assert lines.words == []
    catalog.engines.show_plan(TRANSFORMERS)
    assert lines.words == ["Transformers is not installed. It is offered beside the models that need it."]
    assert lines.buttons == []
    catalog.engines.show_plan(replace(TRANSFORMERS, installed=True))
    assert lines.words == [f"Transformers is installed: 1.2 GB in {TRANSFORMERS.folder}."]
    lines.buttons[0].click()
    assert asked == []
    assert lines.question is not None
    assert "1.2 GB come free" in lines.question.words
    lines.question.accept_button.click()
    assert asked == [("remove_requested", "Transformers")]
    assert lines.question is None


def test_what_is_left_of_an_engine_is_shown_and_removed(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    catalog.show_judged(MAC_16, ())
    lines = EngineLines(catalog)
    qtbot.addWidget(lines)
    asked = Asked()
    asked.listen(lines, ("remove_requested",))
    left = replace(TRANSFORMERS, lying_bytes=4_200_000_000)
    catalog.engines.show_plan(left)
    assert lines.words == [f"Transformers is not installed any more, and 4.2 GB of it lie in {left.folder}."]
    assert catalog.engines.can_install("Transformers")
    lines.buttons[0].click()
    assert lines.question is not None
    assert lines.question.words == "Remove what is left of the Transformers engine? 4.2 GB come free."
    lines.question.accept_button.click()
    assert asked == [("remove_requested", "Transformers")]
    catalog.engines.show_plan(replace(left, installed=True, folder=""))
    assert lines.words == ["Transformers is installed beside Minim. 4.2 GB of an earlier installation are left."]
    assert len(lines.buttons) == 1


def test_what_an_earlier_minim_installed_is_told(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    lines = EngineLines(catalog)
    qtbot.addWidget(lines)
    catalog.engines.show_plan(replace(TRANSFORMERS, installed=True, is_outdated=True))
    assert lines.words[0].startswith("Transformers is installed by an earlier Minim: 1.2 GB in")
    assert "Remove it" in lines.words[0]
    assert len(lines.buttons) == 1


def test_nothing_to_say_takes_one_line(qtbot: QtBot) -> None:
    lines = EngineLines(CatalogModel())
    qtbot.addWidget(lines)
    lines.show()  # Qt would warn of a height below nothing
    assert 0 < lines.minimumHeight() <= 2 * lines.fontMetrics().height()


def test_what_is_part_of_minims_own_environment_is_not_removed(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    lines = EngineLines(catalog)
    qtbot.addWidget(lines)
    catalog.engines.show_plan(replace(TRANSFORMERS, installed=True, folder=""))
    assert lines.words == ["Transformers is installed beside Minim."]
    assert lines.buttons == []


def test_a_mac_does_without_what_nobody_asked_for(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    catalog.show_judged(MAC_16, ())
    catalog.engines.show_plan(TRANSFORMERS)
    lines = EngineLines(catalog)
    qtbot.addWidget(lines)
    assert lines.words == []
    catalog.engines.show_installing("Transformers")
    catalog.engines.show_progress(EngineProgress("Transformers", "fetching", 1_000_000, 2_000_000))
    assert lines.words == ["Downloading the Transformers engine · 1.0 MB of 2.0 MB"]
