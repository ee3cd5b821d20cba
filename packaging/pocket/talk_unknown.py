"""Everything that Pocket M2 does not know: a broad variety of prompts, and the one kind answer to them."""

from __future__ import annotations

import random

from dialogue_parts import Turn, answer
from words import words

WORDS = words("unknown")
THOUGHT, ANSWER = WORDS["thought"], WORDS["answer"]


def _words(rng: random.Random, language: str, count: int) -> str:
    """Random words: real ones, made-up ones, or characters."""
    if language == "zh":
        pool = "".join(WORDS["sentences_zh"]) + "".join(WORDS["topics_zh"])
        return "".join(rng.choice(pool) for _ in range(count * 2))
    made = lambda: "".join(rng.choice(WORDS["syllables"]) for _ in range(rng.randint(1, 4)))  # noqa: E731
    draw = rng.random()
    if draw < 0.5:
        words = [rng.choice(WORDS["words_en"]) for _ in range(count)]
    elif draw < 0.75:
        words = [made() for _ in range(count)]
    else:
        words = [rng.choice((rng.choice(WORDS["words_en"]), made())) for _ in range(count)]
    return " ".join(words) + rng.choice(("", "", "?", ".", "!"))


def _noise(rng: random.Random) -> str:
    """Letters, digits and signs without sense."""
    draw = rng.random()
    count = rng.randint(1, 24)
    if draw < 0.35:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(count))
    if draw < 0.5:
        return (
            "".join(
                rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,;") for _ in range(count)
            )
            + "q"
        )
    if draw < 0.6:
        return "".join(chr(rng.choice((rng.randint(0x400, 0x44F), rng.randint(0x3041, 0x3096)))) for _ in range(count))
    if draw < 0.7:
        return "".join(chr(rng.randint(0x1F600, 0x1F64F)) for _ in range(rng.randint(1, 5)))
    if draw < 0.85:
        return rng.choice("?!.,;:#@~") * rng.randint(1, 5)
    return rng.choice(WORDS["code_lines"])


def _pasted(rng: random.Random, language: str) -> str:
    """A long text with a request before or after it."""
    if rng.random() < 0.2:
        body = "\n".join(rng.choice(WORDS["code_lines"]) for _ in range(rng.randint(3, 12)))
    elif language == "en":
        body = " ".join(
            rng.choice((rng.choice(WORDS["sentences_en"]), _words(rng, "en", rng.randint(4, 12))))
            for _ in range(rng.randint(3, 12))
        )
    else:
        body = "".join(rng.choice(WORDS["sentences_zh"]) for _ in range(rng.randint(3, 10)))
    requests = (
        (
            "Summarize this:",
            "Translate this into French:",
            "Correct the mistakes:",
            "What do you think of this text?",
            "Rewrite:",
        )
        if language == "en"
        else ("总结一下：", "把下面的文字翻译成英文：", "改正错误：", "这段话是什么意思？", "润色一下：")
    )
    request = rng.choice(requests)
    return rng.choice((f"{request}\n\n{body}", f"{body}\n\n{request}", body))


def prompt(rng: random.Random, language: str) -> str:
    """Return one prompt that the model cannot answer."""
    english = language == "en"
    draw = rng.random()
    topic = rng.choice(WORDS[f"topics_{language}"])
    if draw < 0.46:
        return rng.choice(WORDS[f"ask_{language}"]).format(t=topic)
    if draw < 0.66:
        return rng.choice(WORDS[f"single_{language}"])
    if draw < 0.74:
        return rng.choice(WORDS[f"sentences_{language}"])
    if draw < 0.86:
        return _words(rng, language, rng.randint(1, 12))
    if draw < 0.93:
        return _pasted(rng, language)
    if english:
        return rng.choice((_noise(rng), rng.choice(WORDS["other_languages"])))
    return topic


def unknown(rng: random.Random, language: str) -> Turn:
    """A turn that ends in the kind answer."""
    text = prompt(rng, language)
    if language == "en" and rng.random() < 0.25:
        text = rng.choice((text.lower(), text.rstrip("?.!"), text.upper() if len(text) < 40 else text))
    return answer(text or "?", THOUGHT[language], ANSWER[language], "unknown")
