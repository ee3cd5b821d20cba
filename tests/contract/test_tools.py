"""What is approved of a tool server is exactly what is run, under the name that its tools have."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.tools import ToolServer

SERVER = ToolServer("a", "run", ("-x",), {"MODE": "fast"}, "/tmp")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "b"},
        {"command": "other"},
        {"args": ("-x", "-y")},
        {"args": ()},
        {"env": {"MODE": "slow"}},
        {"env": {"MORE": "fast"}},
        {"cwd": "/"},
        {"url": "https://a.test"},
        {"headers": {"X": "1"}},
    ],
)
def test_whatever_differs_is_approved_anew(change: dict[str, Any]) -> None:
    changed = replace(SERVER, **change)
    assert changed.digest != SERVER.digest
    assert (changed.command_digest == SERVER.command_digest) == ("name" in change)
