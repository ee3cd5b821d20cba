"""How `minim chat` is told to generate: its options, their help, and what is refused."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from backends.contract.chat import GenerationOptions, ThinkingSwitch
from backends.contract.errors import MinimError
from backends.contract.option_ranges import OPTION_RANGES, read_option

_NUMBERS = {
    "temperature": "how freely it chooses; 0: always the likeliest token",
    "top_p": "choose among the likeliest that have this probability together",
    "top_k": "choose among so many of the likeliest; 0: among all",
    "min_p": "leave out what is less likely than this part of the likeliest",
    "repetition_penalty": "make what was written lately less likely; 1: not",
    "max_tokens": "end the answer after so many tokens",
    "seed": "the same seed gives the same answer",
}


def add_chat_options(talk: argparse.ArgumentParser) -> None:
    """Add them to the parser. What is left out is as the model has it."""
    talk.add_argument("--system", default="", metavar="TEXT", help="system prompt")
    for name, words in _NUMBERS.items():
        talk.add_argument(
            f"--{name.replace('_', '-')}", type=_reader(name), metavar="N", help=f"{words} ({range_words(name)})"
        )
    talk.add_argument(
        "--stop", type=_text, action="append", default=[], metavar="TEXT", help="end before this text; may be repeated"
    )
    talk.add_argument("--thinking", choices=("on", "off"), help="whether to reason, where the model can do without")
    talk.add_argument("--reasoning-effort", default="", metavar="LEVEL", help="how much, where the model has levels")


def read_options(given: argparse.Namespace) -> GenerationOptions:
    """What was given, as the engine takes it."""
    return GenerationOptions(
        **{name: getattr(given, name) for name in _NUMBERS},
        stop=tuple(given.stop),
        thinking=None if given.thinking is None else given.thinking == "on",
        reasoning_effort=given.reasoning_effort,
    )


def check_thinking(options: GenerationOptions, switch: ThinkingSwitch) -> None:
    """Raises MinimError for a switch that the loaded model does not have."""
    if options.thinking is not None and not switch.variable:
        hint = "Leave out --thinking."
        raise MinimError("bad_request", "The reasoning of this model cannot be turned on and off.", hint)
    if options.reasoning_effort and options.reasoning_effort not in switch.efforts:
        words = f"This model has no reasoning effort “{options.reasoning_effort}”."
        levels = f"It has: {', '.join(switch.efforts)}." if switch.efforts else "Leave out --reasoning-effort."
        raise MinimError("bad_request", words, levels)


def range_words(name: str) -> str:
    """ "from 0 to 2", "a whole number from 1 to 1,048,576"."""
    allowed = OPTION_RANGES[name]
    words = f"from {_number_words(allowed.least)} to {_number_words(allowed.most)}"
    return f"a whole number {words}" if allowed.whole else words


def _reader(name: str) -> Callable[[str], float | int]:
    def read(text: str) -> float | int:
        try:
            number = read_option(name, text)
        except ValueError:
            number = None
        if number is None:
            raise argparse.ArgumentTypeError(f"“{text}” is not {_article(range_words(name))}")
        return number

    return read


def _article(words: str) -> str:
    return words if words.startswith("a ") else f"a number {words}"


def _number_words(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def _text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must say something")
    return text
