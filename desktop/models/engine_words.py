"""What is said of engines that can be installed: what they take, how far they are, and that one is needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from backends.contract.events import EnginePlanned, EngineProgress
from backends.contract.models import EngineName
from desktop.models import fit_words, words
from desktop.models.engine_state import EngineState, room_needed
from desktop.models.told_words import told

translate = QCoreApplication.translate


def needed(engine: EngineName, engines: EngineState) -> str:
    """That a form needs an engine, and what keeps it from being installed or what it takes."""
    plan = engines.plan_of(engine)
    if engines.installing == engine:
        return translate("engine_words", "Needs the {0} engine, which is being installed").format(engine)
    if problem := engines.problem_of(engine):
        return translate("engine_words", "The {0} engine could not be installed. {1}").format(engine, problem)
    if plan is not None and plan.problem:
        text = translate("engine_words", "Needs the {0} engine, which cannot be installed here. {1}")
        return text.format(engine, words.sentences(told(plan.problem), told(plan.hint)))
    if plan is not None and not engines.has_room(engine):
        text = translate("engine_words", "Needs the {0} engine: installing it takes {1}, and the disk has {2} free.")
        return text.format(engine, fit_words.memory(room_needed(plan)), fit_words.memory(plan.disk_free_bytes))
    if plan is not None and plan.download_bytes:
        text = translate("engine_words", "Needs the {0} engine, which is not installed ({1} to download)")
        return text.format(engine, fit_words.memory(plan.download_bytes))
    return translate("engine_words", "Needs the {0} engine, which is not installed").format(engine)


def question(plan: EnginePlanned) -> str:
    """What is consented to: what comes from where, what it takes, where it goes, and what becomes of what runs."""
    if plan.download_bytes:
        text = translate(
            "engine_words",
            "Install the {0} engine? {1} are downloaded from Python’s package index, and nothing else leaves this "
            "machine. It takes {2} in {3}.",
        )
        size = fit_words.memory(plan.download_bytes)
    else:
        text = translate(
            "engine_words",
            "Install the {0} engine? Its packages are downloaded from Python’s package index, and nothing else leaves "
            "this machine. It takes {2} in {3}.",
        )
        size = ""
    asked = text.format(plan.engine, size, fit_words.memory(plan.disk_bytes), folder(plan.folder))
    after = translate("engine_words", "Then this model is loaded, in place of the one that is loaded now.")
    return words.sentences(asked, after)


def progress(engine: EngineName, state: EngineProgress | None) -> str:
    """What an installation is doing, with how far it is."""
    match state.phase if state is not None else "preparing":
        case "fetching" if state is not None:
            text = translate("engine_words", "Downloading the {0} engine").format(engine)
            amount = translate("engine_words", "%s of %s") % (
                fit_words.memory(state.done_bytes),
                fit_words.memory(state.total_bytes),
            )
            return " · ".join(part for part in (text, amount if state.total_bytes else "", state.package) if part)
        case "installing" if state is not None:
            text = translate("engine_words", "Installing the {0} engine").format(engine)
            return " · ".join(part for part in (text, state.package) if part)
        case "checking":
            return translate("engine_words", "Checking that the {0} engine runs").format(engine)
        case _:
            return translate("engine_words", "Preparing to install the {0} engine").format(engine)


def line(plan: EnginePlanned) -> str:
    """An engine in the settings: whether it is installed, and what it takes."""
    if plan.lying_bytes and not plan.installed:
        text = translate("engine_words", "{0} is not installed any more, and {1} of it lie in {2}.")
        return text.format(plan.engine, fit_words.memory(plan.lying_bytes), folder(plan.folder))
    if plan.lying_bytes and not plan.folder:
        text = translate("engine_words", "{0} is installed beside Minim. {1} of an earlier installation are left.")
        return text.format(plan.engine, fit_words.memory(plan.lying_bytes))
    if not plan.installed:
        text = translate("engine_words", "{0} is not installed. It is offered beside the models that need it.")
    elif plan.folder and plan.is_outdated:
        text = translate(
            "engine_words",
            "{0} is installed by an earlier Minim: {1} in {2}. Remove it, and the new one is offered beside the "
            "models that need it.",
        )
    elif plan.folder:
        text = translate("engine_words", "{0} is installed: {1} in {2}.")
    else:
        text = translate("engine_words", "{0} is installed beside Minim.")
    return text.format(plan.engine, fit_words.memory(plan.disk_bytes), folder(plan.folder))


def removal(plan: EnginePlanned) -> str:
    """What is to be known before an engine is removed, or what is left of one."""
    if plan.lying_bytes and not (plan.installed and plan.folder):
        text = translate("engine_words", "Remove what is left of the {0} engine? {1} come free.")
        return text.format(plan.engine, fit_words.memory(plan.lying_bytes))
    text = translate(
        "engine_words",
        "Remove the {0} engine? {1} come free, and models that need it cannot be loaded any more. The model that is "
        "loaded is unloaded.",
    )
    return text.format(plan.engine, fit_words.memory(plan.disk_bytes))


def percent(state: EngineProgress | None) -> int:
    """How much of an engine has come, from 0 to 100."""
    return 100 * state.done_bytes // state.total_bytes if state is not None and state.total_bytes else 0


def folder(path: str) -> str:
    """A folder as people write it: what lies in their own begins with "~"."""
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path
