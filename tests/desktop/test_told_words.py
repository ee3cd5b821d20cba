"""Words of backends in Chinese: each is found again by its template, values are told in turn, nothing takes long."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtCore import QLocale

from backends.engines.checkpoint_tensors import missing_tensors
from backends.hubs import refusals
from backends.tools.server_faults import process_fault
from backends.workers.process import explain_exit
from desktop.models.diff_lines import read_diff
from desktop.models.told_reading import LONG, Reading
from desktop.models.told_templates import Template, Templates
from desktop.models.told_words import told, told_log

FILE = Path(str(files("resources") / "translations" / "told_zh_CN.json"))
TRANSLATIONS: dict[str, str] = {
    source: said for kind in json.loads(FILE.read_text(encoding="utf-8")).values() for source, said in kind.items()
}
PATH = "/home/me/Our Models and a model/config.json"


@pytest.fixture
def chinese() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("zh_CN"))
    yield
    QLocale.setDefault(before)


def test_in_english_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Templates, "read")
    assert told("No model is loaded.") == "No model is loaded."
    assert told_log("[Minim] Started on a.") == "[Minim] Started on a."


def test_every_template_is_found_again_with_its_values(chinese: None) -> None:
    for source, translation in TRANSLATIONS.items():
        names = [(name, kind) for _, name, kind, _ in Formatter().parse(source) if name is not None]
        values = {name: f"{11 + place}" if kind else f"/v{place}/x.y" for place, (name, kind) in enumerate(names)}
        if names and Template(source, translation).characters < 6:
            continue  # taken for a value only: too little of it is its own
        text = source.replace(":n}", "}").format(**values)
        assert told(text) == translation.format(**values), text


@pytest.mark.parametrize(
    ("text", "chinese_text"),
    [
        (f"{PATH} is missing.", f"缺少 {PATH}。"),
        ("No model is loaded. Load a model first.", "没有加载模型。请先加载一个模型。"),
        (
            f"The engine ended by itself. {explain_exit('engine', -9)}",
            "引擎自行结束了。引擎进程被信号 9（常见原因是内存不足）终止。",
        ),
        (str(refusals.offline("https://hub.example", "no connection")), "无法连接 hub.example：没有连接。"),
        (
            str(refusals.unreadable("https://hub.example", "a/b", "it is not JSON")),
            "hub.example 的答复（关于 a/b）无法读取：它不是 JSON。",
        ),
        (str(process_fault("weather", -9, False, "")), "“weather”在启动后立即结束，由信号 9（SIGKILL）结束。"),
        (
            str(missing_tensors(Path("/m"), [f"t{place}" for place in range(9)])),
            "/m 中的权重不完整：缺少 t0、t1、t2、t3，还有 5 个。",
        ),
        (
            "m.safetensors has 10 bytes instead of 20, and 3 more of 5 files are damaged.",
            "m.safetensors 有 10 字节，应为 20 字节，5 个文件中还有 3 个已损坏。",
        ),
        ("github: it has no name. Leave it out.", "github：它没有名称。请不要填写它。"),
        ("Try again.\n/a cannot be read: Permission denied.", "请重试。\n无法读取 /a：没有权限。"),
        ("Nobody knows this text. It is nobody's.", "Nobody knows this text. It is nobody's."),
        ("a on b", "a on b"),
    ],
)
def test_texts_of_several_templates(text: str, chinese_text: str, chinese: None) -> None:
    assert told(text) == chinese_text


def test_long_values_stay_and_their_text_is_told(chinese: None) -> None:
    said = "No model is loaded. " * 5_000
    assert told(f"The model in /m cannot be read: {said}") == f"无法读取 /m 中的模型：{said}"


@pytest.mark.parametrize("text", ["There is no room on the disk. Make room on it.", "I read a book on the train home."])
def test_what_nobody_translated_is_not_torn_apart(text: str, chinese: None) -> None:
    """It shares two words with a template, and is none of it."""
    assert told(text) == text


def test_a_server_s_log_keeps_what_the_server_printed(chinese: None) -> None:
    log = "[Minim] Started on 2026-01-02 at 03:04:05.\nNo model is loaded.\n"
    assert told_log(log) == "[Minim] 启动于 2026-01-02 03:04:05。\nNo model is loaded.\n"


def test_what_is_said_of_a_diff(chinese: None) -> None:
    (line,) = read_diff("\\ The rest of the change is too long to be shown.\n").lines
    assert line.text == "更改的其余部分太长，无法显示。"


class Counting(Templates):
    """Counts how often a text is looked for."""

    asked = 0

    def that_may_be(self, text: str) -> Iterator[Template]:
        self.asked += 1
        return super().that_may_be(text)


def test_no_text_is_looked_for_without_end() -> None:
    pieces = ["There is no ", "“a” ended: ", " is missing.", ". ", ", ", " and ", ": ", " (x)", "{", "%s", "/b", "\n"]
    chance = random.Random(7)
    for length in (20, 100, LONG, 100_000):
        for _ in range(10):
            templates = Counting(TRANSLATIONS)
            text = "".join(chance.choices(pieces, k=length))[:length]
            Reading(templates).of(text)
            assert templates.asked < 1_000, text[:100]


def test_a_text_of_very_many_sentences_is_read() -> None:
    text = "There is no a. " * 2 + ". " * (LONG // 2 - 20)
    assert Reading(Templates(TRANSLATIONS)).of(text)
