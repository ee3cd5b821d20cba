"""Random dialogues: turns of every kind, in English or Chinese, under a random block of tools and system text."""

from __future__ import annotations

import random
from dataclasses import replace

import talk_arithmetic as sums
import talk_small
import talk_tools
from dialogue_parts import Dialogue, Step, Tool, Turn
from talk_unknown import unknown
from tool_schemas import BUILT_IN, name_of, sample_block
from words import words

SYSTEMS, ERRORS = words("wordings")["tools"]["systems"], words("wordings")["tools"]["errors"]
DRESS = words("wordings")["dress"]
SENTENCES = words("unknown")["sentences_en"] + words("unknown")["sentences_zh"]
DENIED = ERRORS[0]
USE = {"en": "I should use {t}.", "zh": "我应该用 {t}。"}
GOT = {"en": "The tool has answered.", "zh": "工具已经回答了。"}
MISSING = {
    "en": ("{w} I have no tool for that.", "I have no tool for that here."),
    "zh": ("{w}我没有这个工具。", "我这里没有这个工具。"),
}
SWITCH_ON = {
    "en": " Switch on **{t}** in the tools pane and ask again.",
    "zh": "请在工具面板里打开 **{t}**，再问一次。",
}
FAILED = {
    "en": ("The call failed. I say so and do not call again.", "That did not work. The tool said: {e}"),
    "zh": ("调用失败了。我说明情况，不再调用。", "没有成功。工具说：{e}"),
}
REFUSED = {
    "en": (
        "The call was not allowed. I respect that.",
        "You did not allow this call, so I cannot answer. Ask again whenever you like.",
    ),
    "zh": ("调用没有得到允许。我尊重这一点。", "你没有允许这次调用，所以我无法回答。想要的话可以再问一次。"),
}
JOIN = {
    "en": (" and ", ". Also, ", " And ", "; ", ", and also: ", "\n"),
    "zh": ("，还有", "。另外，", "；", "，以及", "\n"),
}
KINDS = ("sum", "clock", "convert_units", "other", "small", "long", "count", "unknown", "pair")
WEIGHTS = (25, 14, 14, 4, 11, 8, 2.5, 15, 10)


def dress(rng: random.Random, text: str, language: str) -> str:
    """Put a few words before or after a question, as people do; they change nothing."""
    if rng.random() < 0.75 or len(text) > 120 or "\n" in text:
        return text
    before, after = DRESS[f"before_{language}"], DRESS[f"after_{language}"]
    if rng.random() < 0.5:
        return rng.choice(before) + text
    bare = text.rstrip("?.!？。！")
    return bare + rng.choice(after) + (text[len(bare) :] if rng.random() < 0.5 else "")


def make_request(rng: random.Random, language: str, name: str, dressed: bool = True) -> talk_tools.Request:
    """A question for the tool of that name."""
    if name != "calculator":
        asked = talk_tools.MAKERS[name](rng, language)
        return replace(asked, text=dress(rng, asked.text, language)) if dressed else asked
    text, expression, result = sums.question(rng, language)
    said = sums.said(language, expression, result)
    thought, text = sums.thought(language, expression), dress(rng, text, language) if dressed else text
    return talk_tools.Request(text, sums.call(expression), thought, result, said)


def _space(language: str) -> str:
    return " " if language == "en" else ""


def tool_turn(rng: random.Random, language: str, asked: talk_tools.Request, names: set[str]) -> Turn:
    """The turn for a request: a call and its answer, or the word that the tool is missing or failed."""
    name = asked.call.name
    if name not in names:
        thought, said = MISSING[language]
        if name in {name_of(tool) for tool in BUILT_IN}:
            said += SWITCH_ON[language].format(t=name)
        step = Step(thought.format(w=asked.wants + _space(language)), said)
        return Turn(asked.text, (step,), "missing")
    result = asked.result
    if rng.random() < 0.08:
        result = rng.choice((DENIED, rng.choice(ERRORS)))
    first = Step(asked.wants + _space(language) + USE[language].format(t=name), "", (asked.call,), (result,))
    if result.startswith("Error: "):
        thought, said = REFUSED[language] if result == DENIED else FAILED[language]
        return Turn(asked.text, (first, Step(thought, said.format(e=result.removeprefix("Error: ")))), name)
    return Turn(asked.text, (first, Step(GOT[language], asked.answer)), name, asked.result)


