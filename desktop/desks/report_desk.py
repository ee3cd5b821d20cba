"""Writes the problem report that a person asks for: this program once more, testing itself where nobody sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment
from PySide6.QtWidgets import QWidget

from desktop.front import bring_to_front
from desktop.window.dialogs import show_folder

if TYPE_CHECKING:
    from desktop.panes.problem_report import ProblemReport

Command = Callable[[Path], tuple[list[str], Path | None]]
"""What writes a report to a file, and the folder to start it in, None for any."""

ROWS = 29
"""About how many rows a self-test has."""

_ROW = re.compile(rb"^  (?:passed|failed|not run|noted) ", re.MULTILINE)
_GRACE_MS = 5000


class ReportDesk(QObject):
    """One report at a time. `file` says where the next one goes."""

    def __init__(self, window: QWidget, command: Command, file: Callable[[], Path]) -> None:
        super().__init__(window)
        self._window = window
        self._command = command
        self._file = file
        self._path = Path()
        self._rows = 0
        self._process: QProcess | None = None
        self._ending: list[QProcess] = []
        self.dialog: ProblemReport | None = None

    def show(self) -> None:
        """Open the dialog. One that was closed begins anew."""
        if self.dialog is None or not self.dialog.isVisible():
            from desktop.panes.problem_report import ProblemReport

            if self.dialog is not None:
                self.dialog.deleteLater()
            self.dialog = ProblemReport(self._window)
            self.dialog.write_requested.connect(self._write)
            self.dialog.cancel_requested.connect(self._stop)
            self.dialog.show_folder_requested.connect(show_folder)
        bring_to_front(self.dialog)

    def close(self) -> None:
        """End what is being written, and wait until it is gone: Minim is about to end."""
        self._stop()
        for process in tuple(self._ending):
            if not process.waitForFinished(_GRACE_MS):
                process.kill()
                process.waitForFinished(_GRACE_MS)

    def _stop(self) -> None:
        """Let the report that is being written end by itself, which it does soon and without one."""
        process, self._process = self._process, None
        if process is None:
            return
        self._ending.append(process)
        process.finished.disconnect()
        process.errorOccurred.disconnect()
        process.readyReadStandardOutput.disconnect()
        process.finished.connect(lambda: self._ending.remove(process))
        process.terminate()

    def _write(self) -> None:
        if self._process is not None or self.dialog is None:
            return
        self._path = self._file()
        (program, *arguments), folder = self._command(self._path)
        process = self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("QT_QPA_PLATFORM", "offscreen")  # its windows would flicker above this one
        process.setProcessEnvironment(environment)
        process.setStandardInputFile(QProcess.nullDevice())
        if folder is not None:
            process.setWorkingDirectory(str(folder))
        process.readyReadStandardOutput.connect(self._take_rows)
        process.finished.connect(self._take_end)
        process.errorOccurred.connect(self._take_error)
        process.start(program, arguments)
        self._rows = 0
        self.dialog.show_writing()

    def _take_rows(self) -> None:
        """Each row is told as soon as it is known."""
        if self._process is not None and self.dialog is not None:
            said = bytes(self._process.readAllStandardOutput().data())
            self._rows += len(_ROW.findall(said))
            self.dialog.show_progress(self._rows, ROWS)

    def _take_end(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        if process is None or self.dialog is None:
            return
        if status == QProcess.ExitStatus.NormalExit and self._path.is_file():
            self.dialog.show_written(str(self._path), str(self._path.parent), is_sound=exit_code == 0)
        else:
            said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")
            self.dialog.show_failed(_own_words(said))
        process.deleteLater()

    def _take_error(self, error: QProcess.ProcessError) -> None:
        """Only of one that could not be started: others end, too."""
        process = self._process
        if process is not None and error == QProcess.ProcessError.FailedToStart:
            self._process = None
            if self.dialog is not None:
                self.dialog.show_failed(process.errorString())
            process.deleteLater()


def _own_words(said: str) -> str:
    """What Minim itself says of its failure, at the end of all that was printed."""
    _, found, words = said.rpartition("minim: ")
    return " ".join(words.split()) if found else ""
