"""Arguments by the tool's schema, R7."""

from __future__ import annotations

import math
from typing import Any

import pytest

from backends.dialects.argument_types import Signatures, typed
from tests.dialects.reading import tool

BIG = "123456789012345678901234567890"
NULLABLE = {"type": ["string", "null"]}


def kind(*names: str) -> dict[str, Any]:
    return {"type": names[0] if len(names) == 1 else list(names)}


VALUES: list[tuple[str, dict[str, Any], Any]] = [
    # strings never convert, and keep their white space
    *((raw, kind("string"), raw) for raw in ("null", "3", "true", "", "  a\n", "[1]", '"quoted"', "{}")),
    *((raw, {}, raw) for raw in ("null", "3", " true ")),
    *((raw, {"description": "?"}, raw) for raw in ("null", "3")),
    ("3", {"type": "no such type"}, "3"),
    # integers
    *((raw, kind("integer"), value) for raw, value in (("3", 3), (" -7\n", -7), ("-0", 0), (BIG, int(BIG)))),
    *((raw, kind("integer"), raw) for raw in ("3.0", "03", "+3", "1e3", "", "three", "0x10", "1_000", "٣", "true")),
    ("9" * 5000, kind("integer"), "9" * 5000),
    # numbers
    ("3", kind("number"), 3),
    (BIG, kind("number"), int(BIG)),
    ("-2.5e-3", kind("number"), -0.0025),
    ("1E2", kind("number"), 100.0),
    *((raw, kind("number"), raw) for raw in ("NaN", "Infinity", "-Infinity", "inf", "1e999", ".5", "5.", "1,5")),
    # booleans
    *((raw, kind("boolean"), True) for raw in ("true", "True", " TRUE ", "1")),
    *((raw, kind("boolean"), False) for raw in ("false", "False", "0")),
    *((raw, kind("boolean"), raw) for raw in ("yes", "no", "", "2")),
    # null, where it is allowed
    ("null", kind("null"), None),
    ("null", NULLABLE, None),
    (" null\n", NULLABLE, None),
    ("null", {"type": "string", "nullable": True}, None),
    ("null", {"type": "integer", "nullable": True}, None),
    ("null", {"type": "string", "nullable": False}, "null"),
    ("null", kind("integer"), "null"),
    ("None", NULLABLE, "None"),
    ("", NULLABLE, ""),
    # objects and arrays
    ('{"a": [1, null, "x"]}', kind("object"), {"a": [1, None, "x"]}),
    ('\n{"a": 1, "a": 2}\n', kind("object"), {"a": 2}),
    (f'{{"n": {BIG}}}', kind("object"), {"n": int(BIG)}),
    ("[1, [2, {}]]", kind("array"), [1, [2, {}]]),
    ("[]", kind("object"), "[]"),
    ("{}", kind("array"), "{}"),
    *((raw, kind("object"), raw) for raw in ("{", "{'a': 1}", '{"a": NaN}', '{"a": 1e999}', '{"a": 1} x', "")),
    ("[" * 100_000, kind("array"), "[" * 100_000),
    ("[" * 100_000 + "]" * 100_000, kind("array"), "[" * 100_000 + "]" * 100_000),
    ('{"a": 1}', {"properties": {"a": {}}}, {"a": 1}),
    ("[1]", {"items": {}}, [1]),
    # several types: null > integer > number > boolean > object > array > string
    ("1", kind("string", "boolean", "number", "integer"), 1),
    ("1", kind("boolean", "string"), True),
    ("1.5", kind("integer", "number", "string"), 1.5),
    ("1.5", kind("integer", "string"), "1.5"),
    ("true", kind("integer", "boolean", "string"), True),
    ("{}", kind("string", "object"), {}),
    ("{", kind("string", "object"), "{"),
    (" x ", kind("string", "integer"), " x "),
    ("int", kind("int"), "int"),
    ("7", kind("int"), 7),
    # enum and const
    ("1", {"enum": [1, 2]}, 1),
    ("1", {"enum": ["1", "2"]}, "1"),
    ("1", {"enum": ["1", 2]}, "1"),
    ("2", {"enum": ["1", 2]}, 2),
    ("null", {"enum": ["a", None]}, None),
    ("null", {"type": "string", "enum": ["null"]}, "null"),
    ("true", {"enum": [True]}, True),
    ("3", {"const": 3}, 3),
    ("3", {"const": "3"}, "3"),
    ("x", {"enum": [1]}, "x"),
    # anyOf, oneOf, allOf
    ("3", {"anyOf": [kind("string"), kind("integer")]}, 3),
    ("null", {"anyOf": [kind("string"), kind("null")]}, None),
    ("null", {"oneOf": [kind("integer"), kind("null")]}, None),
    ("x", {"oneOf": [kind("integer"), kind("null")]}, "x"),
    ("3", {"allOf": [kind("integer"), {"minimum": 1}]}, 3),
    ("3", {"allOf": [kind("string", "integer"), kind("string")]}, "3"),
    ("3", {"anyOf": [{"anyOf": [kind("integer")]}, kind("null")]}, 3),
    ("3", {"anyOf": [{"enum": ["3"]}, kind("integer")]}, "3"),
    # what is no schema
    ("3", {"type": None}, "3"),
    ("3", {"anyOf": "?", "enum": 3, "allOf": [1]}, "3"),
]


