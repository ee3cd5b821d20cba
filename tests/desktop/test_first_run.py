"""The first run's page and what stands behind it: what it says in each state, and what its keys and buttons do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import EngineProgress
from backends.contract.models import InstalledModel, ModelRef
from backends.contract.preferences import Preferences
from desktop.models.session_state import Notice
from desktop.panes.first_run import FirstRun
from desktop.widgets.first_run_row import FirstRunRow
from desktop.widgets.model_requests import NAMES
from desktop.window.frame import Frame
from tests.desktop.judged import Asked
from tests.desktop.picture_first_run import MACHINES, PLAN, POCKET, Studio, judge

GB = 1_000_000_000


@pytest.fixture
def studio(qtbot: QtBot) -> Studio:
    """The window with the page on it, before the machine was looked at."""
    studio = Studio(None)
    qtbot.addWidget(studio.frame.window)
    return studio


@pytest.fixture
def usual(qtbot: QtBot) -> Frame:
    """The window as it opens for those who are past the first run."""
    frame = Frame(Preferences())
    qtbot.addWidget(frame.window)
    frame.show()
    return frame


def page_of(studio: Studio) -> FirstRun:
    page = studio.frame.first_run
    assert page is not None
    return page


def on(studio: Studio, machine: str, *here: InstalledModel) -> FirstRunRow:
    """Show what was judged for a machine; → the first row."""
    studio.catalog.show_judged(MACHINES[machine], judge(MACHINES[machine], here))
    return studio.desk.rows[0]


def asked(studio: Studio) -> Asked:
    found = Asked()
    found.listen(studio.desk.requests, NAMES)
    found.listen(studio.desk, ("wanted", "other_hub_requested", "token_requested"))
    return found


def ref_of(studio: Studio, row: FirstRunRow) -> DownloadRef:
    ref = studio.catalog.ref_of(row.offer.family, row.offer.form)
    assert ref is not None
    return ref


def place(widget: QWidget, studio: Studio) -> QPoint:
    return widget.mapTo(studio.frame.window, QPoint(0, 0))


def test_nothing_moves_when_the_offers_come(studio: Studio, qtbot: QtBot) -> None:
    page = page_of(studio)
    before = place(page.card, studio), place(page.start_button, studio)
    height = page.card.height()
    row = on(studio, "mac-16")
    qtbot.waitUntil(row.isVisible)
    QApplication.processEvents()
    assert (place(page.card, studio), place(page.start_button, studio)) == before
    assert page.card.height() == height
    studio.downloads.show((Download(ref_of(studio, row), "running", GB, 5 * GB, 48e6, 83.0),))
    QApplication.processEvents()
    assert page.card.height() == height


def test_each_offer_says_what_it_takes_and_the_flagship_why_not(studio: Studio) -> None:
    row = on(studio, "mac-16")
    assert row.words == (
        "Recommended for this Mac · Qwen3.5-9B · 4-bit · Reasons before it answers, and uses tools · "
        "About 5.4 GB to download · uses 6.6 GB of memory · from Hugging Face"
    )
    flagship = studio.desk.rows[-1]
    assert "It needs 103 GB, and this machine has 16 GB · Needs a Mac with 128 GB or more" in flagship.words
    assert not flagship.button.isVisibleTo(flagship)
    assert "This machine: Apple M2 · 16 GB" in page_of(studio).words
    assert "Nothing you write leaves this machine." in page_of(studio).words


def test_get_fetches_at_once_and_waits_for_it(studio: Studio) -> None:
    row, heard = on(studio, "mac-16"), asked(studio)
    row.button.click()
    ref = ref_of(studio, row)
    assert heard == [("wanted", ref), ("download_requested", ref)]
    studio.downloads.show((Download(ref, "running", 2 * GB, 5 * GB, 48e6, 63.0),))
    assert "2.0 GB of 5.0 GB · 48.0 MB/s · 2 min left" in row.words
    assert row.button.text() == "Pause"
    assert page_of(studio).start_button.text() == "Talk to the built-in model meanwhile"
    studio.downloads.show((Download(ref, "finished", 5 * GB, 5 * GB, path="/cache/it"),))
    assert not row.button.isVisibleTo(row)  # until it is known to be here there is nothing to press
    assert "Here · 5.0 GB" in row.words


def test_the_page_gives_way_to_the_model_that_was_fetched_only(studio: Studio) -> None:
    on(studio, "mac-16")
    studio.frame.state.show_model("ready", POCKET.ref)
    assert studio.frame.first_run is not None
    studio.frame.state.show_model("loading", ModelRef("Qwen", "mlx", "4bit", "huggingface", "/cache/it"))
    assert studio.frame.first_run is None
    assert studio.frame.panes.composer.isVisible()
    assert studio.frame.panes.composer.field.hasFocus()
    assert studio.frame.preferences.value.first_run == "done"


def test_a_failure_is_told_in_its_row_with_the_ways_on(studio: Studio) -> None:
    row, heard = on(studio, "mac-16"), asked(studio)
    sources = [offer.source for offer in row.offer.form.offers]
    ref = replace(ref_of(studio, row), alternates=tuple(sources[1:]))
    failed = Download(ref, "failed", kind="token_needed", problem="It asks who you are.", hint="Give a token.")
    studio.downloads.show((failed,))
    assert "It asks who you are. Give a token." in row.words
    assert row.button.text() == "Try again"
    row.button.click()
    row.other_button.click()
    row.token_button.click()
    names = [name for name, *_ in heard]
    # The first one for the download itself, which is found on its way as after a restart.
    assert names == ["wanted", "wanted", "resume_requested", "other_hub_requested", "token_requested"]


def test_what_is_wrong_behind_the_page_is_told_on_it(studio: Studio) -> None:
    studio.frame.state.show_notice(Notice("Minim could not look for models.", "The worker ended."))
    assert page_of(studio).notice.words == "Minim could not look for models. The worker ended."
    assert not page_of(studio).card.isVisible()  # nothing stands in it
    looked: list[bool] = []
    studio.desk.judge_requested.connect(lambda: looked.append(True))
    page_of(studio).notice.action_requested.emit()
    assert looked == [True]
    assert not page_of(studio).notice.isVisible()
    assert page_of(studio).card.isVisible()


def test_a_model_comes_with_the_engine_that_it_needs(studio: Studio) -> None:
    """One click for both: the row has said what comes from where."""
    row, heard = on(studio, "rtx-4090"), asked(studio)
    assert "The Transformers engine is installed with it: 2.4 GB from Python’s package index" in row.words
    row.button.click()
    assert ("engine_requested", "Transformers", None) in heard
    ref = ref_of(studio, row)
    assert ("download_requested", ref) in heard
    studio.catalog.engines.show_installing("Transformers")
    form = row.offer.form.form
    here = InstalledModel(
        ModelRef(ref.source.repo, form.format, form.quantization, "huggingface", "/cache/it"),  # pyright: ignore[reportArgumentType]  the spec's own words
        "Transformers",
        "qwen3",
        form.weights_bytes,
        40_960,
    )
    row = on(studio, "rtx-4090", here)
    studio.catalog.engines.show_progress(EngineProgress("Transformers", "fetching", GB, 2 * GB, "torch"))
    assert "Downloading the Transformers engine · 1.0 GB of 2.0 GB · torch" in row.words
    assert row.button.text() == "Cancel"
    studio.catalog.engines.show_plan(replace(PLAN, installed=True))
    studio.catalog.engines.show_ended()
    assert studio.desk.model_for("Transformers") == here.ref
    assert studio.desk.model_for("MLX") is None
    studio.desk.leave()
    assert studio.desk.model_for("Transformers") is None


def test_another_hub_offers_what_it_has(studio: Studio) -> None:
    row, heard = on(studio, "mac-24"), asked(studio)
    assert "gpt-oss-20b" in row.words
    page_of(studio).hub.activated.emit(1)
    assert heard == [("hub_changed", "modelscope")]
    studio.frame.preferences.replace(hub="modelscope")
    row = studio.desk.rows[0]
    assert "Qwen3.5-9B" in row.words
    assert "from ModelScope" in row.words


def test_in_chinese_models_come_from_a_hub_that_can_be_reached(qtbot: QtBot) -> None:
    QLocale.setDefault(QLocale("zh_CN"))
    studio = Studio(None)
    qtbot.addWidget(studio.frame.window)
    assert studio.frame.preferences.value.hub == "modelscope"
    assert page_of(studio).hub.currentText() == "ModelScope"


def test_keys_reach_all_of_it_and_nothing_behind_it(studio: Studio) -> None:
    on(studio, "mac-16")
    page, window = page_of(studio), studio.frame.window.windowHandle()
    assert page.hasFocus()
    reached: list[QWidget | None] = []
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    first, second, _ = studio.desk.rows
    assert reached == [first.button, second.button, page.hub, page.start_button]
    QTest.keyClicks(page, "lost")
    assert studio.frame.panes.composer.field.toPlainText() == ""
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert studio.frame.first_run is None


def test_enter_presses_what_leads_on_and_stops_nothing(studio: Studio) -> None:
    row, heard = on(studio, "mac-16"), asked(studio)
    window = studio.frame.window.windowHandle()
    assert row.button.isDefault()
    QTest.keyClick(window, Qt.Key.Key_Return)
    ref = ref_of(studio, row)
    begun = [("wanted", ref), ("download_requested", ref)]
    assert heard == begun
    studio.downloads.show((Download(ref, "running", GB, 5 * GB, 48e6, 83.0),))
    assert not row.button.isDefault()
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert heard == begun


def test_only_what_comes_by_itself_is_said_to_go_on(studio: Studio) -> None:
    row, page = on(studio, "mac-16"), page_of(studio)
    ref, meanwhile = ref_of(studio, row), "Talk to the built-in model meanwhile"
    for download in (Download(ref, "paused", GB, 5 * GB), Download(ref, "failed", kind="disk_full")):
        studio.downloads.show((download,))
        assert page.start_button.text() == "Start with the built-in model"
        assert "goes on" not in page.words
    studio.downloads.show((Download(ref, "failed", kind="offline"),))
    assert page.start_button.text() == meanwhile


def test_escape_takes_a_question_back_before_it_skips_the_page(studio: Studio) -> None:
    on(studio, "h100-4")
    row = studio.desk.rows[0]
    row.button.click()
    assert row.question is not None
    assert "kernel" in row.question.words
    window = studio.frame.window.windowHandle()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert row.question is None
    assert studio.frame.first_run is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert studio.frame.first_run is None


def test_it_can_be_shown_again(studio: Studio) -> None:
    on(studio, "mac-16")
    studio.desk.leave()
    model = ModelRef("Qwen", "mlx", "4bit", "huggingface", "/cache/it")
    studio.frame.state.show_model("ready", model)
    studio.desk.show()
    heard, row = asked(studio), studio.desk.rows[0]
    assert not studio.frame.panes.composer.isVisible()
    assert page_of(studio).start_button.text() == "Back to the conversation"
    studio.downloads.show((Download(ref_of(studio, row), "running", GB, 5 * GB),))
    assert heard == []  # nobody asked here for what is on its way: it does not take the other model's place
    page_of(studio).start_button.click()
    assert studio.frame.panes.composer.isVisible()
    assert studio.frame.preferences.value.first_run == "done"


def test_the_panes_stand_where_they_would_without_the_page(studio: Studio, usual: Frame) -> None:
    studio.desk.leave()
    QApplication.processEvents()
    for name in ("conversations", "transcript", "composer", "reasoning", "tools"):
        left, wanted = getattr(studio.frame.panes, name), getattr(usual.panes, name)
        assert left.size() == wanted.size(), name
