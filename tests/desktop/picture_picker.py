"""Pictures of the model picker: `python tests/desktop/picture_picker.py FOLDER [WORD…]` writes PNG files there.

Judged with the real catalogue for a 16 GB MacBook Air, a 192 GB Mac Studio and a machine with two 80 GB GPUs. With
words, only pictures whose names hold one of them are made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Set
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from backends.catalog import fit, specs
from backends.contract.catalog import CudaDevice, Hardware, JudgedModel, Source
from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import EnginePlanned, EngineProgress, TokenNeeded
from backends.contract.models import EngineName, InstalledModel, ModelRef
from desktop import languages, theme
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState
from desktop.panes.model_picker import ModelPicker

GB, GIB = 1_000_000_000, 1 << 30
AIR = Hardware("Apple M2", 16 * GIB, 11_453_246_122, 100 * GB, 118 * GB)
STUDIO = Hardware("Apple M2 Ultra", 192 * GIB, 154_618_822_656, 800 * GB, 1_420 * GB)
H100 = CudaDevice("NVIDIA H100 80GB HBM3", 80 * GIB, 9.0)
CUDA = Hardware("AMD EPYC 9354", 512 * GIB, 0, 6_700 * GB, 2_900 * GB, (H100, H100))


def pocket() -> tuple[InstalledModel, ...]:
    """The built-in model as the library finds it."""
    sizes = {3: 1_500_000, 4: 1_900_000, 5: 2_300_000, 6: 2_700_000, 8: 3_500_000}
    return tuple(
        InstalledModel(
            ModelRef("Pocket M2", "mlx", f"{bits}bit", "builtin", "pocket"), "MLX", "minimax_m2", size, 196_608
        )
        for bits, size in sizes.items()
    )


def judge(
    hardware: Hardware,
    installed: tuple[InstalledModel, ...] = (),
    engines: Set[EngineName] = frozenset({"MLX", "Transformers"}),
) -> tuple[JudgedModel, ...]:
    """The catalogue as it comes with Minim, on a machine."""
    return fit.judge(specs.built_in(), hardware, installed=(*pocket(), *installed), engines=engines)


def fetched(quantization: str, size: int, problem: str = "") -> InstalledModel:
    """A form of MiniMax-M2 in the Hugging Face cache."""
    name = f"mlx-community/MiniMax-M2-{quantization}"
    ref = ModelRef(name, "mlx", quantization, "huggingface", f"/Volumes/Models/{name}")
    return InstalledModel(ref, "MLX", "minimax_m2", size, 196_608, problem, "" if not problem else "Get it again.")


class Studio:
    """One picker on one machine."""

    def __init__(
        self,
        hardware: Hardware,
        *,
        installed: tuple[InstalledModel, ...] = (),
        engines: Set[EngineName] = frozenset({"MLX", "Transformers"}),
    ) -> None:
        self.catalog, self.downloads, self.state = CatalogModel(), DownloadModel(), SessionState()
        self.catalog.show_choices("huggingface", "https://hf-mirror.com", "")
        self.catalog.show_found((*pocket(), *installed))
        self.catalog.show_judged(hardware, judge(hardware, installed, engines))
        self.picker = ModelPicker(self.catalog, self.state, downloads=self.downloads)

    def picture(self, path: Path, size: tuple[int, int]) -> None:
        """Save what it looks like."""
        self.picker.resize(*size)
        self.picker.show()
        for _ in range(40):
            QApplication.processEvents()
            QApplication.instance().thread().msleep(2)  # type: ignore[union-attr]
        self.picker.grab().save(str(path))
        print(path)
        self.picker.close()


def opened(hardware: Hardware) -> Callable[[], Studio]:
    """As it opens on a machine."""
    return lambda: Studio(hardware)


def details() -> Studio:
    """What stands behind a row."""
    studio = Studio(STUDIO)
    studio.picker.show_model("MiniMax-M2")
    row = studio.picker.row_of("mlx", "4bit")
    assert row is not None
    row.open()
    return studio


def all_forms() -> Studio:
    """The forms for other machines unfolded."""
    studio = Studio(AIR)
    studio.picker.show_model("MiniMax-M2")
    studio.picker.page.unfold()
    return studio


def fetching() -> Studio:
    """Downloads in every state, a copy that is here, one that is damaged."""
    damaged = fetched("8bit", 243 * GB, "model-00031-of-00049.safetensors is cut short.")
    studio = Studio(STUDIO, installed=(fetched("3bit", 100 * GB), damaged))
    studio.picker.show_model("MiniMax-M2")
    full = Download(
        _ref("5bit"),
        "failed",
        31_000_000_000,
        157_200_000_000,
        kind="disk_full",
        problem="The disk is full: 126 GB are missing.",
        hint="Make room, then resume: what has come is kept.",
    )
    running = Download(_ref("4bit"), "running", 52_300_000_000, 128_700_000_000, 84_000_000, 910.0)
    studio.downloads.show((running, full, Download(_ref("6bit"), "queued", 0, 186_000_000_000)))
    return studio


def _ref(quantization: str) -> DownloadRef:
    source = Source("huggingface", f"mlx-community/MiniMax-M2-{quantization}")
    return DownloadRef("MiniMax-M2", "mlx", quantization, source)


def kernel() -> Studio:
    """What is asked before a kernel comes with a model."""
    studio = Studio(Hardware("AMD EPYC 9354", 512 * GIB, 0, 6_700 * GB, 2_900 * GB, (H100,) * 4))
    studio.picker.show_model("MiniMax-M2")
    row = studio.picker.row_of("pytorch", "none")
    assert row is not None
    row.button.click()
    return studio


def loading() -> Studio:
    """The model on its way into memory, and the built-in one beside it."""
    studio = Studio(AIR)
    studio.state.show_model("loading", pocket()[1].ref, load_phase="reading", done_bytes=1, total_bytes=3)
    studio.picker.show_model("Pocket M2")
    return studio


def gated() -> Studio:
    """A model whose hub asks who is there."""
    studio = Studio(STUDIO)
    families = studio.catalog.families()
    family = next(family for family in families if family.spec.name not in ("MiniMax-M2", "Pocket M2"))
    offer = family.forms[0].offers[0]
    studio.picker.show_model(family.spec.name)
    message = f"{offer.source.repo} is open to those who agreed to its licence on Hugging Face."
    address = f"https://huggingface.co/{offer.source.repo}"
    studio.catalog.show_token_needed(TokenNeeded("huggingface", offer.source.repo, message, address))
    return studio


def searching(found: bool) -> Callable[[], Studio]:
    """The hub's search, offered or answered."""

    def make() -> Studio:
        studio = Studio(STUDIO)
        studio.picker.list.search.setText("granite")
        if not found:
            return studio
        studio.catalog.show_searching("granite")
        hits: list[JudgedModel] = []
        for count, family in enumerate(studio.catalog.families()[3:9]):
            form = family.forms[0]
            source = Source("huggingface", f"mlx-community/granite-4.{count}-{form.form.quantization}")
            offer = replace(form.offers[0], source=source)
            spec = replace(
                family.spec,
                name=source.repo,
                description="",
                origin="hub",
                downloads=48_213 // (count + 1),
                gated=count == 1,
            )
            hits.append(JudgedModel(spec, (replace(form, offers=(offer,), here=(), recommended=False),)))
        studio.catalog.show_hits(tuple(hits))
        studio.picker.list.choose(hits[0])
        return studio

    return make


