"""Pictures of downloads in progress: `python tests/desktop/picture_downloads.py FOLDER` writes PNG files there."""

from __future__ import annotations

import os
import sys
from itertools import product
from pathlib import Path
from typing import Literal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from backends.contract.catalog import Hardware
from backends.contract.events import EnginePlanned, EngineProgress
from backends.contract.preferences import Preferences
from desktop import languages, theme
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.models.preference_state import PreferenceState
from desktop.news.download_news import DownloadNews
from desktop.panes.downloads import Downloads
from desktop.panes.settings import Settings
from desktop.widgets.download_files import DownloadFiles
from desktop.window.frame import Frame
from tests.desktop.downloads_to_show import AWQ, M2, QWEN, running
from tests.desktop.picture_panes import take

LANGUAGES: tuple[Literal["en", "zh_CN"], ...] = ("en", "zh_CN")
APPEARANCES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STILL = {"bytes_per_second": 0.0, "seconds_left": -1.0, "files": ()}


def queue() -> DownloadModel:
    """One that runs, one that waits, one that was paused, one that failed, one that is done."""
    model = DownloadModel()
    mirror = replace(QWEN, source=replace(QWEN.source, repo="org/mirror"), endpoint="https://hf-mirror.com")
    other = replace(M2, quantization="8bit", source=replace(M2.source, repo="mlx-community/MiniMax-M2-8bit"))
    failed = "The connection broke again and again: QuantTrio/MiniMax-M2-AWQ/model-00012-of-00041.safetensors."
    model.show(
        (
            running(),
            replace(running(mirror, 0, 4_600_000_000), state="queued", **STILL),
            replace(running(other, 88_000_000_000, 243_000_000_000), state="paused", **STILL),
            replace(
                running(AWQ, 31_000_000_000, 124_000_000_000),
                state="failed",
                kind="hub_failed",
                problem=failed,
                hint="Try again later; what has come is kept.",
                **STILL,
            ),
            replace(running(QWEN, 4_600_000_000, 4_600_000_000), state="finished", path="/models/qwen", **STILL),
        )
    )
    return model


def asked() -> Downloads:
    """The pane while it asks about one that is to be given up, with the files of the first in view."""
    pane = Downloads(queue(), EngineState())
    files = pane.rows[0].findChild(DownloadFiles)
    assert files is not None
    files.toggle.click()
    pane.rows[2].cancel_button.click()
    return pane


def installing() -> EngineState:
    """An engine that is being installed."""
    engines = EngineState()
    engines.show_installing("Transformers")
    package = "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    engines.show_progress(EngineProgress("Transformers", "fetching", 1_100_000_000, 2_412_000_000, package))
    return engines


def settings(*, asking: bool = False) -> Settings:
    """The settings, with a folder that was chosen, a mirror, and an engine that was installed, or is to be removed."""
    catalog = CatalogModel()
    catalog.show_judged(Hardware(disk_free_bytes=412_000_000_000), ())
    chosen = Preferences(hub="mirror", download_folder="/Volumes/Models on a large disk/huggingface/cache of models")
    home = f"{Path.home()}/.local/share/Minim/engines/transformers"
    plan = EnginePlanned("Transformers", True, 2_412_000_000, 6_930_000_000, 500_000_000_000, home)
    catalog.engines.show_plan(plan)
    shown = Settings(PreferenceState(chosen), catalog)
    shown.tabs.choose(1)
    if asking and shown.models.engines is not None:
        shown.models.engines.buttons[0].click()
    return shown


def main(folder: Path) -> None:
    """Take all pictures."""
    app = QApplication([])
    theme.set_up(app, "light")
    folder.mkdir(parents=True, exist_ok=True)
    for language, appearance in product(LANGUAGES, APPEARANCES):
        languages.use(app, language)
        theme.choose_appearance(app, appearance)
        suffix = f"{appearance}_{language[:2]}"
        take(Downloads(queue(), EngineState()), 600, 720, folder / f"downloads_{suffix}.png")
        take(Downloads(queue(), installing()), 600, 720, folder / f"downloads_engine_{suffix}.png")
        take(asked(), 600, 900, folder / f"downloads_asked_{suffix}.png")
        take(Downloads(DownloadModel(), EngineState()), 600, 300, folder / f"downloads_empty_{suffix}.png")
        take(settings(), 620, 760, folder / f"settings_{suffix}.png")
        take(settings(asking=True), 620, 760, folder / f"settings_engine_{suffix}.png")
        frame, model = Frame(Preferences()), DownloadModel()
        news = DownloadNews(model, frame.state)
        news.network_changed.connect(frame.panes.status.show_network)
        frame.panes.toolbar.show_downloads(model, EngineState())
        model.show(queue().downloads[:3])
        take(frame.window, 1000, 500, folder / f"downloads_window_{suffix}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
