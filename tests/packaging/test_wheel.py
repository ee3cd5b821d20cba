"""The wheel that pip and pipx install: what is in it, what it says of itself, and what it leaves out."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


DIST_INFO = f"minim-{PROJECT['version']}.dist-info"


def known_files(*folders: str) -> list[str]:
    """What git knows, and is there."""
    call = ["git", "ls-files", "-z", *folders]
    told = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in told.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as a release builds it; in a copy of what git knows, since setuptools writes beside its sources."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in known_files():
        if not name.startswith((".github", "tests/", "packaging/pocket/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").write_text("", encoding="utf-8")  # so that one is there to be left out
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "--wheel-dir", folder / "dist", folder], check=True, cwd=folder)
    (file,) = (folder / "dist").iterdir()
    assert file.name == f"minim-{PROJECT['version']}-py3-none-any.whl"
    return zipfile.ZipFile(file)


def test_wheel_holds_the_app_with_its_model_its_catalogue_and_its_translations(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert {
        "desktop/__main__.py",
        "backends/workers/engine.py",
        "resources/pocket/model.safetensors",
        "resources/pocket/tokenizer.json",
        "resources/catalog/minimax.json",
        "resources/translations/minim_zh_CN.qm",
        "resources/icons/minim.svg",
        "resources/engines/transformers.json",
        "resources/engines/transformers.txt",
    } <= names
    assert {name for name in known_files("desktop", "backends") if name.endswith(".py")} <= names


def test_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert {name.split("/")[0] for name in names} == {"desktop", "backends", "resources", DIST_INFO}
    assert not [name for name in names if name.endswith((".ts", ".pyc"))]


def test_wheel_gives_one_program(wheel: zipfile.ZipFile) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(f"{DIST_INFO}/entry_points.txt").decode())
    assert {name: dict(parser[name]) for name in parser.sections()} == {
        "console_scripts": {"minim": "desktop.__main__:main"}
    }


def test_wheel_offers_torch_and_awq_as_extras_of_the_versions_that_were_tried(wheel: zipfile.ZipFile) -> None:
    told = metadata(wheel)
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("minim", PROJECT["version"], "Apache-2.0")
    assert told.get_all("Provides-Extra") == ["cuda", "awq"]
    asked = told.get_all("Requires-Dist") or []
    extras = {name: [need.split(";")[0] for need in asked if f'extra == "{name}"' in need] for name in ("cuda", "awq")}
    assert extras["cuda"] == ["torch==2.13.0", "accelerate==1.15.0"]
    # autoawq takes any torch: without the other extra, pip would bring the newest, which nobody tried it with.
    assert extras["awq"] == ["minim[cuda]", "autoawq==0.2.9"]


def test_version_stands_in_one_place() -> None:
    version = re.compile(rf"(?<![\d.]){re.escape(PROJECT['version'])}(?![\d.]|rc)")
    kinds = (".py", ".sh", ".plist", ".spec", ".desktop", ".toml", ".md", ".txt")
    texts = [ROOT / name for name in known_files("desktop", "backends", "packaging") if name.endswith(kinds)]
    assert texts
    assert [file for file in texts if version.search(file.read_text(encoding="utf-8"))] == []


def metadata(wheel: zipfile.ZipFile) -> Message:
    """What the wheel says of itself."""
    return Parser().parsestr(wheel.read(f"{DIST_INFO}/METADATA").decode())