def warning() -> Studio:
    """A form that will crawl is to be loaded."""
    studio = Studio(STUDIO, installed=(fetched("6bit", 186 * GB),))
    studio.picker.show_model("MiniMax-M2")
    row = studio.picker.row_of("mlx", "6bit")
    assert row is not None
    row.button.click()
    return studio


PC = Hardware("AMD Ryzen 7 7840U", 32 * GIB, 0, 0, 412 * GB)
AWQ = InstalledModel(
    ModelRef("QuantTrio/MiniMax-M2-AWQ", "awq", "Int4", "huggingface", "/home/me/.cache/huggingface/MiniMax-M2-AWQ"),
    "Transformers",
    "minimax_m2",
    124 * GB,
    196_608,
)
SMALL_AWQ = replace(AWQ, ref=replace(AWQ.ref, name="MiniMax/Pocket-AWQ"), size_bytes=1_700_000)
PLAN = EnginePlanned(
    "Transformers",
    False,
    2_412_000_000,
    6_930_000_000,
    2_900 * GB,
    f"{Path.home()}/.local/share/minim/engines/transformers",
)


def engine(state: str, hardware: Hardware = CUDA) -> Callable[[], Studio]:
    """A form is here whose engine is not: "absent", "missing", "asked", "coming", "failed", "refused"."""

    def make() -> Studio:
        copy = AWQ if hardware is CUDA else SMALL_AWQ
        studio = Studio(hardware, installed=() if state == "absent" else (copy,), engines={"MLX"})
        engines = studio.catalog.engines
        small = replace(PLAN, download_bytes=214_000_000, disk_bytes=1_210_000_000)
        plan = PLAN if hardware is CUDA else small
        if state == "refused":
            plan = replace(plan, problem="PyTorch has no packages for this kind of machine.", hint="Use MLX’s forms.")
        engines.show_plan(plan)
        studio.picker.show_model("MiniMax-M2" if hardware is CUDA else copy.ref.name)
        row = studio.picker.row_of("awq", "Int4")
        assert row is not None
        row.open(state == "missing")
        if state == "asked":
            row.button.click()
        if state in ("coming", "failed"):
            engines.show_installing("Transformers", copy.ref)
            done = plan.download_bytes * 2 // 5
            engines.show_progress(EngineProgress("Transformers", "fetching", done, plan.download_bytes, "torch"))
        if state == "failed":
            engines.show_ended("The package index cannot be reached. Look at the network, then try again.")
        return studio

    return make


