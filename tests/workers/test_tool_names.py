"""What models call the tools of servers."""

from __future__ import annotations

import pytest

from backends.workers.tool_names import unique_names


@pytest.mark.parametrize(
    ("tools", "names"),
    [
        ([("a", "find"), ("b", "look")], ["find", "look"]),
        ([("a", "find"), ("b", "find"), ("c", "Find")], ["find", "b_find", "c_Find"]),
        ([("a", "clock"), ("a", "CLOCK"), ("a", "cloсk")], ["a_clock", "a_CLOCK_2", "clo_k"]),
        ([("a", "b_find"), ("a", "find"), ("b", "find")], ["b_find", "find", "b_find_2"]),
        ([("my server", "read.all/now"), ("x", "")], ["read_all_now", "tool"]),
        ([("a", "x" * 70), ("a", "x" * 71)], ["x" * 64, "a_" + "x" * 62]),
        ([("a", "x" * 70), ("a", "x" * 71), ("a", "x" * 72)], ["x" * 64, "a_" + "x" * 62, "a_" + "x" * 60 + "_2"]),
    ],
)
def test_names(tools: list[tuple[str, str]], names: list[str]) -> None:
    assert unique_names(["clock"], tools) == names
    assert unique_names(["clock"], tools[:-1]) == names[:-1]  # who comes later changes no name
