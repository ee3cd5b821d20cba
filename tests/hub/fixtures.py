"""Fixtures for every room that needs a hub; a room's conftest.py imports those it wants.

from tests.hub.fixtures import hub, mission_forms, mission_hub
__all__ = ["hub", "mission_forms", "mission_hub"]
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.hub.mission import add_mission
from tests.hub.server import Hub

ROOT = Path(__file__).resolve().parents[2]

__all__ = ["add_mission", "hub", "mission_forms", "mission_hub"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub of one test, empty: `hub.add(name, folder)`."""
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="session")
def mission_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pocket M2 in every form of the mission, a folder each, named as in `pack_forms.FORMS`. Not to be written to."""
    return _packed(tmp_path_factory.getbasetemp() / "mission-forms")


@pytest.fixture
def mission_hub(mission_forms: Path) -> Iterator[Hub]:
    """A hub of one test with MiniMax-M2's repositories, by their real names, holding Pocket M2 in the same forms.

    Beside them a gated repository, a private one and another that a search finds (see mission.py).
    """
    with Hub() as hub:
        add_mission(hub, mission_forms)
        yield hub


@cache  # each conftest that imports the fixture has one of its own
def _packed(out: Path) -> Path:
    script = ROOT / "packaging" / "pocket" / "pack_forms.py"
    done = subprocess.run([sys.executable, str(script), str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out