def empty() -> Studio:
    """Before anything was found."""
    studio = Studio.__new__(Studio)
    studio.catalog, studio.downloads, studio.state = CatalogModel(), DownloadModel(), SessionState()
    studio.downloads.show_offline(True)
    studio.picker = ModelPicker(studio.catalog, studio.state, downloads=studio.downloads)
    return studio


SCENES: dict[str, Callable[[], Studio]] = {
    "air": opened(AIR),
    "studio": opened(STUDIO),
    "cuda": opened(CUDA),
    "details": details,
    "all-forms": all_forms,
    "fetching": fetching,
    "kernel": kernel,
    "loading": loading,
    "gated": gated,
    "search": searching(False),
    "hits": searching(True),
    "warning": warning,
    "empty": empty,
    **{f"engine-{state}": engine(state) for state in ("absent", "missing", "asked", "coming", "failed", "refused")},
    "engine-asked-pc": engine("asked", PC),
}


def main(arguments: list[str]) -> None:
    """Make the pictures."""
    folder, wanted = Path(arguments[0]), arguments[1:]
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.set_up(application, "light")
    for language in ("en", "zh_CN"):
        languages.use(application, language)
        for appearance in ("light", "dark"):
            theme.choose_appearance(application, appearance)
            for size in ((960, 640), (720, 480), (1100, 700)):
                for name, scene in SCENES.items():
                    file = f"picker-{name}-{appearance}-{language}-{size[0]}.png"
                    if (language, appearance) != ("en", "light") and size[0] != 960:
                        continue
                    if not wanted or any(word in file for word in wanted):
                        scene().picture(folder / file, size)


if __name__ == "__main__":
    main(sys.argv[1:])
