"""Which types of models Transformers runs, read from its table's text: importing it takes a second."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path
from typing import Any

_TABLE = "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict("
_ROW = re.compile(r'^ +\("([^"]+)", ', re.MULTILINE)


def transformers_runs(config: dict[str, Any]) -> bool:
    """Whether Transformers has a language model for what config.json declares. False where it is not installed."""
    return config["model_type"] in known_types()


@functools.cache
def known_types() -> frozenset[str]:
    """The rows of the table in transformers/models/auto/modeling_auto.py. A test compares them."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    file = Path(next(iter(spec.submodule_search_locations))) / "models" / "auto" / "modeling_auto.py"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    return frozenset(_ROW.findall(text.partition(_TABLE)[2].partition("\n)\n")[0]))
