"""Makes pictures of the question before work is broken off: `picture_leaving.py OUT_FOLDER [light-en dark-en …]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtWidgets import QApplication

from desktop import languages, theme
from desktop.shutdown.activity import Doing
from desktop.shutdown.leave_question import LeaveQuestion


def main(arguments: list[str]) -> None:
    """Make the pictures in the schemes and languages that are named."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.set_up(application, "light")
    for suffix in arguments[1:] or ["light-en", "dark-en", "light-zh", "dark-zh"]:
        languages.use(application, "zh_CN" if suffix.endswith("zh") else "en")
        theme.choose_appearance(application, "dark" if suffix.startswith("dark") else "light")
        for name, doing, closes in (
            ("quit", Doing(answering=True), False),
            ("close", Doing(answering=True, tool_runs=True, downloading=True, installing=True), True),
        ):
            question = LeaveQuestion(doing, closes=closes)
            question.show()
            for _ in range(10):
                application.processEvents()
            question.grab().save(str(folder / f"{name}-{suffix}.png"))
            question.close()


if __name__ == "__main__":
    main(sys.argv[1:])
