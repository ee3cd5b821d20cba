"""Whether a value is what a JSON schema asks for: as far as can be told in bounded time, with nothing fetched.

Patterns and formats are not looked at: a pattern of somebody else's can keep a regular expression busy for ever. The
server checks its arguments itself.
"""

from __future__ import annotations

import math
from typing import Any, cast

from backends.tools.server_text import one_line

_MAX_STEPS = 20_000
_MAX_DEPTH = 40
_CHOICES_A_STEP = 10


def misfit(schema: object, value: object, what: str) -> str:
    """Why `value` is not what `schema` asks for, in words that name it by `what`; "" if it is, or nothing can be told.

    A schema may be malformed: what is of no use in it asks for nothing.
    """
    return _Check(schema).misfit(schema, value, what, 0)


class _Check:
    """One check, which gives up after so many steps."""

    def __init__(self, root: object) -> None:
        self._root = root
        self._steps = 0

    def misfit(self, schema: object, value: object, what: str, depth: int) -> str:
        self._steps += 1
        if schema is False:
            return f"{what} is not allowed."
        if not isinstance(schema, dict) or self._steps > _MAX_STEPS or depth > _MAX_DEPTH:
            return ""
        fields = cast("dict[str, Any]", schema)
        self._steps += _breadth(fields)
        if self._steps > _MAX_STEPS:
            return ""
        if "$ref" in fields:
            problem = self.misfit(self._referred(fields["$ref"]), value, what, depth + 1)
            if problem:
                return problem
        problem = _wrong_type(fields.get("type"), value, what) or _wrong_choice(fields, value, what)
        problem = problem or _wrong_size(fields, value, what)
        if problem:
            return problem
        parts: object = value  # narrowed apart from `value`, which is handed on as what it is
        if isinstance(parts, dict):
            problem = self._in_object(fields, cast("dict[str, Any]", parts), what, depth)
        elif isinstance(parts, list):
            problem = self._in_array(fields, cast("list[Any]", parts), what, depth)
        return problem or self._in_alternatives(fields, value, what, depth)

    def _in_object(self, fields: dict[str, Any], value: dict[str, Any], what: str, depth: int) -> str:
        held = fields.get("properties")
        properties = cast("dict[str, Any]", held) if isinstance(held, dict) else {}
        wanted = fields.get("required")
        for name in cast("list[Any]", wanted) if isinstance(wanted, list) else []:
            if isinstance(name, str) and name not in value:
                return f"{_inside(what, name)} is missing."
        closed = fields.get("additionalProperties", True)
        if fields.get("patternProperties"):
            closed = True
        for name, each in value.items():
            if name not in properties and closed is False:
                return f"There is no {_inside(what, name, capital=False)}."
            part = properties.get(name, closed)
            problem = self.misfit(part, each, _inside(what, name), depth + 1)
            if problem:
                return problem
        return ""

    def _in_array(self, fields: dict[str, Any], value: list[Any], what: str, depth: int) -> str:
        first = fields.get("prefixItems")
        parts = cast("list[Any]", first) if isinstance(first, list) else []
        for index, each in enumerate(value):
            part = parts[index] if index < len(parts) else fields.get("items", True)
            problem = self.misfit(part, each, f"{what}[{index}]", depth + 1)
            if problem or self._steps > _MAX_STEPS:
                return problem
        return ""

    def _in_alternatives(self, fields: dict[str, Any], value: object, what: str, depth: int) -> str:
        for key in ("anyOf", "oneOf"):
            held = fields.get(key)
            choices = cast("list[Any]", held) if isinstance(held, list) else []
            problems = [self.misfit(choice, value, what, depth + 1) for choice in choices]
            if problems and all(problems):
                return problems[0] if len(problems) == 1 else f"{what} fits none of its {len(problems)} alternatives."
        held = fields.get("allOf")
        for part in cast("list[Any]", held) if isinstance(held, list) else []:
            if problem := self.misfit(part, value, what, depth + 1):
                return problem
        return ""

    def _referred(self, reference: object) -> object:
        """What a reference inside the schema points to; True, which asks for nothing, if it points elsewhere."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return True
        place = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            fields = cast("dict[str, Any]", place) if isinstance(place, dict) else {}
            if name not in fields:
                return True
            place = fields[name]
        return place


def _inside(what: str, name: str, *, capital: bool = True) -> str:
    """A parameter is called so; what it holds by its place in it."""
    shown = one_line(name, 80)
    if not what:
        return f"{'The parameter' if capital else 'parameter'} {shown}"
    return f"{what}.{shown}"


def _breadth(fields: dict[str, Any]) -> int:
    """How many steps its lists take that are gone through for each value: one of millions is compared with none."""
    lists = (fields.get("enum"), fields.get("required"), fields.get("type"))
    return sum(len(cast("list[Any]", each)) for each in lists if isinstance(each, list)) // _CHOICES_A_STEP


def _wrong_type(expected: object, value: object, what: str) -> str:
    kinds = cast("list[Any]", expected) if isinstance(expected, list) else [expected]
    known = [kind for kind in kinds if isinstance(kind, str)]
    if not known or any(_is_a(value, kind) for kind in known):
        return ""
    return f"{what or 'The value'} must be {' or '.join(_with_article(kind) for kind in known)}, not {name_of(value)}."


def _wrong_choice(fields: dict[str, Any], value: object, what: str) -> str:
    choices = fields.get("enum")
    if isinstance(choices, list) and not any(_same(value, each) for each in cast("list[Any]", choices)):
        named = ", ".join(one_line(repr(each), 60) for each in cast("list[Any]", choices)[:20])
        return f"{what} must be one of: {named}."
    if "const" in fields and not _same(value, fields["const"]):
        return f"{what} must be {one_line(repr(fields['const']), 60)}."
    return ""


def _wrong_size(fields: dict[str, Any], value: object, what: str) -> str:
    """Limits of numbers, and of how many characters or items there may be."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        low, high = _number(fields.get("minimum")), _number(fields.get("maximum"))
        if low is not None and value < low:
            return f"{what} must be at least {low}."
        if high is not None and value > high:
            return f"{what} must be at most {high}."
        return ""
    least, most = ("minLength", "maxLength") if isinstance(value, str) else ("minItems", "maxItems")
    if isinstance(value, str | list):
        size = len(cast("str | list[Any]", value))
        low, high = _number(fields.get(least)), _number(fields.get(most))
        of = "characters" if isinstance(value, str) else "items"
        if low is not None and size < low:
            return f"{what} must have at least {low} {of}, not {size}."
        if high is not None and size > high:
            return f"{what} must have at most {high} {of}, not {size}."
    return ""


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _same(one: object, other: object) -> bool:
    """Equal as JSON has it: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_a(value: object, kind: str) -> bool:
    """Whether a value is of a JSON schema's type; of a type that is not known here, everything is."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
        case "integer":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            return True


def _finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)


def _with_article(kind: str) -> str:
    if kind == "null":
        return "null"
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


def name_of(value: object) -> str:
    """The type of a value in JSON's own words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case float() if not math.isfinite(value):
            return "without end"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
