from __future__ import annotations

from typing import Any

import pytest

from backends.contract.tools import ToolInfo
from desktop.models.argument_values import (
    UNSET,
    Schema,
    UnreadableError,
    is_verbatim,
    parameters,
    read_value,
    required,
)


@pytest.mark.parametrize(
    ("schema", "value", "verbatim"),
    [
        ({"type": "string"}, "5", True),
        ({"type": "string"}, UNSET, True),
        ({"type": "string"}, 5, False),
        ({"type": "integer"}, 5, False),
        ({"type": "integer"}, "five", False),
        ({"type": ["string", "null"]}, "5", True),
        ({"type": ["string", "null"]}, None, False),
        ({}, "5", True),
        ({}, UNSET, False),
    ],
)
def test_which_fields_hold_a_text_as_it_is(schema: Schema, value: Any, verbatim: bool) -> None:
    assert is_verbatim(schema, value) == verbatim


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("5", {"type": "integer"}, 5),
        ("1.5", {"type": "number"}, 1.5),
        (" [1, 2] ", {"type": "array"}, [1, 2]),
        ('{"a": null}', {"type": "object"}, {"a": None}),
        ("null", {"type": ["string", "null"]}, None),
        ('"text"', {}, "text"),
    ],
)
def test_json_of_the_right_type_is_read(text: str, schema: Schema, value: Any) -> None:
    assert read_value(text, schema, verbatim=False) == value


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("", {"type": "integer"}),
        ("five", {"type": "integer"}),
        ("1.5", {"type": "integer"}),
        ("true", {"type": "integer"}),
        ("true", {"type": "number"}),
        ("NaN", {"type": "number"}),
        ("[1", {"type": "array"}),
        ("[" * 100_000, {"type": "array"}),
        ("9" * 5000, {"type": "integer"}),
        ("null", {"type": "string"}),
        ('"shut"', {"enum": ["open", "closed"]}),
    ],
)
def test_what_is_no_such_value_is_told(text: str, schema: Schema) -> None:
    with pytest.raises(UnreadableError, match=r"Expected|one of"):
        read_value(text, schema, verbatim=False)


def test_a_text_is_taken_as_it_is() -> None:
    assert read_value(" {5 ", {"type": "string"}, verbatim=True) == " {5 "
    with pytest.raises(UnreadableError):
        read_value("shut", {"type": "string", "enum": ["open"]}, verbatim=True)


def test_a_schema_that_is_none_allows_all() -> None:
    odd = ToolInfo("odd", "", {"properties": {"a": True, "b": {"type": 5}}, "required": "a"})
    assert parameters(odd) == {"a": {}, "b": {"type": 5}}
    assert required(odd) == frozenset()
    assert read_value("5", {"type": 5}, verbatim=False) == 5
    assert parameters(ToolInfo("none", "", {"properties": []})) == {}
    assert parameters(None) == {}
