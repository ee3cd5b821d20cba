"""The status line and the model button say what is true, in the field's terms."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from backends.contract.chat import Usage
from backends.contract.models import ModelRef
from desktop import theme
from desktop.models.session_state import SessionState
from desktop.panes.status import Status
from desktop.panes.toolbar import ModelButton

MODEL = ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/models/pocket")


def test_numbers_of_a_finished_turn(qtbot: QtBot) -> None:
    state = SessionState()
    status = Status(state)
    qtbot.addWidget(status)
    state.show_model("ready", MODEL, context_length=196_608)
    state.show_usage(Usage(prompt_tokens=1000, generated_tokens=204, decode_seconds=4), 312_000_000)
    assert status.words == "51.0 tokens/s · 1,204 of 196,608 tokens · 312.0 MB · On this machine"


def test_reading_a_prompt_says_how_far_it_is_and_what_was_reused(qtbot: QtBot) -> None:
    state = SessionState()
    status = Status(state)
    qtbot.addWidget(status)
    state.show_phase("reading")
    state.show_prompt(26_921, 27_000, 27_411)
    assert "27,000 of 27,411 tokens, 26,921 reused" in status.words
    state.show_phase("answering")
    assert "27,000" not in status.words
    state.show_usage(Usage(prompt_tokens=27_411, reused_tokens=26_921), 0)
    assert "reused 26,921 of 27,411" in status.words


def test_reading_says_how_long_it_takes_and_each_reading_is_measured_by_itself(qtbot: QtBot) -> None:
    clock = [0.0]
    state = SessionState(clock=lambda: clock[0])
    status = Status(state)
    qtbot.addWidget(status)
    for _ in range(2):
        state.show_phase("reading")
        state.show_prompt(26_000, 26_000, 27_400)
        assert "left" not in status.words
        clock[0] += 2
        state.show_prompt(26_000, 26_200, 27_400)
        assert status.words.startswith("Reading 26,200 of 27,400 tokens, 26,000 reused · 0:12 left")
        state.show_phase("running_tool")


def test_what_has_no_room_is_left_out_and_comes_back(qtbot: QtBot) -> None:
    state = SessionState()
    status = Status(state)
    qtbot.addWidget(status)
    status.show()

    def have_room(labels: list[QLabel]) -> bool:
        return all(label.width() >= label.sizeHint().width() for label in labels)

    def shown() -> list[str]:
        return [label.accessibleName() for label in status.findChildren(QLabel) if label.isVisible()]

    state.show_model("ready", MODEL, context_length=196_608)
    state.show_phase("asking")
    status.resize(1100, 28)
    state.show_usage(Usage(27_411, 26_921, 100, 1.0, 1.0), 128_700_000_000)
    everything = shown()
    assert len(everything) == 6
    for width in (720, 500):
        status.resize(width, 28)
        assert status.width() == width
        labels = [label for label in status.findChildren(QLabel) if label.isVisible()]
        qtbot.waitUntil(partial(have_room, labels))
        assert {"What the model is doing", "Context in use"} <= set(shown()) < set(everything)
    status.resize(1100, 28)
    assert shown() == everything


def test_a_context_that_memory_bounds_is_told_where_it_is_near(qtbot: QtBot) -> None:
    state = SessionState()
    status = Status(state)
    qtbot.addWidget(status)
    label = next(label for label in status.findChildren(QLabel) if label.accessibleName() == "Context in use")
    usual = label.palette().color(label.foregroundRole())
    state.show_model("ready", MODEL, context_length=196_608, memory_context=24_000)
    state.show_usage(Usage(prompt_tokens=12_400), 0)
    assert "12,400 of 196,608 tokens" in status.words
    assert "memory has room for about 24,000" in label.toolTip()
    assert label.palette().color(label.foregroundRole()) == usual
    state.show_usage(Usage(prompt_tokens=21_600), 0)
    assert "21,600 of 24,000 tokens that fit in memory" in status.words
    assert label.palette().color(label.foregroundRole()) == QColor(theme.current_colours().warning)
    state.show_model("ready", MODEL, context_length=24_000, memory_context=24_000)
    state.show_usage(Usage(prompt_tokens=21_600), 0)
    assert "21,600 of 24,000 tokens ·" in status.words
    assert label.palette().color(label.foregroundRole()) == QColor(theme.current_colours().warning)


def test_the_model_button_names_model_quantization_and_state(qtbot: QtBot) -> None:
    state = SessionState()
    button = ModelButton(state)
    qtbot.addWidget(button)
    assert button.accessibleName() == "Model: Choose a model"
    state.show_model("loading", MODEL, load_phase="reading", done_bytes=42, total_bytes=100)
    assert button.accessibleName() == "Model: Pocket M2 · 4-bit · loading 42 %"
    state.show_model("ready", MODEL)
    assert button.accessibleName() == "Model: Pocket M2 · 4-bit"
    state.show_resting(MODEL, "idle", cache_kept=True)
    assert button.accessibleName() == "Model: Pocket M2 · 4-bit · resting"
    assert "Your next message loads it" in button.toolTip()
    state.show_model("none", MODEL)
    assert "next message" not in button.toolTip()


def test_the_model_button_has_room_for_its_words(qtbot: QtBot) -> None:
    button = ModelButton(SessionState())
    qtbot.addWidget(button)
    button.show()
    fitting = button.sizeHint()

    def picture(width: int) -> QImage:
        button.resize(width, fitting.height())
        return button.grab().toImage().copy(0, 0, fitting.width() - 30, fitting.height())

    assert picture(fitting.width()) == picture(fitting.width() + 100)
