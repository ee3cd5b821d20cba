"""Which engine is opened for which form."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backends.contract.errors import MinimError
from backends.contract.models import ModelFormat, ModelRef
from backends.engines.registry import open_engine


@pytest.mark.parametrize("model_format", ["mlx", "pytorch"])
def test_mlx_runs_its_own_and_plain_checkpoints(model_format: ModelFormat) -> None:
    engine = open_engine(ModelRef("M", model_format, "none", "folder", "."))
    assert type(engine).__name__ == "MlxEngine"


def test_a_form_without_an_engine_is_refused_with_a_way_out() -> None:
    with pytest.raises(MinimError, match="AWQ Int4") as caught:
        open_engine(ModelRef("MiniMax-M2", "awq", "Int4", "folder", "."))
    assert caught.value.kind == "unsupported_model"
    assert "MLX" in caught.value.hint


def test_no_engine_is_imported_before_it_is_chosen() -> None:
    code = "import sys, backends.engines.registry; assert not {'mlx', 'transformers'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
