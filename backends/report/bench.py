"""Carries checks out one after the other, each within a bound, and says each row as soon as it is known."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable

from backends.contract.errors import MinimError
from backends.report.rows import Finding, NotRun, Row, row_lines

Check = Callable[[], str | Finding]
"""Returns words for what is well. Raises MinimError for what is not, and NotRun where it cannot be tried."""


_LOOK_SECONDS = 0.2


class Bench:
    """Rows, in order. `say` is told each line of them; `give_up` is called, on another thread, when this one hangs.

    `more_seconds` is what a check on this thread may take beyond its bound, which its own waits keep.
    """

    def __init__(
        self, say: Callable[[str], None], give_up: Callable[[], None] = lambda: None, more_seconds: float = 20.0
    ) -> None:
        self._say = say
        self._give_up = give_up
        self._more_seconds = more_seconds
        self._stopped = False
        self.rows: list[Row] = []
        self.traces: list[str] = []
        """The lines of errors that nobody expected: for the report, which leaves out what may be private in them."""

    @property
    def stopped(self) -> bool:
        """Whether somebody wants it to end: a check that waits then raises KeyboardInterrupt."""
        return self._stopped

    def stop(self) -> None:
        """End soon, with KeyboardInterrupt from the check that is carried out. A signal's handler may call."""
        self._stopped = True

    def run(self, name: str, check: Check, seconds: float = 60.0) -> bool:
        """Carry a check out on a thread of its own; → whether it passed. One that hangs has failed, and is left."""
        found: list[Finding] = []
        began = time.monotonic()
        thread = threading.Thread(target=lambda: found.append(self._found(check)), name=f"check {name}", daemon=True)
        thread.start()
        while thread.is_alive() and time.monotonic() - began < seconds:
            thread.join(min(_LOOK_SECONDS, seconds))
            if self._stopped:
                raise KeyboardInterrupt
        finding = found[0] if found else Finding("failed", f"no end within {seconds:.0f} s")
        return self._add(name, finding, time.monotonic() - began)

    def run_here(self, name: str, check: Check, seconds: float = 60.0) -> bool:
        """Carry out a check that must be made on this thread, and bounds its own waits; → whether it passed.

        Where it hangs all the same, nothing more can be tried: its row is added, and `give_up` called.
        """
        began = time.monotonic()
        over = threading.Event()

        def watch() -> None:
            patience = seconds + self._more_seconds
            if not over.wait(patience):
                self._add(name, Finding("failed", "it hangs: nothing after it could be tried"), patience)
                self._give_up()

        threading.Thread(target=watch, name=f"watch {name}", daemon=True).start()
        try:
            finding = self._found(check)
        finally:
            over.set()
        return self._add(name, finding, time.monotonic() - began)

    def leave_out(self, name: str, reason: str) -> None:
        """Say that a check cannot be made, and why."""
        self._add(name, Finding("not run", reason), 0.0)

    def _found(self, check: Check) -> Finding:
        try:
            words = check()
        except NotRun as reason:
            return Finding("not run", str(reason))
        except MinimError as error:
            return Finding("failed", f"{error.message} {error.hint}".strip())
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what the person wants to know of
            self.traces += traceback.format_exc().splitlines()
            return Finding("failed", f"{type(error).__name__}: {error}")
        return words if isinstance(words, Finding) else Finding("passed", words)

    def _add(self, name: str, finding: Finding, seconds: float) -> bool:
        row = Row(name, finding.result, seconds, " ".join(finding.words.split()))
        self.rows.append(row)
        for line in row_lines(row):
            self._say(line)
        return row.result == "passed"
