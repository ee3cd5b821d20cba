"""The bundle's spec and hooks, evaluated for Linux and macOS without building anything."""

from __future__ import annotations

import importlib.util
import pkgutil
import runpy
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

Entry = tuple[str, str, str]
Evaluate = Callable[..., dict[str, dict[str, Any]]]


def modules_of(package: str, **_: object) -> list[str]:
    """As PyInstaller's collect_submodules, without importing anything."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    below = pkgutil.iter_modules(spec.submodule_search_locations, f"{package}.")
    return [package, *(name for _, name, _ in below)]


@pytest.fixture
def hook_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What spec and hooks import of PyInstaller, which tests do without; → a small Transformers."""
    package = tmp_path / "site" / "transformers"
    for name in ("__init__.py", "models/__init__.py", "models/qwen3/modeling_qwen3.py", "cli/serve.py"):
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
    words = ModuleType("PyInstaller.utils.hooks")

    def collect_submodules(package: str, **_: object) -> list[str]:
        return modules_of(package)

    def collect_data_files(package: str, **asked: object) -> list[tuple[str, str, object]]:
        return [(package, "data", asked)]

    def copy_metadata(name: str) -> list[tuple[str, str]]:
        return [(f"site/{name}.dist-info", f"{name}.dist-info")]

    def get_package_paths(_: str) -> tuple[str, str]:
        return str(package.parent), str(package)

    for word in (collect_submodules, collect_data_files, copy_metadata, get_package_paths):
        setattr(words, word.__name__, word)
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, words.__name__, words)
    return package


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hook_words: Path) -> Evaluate:
    """Run the spec as PyInstaller would on a platform where it finds this; → what each step of the build was given."""

    def run(platform: str, found: Sequence[Entry] = ()) -> dict[str, dict[str, Any]]:
        steps: dict[str, dict[str, Any]] = {}

        def step(name: str) -> Callable[..., SimpleNamespace]:
            def take(*given: object, **named: object) -> SimpleNamespace:
                steps[name] = {"given": given, **named}
                scripts = [("pyi_rth_pyside6", "", ""), ("__main__", "", "")]
                code = [entry for entry in found if entry[2] in ("BINARY", "EXTENSION")]
                data = [entry for entry in found if entry not in code]
                return SimpleNamespace(pure=[], scripts=scripts, binaries=code, datas=data, name=name)

            return take

        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(sys, "path", list(sys.path))
        words = {name: step(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
        places = {"SPECPATH": str(PACKAGING), "workpath": str(tmp_path / "work")}
        runpy.run_path(str(PACKAGING / "minim.spec"), {**words, **places})
        return steps

    return run


def test_bundle_holds_what_is_found_by_name_only(evaluate: Evaluate) -> None:
    given = evaluate("linux")["Analysis"]
    hidden, laid = set(given["hiddenimports"]), {(Path(file).name, place) for file, place in given["datas"]}
    assert {"backends.workers", "backends.engines", "desktop.startup", "zoneinfo", "sqlite3", "safetensors"} <= hidden
    assert not hidden & {"tkinter", "test", "venv", "ensurepip", "idlelib", "lib2to3"}
    assert ("model.safetensors", "resources/pocket") in laid
    assert ("minimax.json", "resources/catalog") in laid
    assert ("minim_zh_CN.qm", "resources/translations") in laid
    assert ("minim.svg", "resources/icons") in laid
    assert ("transformers.json", "resources/engines") in laid
    assert ("LGPL-3.0.txt", "resources/licences") in laid  # Qt's, which has to come with it
    assert ("minim.dist-info", "minim.dist-info") in laid
    assert {"torch", "modelscope", "hf_xet", "PySide6.QtNetwork"} <= set(given["excludes"])


def test_transformers_is_laid_as_sources_with_the_bytecode_of_what_starts_read(evaluate: Evaluate) -> None:
    laid = {(Path(file).name, place) for file, place in evaluate("linux")["Analysis"]["datas"]}
    compiled = f"__init__.{sys.implementation.cache_tag}.pyc"
    assert ("__init__.py", "transformers") in laid
    assert (compiled, "transformers/__pycache__") in laid
    assert ("modeling_qwen3.py", "transformers/models/qwen3") in laid
    assert not [name for name, _ in laid if name.startswith("modeling_qwen3.cpython") or name == "serve.py"]


def test_files_that_are_listed_or_shared_are_not_in_the_archive(evaluate: Evaluate) -> None:
    modes = evaluate("linux")["Analysis"]["module_collection_mode"]
    assert {"mlx_lm", "backends", "resources", "huggingface_hub", "numpy"} <= modes.keys()
    assert set(modes.values()) == {"pyc"}


def test_qt_is_not_loaded_before_the_app_knows_what_it_is(evaluate: Evaluate) -> None:
    scripts = evaluate("linux")["EXE"]["given"][1]
    assert [name for name, *_ in scripts] == ["__main__"]


def test_linux_gets_a_folder_and_no_app(evaluate: Evaluate) -> None:
    steps = evaluate("linux")
    assert steps["COLLECT"]["name"] == "Minim"
    assert steps["EXE"]["name"] == "minim"
    assert steps["EXE"]["icon"] is None
    assert "BUNDLE" not in steps


def test_macos_gets_an_app_of_the_one_version(evaluate: Evaluate) -> None:
    steps = evaluate("darwin")
    assert steps["EXE"]["target_arch"] == "arm64"
    assert steps["EXE"]["console"] is False
    bundle = steps["BUNDLE"]
    assert (bundle["name"], bundle["version"]) == ("Minim.app", VERSION)
    assert bundle["info_plist"]["LSMinimumSystemVersion"] == "14.0"
    assert Path(bundle["icon"]).name == "minim.icns"


def found_on_a_mac() -> list[Entry]:
    """What PyInstaller finds in the wheels for macOS 14, laid as its utils.osx and bindepend lay it."""
    names = Path(__file__).with_name("macos_wheels.txt").read_text(encoding="utf-8").splitlines()
    found: list[Entry] = []
    for name in (name for name in names if not name.startswith("#")):
        place, source = Path(name), f"site-packages/{name}"
        if place.suffix == ".so":
            found.append((name, source, "EXTENSION"))
        elif place.suffix == ".dylib":
            found += [(name, source, "BINARY"), (place.name, name, "SYMLINK")]
        elif place.parent.name == "A":
            framework = place.parents[2]
            found.append((name, source, "BINARY"))
            found.append((place.name, name, "SYMLINK"))
            found.append((f"{framework}/{place.name}", f"Versions/Current/{place.name}", "SYMLINK"))
            found.append((f"{framework}/Resources", "Versions/Current/Resources", "SYMLINK"))
            found.append((f"{framework}/Versions/Current", "A", "SYMLINK"))
            found.append((f"{framework}/Versions/A/Resources/Info.plist", source, "DATA"))
        elif "framework" not in name:
            found.append((name, source, "DATA"))
    return found


def test_of_the_wheels_for_macos_the_app_gets_what_a_window_and_mlx_need(evaluate: Evaluate) -> None:
    _, binaries, datas = evaluate("darwin", found_on_a_mac())["COLLECT"]["given"]
    laid = {entry[0] for entry in [*binaries, *datas]}
    plugins = {Path(name).relative_to("PySide6/Qt/plugins").as_posix() for name in laid if "/plugins/" in name}
    assert plugins == {
        *("platforms/libqcocoa.dylib", "platforms/libqoffscreen.dylib"),
        *("styles/libqmacstyle.dylib", "iconengines/libqsvgicon.dylib"),
        *(f"imageformats/libq{name}.dylib" for name in ("gif", "ico", "jpeg", "svg", "webp")),
    }
    assert {"mlx/core.cpython-311-darwin.so", "mlx/lib/libmlx.dylib", "mlx/lib/mlx.metallib", "libmlx.dylib"} <= laid
    assert {Path(name).name for name in laid if "/translations/" in name} == {"qtbase_zh_CN.qm", "qt_zh_CN.qm"}
    frameworks = {Path(name).parts[3].removesuffix(".framework") for name in laid if ".framework/" in name}
    # QtGui loads QtDBus on a Mac, too.
    assert frameworks == {"QtCore", "QtGui", "QtWidgets", "QtSvg", "QtDBus", "QtNetwork", "QtOpenGL"}
    core = "PySide6/Qt/lib/QtCore.framework"
    assert {f"{core}/Versions/Current", f"{core}/Resources", f"{core}/Versions/A/Resources/Info.plist"} <= laid
    assert not [name for name in laid if name.endswith((".cmake", "py.typed", "qmldir"))]


def test_no_link_of_the_app_leads_nowhere(evaluate: Evaluate, tmp_path: Path) -> None:
    _, binaries, datas = evaluate("darwin", found_on_a_mac())["COLLECT"]["given"]
    for place, target, kind in [*binaries, *datas]:
        file = tmp_path / "Frameworks" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if kind == "SYMLINK":
            file.symlink_to(target)
        else:
            file.touch()
    links = [path for path in (tmp_path / "Frameworks").rglob("*") if path.is_symlink()]
    assert len(links) > 20
    assert not [path for path in links if not path.exists()]


@pytest.mark.usefixtures("hook_words")
def test_mlx_brings_its_hidden_half_and_its_metal_library() -> None:
    hook = runpy.run_path(str(PACKAGING / "hooks" / "hook-mlx.core.py"))
    assert {"mlx._reprlib_fix", "mlx.nn", "mlx.utils"} <= set(hook["hiddenimports"])
    assert hook["datas"] == [("mlx", "data", {"includes": ["lib/*.metallib"]})]


@pytest.mark.usefixtures("hook_words")
def test_mlx_lm_brings_each_of_its_models() -> None:
    hook = runpy.run_path(str(PACKAGING / "hooks" / "hook-mlx_lm.py"))
    assert set(modules_of("mlx_lm.models")) <= set(hook["hiddenimports"])
    assert "mlx_lm.tool_parsers.minimax_m2" in hook["hiddenimports"]


def test_programs_do_not_inherit_the_bundles_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/before")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("PYINSTALLER_RESET_ENVIRONMENT", "")
    seen = runpy.run_path(str(PACKAGING / "hooks" / "runtime_environment.py"))["os"].environ
    assert seen["LD_LIBRARY_PATH"] == "/before"
    assert "LD_LIBRARY_PATH_ORIG" not in seen
    assert "DYLD_LIBRARY_PATH" not in seen
    assert seen["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