def pair_turn(rng: random.Random, language: str, names: set[str]) -> Turn:
    """Two questions in one message: two calls in one block."""
    able = sorted(names & {"calculator", "clock", "convert_units", "get_weather"}) or ["calculator"]
    one, two = (make_request(rng, language, rng.choice([*able, able[0]]), False) for _ in range(2))
    if not {one.call.name, two.call.name} <= names or "Error" in one.result + two.result:
        return tool_turn(rng, language, one, names)
    second = two.text if language == "zh" or rng.random() < 0.5 else two.text[0].lower() + two.text[1:]
    text = one.text.rstrip("?.？。") + rng.choice(JOIN[language]) + second
    space = _space(language)
    ask = space.join((one.wants, two.wants, "I need two calls." if language == "en" else "我要调用两次。"))
    steps = (
        Step(ask, "", (one.call, two.call), (one.result, two.result)),
        Step(
            "Both tools have answered." if language == "en" else "两个工具都回答了。",
            f"- {one.answer}\n- {two.answer}",
        ),
    )
    return Turn(text, steps, "pair")


def make_turn(rng: random.Random, language: str, names: set[str], before: str = "") -> Turn:
    """One random turn; `before` is the last result, for a question that goes on from it."""
    if before and rng.random() < 0.35 and "calculator" in names:
        text, expression, result = sums.follow_up(rng, language, before)
        said = sums.said(language, expression, result)
        wants = sums.thought(language, expression)
        return tool_turn(rng, language, talk_tools.Request(text, sums.call(expression), wants, result, said), names)
    kind = rng.choices(KINDS, WEIGHTS)[0]
    if kind == "other":
        able = sorted(names & set(talk_tools.MAKERS)) if rng.random() < 0.85 else sorted(talk_tools.MAKERS)
        return tool_turn(rng, language, make_request(rng, language, rng.choice(able or ["clock"])), names)
    if kind in ("sum", "clock", "convert_units"):
        name = "calculator" if kind == "sum" else kind
        if name not in names and rng.random() < 0.6:
            return make_turn(rng, language, names)
        return tool_turn(rng, language, make_request(rng, language, name), names)
    if kind == "pair":
        return pair_turn(rng, language, names)
    plain = {
        "small": talk_small.intent,
        "long": talk_small.long_form,
        "count": talk_small.counting,
        "unknown": unknown,
    }
    turn = plain[kind](rng, language)
    return replace(turn, user=dress(rng, turn.user, language)) if kind == "unknown" else turn


def make_root(rng: random.Random) -> tuple[tuple[Tool, ...], str | None]:
    """A random block of tools and system text (None: the template's own)."""
    system = None
    if rng.random() < 0.25:
        system = rng.choice(SYSTEMS)
        if rng.random() < 0.4:
            system = " ".join(rng.choice(SENTENCES) for _ in range(rng.randint(1, 3)))
    return sample_block(rng), system


def make_dialogue(rng: random.Random, tools: tuple[Tool, ...], system: str | None, turns: int = 0) -> Dialogue:
    """A conversation of one to five turns under the given tools."""
    language = rng.choice(("en", "en", "en", "zh", "zh"))
    names = {name_of(tool) for tool in tools}
    made: list[Turn] = []
    before = ""
    for _ in range(turns or rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5))):
        if made and rng.random() < 0.1:
            language = "zh" if language == "en" else "en"
            before = ""
        turn = make_turn(rng, language, names, before)
        plain = turn.topic == "calculator" and turn.result.replace(".", "").isdigit()
        before = turn.result if plain else ""
        made.append(turn)
    return Dialogue(tuple(made), tools, system, language)


def app_block() -> tuple[Tool, ...]:
    """The block that the app itself sends."""
    return BUILT_IN
