"""What a server's tool answered, as text for the model and the person. It is data, and may be anything."""

from __future__ import annotations

import json
from typing import Any, cast

from backends.tools.base import ToolResult
from backends.tools.schema_check import misfit
from backends.tools.server_text import cut, one_line, plain_text

MAX_RESULT = 60_000


def result_of(answer: dict[str, Any], promised: object = None) -> ToolResult:
    """The result in a server's answer to tools/call: its text, and a line for each thing that is none.

    `promised` is the tool's output schema: structured content that does not fit it is an error.
    """
    if answer.get("resultType") == "input_required":
        return ToolResult("The tool asks for more before it answers, which cannot be given here.", is_error=True)
    blocks = answer.get("content")
    said = [_text_of(block) for block in cast("list[object]", blocks)] if isinstance(blocks, list) else []
    text = "\n".join(each for each in said if each)
    if unknown := said.count(None):
        text = f"{text}\n[{unknown:,} {'part' if unknown == 1 else 'parts'} of a kind that is not known here]".strip(
            "\n"
        )
    structured = answer.get("structuredContent")
    if not text.strip() and structured is not None:
        text = _as_json(structured)
    text = cut(plain_text(text), MAX_RESULT) or "(The tool answered with nothing.)"
    if answer.get("isError") is True:
        return ToolResult(text, is_error=True)
    problem = misfit(promised, structured, "answer") if structured is not None else ""
    if problem:
        return ToolResult(f"The tool's answer is not what it promised. {problem}\n{text}", is_error=True)
    return ToolResult(text)


def _text_of(block: object) -> str | None:
    """One block of content as text, None for one of a kind that is not known."""
    fields = cast("dict[str, Any]", block) if isinstance(block, dict) else {}
    match fields.get("type"):
        case "text":
            text = fields.get("text")
            return text if isinstance(text, str) else ""
        case "image" | "audio" as kind:
            return f"[{kind}, {_kind_and_size(fields.get('mimeType'), fields.get('data'))}: not shown]"
        case "resource":
            return _resource(fields.get("resource"))
        case "resource_link":
            name, uri = one_line(fields.get("name"), 200), one_line(fields.get("uri"), 500)
            return f"[link to a resource: {name} {uri}]".replace("  ", " ")
        case _:
            return None


def _resource(held: object) -> str:
    fields = cast("dict[str, Any]", held) if isinstance(held, dict) else {}
    uri = one_line(fields.get("uri"), 500)
    text = fields.get("text")
    if isinstance(text, str):
        return f"[resource {uri}]\n{text}"
    return f"[resource {uri}, {_kind_and_size(fields.get('mimeType'), fields.get('blob'))}: not shown]"


def _kind_and_size(kind: object, base64: object) -> str:
    """For example "image/png, 34 KB": three bytes are four characters of base64."""
    size = len(base64) * 3 // 4 if isinstance(base64, str) else 0
    said = f"{size:,} bytes" if size < 1000 else f"{size / 1000:,.0f} KB"
    return f"{one_line(kind, 100) or 'of no kind'}, {said}"


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1)
    except (ValueError, TypeError, RecursionError):
        return ""
