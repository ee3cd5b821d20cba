"""What a Linux desktop gets beside the program: the entry in its menu, and the AppImage."""
# pyright: strict, reportUnknownMemberType=false
# pytest's syspath_prepend has no types.

from __future__ import annotations

import configparser
import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging" / "linux"
SHELL = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle with all that a desktop needs, in a place with hard characters; its program says how it was called."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging" / "icons"))
    icons: Any = importlib.import_module("make_icons")
    folder = tmp_path / 'Min im "$HOME" 100% \\ 小'
    folder.mkdir()
    program = folder / "minim"
    program.write_text('#!/bin/sh\necho "$(basename "$(readlink -f "$0")") $*"\n', encoding="utf-8")
    program.chmod(0o755)
    icons.make_icons(tmp_path / "icons")
    subprocess.run([LINUX / "lay_out.sh", folder, tmp_path / "icons"], check=True)
    return folder


def test_desktop_file_keeps_the_rules_of_desktop_file_validate() -> None:
    text = (LINUX / "minim.desktop").read_text(encoding="utf-8")
    entry = read_entry(text)
    assert text.startswith("[Desktop Entry]\n")
    assert text.endswith("\n")
    assert entry["Type"] == "Application"
    assert entry["Version"] == "1.4"  # the newest that the validator of Debian 12 knows
    assert entry["Name"]
    assert entry["Exec"] == "minim %f"
    assert entry["MimeType"] == "inode/directory;"  # "Open with" on the folder of a model
    assert entry["Terminal"] in {"true", "false"}
    assert entry["Categories"] == "Utility;"  # a main category, and one only
    plain = {re.sub(r"\[[a-zA-Z_]+\]$", "", key) for key in entry}
    known = {"Type", "Version", "Name", "GenericName", "Comment", "Exec", "Icon", "Terminal", "Categories", "Keywords"}
    assert plain <= known | {"StartupNotify", "StartupWMClass", "MimeType"}
    assert all(entry[key].endswith(";") for key in ("Categories", "Keywords", "MimeType"))
    assert not Path(entry["Icon"]).suffix
    # Qt names the window as the desktop file is named, so that the desktop knows whose it is.
    told = (file.read_text(encoding="utf-8") for file in (ROOT / "desktop").rglob("*.py"))
    assert any('setDesktopFileName("minim")' in text for text in told)


def test_install_puts_the_bundle_into_the_menu_and_takes_it_out(bundle: Path, tmp_path: Path) -> None:
    data = tmp_path / "da ta"
    calling = {**SHELL, "HOME": str(tmp_path), "XDG_DATA_HOME": str(data)}
    for file in (bundle, *bundle.rglob("*")):
        file.chmod(file.stat().st_mode & ~0o222)  # as an administrator may lay it out for all
    for _ in range(2):  # twice: an update lies over what was there
        subprocess.run([bundle / "install.sh"], env=calling, check=True, capture_output=True)
    entry = read_entry((data / "applications" / "minim.desktop").read_text(encoding="utf-8"))
    assert started_by(entry["Exec"]) == str(bundle / "minim")
    assert entry["TryExec"].replace("\\\\", "\\") == str(bundle / "minim")
    laid = {file.parent.parent.name for file in (data / "icons" / "hicolor").rglob("minim.*")}
    assert laid == {*(f"{size}x{size}" for size in (16, 24, 32, 48, 64, 128, 256, 512)), "scalable"}
    subprocess.run([bundle / "install.sh", "--remove"], env=calling, check=True, capture_output=True)
    assert not [file for file in data.rglob("*") if file.is_file() and "minim" in file.name]
    assert (bundle / "install.sh").is_file()


