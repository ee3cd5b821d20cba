"""Every text that backends make for a person can be told in Chinese, and no translation is of a text that is gone."""
# pyright: strict, reportUnknownMemberType=false
# pytest's syspath_prepend has no types.

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"

CODE = '''
"""A docstring of several words."""
_HINT = "Try it again."
def f(name, count):
    """Another one of several words."""
    _log.warning("%s is said to a log", name)
    cast("dict[str, Any]", name)
    if "of the text" in name:
        message = f"“{name}” has {len(count)} {'part' if count else 'parts'}, and " + "that is all{}."
    message = "%s of %d came." % (name, count) if count else "{} of {name} went.".format(count, name=name)
    return ("only_a_name", message + " Go on.", *(["several words"]))
'''


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """packaging/translations/told_texts.py."""
    monkeypatch.syspath_prepend(str(PACKAGING / "translations"))
    return importlib.import_module("told_texts")


def test_every_text_is_translated_and_none_is_stale(texts: Any) -> None:
    missing, stale, idle = texts.missing_and_stale()
    assert not missing, (
        "paste into resources/translations/told_zh_CN.json with their Chinese, or into untold.json what no person "
        f"reads ({', '.join(set(missing.values()))}):\n{texts.entries(missing)}"
    )
    assert not stale
    assert not idle


def test_every_module_that_is_left_out_is_there(texts: Any) -> None:
    for module in json.loads(texts.UNTOLD.read_text(encoding="utf-8"))["modules"]:
        assert list(texts.ROOT.glob(f"{module}*")), module


def test_both_sides_have_the_same_places(texts: Any) -> None:
    for kind in json.loads(texts.TRANSLATIONS.read_text(encoding="utf-8")).values():
        for source, translation in kind.items():
            places = texts.places_of(source)
            assert translation
            assert len(places) == len(set(places)), source
            assert sorted(places) == sorted(texts.places_of(translation)), source


def test_no_text_is_translated_twice(texts: Any) -> None:
    pairs = json.loads(texts.TRANSLATIONS.read_text(encoding="utf-8"), object_pairs_hook=list)
    sources = [source for _, kind in pairs for source, _ in kind]
    assert len(sources) == len(set(sources))


def test_texts_are_found_however_they_are_written(texts: Any) -> None:
    assert {template for template, is_for_person in texts.texts_of(CODE) if is_for_person} == {
        "Try it again.",
        "“{name}” has {count} {value}, and that is all{{}}.",
        "part",
        "parts",
        "{message} Go on.",
        "several words",
        "{name} of {count} came.",
        "{count} of {name} went.",
    }


def test_what_is_missing_can_be_pasted(texts: Any) -> None:
    assert texts.entries({"“{name}” is “no”.": "backends/a.py"}) == '    "“{name}” is “no”.": "",'
