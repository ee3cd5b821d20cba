"""The forms that the tests' hub serves, and the scripts that make what is given to people with a Mac."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.hub.fixtures import mission_forms

__all__ = ["mission_forms"]

_MACOS = Path(__file__).resolve().parent.parent.parent / "packaging" / "macos"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import a script of packaging/macos by name; they find one another as they do when they are run."""
    own = {path.stem for path in _MACOS.glob("*.py")}
    monkeypatch.syspath_prepend(str(_MACOS))  # pyright: ignore[reportUnknownMemberType] # pytest's own is untyped
    yield importlib.import_module
    for name in own & set(sys.modules):
        del sys.modules[name]


@pytest.fixture
def dmg_settings() -> Callable[[dict[str, str]], dict[str, Any]]:
    """Run dmg_settings.py as dmgbuild does, with these definitions; → the names that it leaves."""

    def run(defines: dict[str, str]) -> dict[str, Any]:
        names: dict[str, Any] = {"defines": defines}
        exec(compile((_MACOS / "dmg_settings.py").read_text(encoding="utf-8"), "dmg_settings.py", "exec"), names)
        return names

    return run
