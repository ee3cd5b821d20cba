"""Makes pictures of the problem report in each state: `picture_problem_report.py FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop import languages, theme
from desktop.panes.problem_report import ProblemReport

LOOKS: tuple[theme.Appearance, ...] = ("light", "dark")
LANGUAGES: tuple[languages.Language, ...] = ("en", "zh_CN")
PATH = "/home/anna/.local/share/Minim/minim-report-2026-11-23.txt"


def main(folder: Path) -> None:
    """Take all pictures."""
    application = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        languages.use(application, language)
        for look in LOOKS:
            theme.set_up(application, look)
            _shoot(folder, f"{look}_{language}")


def _shoot(folder: Path, look: str) -> None:
    dialog = ProblemReport()
    dialog.show()
    for name in ("offered", "writing", "written", "failed"):
        if name == "writing":
            dialog.show_writing()
            dialog.show_progress(12, 26)
        elif name == "written":
            dialog.show_written(PATH, "", is_sound=True)
        elif name == "failed":
            dialog.show_failed("Make room on the disk. What is stored already is safe.")
        QTest.qWait(80)
        dialog.grab().save(str(folder / f"report_{name}_{look}.png"))
    dialog.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
