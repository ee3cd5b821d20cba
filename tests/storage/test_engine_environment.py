"""An engine's own environment counts only when it is whole and fits this Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.models import EngineName
from backends.storage import engine_environment as environments
from backends.storage.engine_environment import EngineEnvironment, engine_folder, engines_here, write_marker


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the Transformers engine, which this Python itself lacks."""
    monkeypatch.setattr(environments, "is_built_in", _is_mlx)
    folder = engine_folder("Transformers")
    python = environments.environment_python(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    return folder


def marker(python: str = environments.python_version()) -> EngineEnvironment:
    return EngineEnvironment("Transformers", python, {"torch": "2.13.0"})


def test_it_counts_once_its_marker_is_there(folder: Path) -> None:
    assert engines_here() == {"MLX"}
    write_marker(folder, marker())
    assert engines_here() == {"MLX", "Transformers"}
    assert environments.read_environment("Transformers") == marker()


def test_one_for_another_python_does_not_count(folder: Path) -> None:
    write_marker(folder, marker("2.7"))
    assert engines_here() == {"MLX"}


def test_one_whose_python_or_marker_is_broken_does_not_count(folder: Path) -> None:
    write_marker(folder, marker())
    environments.environment_python(folder).unlink()
    assert engines_here() == {"MLX"}
    environments.environment_python(folder).touch()
    (folder / environments.MARKER).write_text("{")
    assert engines_here() == {"MLX"}


def test_what_this_python_has_is_here() -> None:
    assert "MLX" in engines_here()
    assert environments.is_built_in("MLX")


def _is_mlx(engine: EngineName) -> bool:
    return engine == "MLX"
