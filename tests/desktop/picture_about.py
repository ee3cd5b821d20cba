"""Makes pictures of the About panel and the acknowledgements: `python tests/desktop/picture_about.py FOLDER`."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtWidgets import QApplication

from desktop import languages, theme
from desktop.acknowledgements import components
from desktop.panes.about import About, Acknowledgements


def main(folder: Path) -> None:
    """Write the pictures into `folder`, in light and dark, and one in Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    built_with = components()
    shown: tuple[tuple[theme.Appearance, languages.Language], ...] = (
        ("light", "en"),
        ("dark", "en"),
        ("dark", "zh_CN"),
    )
    for appearance, language in shown:
        languages.use(application, language)
        theme.set_up(application, appearance)
        for name, panel in (("about", About(version("minim"))), ("acknowledgements", Acknowledgements(built_with))):
            panel.show()
            application.processEvents()
            panel.grab().save(str(folder / f"{name}-{appearance}-{language}.png"))
            panel.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
