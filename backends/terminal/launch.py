"""`minim launch`: the model card's command, in all its spellings, checked and made a choice for the window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from msgspec import Struct

from backends.contract.catalog import JudgedForm, JudgedModel, launch_command
from backends.contract.errors import MinimError
from backends.contract.models import EngineName, LaunchChoice
from backends.terminal.asking import judge
from backends.terminal.catalog import whole_catalog
from backends.terminal.forms import Match, Wish, best_of, fitting_forms, require_model
from backends.terminal.output import harmless, say
from backends.terminal.words import HUB_NAMES, form_words
from backends.terminal.workers import Workers

_ENGINES: dict[str, EngineName] = {"mlx": "MLX", "transformers": "Transformers"}
_FORMATS: dict[str, EngineName] = {"mlx": "MLX", "pytorch": "Transformers", "awq": "Transformers"}
_TYPE = "--model-type"
_SHORT = {
    "-n": "--model-name",
    "-en": "--model-engine",
    "-s": "--size-in-billions",
    "-f": "--model-format",
    "-q": "--quantization",
}
"""Xinference's short names. argparse must not know them: it would take its -e for the beginning of -en."""

_PAIRS = {
    "--lora-modules", "-lm", "--image-lora-load-kwargs", "-ld", "--image-lora-fuse-kwargs", "-fd",
}  # fmt: skip
"""Options of Xinference that have two values, a name and what it stands for."""


class LaunchRequest(Struct, frozen=True):
    """What `minim launch` was asked to open; "" for what was not said. `unused`: options that Minim does without."""

    wish: Wish
    engine: str = ""
    unused: tuple[str, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command that Minim uses."""
    parser.add_argument("--model-name", required=True, metavar="NAME", help="as `minim models` lists it")
    parser.add_argument("--model-engine", default="", metavar="MLX|Transformers")
    parser.add_argument("--size-in-billions", type=size, default=0.0, metavar="N", help="such as 230 or 0_6")
    parser.add_argument("--model-format", default="", metavar="pytorch|awq|mlx")
    parser.add_argument("--quantization", default="", metavar="Q", help="such as none, Int4, 4bit")
    parser.add_argument("--hub", "--download-hub", choices=tuple(HUB_NAMES), help="where to fetch it from")


def spelled_out(argv: Sequence[str]) -> list[str]:
    """The arguments with every option's long name: `--model_name` and `-n` are `--model-name`."""
    return [_spelled_out(word) for word in argv]


def read_request(given: argparse.Namespace, rest: Sequence[str]) -> LaunchRequest:
    """What was asked for; `rest` is what `add_options` does not know. Raises ValueError, in words, if it is no option.

    As in Xinference, every further option has one value, but for a few that have two.
    """
    unused: list[str] = []
    words = list(rest)
    while words:
        option = words.pop(0)
        if not option.startswith("-"):
            raise ValueError(f"“{option}” is no option. A name of several words stands in quotation marks.")
        name, has_value, value = option.partition("=")
        for _ in range(0 if has_value else 2 if name in _PAIRS else 1):
            if words and not _is_option(words[0]):
                value = words.pop(0)
        if name in (_TYPE, "-t"):
            if value.upper() != "LLM":
                raise ValueError(f"Minim runs models of the type LLM only, none of the type “{value}”.")
        else:
            unused.append(name)
    wish = Wish(given.model_name, given.model_format, given.quantization, given.size_in_billions, given.hub)
    return LaunchRequest(wish, given.model_engine, tuple(unused))


def choose_launch(workers: Workers, request: LaunchRequest) -> LaunchChoice:
    """The choice to hand to the window, checked against the catalogue of this machine. Raises as `check` does."""
    if request.unused:
        say(harmless(f"Not used by Minim: {', '.join(request.unused)}", kept=""))
    return check(judge(workers, whole_catalog()).models, request)


def check(models: Sequence[JudgedModel], request: LaunchRequest) -> LaunchChoice:
    """The choice that was meant, of the judged `models`. Raises MinimError with what there is instead."""
    model = require_model(models, request.wish.name)
    match = _of_engine(model, request)
    form = match.form.form
    engines = _engines_of(match.form)
    if not engines:
        raise MinimError(
            "unsupported_model",
            f"No engine of Minim reads the format “{form.format}”.",
            f"Formats that it reads: {', '.join(_FORMATS)}.",
        )
    engine = _ENGINES.get(request.engine.casefold(), engines[0])
    if match.chosen:
        which = "The recommended form" if match.form.recommended else "The first that fits"
        say(f"{which} is opened: --model-format {form.format} --quantization {form.quantization}")
    if match.form.verdict.zone != "fits":
        say(f"{model.spec.name} · {form_words(match.form, None)}")
    sizes = {one.form.size_in_billions for one in model.forms}
    size_in_billions = form.size_in_billions if len(sizes) > 1 else 0.0
    return LaunchChoice(
        model.spec.name, form.format, form.quantization, engine, request.wish.hub or "", size_in_billions
    )


def _of_engine(model: JudgedModel, request: LaunchRequest) -> Match:
    """The form that was meant, of those that the engine runs. Raises MinimError naming the engine that runs it."""
    forms = fitting_forms(model, request.wish)
    if not request.engine:
        return best_of(model, forms)
    wanted = _ENGINES.get(request.engine.casefold())
    run = [form for form in forms if wanted in _engines_of(form)]
    if run:
        return best_of(model, run)
    meant = best_of(model, forms).form
    name = f"{model.spec.name} as {meant.form.format} {meant.form.quantization}"
    message = f"{name} does not run in {wanted}." if wanted else f"Minim has no engine “{request.engine}”."
    runners = _engines_of(meant)
    if not runners:
        raise MinimError("bad_request", message, f"No engine of Minim reads the format “{meant.form.format}”.")
    command = launch_command(model.spec.name, meant.form, runners[0])
    raise MinimError("bad_request", message, f"Here {runners[0]} runs it: {command}")


def _engines_of(judged: JudgedForm) -> list[EngineName]:
    """The engine that runs it on this machine first, then the one that its format is made for."""
    engines = (judged.verdict.engine, _FORMATS.get(judged.form.format.casefold()))
    return list(dict.fromkeys(engine for engine in engines if engine is not None))


def _spelled_out(word: str) -> str:
    if not word.startswith("--"):
        return _SHORT.get(word, word)
    name, equals, value = word.partition("=")
    return f"{name.replace('_', '-')}{equals}{value}"


def _is_option(word: str) -> bool:
    return word.startswith("-") and not word[1:].isdecimal()


def size(words: str) -> float:
    """Billions of parameters: "230", "0.6", "0_6", "7B"."""
    try:
        count = float(words.strip().upper().removesuffix("B").replace("_", "."))
    except ValueError:
        count = 0.0
    if not 0 < count < 1e6:
        raise argparse.ArgumentTypeError(f"“{words}” is no number of billions, such as 230 or 0_6")
    return count
