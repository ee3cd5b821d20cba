"""Finds the texts that backends make for a person, and says which of them the window cannot tell in Chinese yet.

As a command it prints what is missing, ready to be pasted into resources/translations/told_zh_CN.json, then what is
stale there: `python packaging/translations/told_texts.py` in the repository's root.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "resources" / "translations" / "told_zh_CN.json"
UNTOLD = Path(__file__).with_name("untold.json")
"""What backends say to a model, a log, a database or a terminal only: whole modules, and single texts."""

Shape = tuple[str, ...]
"""A template's own words, between which its values stand: placeholders may be named in any way."""

_LOGS = ("debug", "info", "warning", "error", "exception", "critical", "log")
_TO_MACHINES = ("cast", "compile", "execute", "executescript", "strftime", "strptime", "sub", "fullmatch", "split")
_PERCENT = re.compile(r"%[-+0-9.]*[a-z]")
_PROGRAM = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH RECURSIVE|CREATE|ALTER|import) |\{forget\} WHERE")
"""How statements of SQL and programs of Python begin."""


def shape_of(template: str) -> Shape:
    """A template's own words. Raises ValueError for braces that do not fit."""
    words = [""]
    for literal, name, _, _ in Formatter().parse(template):
        words[-1] += literal
        if name is not None:
            words.append("")
    return tuple(words)


def places_of(template: str) -> list[str]:
    """The names of a template's placeholders, in order."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def texts_of(code: str) -> Iterator[tuple[str, bool]]:
    """The templates of all texts in Python's `code`, and whether a person could be meant to read them.

    These are words with blanks between them, and words of which one is chosen within a text. Docstrings, and what is
    said to logs and machines, are no texts.
    """
    tree = ast.parse(code)
    skipped = {id(node) for root in _left_out(tree) for node in ast.walk(root)}
    chosen = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in _choices(node)}
    for node in ast.walk(tree):
        written = _Written.of(node) if id(node) not in skipped else None
        if written is not None:
            skipped.update(id(part) for part in written.parts)
            may_be_read = _has_words(written.template) or (id(node) in chosen and written.template.isalpha())
            yield written.template, may_be_read and _PROGRAM.match(written.template) is None


def person_texts() -> tuple[dict[str, str], set[Shape]]:
    """All templates of backends and of the catalogue, each with where it stands; and the shapes of all texts there."""
    untold = json.loads(UNTOLD.read_text(encoding="utf-8"))["modules"]
    found: dict[str, str] = {}
    said: set[Shape] = set()
    for path in sorted((ROOT / "backends").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not any(place.startswith(module) for module in untold):
            for template, is_for_person in texts_of(path.read_text(encoding="utf-8")):
                said.add(shape_of(template))
                if is_for_person:
                    found.setdefault(template, place)
    for path in sorted((ROOT / "resources" / "catalog").glob("*.json")):
        for spec in json.loads(path.read_text(encoding="utf-8")):
            found.setdefault(_escaped(spec["model_description"]), path.relative_to(ROOT).as_posix())
    return found, said | {shape_of(template) for template in found}


def missing_and_stale() -> tuple[dict[str, str], list[str], list[str]]:
    """Templates without a translation (with where they stand), translations and untold texts without a template."""
    found, said = person_texts()
    translated = json.loads(TRANSLATIONS.read_text(encoding="utf-8"))["texts"]
    untold = json.loads(UNTOLD.read_text(encoding="utf-8"))["texts"]
    known = {shape_of(template) for template in (*translated, *untold)}
    missing = {template: place for template, place in found.items() if shape_of(template) not in known}
    stale, idle = ([each for each in texts if shape_of(each) not in said] for texts in (translated, untold))
    return missing, stale, idle


def entries(missing: dict[str, str]) -> str:
    """The lines to paste into the translations: Chinese is to be put between the last quotes of each."""
    return "\n".join(f'    {json.dumps(template, ensure_ascii=False)}: "",' for template in missing)


class _Written:
    """A text as an expression writes it: its template, and the nodes whose words belong to it."""

    def __init__(self, template: str, parts: list[ast.AST]) -> None:
        self.template, self.parts = template, parts

    @classmethod
    def of(cls, node: ast.AST) -> _Written | None:
        """None for an expression that is no text."""
        pieces = _pieces(node) or []
        if not any(isinstance(piece, str) for piece in pieces):
            return None
        template, taken = "", dict[str, int]()
        for piece in pieces:
            if isinstance(piece, str):
                template += _escaped(piece)
            else:
                name = _name_of(piece)
                taken[name] = taken.get(name, 0) + 1
                template += "{" + (name if taken[name] == 1 else f"{name}_{taken[name]}") + "}"
        return cls(template, _literal_nodes(node))


def _pieces(node: ast.AST) -> list[str | ast.expr] | None:
    """The words and the values of an expression that makes a text; None where it makes none."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return [piece for value in values for piece in _pieces(value) or ()]
        case ast.FormattedValue(value=value):
            return [value]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=value):
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            return _alternating(_PERCENT.split(text.replace("%%", "%")), values)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _alternating(list(shape_of(text)), [*node.args, *(each.value for each in node.keywords)])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = [_pieces(left), _pieces(right)]
            if sides == [None, None]:
                return None
            return [piece for side, of in zip(sides, (left, right), strict=True) for piece in (side or [of])]
        case _:
            return None


