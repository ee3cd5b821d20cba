"""The report: one text file of what helps to find a fault, written whole or not at all, and sent nowhere."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.report.choices import model_lines, preference_lines, server_lines
from backends.report.facts import Facts
from backends.report.log_lines import safe_lines
from backends.report.logs import log_lines
from backends.report.machine import engine_lines, system_lines, version_lines
from backends.report.place import report_path
from backends.report.redaction import Redactor
from backends.report.rows import Row, table_lines
from backends.storage.whole_file import write_whole
from backends.terminal.output import harmless
from backends.workers.engine_command import ROOT

_WHAT_IT_IS = """\
Minim wrote this file to help find a fault, and sent it nowhere. It holds what is
below and nothing else: no chats, no prompts, no access tokens, and no names of
your files. Read it before you pass it on."""


class Person(Struct, frozen=True):
    """Where what is the person's lies, found before the test took a home of its own; None where there is no folder."""

    data: Path | None
    log: Path | None
    preferences: Preferences
    damage: str = ""


class Outcome(Struct, frozen=True):
    """What a self-test came to.

    `window`: what is known of the window and its display. `traces`: lines of errors that nobody expected, as they are;
    `logs`: those of the test's own workers, as far as they may be shown.
    """

    rows: Sequence[Row]
    window: Sequence[str] = ()
    traces: Sequence[str] = ()
    logs: Sequence[str] = ()


def report_text(outcome: Outcome, facts: Facts, person: Person) -> str:
    """The whole report."""
    redactor = Redactor()
    damage = [person.damage] if person.damage else []
    # Before a row is broken into lines: of a name that is broken in two, no half would be known again.
    own = [folder for folder in (person.data, person.log) if folder is not None]
    rows = [replace(row, words=redactor.clean_words(row.words, [*own, ROOT])) for row in outcome.rows]
    sections: list[tuple[str, Iterable[str]]] = [
        ("Self-test", table_lines(rows)),
        ("Errors in the self-test", list(safe_lines(outcome.traces))),
        ("Logs of the self-test", outcome.logs),
        ("Versions", version_lines()),
        ("This machine", system_lines(facts.hardware)),
        ("The window", outcome.window),
        ("Engines", engine_lines(facts)),
        ("Models on this machine", model_lines(facts.models)),
        ("Settings", [*damage, *preference_lines(person.preferences)]),
        ("Tool servers, by name", server_lines(person.data) if person.data else ["There is no folder for data."]),
        ("Logs, as far as they hold nothing private", log_lines(person.log) if person.log else []),
    ]
    lines = [f"A report of Minim, {time.strftime('%Y-%m-%d %H:%M %z')}", "", _WHAT_IT_IS]
    for title, found in sections:
        told = list(found)
        if told:
            lines += ["", title, "-" * len(title), *told]
    return harmless(redactor.clean("\n".join(lines))).rstrip() + "\n"


def write_report(text: str, wanted: Path | None, data: Path | None) -> Path:
    """Write the report to `wanted`, or to the first that takes it of this folder, the data folder and the home.

    → where it lies. Raises MinimError.
    """
    if wanted is not None:
        write_whole(wanted, text, "The report")
        return wanted
    problem: MinimError | None = None
    for folder in _folders(data):
        path = report_path(folder)
        try:
            write_whole(path, text, "The report")
        except MinimError as error:
            problem = problem or error
        else:
            return path
    raise problem or MinimError("internal", "There is no folder to write the report to.", "Name a file for it.")


def _folders(data: Path | None) -> list[Path]:
    found: list[Path] = []
    for place in (Path.cwd, lambda: data, Path.home):
        try:
            folder = place()
        except (OSError, RuntimeError):
            continue
        if folder is not None and folder.is_dir() and os.access(folder, os.W_OK):
            found.append(folder)
    return found
