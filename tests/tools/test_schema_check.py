"""Whether values fit schemas, in bounded time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.contract.errors import MinimError
from backends.contract.tools import ToolInfo
from backends.tools.base import check_arguments
from backends.tools.schema_check import misfit

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "required", "items", "anyOf", "$ref", "enum", "a", "minimum"]), inner
        )
    ),
    max_leaves=15,
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 2, "maxLength": 5},
        "days": {"type": "integer", "minimum": 0, "maximum": 7},
        "unit": {"enum": ["C", "F"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "place": {"$ref": "#/$defs/place"},
        "when": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "fixed": {"const": True},
    },
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"place": {"type": "object", "required": ["lat"], "properties": {"lat": {"type": "number"}}}},
}


@pytest.mark.parametrize(
    "arguments",
    [
        {"city": "Bern"},
        {"city": "Bern", "days": 7, "unit": "C", "tags": ["a", "b"], "place": {"lat": 1}, "when": None, "fixed": True},
        {"city": "Bern", "days": 3.0},
    ],
)
def test_what_fits_fits(arguments: dict[str, Any]) -> None:
    assert misfit(SCHEMA, arguments, "") == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "The parameter city is missing."),
        ({"city": 7}, "The parameter city must be a string, not a number."),
        ({"city": "B"}, "The parameter city must have at least 2 characters, not 1."),
        ({"city": "Bernina"}, "The parameter city must have at most 5 characters, not 7."),
        ({"city": "Bern", "days": True}, "The parameter days must be an integer, not a boolean."),
        ({"city": "Bern", "days": 1.5}, "The parameter days must be an integer, not a number."),
        ({"city": "Bern", "days": 8}, "The parameter days must be at most 7."),
        ({"city": "Bern", "unit": "K"}, "The parameter unit must be one of: 'C', 'F'."),
        ({"city": "Bern", "tags": ["a", 1]}, "The parameter tags[1] must be a string, not a number."),
        ({"city": "Bern", "tags": ["a", "b", "c"]}, "The parameter tags must have at most 2 items, not 3."),
        ({"city": "Bern", "place": {}}, "The parameter place.lat is missing."),
        ({"city": "Bern", "place": {"lat": "x"}}, "The parameter place.lat must be a number, not a string."),
        ({"city": "Bern", "when": 7}, "The parameter when fits none of its 2 alternatives."),
        ({"city": "Bern", "fixed": 1}, "The parameter fixed must be True."),
        ({"city": "Bern", "more": 1}, "There is no parameter more."),
    ],
)
def test_what_does_not_fit_is_said(arguments: dict[str, Any], words: str) -> None:
    assert misfit(SCHEMA, arguments, "") == words
    tool = ToolInfo("run", "", SCHEMA, server="web")
    with pytest.raises(MinimError) as caught:
        check_arguments(tool, arguments)
    assert caught.value.message == words


def test_a_pattern_that_never_ends_and_a_loop_of_references_cost_nothing() -> None:
    evil = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}
    assert misfit(evil, {"a": "a" * 5000 + "b"}, "") == ""
    loop: dict[str, Any] = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 20}}}
    assert misfit(loop, {"a": 1}, "") == ""
    assert misfit({"items": {"items": loop}}, [[1] * 1000] * 1000, "") == ""


def test_a_list_of_choices_without_end_is_not_gone_through_for_each_value() -> None:
    choices: dict[str, Any] = {"items": {"enum": list(range(50_000))}}
    assert misfit(choices, [-1], "each") == "each[0] must be one of: " + ", ".join(map(str, range(20))) + "."
    assert misfit(choices, [49_999] * 1000 + [-1], "each") == ""


@given(ANYTHING, ANYTHING)
def test_any_schema_at_all_says_something_or_nothing(schema: object, value: object) -> None:
    assert isinstance(misfit(schema, value, ""), str)
