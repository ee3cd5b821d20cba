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

from tests.hub.server import Hub

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = ("3bit", "4bit", "5bit", "6bit", "8bit")
GATED = "minim-tests/Gated-Chat-4bit"
EXTRA = "minim-tests/Small-Chat-3bit"
PRIVATE = "minim-tests/Private-Chat-3bit"


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

    Beside them a gated repository, a private one and another that a search finds (`GATED`, `PRIVATE`, `EXTRA`).
    """
    with Hub() as hub:
        add_mission(hub, mission_forms)
        yield hub


def add_mission(hub: Hub, forms: Path) -> None:
    """Add the repositories of `mission_hub`."""
    original, awq = forms / "pytorch-none", forms / "awq-Int4"
    tags = ["safetensors", "minimax_m2", "text-generation", "conversational"]
    fp8_tags, awq_tags = [*tags, "transformers", "fp8"], [*tags, "transformers", "awq", "4-bit"]
    hub.add("MiniMaxAI/MiniMax-M2", original, ("huggingface",), downloads=90_000, tags=fp8_tags)
    hub.add("MiniMax/MiniMax-M2", original, ("modelscope",), downloads=9_000, tags=fp8_tags)
    hub.add("QuantTrio/MiniMax-M2-AWQ", awq, ("huggingface",), downloads=20_000, tags=awq_tags)
    hub.add("tclf90/MiniMax-M2-AWQ", awq, ("modelscope",), downloads=2_000, tags=awq_tags)
    mlx_tags = ["mlx", *tags]
    for number, width in enumerate(WIDTHS):
        here = [*mlx_tags, f"{width[0]}-bit"]
        hub.add(f"mlx-community/MiniMax-M2-{width}", forms / f"mlx-{width}", downloads=5_000 - number, tags=here)
    hub.add(GATED, forms / "mlx-4bit", gated=True, downloads=70, tags=mlx_tags)
    hub.add(EXTRA, forms / "mlx-3bit", downloads=60, tags=mlx_tags)
    hub.add(PRIVATE, forms / "mlx-3bit", private=True, tags=mlx_tags)


@cache  # each conftest that imports the fixture has one of its own
def _packed(out: Path) -> Path:
    script = ROOT / "packaging" / "pocket" / "pack_forms.py"
    done = subprocess.run([sys.executable, str(script), str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out
