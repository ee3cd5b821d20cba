"""Pictures of the first run's page: `python tests/desktop/picture_first_run.py FOLDER [WORD…]` writes PNG files there.

Judged with the real catalogue for several machines. With words, only pictures whose names hold one of them are made.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QThread, QTranslator
from PySide6.QtWidgets import QApplication

from backends.catalog import fit, specs
from backends.catalog.machines import apple_bandwidth, card_bandwidth, stock_working_set
from backends.contract.catalog import CudaDevice, Hardware, JudgedModel
from backends.contract.downloads import Download
from backends.contract.events import EnginePlanned
from backends.contract.models import InstalledModel, ModelRef
from backends.contract.preferences import Preferences
from desktop import languages, theme
from desktop.desks.first_run_desk import FirstRunDesk
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.window.frame import Frame

GB, GIB = 1_000_000_000, 1 << 30
SIZES = {"1280": (1280, 820), "1440": (1440, 900), "520": (520, 700), "900": (900, 600)}
PLAN = EnginePlanned("Transformers", False, 2_412_000_000, 6_930_000_000, 2_900 * GB, "/engines/transformers")
POCKET = InstalledModel(ModelRef("Pocket M2", "mlx", "4bit", "builtin", "pocket"), "MLX", "minimax_m2", 1_900_000)


def mac(chip: str, memory: int) -> Hardware:
    """A Mac with stock limits."""
    size = memory * GIB
    return Hardware(f"Apple {chip}", size, stock_working_set(size), apple_bandwidth(chip, size), 412 * GB)


def with_gpus(name: str, memory: int, capability: float, count: int = 1) -> Hardware:
    """A machine with NVIDIA cards."""
    card = CudaDevice(name, memory * GIB, capability)
    return Hardware("AMD EPYC 9354", 256 * GIB, 0, card_bandwidth(name, card.memory_bytes), 2_900 * GB, (card,) * count)


PC = Hardware("AMD Ryzen 7 7840U", 24 * GIB, 0, 0, 412 * GB)
MACHINES = {
    "mac-8": mac("M1", 8),
    "mac-16": mac("M2", 16),
    "mac-24": mac("M4", 24),
    "mac-128": mac("M4 Max", 128),
    "mac-512": mac("M3 Ultra", 512),
    "rtx-4090": with_gpus("NVIDIA GeForce RTX 4090", 24, 8.9),
    "h100-4": with_gpus("NVIDIA H100 80GB HBM3", 80, 9.0, 4),
    "pc": PC,
    "disk-full": replace(mac("M2", 16), disk_free_bytes=3 * GB),
}


def judge(hardware: Hardware, here: tuple[InstalledModel, ...] = ()) -> tuple[JudgedModel, ...]:
    """The catalogue as it comes with Minim, on a machine on which only Minim's own engine is installed."""
    return fit.judge(specs.built_in(), hardware, installed=(POCKET, *here), engines=frozenset({"MLX"}))


class Studio:
    """The window with the page on it, on one machine."""

    def __init__(self, hardware: Hardware | None, here: tuple[InstalledModel, ...] = ()) -> None:
        self.frame = Frame(Preferences(), first_run=True)
        self.catalog, self.downloads = CatalogModel(), DownloadModel()
        self.desk = FirstRunDesk(self.frame, self.catalog, self.downloads, self.frame)
        self.frame.preferences.preferences_changed.connect(self._follow)
        self.frame.show()
        self.desk.begin()
        self.catalog.engines.show_plan(PLAN)
        if hardware is not None:
            self.catalog.show_judged(hardware, judge(hardware, here))

    def _follow(self, value: Preferences) -> None:
        self.catalog.show_choices(value.hub, value.mirror, value.download_folder)

    def picture(self, path: Path, size: tuple[int, int]) -> None:
        """Save what it looks like."""
        self.frame.window.resize(*size)
        for _ in range(30):
            QApplication.processEvents()
            QThread.msleep(2)
        self.frame.window.grab().save(str(path))
        print(path)
        self.frame.window.close()


def on(name: str) -> Callable[[], Studio]:
    """As it opens on a machine."""
    return lambda: Studio(MACHINES[name])


def with_download(state: str) -> Callable[[], Studio]:
    """The first offer on its way."""

    def make() -> Studio:
        studio = Studio(MACHINES["mac-16"])
        row = studio.desk.rows[0]
        ref = studio.catalog.ref_of(row.offer.family, row.offer.form)
        assert ref is not None
        states = {
            "fetching": Download(ref, "running", 1_900_000_000, 5_400_000_000, 48_000_000, 73.0),
            "offline": Download(
                ref,
                "failed",
                kind="offline",
                problem="Hugging Face cannot be reached.",
                hint="The download goes on by itself when the network is back.",
            ),
            "full": Download(
                ref,
                "failed",
                1_900_000_000,
                5_400_000_000,
                kind="disk_full",
                problem="The disk is full: 3.5 GB are missing.",
                hint="Make room, then resume: what has come is kept.",
            ),
        }
        studio.downloads.show((states[state],))
        return studio

    return make


def here() -> Studio:
    """Somebody who has fetched models before, with another program."""
    ref = ModelRef("mlx-community/Qwen3-8B-4bit", "mlx", "4bit", "huggingface", "/cache/Qwen3-8B-4bit")
    return Studio(MACHINES["mac-16"], (InstalledModel(ref, "MLX", "qwen3", 4_600_000_000, 40_960),))


def told() -> Studio:
    """Something went wrong that is no model's."""
    studio = Studio(None)
    from desktop.models.session_state import Notice

    studio.frame.state.show_notice(Notice("Minim could not look for models.", "The worker ended: exit code 1."))
    return studio


SCENES: dict[str, Callable[[], Studio]] = {
    "waiting": lambda: Studio(None),
    **{name: on(name) for name in MACHINES},
    **{state: with_download(state) for state in ("fetching", "offline", "full")},
    "here": here,
    "told": told,
}
NARROW = ("waiting", "mac-16", "h100-4", "fetching", "offline")


class _Longer(QTranslator):
    """A third longer than English, as other languages are: shows what does not give way."""

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: N803  Qt's own
        extra = len(sourceText) // 3
        return f"{sourceText}{' ' if extra > 6 else ''}{'ä' * extra}" if extra else sourceText


def main(arguments: list[str]) -> None:
    """Make the pictures."""
    folder, wanted = Path(arguments[0]), arguments[1:]
    folder.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp())
    os.environ.update(MINIM_HOME=str(home), HF_HUB_CACHE=str(home / "hf"), MODELSCOPE_CACHE=str(home / "ms"))
    application = QApplication([])
    theme.set_up(application, "light")
    longer = _Longer()
    for language in ("en", "long", "zh_CN"):
        if language == "long":
            application.installTranslator(longer)
        else:
            QCoreApplication.removeTranslator(longer)
            languages.use(application, language)
        for appearance in ("light", "dark"):
            theme.choose_appearance(application, appearance)
            for width, size in SIZES.items():
                for name, scene in SCENES.items():
                    usual = (language, appearance) == ("en", "light")
                    if width != "1280" and (not usual or name not in NARROW) and (language, width) != ("long", "520"):
                        continue
                    file = f"first-{name}-{appearance}-{language}-{width}.png"
                    if not wanted or any(word in file for word in wanted):
                        scene().picture(folder / file, size)


if __name__ == "__main__":
    main(sys.argv[1:])
