"""What a server's tool answered, as text for the model and the person. It is data, and may be anything."""

from __future__ import annotations

import json
from typing import Any, cast

from backends.tools.base import ToolResult
from backends.tools.server_text import cut, one_line, plain_text

MAX_RESULT = 60_000


def result_of(answer: dict[str, Any]) -> ToolResult:
    """The result in a server's answer to tools/call: its text, and a line for each thing that is none."""
    blocks = answer.get("content")
    said = [_text_of(block) for block in cast("list[object]", blocks)] if isinstance(blocks, list) else []
    text = "\n".join(each for each in said if each)
    structured = answer.get("structuredContent")
    if not text.strip() and structured is not None:
        text = _as_json(structured)
    text = plain_text(text[: MAX_RESULT * 4]) if len(text) <= MAX_RESULT * 4 else _shortened(text)
    is_error = answer.get("isError") is True
    return ToolResult(cut(text, MAX_RESULT) or "(The tool answered with nothing.)", is_error)


def _shortened(text: str) -> str:
    """The beginning made plain, then the rest as it is: only its length is told of."""
    return plain_text(text[: MAX_RESULT * 2]) + text[MAX_RESULT * 2 :]


def _text_of(block: object) -> str:
    """One block of content as text."""
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
            return "[content of a kind that is not known here]"


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
