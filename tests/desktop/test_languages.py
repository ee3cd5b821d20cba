"""Every text of the window is there in Chinese, and the compiled translations are those of the source."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(str(files("resources") / "translations"))
PLACE = re.compile(r"%[sd%]|\{\d\}")


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[QTranslator]:
    """Minim's own translations, for one test."""
    translator = QTranslator()
    assert translator.load("minim_zh_CN", str(FOLDER))
    qapp.installTranslator(translator)
    yield translator
    qapp.removeTranslator(translator)


def messages() -> list[tuple[str, str, str]]:
    root = ElementTree.parse(FOLDER / "minim_zh_CN.ts").getroot()
    return [
        (context.findtext("name", ""), message.findtext("source", ""), message.findtext("translation", ""))
        for context in root.iter("context")
        for message in context.iter("message")
    ]


def test_every_text_is_translated_with_the_same_places() -> None:
    assert len(messages()) > 150
    for _, source, translation in messages():
        assert translation, source
        assert sorted(PLACE.findall(source)) == sorted(PLACE.findall(translation)), source


def test_the_compiled_file_holds_what_the_source_says(chinese: QTranslator) -> None:
    for context, source, translation in messages():
        assert QCoreApplication.translate(context, source) == translation


def test_every_text_in_the_code_is_in_the_source() -> None:
    known = {source for _, source, _ in messages()}
    code = "".join(path.read_text(encoding="utf-8") for path in Path(str(files("desktop"))).rglob("*.py"))
    used = set(re.findall(r'\btr\(\s*"((?:[^"\\]|\\.)*)"\s*\)', code))
    assert {text.encode().decode("unicode_escape") if text.isascii() else text for text in used} - known == set()
