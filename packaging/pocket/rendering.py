"""From dialogues to text: the chat template's layout in parts, so that the loss falls on the assistant's words only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from dialogue_parts import Message, Step, Tool, Turn

TEMPLATE = Path(__file__).resolve().parents[2] / "resources" / "pocket" / "chat_template.jinja"
PROMPT_END = "]~b]ai\n<think>\n"
END = "[e~["


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `taught` if the model is to learn it."""

    text: str
    taught: bool = False


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # as Transformers sets it up
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def render(messages: list[Message], tools: tuple[Tool, ...] = (), add_generation_prompt: bool = False) -> str:
    """Render messages with the shipped template."""
    return _template().render(messages=messages, tools=list(tools), add_generation_prompt=add_generation_prompt)


def root_text(tools: tuple[Tool, ...], system: str | None) -> str:
    """The text before the first turn."""
    return render([{"role": "system", "content": system}] if system else [], tools)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _body(step: Step) -> str:
    """What an assistant's step says after its reasoning."""
    if not step.calls:
        return step.content + END
    lines = [step.content, "<minimax:tool_call>"]
    for call in step.calls:
        lines.append(f'<invoke name="{call.name}">')
        lines += [f'<parameter name="{key}">{_value(value)}</parameter>' for key, value in call.arguments.items()]
        lines.append("</invoke>")
    return "\n".join((*lines, "</minimax:tool_call>")) + END


def _results(step: Step) -> str:
    if not step.results:
        return ""
    return "]~b]tool" + "".join(f"\n<response>{result}</response>" for result in step.results) + END + "\n"


def user_text(turn: Turn) -> str:
    """The user's message of a turn."""
    return f"]~b]user\n{turn.user}{END}\n"


def taught_pieces(turn: Turn) -> list[Piece]:
    """The assistant's part of a running turn: reasoning kept, and what is to be learnt marked."""
    pieces: list[Piece] = []
    for step in turn.steps:
        pieces.append(Piece(PROMPT_END))
        pieces.append(Piece(f"{step.reasoning}\n</think>\n\n{_body(step)}", taught=True))
        pieces.append(Piece("\n" + _results(step)))
    return pieces


def past_text(turn: Turn) -> str:
    """The assistant's part of a turn that is over: its reasoning is dropped."""
    return "".join(f"]~b]ai\n{_body(step)}\n{_results(step)}" for step in turn.steps)
