"""Which models there are: `minim models`, and the choice of `minim chat --model`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from backends.contract.commands import Command, FindModels, InspectModel
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event, ModelInspected, ModelsChanged, RequestFailed, WorkerExited
from backends.contract.models import InstalledModel, ModelRef
from backends.storage.paths import log_folder
from backends.storage.settings import load_preferences
from backends.terminal.output import harmless, say, say_failure
from backends.terminal.workers import Workers

BUILT_IN = "pocket"
_HEADINGS = ("name", "format", "quantization", "engine", "size", "context", "where")


def print_models(workers: Workers, *, as_json: bool) -> int:
    """Print all models on this machine; → exit code."""
    preferences, words = load_preferences()
    if words:
        say_failure(words)
    models = _found(workers, FindModels(preferences.model_folders))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(models)).decode() + "\n")
    elif not models:
        say("There are no models on this machine.")
    else:
        sys.stdout.write(_table([_HEADINGS, *(_row(model) for model in models)]))
    return 0


def choose_model(workers: Workers, model: str, quantization: str) -> ModelRef:
    """The model that was asked for: "pocket" or a folder. Raises MinimError if it is not there or cannot be loaded."""
    if model == BUILT_IN:
        found = [one for one in _found(workers, FindModels()) if one.ref.source == "builtin"]
        if not found:
            raise MinimError("not_a_model", "The built-in model is missing.", "Install Minim again.")
    else:
        folder = Path(model).expanduser()
        if not folder.is_dir():
            hint = f"Name a folder that holds a model, or “{BUILT_IN}” for the built-in one."
            raise MinimError("not_a_model", f"There is no folder {folder}.", hint)
        found = _found(workers, InspectModel(str(folder.resolve())))
    wanted = quantization or ("4bit" if model == BUILT_IN else found[0].ref.quantization)
    for one in found:
        if one.ref.quantization.lower() == wanted.lower():
            if one.problem:
                raise MinimError("unsupported_model", one.problem, one.hint)
            return one.ref
    there = ", ".join(one.ref.quantization for one in found)
    raise MinimError("bad_request", f"{found[0].ref.name} has no quantization “{wanted}”.", f"There are: {there}.")


def _found(workers: Workers, command: Command) -> tuple[InstalledModel, ...]:
    """What the downloads worker answers. Raises MinimError, and KeyboardInterrupt on Ctrl+C."""
    answers: list[Event] = []

    def take(envelope: Envelope[Event]) -> None:
        if envelope.request_id == request or isinstance(envelope.body, WorkerExited):
            answers.append(envelope.body)

    def interrupted() -> None:
        raise KeyboardInterrupt

    worker = workers.open("downloads", take)
    request = worker.send(command)
    workers.wait(lambda: bool(answers), interrupted)
    worker.end()
    match answers[0]:
        case ModelsChanged(models):
            return models
        case ModelInspected(model):
            return (model,)
        case RequestFailed(kind, message, hint):
            raise MinimError(kind, message, hint)
        case WorkerExited(reason=reason):
            hint = f"Its log is in {log_folder()}."
            raise MinimError("worker_died", f"The search for models ended by itself. {reason}".rstrip(), hint)
        case other:
            raise MinimError("internal", f"The downloads worker answered with {type(other).__name__}.")


def _row(model: InstalledModel) -> tuple[str, ...]:
    ref = model.ref
    context = f"{model.context_length:,}" if model.context_length else "–"
    where = "built in" if ref.source == "builtin" else ref.path
    return (ref.name, ref.format, ref.quantization, model.engine or "–", _size(model.size_bytes), context, where)


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def _table(rows: list[tuple[str, ...]]) -> str:
    shown = [tuple(harmless(cell, kept="") for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(_HEADINGS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown)
    return "".join(f"{line.rstrip()}\n" for line in lines)
