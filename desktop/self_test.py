"""`minim --self-test`: tries each part of Minim in a home of its own, says a table, and writes a report to send."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.report import checks
from backends.report.bench import Bench
from backends.report.choices import read_preferences
from backends.report.facts import Facts, gather
from backends.report.own_home import own_home
from backends.report.report import Person, report_text, write_report
from backends.report.rows import closing_words, is_sound
from backends.storage.paths import data_folder, log_folder
from backends.terminal.output import harmless, open_streams, say_failure
from backends.terminal.words import hardware_words
from backends.workers.engine_command import engine_command, own_command
from desktop import system_check

_X11_LACKS = "libraries of X11 are missing, so the windows are opened unseen"
FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
_USAGE = """usage: minim --self-test [FILE]

Tries each part of Minim on this machine, says a table, and writes a report to FILE
(otherwise to minim-report-DATE.txt in this folder). The report says what versions,
hardware and engines there are, and holds no chats and no tokens. Nothing is sent.
"""


def run(arguments: Sequence[str]) -> int:
    """Carry out `minim --self-test [FILE]`; → 0 if nothing failed and the report was written."""
    open_streams()
    if any(argument.startswith("-") for argument in arguments) or len(arguments) > 1:
        asked = list(arguments) in (["--help"], ["-h"])
        (sys.stdout if asked else sys.stderr).write(_USAGE)
        return FINE if asked else USAGE
    wanted = Path(arguments[0]).expanduser().absolute() if arguments else None
    try:
        return SelfTest(wanted).run()
    except KeyboardInterrupt:
        return INTERRUPTED


class SelfTest:
    """One run, from the person's folders to the report."""

    def __init__(self, wanted: Path | None) -> None:
        self._wanted = wanted
        self._bench = Bench(_say, self._give_up)
        self._facts = Facts()
        self._window: list[str] = []
        self._person = _look_at_person()
        self._engine: list[str] | None = None
        """What starts the engine worker for the person, where it is not this program."""

    def run(self) -> int:
        """Try all there is, then write the report; → exit code."""
        _say("Minim tests itself. Your chats and settings are not touched, and nothing is sent.\n")
        bench = self._bench
        bench.run("Folders", checks.check_folders)
        bench.run("This machine", self._look_around)
        try:
            with own_home():
                self._try_parts()
        except MinimError as error:
            bench.run("A home to test in", lambda error=error: _raise(error))
        return self._finish()

    def _try_parts(self) -> None:
        bench = self._bench
        missing = system_check.missing_libraries(os.environ)
        bench.run("System libraries", lambda: _libraries(missing))
        for name in ("engine", "downloads", "tools"):
            command = self._engine if name == "engine" else None
            bench.run(f"{name.capitalize()} worker", lambda name=name, command=command: _worker(name, command))
        if self._facts.has("Transformers"):
            seconds = checks.TORCH_SECONDS + 30
            bench.run("Transformers engine", lambda: checks.check_transformers(self._engine), seconds)
        else:
            bench.leave_out("Transformers engine", "not installed; MLX runs without it")
        bench.run("Keyring", checks.check_keyring, 20)
        self._try_window(missing)
        bench.run("Leaving", checks.check_none_left, 20)

    def _try_window(self, missing: list[str]) -> None:
        """In the system's own windows, or where there can be none in Qt's that nobody sees."""
        reason = _no_display() or (_X11_LACKS if system_check.missing_before_qt(os.environ) else "")
        if reason:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        try:
            from desktop.self_test_window import WindowTest
        except ImportError as error:
            why = f"Qt could not be loaded: {', '.join(missing) or error}"
            self._bench.run("Main window", lambda: _raise(MinimError("internal", why)))
            return
        test = WindowTest(self._bench, self._person.preferences, self._engine, reason)
        self._window = test.facts
        test.run()

    def _look_around(self) -> str:
        """Ask for facts, and for what starts the engine, while the environment is still the person's."""
        command = list(engine_command())
        self._engine = command if command != list(own_command("engine")) else None
        self._facts = gather(self._person.preferences)
        return hardware_words(self._facts.hardware)

    def _finish(self) -> int:
        rows = self._bench.rows
        _say(f"\n{closing_words(rows)}")
        text = report_text(rows, self._facts, self._person, self._window, self._bench.traces)
        try:
            path = write_report(text, self._wanted, self._person.data)
        except MinimError as error:
            say_failure(error.message, error.hint)
            return FAILED
        _say(f"Report written to {path}")
        return FINE if is_sound(rows) else FAILED

    def _give_up(self) -> None:
        """The thread of the window hangs: write what is known, and leave nothing running."""
        with contextlib.suppress(Exception):
            self._finish()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        os._exit(FAILED)


def _look_at_person() -> Person:
    try:
        data = data_folder()
        log = log_folder()
    except MinimError:
        return Person(None, None, Preferences())  # the first row says why
    preferences, damage = read_preferences(data)
    return Person(data, log, preferences, damage)


def _libraries(missing: list[str]) -> str:
    if missing:
        raise MinimError("internal", f"missing: {', '.join(missing)}.", "`minim --check-system` says what to install.")
    return "all that Qt needs are here"


def _worker(name: str, command: Sequence[str] | None) -> str:
    return checks.check_worker(name, command)


def _no_display() -> str:
    return "no display here, so the windows are opened unseen" if system_check.words_for_no_display(os.environ) else ""


def _raise(error: MinimError) -> str:
    raise error


def _say(line: str) -> None:
    sys.stdout.write(f"{harmless(line)}\n")
    sys.stdout.flush()