def test_install_knows_no_other_word(bundle: Path, tmp_path: Path) -> None:
    calling = {**SHELL, "HOME": str(tmp_path / "home")}
    call = [bundle / "install.sh", "--uninstall"]
    told = subprocess.run(call, env=calling, check=False, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (2, "")
    assert "--remove" in told.stderr
    assert not (tmp_path / "home").exists()


def test_appimage_starts_the_program_and_shows_its_entry_and_icon_at_the_root(bundle: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    subprocess.run([LINUX / "make_appimage.sh", bundle, work, "-"], env=SHELL, check=True)
    root = work / "Minim.AppDir"
    started = subprocess.run([root / "AppRun", "chat", "a b"], env=SHELL, check=True, capture_output=True, text=True)
    assert started.stdout == "minim chat a b\n"
    entries = list(root.glob("*.desktop"))
    assert [file.name for file in entries] == ["minim.desktop"]
    assert read_entry(entries[0].read_text(encoding="utf-8"))["Icon"] == "minim"
    assert (root / "minim.png").read_bytes().startswith(b"\x89PNG")
    assert (root / ".DirIcon").read_bytes() == (root / "minim.png").read_bytes()
    assert (root / "usr/share/icons/hicolor/scalable/apps/minim.svg").is_file()
    assert (root / "usr/lib/minim/LICENSE").is_file()
    # It is mounted elsewhere at each start: nothing in it points out of it.
    links = [file for file in root.rglob("*") if file.is_symlink()]
    assert links
    assert all(not file.readlink().is_absolute() and root in file.resolve().parents for file in links)
    assert (bundle / "share" / "applications" / "minim.desktop").is_file()  # what it was made of is as it was


def test_appimage_says_what_it_needs(bundle: Path, tmp_path: Path) -> None:
    tools = folder_of_tools(tmp_path / "bin", "mkdir", "dirname", "sed", "sha256sum", "mv", "rm")
    said = make_appimage(bundle, tmp_path, {"PATH": str(tools)})
    assert "squashfs-tools" in said
    write_tool(tools / "mksquashfs", "exit 0")
    write_tool(tools / "curl", "echo no way out >&2; exit 6")
    said = make_appimage(bundle, tmp_path, {"PATH": str(tools)})
    assert "no way out" in said
    assert "make appimage RUNTIME=FILE" in said
    write_tool(tools / "curl", 'while [ "$1" != --output ]; do shift; done; echo another >"$2"')
    assert "checksum differs" in make_appimage(bundle, tmp_path, {"PATH": str(tools)})
    assert not list((tmp_path / "work").glob("runtime*"))  # so that the next call fetches it again


def test_runtime_is_named_by_version_and_checksum() -> None:
    _, url, checksum = (LINUX / "appimage-runtime.txt").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"https://github\.com/AppImage/type2-runtime/releases/download/\d{8}/runtime-x86_64", url)
    assert re.fullmatch(r"[0-9a-f]{64}", checksum)


def make_appimage(bundle: Path, folder: Path, env: dict[str, str]) -> str:
    """What is said where no AppImage could be made."""
    image = folder / "Minim.AppImage"
    call = [LINUX / "make_appimage.sh", bundle, folder / "work", image]
    told = subprocess.run(call, env=env, check=False, capture_output=True, text=True)
    assert told.returncode == 1
    assert not image.exists()
    return told.stderr


def folder_of_tools(folder: Path, *names: str) -> Path:
    """A PATH with these programs of the system only."""
    folder.mkdir()
    for name in names:
        found = next(place for place in map(Path, ("/usr/bin", "/bin")) if (place / name).exists())
        (folder / name).symlink_to(found / name)
    return folder


def write_tool(file: Path, script: str) -> None:
    """A program of a test's own."""
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def read_entry(text: str) -> dict[str, str]:
    """The keys of a desktop file, as they are written."""
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - as its documentation says to do it
    parser.read_string(text)
    assert parser.sections() == ["Desktop Entry"]
    return dict(parser["Desktop Entry"])


def started_by(value: str) -> str:
    """The one program of an Exec line, read as the specification says: a value's escapes, then quotes, then codes."""
    unescaped = value.replace("\\\\", "\0").replace("\\s", " ").replace("\0", "\\")
    quoted, space, code = unescaped.rpartition(" ")
    assert (space, code) == (" ", "%f")
    assert quoted[0] == quoted[-1] == '"'
    assert re.fullmatch(r'(?:[^\\"`$]|\\[\\"`$])*', quoted[1:-1])  # nothing reserved without its backslash
    return re.sub(r"\\([\\\"`$])", r"\1", quoted[1:-1]).replace("%%", "%")
