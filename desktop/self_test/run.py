"""`minim --self-test`: tries each part of Minim in a home of its own, prints a table, and writes a report to send."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType

import psutil
from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.report import checks
from backends.report.bench import Bench
from backends.report.choices import read_preferences
from backends.report.facts import Facts, gather
from backends.report.logs import log_lines
from backends.report.own_home import own_home
from backends.report.report import Outcome, Person, report_text, write_report
from backends.report.rows import closing_words, is_sound
from backends.storage.paths import data_folder, log_folder
from backends.terminal.output import harmless, open_streams, say_failure
from backends.terminal.words import hardware_words
from backends.workers.engine_command import engine_command, own_command
from desktop.self_test.unseen import why_unseen
from desktop.startup import system_check

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
_USAGE = """usage: minim --self-test [FILE]

Tries each part of Minim on this machine, prints a table, and writes a report to
FILE (otherwise to minim-report-DATE.txt in this folder). The report says what
versions, hardware and engines there are, and holds no chats and no tokens.
Nothing is sent.
"""


def run(arguments: Sequence[str]) -> int:
    """Carry out `minim --self-test [FILE]`; → 0 if nothing failed and the report was written."""
    open_streams()
    if any(argument.startswith("-") for argument in arguments) or len(arguments) > 1:
        asked = list(arguments) in (["--help"], ["-h"])
        (sys.stdout if asked else sys.stderr).write(_USAGE)
        return FINE if asked else USAGE
    wanted = Path(arguments[0]).expanduser().absolute() if arguments else None
    test = SelfTest(wanted)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        test.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        return test.run()
    except KeyboardInterrupt:
        return INTERRUPTED


class SelfTest:
    """One run, from the person's folders to the report."""

    def __init__(self, wanted: Path | None) -> None:
        self._wanted = wanted
        self._bench = Bench(_say, self._give_up)
        self._facts = Facts()
        self._window: list[str] = []
        self._logs: list[str] = []
        self._home: Path | None = None
        self._person = _look_at_person()
        self._engine: list[str] | None = None
        """What starts the engine worker for the person, where it is not this program."""

    def run(self) -> int:
        """Try all there is, then write the report; → exit code."""
        _say("Minim tests itself. It touches no chats and no settings, and sends nothing.\n")
        bench = self._bench
        bench.run("Folders", checks.check_folders)
        bench.run("This machine", self._look_around, 120)
        logging.getLogger().addHandler(_Traced(bench.traces))
        try:
            with own_home() as self._home:
                self._try_parts()
                self._keep_logs()
        except MinimError as error:
            bench.run("A home to test in", lambda error=error: _raise(error))
        return self._finish()

    def stop(self) -> None:
        """End soon, with KeyboardInterrupt and without a report; nothing is left behind."""
        self._bench.stop()

    def _try_parts(self) -> None:
        bench = self._bench
        if not self._facts.hardware.memory_bytes:
            bench.run("Hardware", self._look_at_hardware, 120)
        missing = system_check.missing_libraries(os.environ)
        bench.run("System libraries", lambda: _libraries(missing))
        for name in ("engine", "downloads", "tools"):
            command = self._engine if name == "engine" else None
            seconds = checks.HELLO_SECONDS + checks.MORE_SECONDS
            bench.run(f"{name.capitalize()} worker", partial(checks.check_worker, name, command), seconds)
        if self._facts.has("Transformers"):
            seconds = checks.TORCH_SECONDS + checks.MORE_SECONDS
            bench.run("Transformers engine", lambda: checks.check_transformers(self._engine), seconds)
        else:
            bench.leave_out("Transformers engine", "not installed; MLX runs without it")
        bench.run("Keyring", checks.check_keyring, 20)
        self._try_window(missing)
        bench.run("Leaving", checks.check_none_left, 20)

    def _try_window(self, missing: list[str]) -> None:
        """In the system's own windows, or where there can be none in Qt's that nobody sees."""
        reason = why_unseen(os.environ)
        if reason:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        try:
            from desktop.self_test.window import WindowTest
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
        if self._facts.problem:
            raise MinimError("internal", self._facts.problem)
        return hardware_words(self._facts.hardware)

    def _look_at_hardware(self) -> str:
        """Where the person's home does not let one look: the machine is the same in any home."""
        self._facts = replace(self._facts, hardware=gather(Preferences()).hardware)
        return hardware_words(self._facts.hardware)

    def _keep_logs(self) -> None:
        """What the workers of the test said, where something failed: its home is about to be deleted."""
        if not is_sound(self._bench.rows):
            self._logs = log_lines(log_folder())

    def _finish(self) -> int:
        rows = self._bench.rows
        _say(f"\n{closing_words(rows)}")
        outcome = Outcome(rows, self._window, self._bench.traces, self._logs)
        text = report_text(outcome, self._facts, self._person)
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
            self._keep_logs()
            self._finish()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
        os._exit(FAILED)


class _Traced(logging.Handler):
    """Keeps what this process would log: it has no log of its own."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines += self.format(record).splitlines()


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


def _raise(error: MinimError) -> str:
    raise error


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{harmless(line)}\n")
        sys.stdout.flush()
    except OSError:  # who read it has gone: the report is written all the same
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  until the end
