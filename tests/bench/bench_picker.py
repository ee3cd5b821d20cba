"""How long the picker keeps the window's thread, with 200 families in the catalogue.

`python -m tests.bench picker` prints CPU milliseconds of the window's thread for opening it (built, laid out, painted),
and the slowest key of a search that is typed and deleted again, the list's painting included; medians of five runs.
"""

from __future__ import annotations

import importlib
import os
import statistics
import sys
from pathlib import Path
from time import thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backends.catalog import fit, specs
from backends.contract.catalog import Hardware, JudgedModel
from desktop import theme
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState
from tests.bench.measured import report

FAMILIES = 200
RUNS = 5
TYPED = "qwen3 minimax"
STUDIO = Hardware("Apple M2 Ultra", 192 << 30, 150 << 30, 800_000_000_000, 1_400_000_000_000)


def catalogue() -> tuple[JudgedModel, ...]:
    """Minim's own catalogue, and copies of it under other names."""
    own = fit.judge(specs.built_in(), STUDIO)
    families = list(own)
    while len(families) < FAMILIES:
        family = own[len(families) % len(own)]
        spec = replace(family.spec, name=f"{family.spec.name}-{len(families)}", origin="imported")
        families.append(replace(family, spec=spec, best=False))
    return tuple(families)


def milliseconds(began: float) -> float:
    return (thread_time() - began) * 1000


def measure(families: tuple[JudgedModel, ...]) -> tuple[float, float]:
    """Opening, and the slowest key."""
    catalog = CatalogModel()
    catalog.show_judged(STUDIO, families)
    began = thread_time()
    from desktop.panes.model_picker import ModelPicker  # as the window does it: with the first opening

    picker = ModelPicker(catalog, SessionState(), downloads=DownloadModel())
    picker.show()
    QApplication.processEvents()
    picker.repaint()
    opened = milliseconds(began)
    keys: list[float] = []
    search = picker.list.search
    for key in [*TYPED, *(Qt.Key.Key_Backspace for _ in TYPED)]:
        began = thread_time()
        if isinstance(key, str):
            QTest.keyClicks(search, key)
        else:
            QTest.keyClick(search, key)
        picker.list.view.viewport().repaint()
        keys.append(milliseconds(began))
        QApplication.processEvents()
    picker.close()
    picker.deleteLater()
    QApplication.processEvents()
    return opened, max(keys)


def main() -> dict[str, float]:
    """Measure, print the table, and return the medians."""
    app = QApplication.instance() or QApplication([])
    if isinstance(app, QApplication):
        theme.set_up(app, "light")
    importlib.import_module("desktop.window.main_window")  # what the open window has loaded by then does not count
    families = catalogue()
    runs = [measure(families) for _ in range(RUNS)]
    result = {
        "first_opening_ms": runs[0][0],
        "opening_ms": statistics.median(opened for opened, _ in runs),
        "key_ms": statistics.median(key for _, key in runs),
    }
    what = f"picker opens with {len(families)} families, CPU ms"
    report(what, result["first_opening_ms"], "at most 150", "the first time, its import included")
    report("picker opens again, CPU ms", result["opening_ms"], "at most 150")
    report("slowest key in its search, CPU ms", result["key_ms"], "at most 16")
    return result


if __name__ == "__main__":
    main()
