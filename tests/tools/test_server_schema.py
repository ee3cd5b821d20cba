"""What of a server's tools can be offered: everything that it says may be anything."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.contract.tools import OfferedTool, ToolServer
from backends.tools.server_schema import (
    MAX_DESCRIPTION,
    MAX_TOOLS,
    lean,
    offered_tools,
    output_schemas,
    schema_problem,
)

SERVER = ToolServer("web", "run-it")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "required",
                    "items",
                    "anyOf",
                    "$ref",
                    "enum",
                    "name",
                    "description",
                    "inputSchema",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def one(**fields: Any) -> OfferedTool:
    (tool,) = offered_tools(SERVER, "d", [{"name": "run", "inputSchema": {"type": "object"}, **fields}])
    return tool


def test_keeps_what_it_says_and_binds_it_to_the_server() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "description": "The city's name."}}}
    tool = one(name="get.weather now", description=" The weather. ", inputSchema=schema)
    assert tool.problem == ""
    assert tool.info.name == "get_weather_now"
    assert (tool.info.own_name, tool.info.key) == ("get.weather now", "web/get.weather now")
    assert (tool.info.description, tool.info.parameters) == ("The weather.", schema)
    assert (tool.info.server, tool.info.server_digest, tool.info.has_side_effects) == ("web", "d", True)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (None, "is not an object"),
        ([], "is not an object"),
        ({"type": "string"}, "not of the type object"),
        ({"type": "object", "properties": []}, "not a valid JSON schema"),
        ({"type": "object", "properties": {"a": 7}}, "not a valid JSON schema"),
        ({"properties": {"a": {"type": "colour"}}}, "names a type that there is not"),
        ({"properties": {"a": {"type": ["string", 7]}}}, "names a type that there is not"),
        ({"required": "a"}, "which parameters are required"),
        ({"$ref": "https://example.org/schema.json"}, "points to another document"),
        ({"properties": {"a": {"anyOf": [{"items": {"$ref": "file:///etc/passwd"}}]}}}, "points to another document"),
        ({"$defs": {"a": {"$ref": 7}}}, "points to another document"),
        ({"description": "x" * 70_000}, "larger than 64 KB"),
        ({"x": float("nan")}, "not valid JSON"),
        ({"properties": {"a\x1b[2J": {}}}, "characters that cannot be shown"),
    ],
)
def test_says_what_is_wrong_with_a_schema(schema: object, problem: str) -> None:
    assert problem in schema_problem(schema)
    tool = one(inputSchema=schema)
    assert problem in tool.problem
    assert tool.info.parameters == {"type": "object", "properties": {}}


def test_a_schema_may_point_into_itself_and_leave_out_its_type() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": ["string", "null"]}}}
    assert schema_problem(schema) == ""


def test_a_schema_nested_without_end_is_a_problem_and_not_a_crash() -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"properties": {"a": deep}}
    assert "nested too deeply" in schema_problem(deep)
    assert "nested too deeply" in schema_problem({"x": deep})


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "It has no name."),
        (None, "It has no name."),
        ("  ", "It has no name."),
        ("a\x00b", "characters that cannot be shown"),
        ("a\u202eb", "characters that cannot be shown"),
        ("x" * 300, "too long"),
    ],
)
def test_says_what_is_wrong_with_a_name(name: object, problem: str) -> None:
    tool = one(name=name)
    assert problem in tool.problem
    assert len(tool.info.own_name) <= 200


def test_names_in_any_writing_are_called_by_another_name() -> None:
    assert one(name="天气").problem == ""
    assert one(name="天气").info.name == "tool"


def test_a_long_description_is_cut_and_escapes_go() -> None:
    assert len(one(description="x" * 90_000).info.description) == MAX_DESCRIPTION
    schema = {"type": "object", "properties": {"a": {"description": "red \x1b[31mtext\u202e"}}}
    assert one(inputSchema=schema).info.parameters["properties"]["a"]["description"] == "red text"


def test_the_second_of_a_name_is_a_problem() -> None:
    tools = offered_tools(SERVER, "d", [{"name": "a", "inputSchema": {}}, {"name": "a", "inputSchema": {}}])
    assert [bool(tool.problem) for tool in tools] == [False, True]


def test_takes_so_many_tools_and_so_much_schema() -> None:
    large = {"type": "object", "description": "x" * 60_000}
    listed: list[object] = [{"name": f"t{index}", "inputSchema": large} for index in range(500)]
    tools = offered_tools(SERVER, "d", listed)
    assert len(tools) == MAX_TOOLS
    assert [bool(tool.problem) for tool in tools[:10]] == [False] * 8 + [True] * 2


def test_output_schemas_are_by_own_name() -> None:
    listed: list[object] = [{"name": "a", "outputSchema": {"type": "object"}}, {"name": 7, "outputSchema": {}}, 8]
    assert output_schemas(listed) == {"a": {"type": "object"}}


LARGE: list[object] = [[0] * 100_000, {str(index): 1 for index in range(20_000)}, "x" * 70_000, [["x" * 1000]] * 100]


@pytest.mark.parametrize("large", LARGE)
def test_no_more_is_kept_of_a_tool_than_is_looked_at(large: object) -> None:
    schema = {"type": "object", "x": large}
    kept = lean({"name": "n" * 9000, "description": "d" * 90_000, "inputSchema": schema, "outputSchema": schema})
    assert len(json.dumps(kept)) < 10_000
    small = {"name": "a", "description": "b", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}}
    assert lean({**small, "icons": schema}) == small
    (tool,) = offered_tools(SERVER, "d", [lean({"name": "a", "inputSchema": schema})])
    assert tool.problem == "Its input schema is larger than 64 KB."


@given(st.lists(JSON, max_size=4))
def test_anything_at_all_gives_tools_that_can_be_sent_on(listed: list[object]) -> None:
    assert offered_tools(SERVER, "d", [lean(each) for each in listed]) == offered_tools(SERVER, "d", listed)
    for tool in offered_tools(SERVER, "d", listed):
        assert msgspec.json.decode(msgspec.json.encode(tool), type=OfferedTool) == tool
        assert json.dumps(tool.info.as_openai())
    output_schemas(listed)
