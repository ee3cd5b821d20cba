"""The words that dialogues are made of, read from the TOML files beside this one."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=8)
def words(name: str) -> dict[str, Any]:
    """Return one file of words: `intents`, `places`, `unknown` or `wordings`."""
    with (Path(__file__).parent / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