def _alternating(words: list[str], values: list[ast.expr]) -> list[str | ast.expr]:
    """Words with the values that stand between them; a value that is put in twice, or by another name, is its own."""
    between = [*values, *(ast.Name("value") for _ in words)]
    return [piece for pair in zip(words, between, strict=False) for piece in pair][: 2 * len(words) - 1]


def _literal_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes whose words belong to the text of `node`, itself among them; values are texts of their own."""
    match node:
        case ast.JoinedStr(values=values):
            return [node, *(value for value in values if isinstance(value, ast.Constant))]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [node, *_literal_nodes(left), *_literal_nodes(right)]
        case ast.BinOp(left=ast.Constant() as text) | ast.Call(func=ast.Attribute(value=ast.Constant() as text)):
            return [node, text]
        case _:
            return [node]


def _choices(node: ast.AST) -> list[ast.expr]:
    """Words of which one is put into a text: of "a if … else b", and of "a or b"."""
    match node:
        case ast.JoinedStr(values=values):
            return [each for value in values for each in _choices(value)]
        case ast.FormattedValue(value=ast.IfExp() | ast.BoolOp() as value):
            return _choices(value)
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.BoolOp(values=values):
            return values
        case _:
            return []


def _left_out(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, annotations, comparisons, and what is passed to logs and machines."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                yield node
            case ast.Compare(left=left, comparators=others):
                yield from (part for part in (left, *others) if isinstance(part, ast.Constant))
            case ast.Call(func=ast.Attribute(attr=name, value=owner), args=args):
                if name in _TO_MACHINES or (name in _LOGS and "log" in ast.unparse(owner).lower()):
                    yield from args
            case ast.Call(func=ast.Name(id=name), args=args) if name in _TO_MACHINES:
                yield from args[:1]
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case _:
                pass


def _has_words(template: str) -> bool:
    """Whether there are several words in it; a single one is a key or a name."""
    shape = shape_of(template)
    if len(shape) == 1:
        return " " in template.strip()
    return any(" " in words and any(map(str.isalpha, words)) for words in shape)


def _name_of(node: ast.expr) -> str:
    """What a value's placeholder is called by."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower() or "value"
        case ast.Call(args=[first, *_]):
            return _name_of(first)
        case ast.Call(func=func):
            return _name_of(func)
        case ast.Subscript(value=value) | ast.BinOp(left=value) | ast.UnaryOp(operand=value):
            return _name_of(value)
        case ast.BoolOp(values=[first, *_]):
            return _name_of(first)
        case _:
            return "value"


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def main() -> int:
    """Print what is missing and what is stale; 1 if anything is."""
    missing, stale, idle = missing_and_stale()
    if missing:
        sys.stdout.write(
            f"Without a translation: {len(missing)}, of {', '.join(set(missing.values()))}\n{entries(missing)}\n"
        )
    for template in stale:
        sys.stdout.write(f"Stale, said nowhere any more: {template}\n")
    for template in idle:
        sys.stdout.write(f"Stale in untold.json: {template}\n")
    return 1 if missing or stale or idle else 0


if __name__ == "__main__":
    sys.exit(main())