@pytest.mark.parametrize(("raw", "schema", "value"), VALUES)
def test_a_value_is_read_by_its_schema(raw: str, schema: dict[str, Any], value: Any) -> None:
    read = typed(raw, schema)
    assert read == value
    assert type(read) is type(value)


def test_minus_zero_of_a_number_keeps_its_sign() -> None:
    assert math.copysign(1, typed("-0.0", kind("number"))) == -1


@pytest.mark.parametrize(
    ("reference", "value"),
    [("#/$defs/Days", 3), ("#/$defs/a~1b~0c", 3), ("#/$defs/Chain", 3), ("#/$defs/none", "3"), ("other.json", "3")],
)
def test_references_are_followed_within_the_tools_schema(reference: str, value: Any) -> None:
    definitions = {"Days": kind("integer"), "a/b~c": kind("integer"), "Chain": {"$ref": "#/$defs/Days"}}
    root = {"properties": {"x": {"$ref": reference, "description": "…"}}, "$defs": definitions}
    assert Signatures([{"name": "f", "parameters": root}]).value("f", "x", "3") == value


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"anyOf": [{"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Leaf"}, kind("integer")]}
    root = {"$defs": {"Tree": tree, "Leaf": {"$ref": "#/$defs/Leaf"}}}
    assert typed("3", {"$ref": "#/$defs/Tree"}, root) == 3


def test_tools_are_read_wrapped_or_bare() -> None:
    wrapped = tool("f", x=kind("integer"))
    for one in (wrapped, wrapped["function"]):
        signatures = Signatures([one])
        assert signatures.value("f", "x", "3") == 3
        assert signatures.value("f", "y", "3") == "3"
        assert signatures.value("g", "x", "3") == "3"


def test_parameters_that_only_additional_properties_describe() -> None:
    parameters = {"type": "object", "additionalProperties": kind("integer")}
    assert Signatures([{"name": "f", "parameters": parameters}]).value("f", "any", "3") == 3
    parameters = {"type": "object", "additionalProperties": False}
    assert Signatures([{"name": "f", "parameters": parameters}]).value("f", "any", "3") == "3"


@pytest.mark.parametrize("tools", [[{}], [{"function": None}], [{"name": "f"}], [{"name": "f", "parameters": []}]])
def test_a_tool_without_a_schema_has_strings(tools: list[dict[str, Any]]) -> None:
    assert Signatures(tools).value("f", "x", " 3 ") == " 3 "
