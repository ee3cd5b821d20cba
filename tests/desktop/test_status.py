"""The status line and the model button say what is true, in the field's terms."""

from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from backends.contract.chat import Usage
from backends.contract.models import ModelRef
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


def test_the_model_button_names_model_quantization_and_state(qtbot: QtBot) -> None:
    state = SessionState()
    button = ModelButton(state)
    qtbot.addWidget(button)
    assert button.accessibleName() == "Model: Choose a model"
    state.show_model("loading", MODEL, load_phase="reading", done_bytes=42, total_bytes=100)
    assert button.accessibleName() == "Model: Pocket M2 · 4-bit · loading 42 %"
    state.show_model("ready", MODEL)
    assert button.accessibleName() == "Model: Pocket M2 · 4-bit"


def test_the_model_button_has_room_for_its_words(qtbot: QtBot) -> None:
    button = ModelButton(SessionState())
    qtbot.addWidget(button)
    button.show()
    fitting = button.sizeHint()

    def picture(width: int) -> QImage:
        button.resize(width, fitting.height())
        return button.grab().toImage().copy(0, 0, fitting.width() - 30, fitting.height())

    assert picture(fitting.width()) == picture(fitting.width() + 100)
