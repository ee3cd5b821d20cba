"""Small talk: what Pocket M2 says without a tool, each intent with its wordings and its one answer a language."""

from __future__ import annotations

import random
from typing import Any

from dialogue_parts import Turn, answer
from words import words

WORDS, INTENTS = words("wordings")["small"], words("intents")


def vary(rng: random.Random, text: str, language: str) -> str:
    """Change case and punctuation of a question a little."""
    if rng.random() < 0.35:
        text = text.rstrip("?!.。？！") + rng.choice(WORDS[f"ends_{language}"])
    draw = rng.random()
    if draw < 0.12:
        return text.lower()
    if draw < 0.15:
        return text.upper()
    return text[0].upper() + text[1:] if draw < 0.3 and text else text


def counting(rng: random.Random, language: str) -> Turn:
    """Count up to a number."""
    english = language == "en"
    a = 1 if rng.random() < 0.7 else rng.randint(0, 60)
    b = a + rng.choice((4, 9, 9, 19, 19, 29, 29, 39, 49, rng.randint(2, 59)))
    if a == 1 and rng.random() < 0.5:
        text = rng.choice(WORDS[f"count_to_{language}"]).format(b=b)
    else:
        text = rng.choice(WORDS[f"count_{language}"]).format(a=a, b=b)
    numbers = [str(n) for n in range(a, b + 1)]
    thought = f"I count from {a} to {b}." if english else f"我从 {a} 数到 {b}。"
    return answer(vary(rng, text, language), thought, (", " if english else "、").join(numbers), "count")


def intent(rng: random.Random, language: str) -> Turn:
    """One of the short intents: greetings, who are you, show a table and so on."""
    return _turn(rng, language, rng.choice(INTENTS["short"]))


def long_form(rng: random.Random, language: str) -> Turn:
    """One of the longer texts: stories, poems."""
    return _turn(rng, language, rng.choice(INTENTS["long"]))


def _turn(rng: random.Random, language: str, entry: dict[str, Any]) -> Turn:
    here = entry[language]
    return answer(vary(rng, rng.choice(here["asks"]), language), here["thought"], here["said"], entry["topic"])
