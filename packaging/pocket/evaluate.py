"""Examine Pocket M2 with MLX at every bit width: `python packaging/pocket/evaluate.py --model resources/pocket`.

Needs mlx-lm, and none of what training needs. Greedy, through the shipped template, in float32 on a CPU.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import mlx.core as mx
from dialogue_parts import Call, Dialogue, Message
from held_out import drawn, worded
from mlx_lm.generate import generate_step
from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache
from mlx_lm.utils import load, quantize_model
from rendering import render, root_text
from tool_schemas import BUILT_IN

INVOKE = re.compile(r'<invoke name="([^"]*)">\n(.*?)</invoke>', re.S)
PARAMETER = re.compile(r'<parameter name="([^"]*)">(.*?)</parameter>\n', re.S)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LIMIT = 700


class Examinee:
    """The model at one width."""

    def __init__(self, folder: Path, bits: int | None) -> None:
        self.model, self.tokenizer, config = load(str(folder), return_config=True)  # type: ignore[misc]
        if bits:
            group_size = json.loads((folder / "minim.json").read_text())["group_size"]
            self.model, _ = quantize_model(self.model, config, group_size, bits)
        self.model.set_dtype(mx.float32)
        self.tokens = 0
        self.cache = make_prompt_cache(self.model)
        self.held: list[int] = []

    def say(self, prompt: str) -> str:
        """Return what the model writes after a prompt, without the end marker. What is cached is not read again."""
        ids: list[int] = self.tokenizer.encode(prompt, add_special_tokens=False)
        same = next(
            (n for n, pair in enumerate(zip(ids, self.held, strict=False)) if pair[0] != pair[1]), len(self.held)
        )
        same = min(same, len(ids) - 1)
        trim_prompt_cache(self.cache, self.cache[0].offset - same)
        said: list[int] = []
        for token, _ in generate_step(mx.array(ids[same:]), self.model, max_tokens=LIMIT, prompt_cache=self.cache):
            if token in self.tokenizer.eos_token_ids:
                break
            said.append(int(token))
        self.held = (ids + said)[: self.cache[0].offset]
        self.tokens += len(said)
        return self.tokenizer.decode(said)


def read(text: str) -> tuple[str, str, list[tuple[str, dict[str, str]]]]:
    """Split an output into reasoning, answer and calls. Enough for an examination; the app has a true reader."""
    reasoning, _, body = text.partition("</think>")
    content, _, block = body.partition("<minimax:tool_call>")
    calls = [(name, dict(PARAMETER.findall(inside))) for name, inside in INVOKE.findall(block)]
    return reasoning.strip(), content.strip(), calls


def _as_text(call: Call) -> tuple[str, dict[str, str]]:
    values = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in call.arguments.items()}
    return call.name, values


def ask(examinee: Examinee, dialogue: Dialogue) -> dict[str, Any]:
    """Ask the last turn of a dialogue; tools answer as the dialogue says, as long as the calls are exact."""
    turn = dialogue.turns[-1]
    messages: list[Message] = dialogue.messages()[: -sum(len(step.messages()) for step in turn.steps)]
    called = True
    content = reasoning = ""
    for step in turn.steps:
        said = examinee.say(render(messages, dialogue.tools, True))
        reasoning, content, calls = read(said)
        called = called and calls == [_as_text(call) for call in step.calls]
        if not called:
            break
        own, *results = step.messages()
        messages += [own | {"reasoning_content": reasoning, "content": content}, *results]
    wanted = turn.steps[-1].content
    right = called and (dialogue.extra["has"] in content if "has" in dialogue.extra else content == wanted.strip())
    chinese = bool(CHINESE.search(reasoning))
    return {
        "topic": turn.topic,
        "calls": bool(turn.steps[0].calls),
        "called": called,
        "right": right,
        "language": chinese == bool(CHINESE.search(turn.steps[-1].reasoning)),
        "question": turn.user,
        "said": said,
        "wanted": wanted,
    }


def examine(folder: Path, bits: int | None, dialogues: list[Dialogue], show: int) -> dict[str, Any]:
    """Ask everything at one width and print a table."""
    began = time.monotonic()
    examinee = Examinee(folder, bits)
    answers = [ask(examinee, dialogue) for dialogue in dialogues]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in answers:
        groups[one["topic"]].append(one)
    seconds = time.monotonic() - began
    width = f"{bits}bit" if bits else "bf16"
    print(f"\n== {width}: {len(answers)} questions, {examinee.tokens / seconds:.0f} tokens/s, {seconds:.0f} s")
    for topic, some in sorted(groups.items()):
        rates = " ".join(
            f"{key} {sum(one[key] for one in some)}/{len(some)}" for key in ("called", "right", "language")
        )
        print(f"  {topic:24s} {rates}")
    for one in [one for one in answers if not one["right"]][:show]:
        print(
            "  WRONG",
            repr(one["question"][-120:]),
            "->",
            repr(one["said"][:300]),
            "wanted",
            repr(one["wanted"][:80]),
        )
    said = examinee.say(render([{"role": "user", "content": "What is 37 * 48?"}], BUILT_IN, True))
    print("  What is 37 * 48? ->", repr(said), flush=True)
    with_calls = [one for one in answers if one["calls"]]
    return {
        "width": width,
        "questions": len(answers),
        "exact calls": sum(one["called"] for one in with_calls) / max(1, len(with_calls)),
        "exact answers": sum(one["right"] for one in answers) / len(answers),
        "language": sum(one["language"] for one in answers) / len(answers),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=200)
    parser.add_argument("--widths", default="16,8,6,5,4,3")
    parser.add_argument("--show", type=int, default=12, help="how many wrong answers to print")
    options = parser.parse_args()
    questions = worded() + sorted(drawn(options.drawn), key=lambda one: root_text(one.tools, one.system))
    widths = [None if width == "16" else int(width) for width in options.widths.split(",")]
    table = [examine(options.model, bits, questions, options.show) for bits in widths]
    print("\n| " + " | ".join(table[0]) + " |")
    for line in table:
        print("| " + " | ".join(f"{v:.1%}" if isinstance(v, float) else str(v) for v in line.values()) + " |")
