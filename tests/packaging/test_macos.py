"""What is given to people with a Mac, as far as it can be made without one: information, code, signing, image."""
# pyright: basic
# basic: the scripts are found at run time.

from __future__ import annotations

import json
import os
import plistlib
import struct
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MACOS = ROOT / "packaging" / "macos"
Script = Callable[[str], ModuleType]
Settings = Callable[[dict[str, str]], dict[str, Any]]
_ARM64, _X86_64 = 0x0100000C, 0x01000007


def test_the_information_has_the_projects_version_and_only_there(script: Script) -> None:
    bundle = script("app_bundle")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert bundle.project_version() == version
    information = bundle.information("1.2.3rc4")
    assert information["CFBundleShortVersionString"] == information["CFBundleVersion"] == "1.2.3"
    assert "Version" not in " ".join(
        plistlib.loads((MACOS / "Info.plist").read_bytes()).keys()
        - {"CFBundleInfoDictionaryVersion", "LSMinimumSystemVersion"}
    )
    with pytest.raises(ValueError, match="version's numbers"):
        bundle.information("unknown")


def test_the_information_promises_what_the_app_keeps(script: Script) -> None:
    bundle = script("app_bundle")
    information = bundle.information("1.0")
    assert bundle.minimum_system() == (14, 0)
    assert information["CFBundleLocalizations"] == ["en", "zh-Hans"]
    assert information["NSHighResolutionCapable"] is True
    assert information["NSRequiresAquaSystemAppearance"] is False
    # What goes on without a window is neither ended nor slowed down; what the terminal starts is no app of its own.
    assert information["NSSupportsAutomaticTermination"] is information["NSSupportsSuddenTermination"] is False
    assert information["LSAppNapIsDisabled"] is True
    # The latter would keep a second person, who is logged in beside the first, from Minim.
    assert not {"LSUIElement", "LSBackgroundOnly", "LSMultipleInstancesProhibited"} & information.keys()
    (folders,) = information["CFBundleDocumentTypes"]
    assert folders["LSItemContentTypes"] == ["public.folder"]
    assert folders["LSHandlerRank"] == "Alternate"


def test_all_that_the_system_shows_of_minim_is_also_in_chinese(script: Script) -> None:
    information = script("app_bundle").information("1.0")
    chinese = plistlib.loads((MACOS / "zh-Hans.lproj" / "InfoPlist.strings").read_bytes())
    shown = {key for key in information if key.endswith("UsageDescription")}
    assert len(shown) == 7
    assert set(chinese) == shown | {kind["CFBundleTypeName"] for kind in information["CFBundleDocumentTypes"]}
    assert all(any("一" <= letter <= "鿿" for letter in words) for words in chinese.values())


def test_a_bundle_is_completed_around_what_its_builder_wrote(tmp_path: Path, script: Script) -> None:
    app = _bundle_of_code(tmp_path)
    icon = tmp_path / "drawn.icns"
    icon.write_bytes(b"icns")
    script("app_bundle").complete(app, "1.2.3", icon)
    written = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    assert (written["CFBundleVersion"], written["FromTheBuilder"]) == ("1.2.3", "kept")
    assert (app / "Contents" / "Resources" / written["CFBundleIconFile"]).read_bytes() == b"icns"
    assert (app / "Contents/Resources/zh-Hans.lproj/InfoPlist.strings").is_file()


def test_mlx_finds_its_kernels_wherever_it_is_loaded_from(tmp_path: Path, script: Script) -> None:
    app = _bundle_of_code(tmp_path)
    icon = tmp_path / "drawn.icns"
    icon.write_bytes(b"icns")
    script("app_bundle").complete(app, "1.2.3", icon)
    for folder in ("Contents/Frameworks", "Contents/Frameworks/mlx/lib"):
        assert (app / folder / "libmlx.dylib").exists()
        kernels = app / folder / "mlx.metallib"
        assert kernels.read_bytes() == _kernels(14, 0)
        assert not kernels.readlink().is_absolute()
    (app / "Contents/Resources/mlx/lib/mlx.metallib").unlink()
    with pytest.raises(FileNotFoundError, match=r"no mlx\.metallib"):
        script("app_bundle").complete(app, "1.2.3", icon)


def test_a_bundle_without_the_program_that_its_information_names_is_refused(tmp_path: Path, script: Script) -> None:
    app = _app(tmp_path, {"Contents/MacOS/other": _code(14, 0)})
    with pytest.raises(FileNotFoundError, match="names minim"):
        script("app_bundle").complete(app, "1.2.3", tmp_path / "drawn.icns")


def test_the_hardened_runtime_is_asked_for_three_things_in_a_form_without_comments(script: Script) -> None:
    plain = script("signing").plain_entitlements()
    wanted = ("allow-jit", "allow-unsigned-executable-memory", "disable-library-validation")
    assert plistlib.loads(plain) == {f"com.apple.security.cs.{name}": True for name in wanted}
    assert b"<!--" not in plain
    # Each with its reason before it, in the file that people read.
    assert (MACOS / "entitlements.plist").read_text(encoding="utf-8").count("<!--") == 1 + len(wanted)


def test_code_for_a_newer_macos_or_another_processor_is_refused(tmp_path: Path, script: Script) -> None:
    machos = script("machos")
    files = {
        "lib/fine.dylib": _code(14, 0),
        "lib/both.so": _fat(_code(10, 13, _X86_64), _code(11, 0)),
        "lib/libmlx.dylib": _code(15, 0),
        "lib/intel.so": _code(10, 13, _X86_64),
        "PySide6/QtCore.abi3.so": _fat(_code(15, 0, _X86_64), _code(15, 0)),
        "PySide6/QtGui.abi3.so": _code(26, 0),
        "lib/old.metallib": _kernels(14, 0),
        "lib/new.metallib": _kernels(26, 2),
        "lib/archive.a": _fat(b"!<arch>\n", b"!<arch>\n"),
        "lib/Java.class": struct.pack(">2I", 0xCAFEBABE, 52) + bytes(64),
        "lib/note.txt": b"",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert len(machos.code_files(tmp_path)) == 6
    assert machos.complaints(tmp_path, (14, 0)) == [
        "PySide6/QtGui.abi3.so needs macOS 26.0",
        "lib/intel.so has no code for arm64",
        "lib/libmlx.dylib needs macOS 15.0",
        "lib/new.metallib needs macOS 26.2",
    ]
    (tmp_path / "QtQml").symlink_to("PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml")
    assert machos.complaints(tmp_path, (14, 0))[0].startswith("QtQml leads to PySide6/Qt/lib/QtQml.framework")
    (tmp_path / "QtQml").unlink()
    (tmp_path / "lib/old.metallib").write_bytes(b"something else")
    with pytest.raises(ValueError, match="no Metal library"):
        machos.complaints(tmp_path, (14, 0))


def test_all_inside_is_signed_before_what_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    signing = script("signing")
    app = _bundle_of_code(tmp_path)
    log = _program(tmp_path, monkeypatch, "codesign")
    signing.sign(app, "Developer ID Application: Somebody")
    *signed, verified = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
    assert [Path(line[-1]).relative_to(app).as_posix() for line in signed] == [
        "Contents/Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/A",
        "Contents/Frameworks/Python.framework/Versions/3.11",
        "Contents/Frameworks/mlx/lib/libmlx.dylib",
        "Contents/MacOS/tool",
        ".",
    ]
    assert all("--timestamp" in line and "runtime" in line for line in signed)
    assert ["--entitlements" in line for line in signed] == [False, False, False, False, True]
    assert verified[:3] == ["--verify", "--deep", "--strict"]


def test_without_an_identity_the_signature_is_ad_hoc_with_the_same_rights(script: Script) -> None:
    signing = script("signing")
    assert signing.identity({}) == signing.identity({"MINIM_SIGN_IDENTITY": ""}) == "-"
    command = signing.sign_command(Path("Minim.app"), "-", Path("entitlements"))
    assert "--timestamp=none" in command
    assert "runtime" in command
    assert "--options" not in signing.sign_command(Path("Minim.dmg"), "Somebody", None)


@pytest.mark.parametrize("absent", ["MINIM_NOTARY_KEY", "MINIM_NOTARY_KEY_ID", "MINIM_NOTARY_ISSUER"])
def test_credentials_that_are_not_complete_are_named(absent: str, script: Script) -> None:
    notarizing = script("notarizing")
    given = {name: "x" for name in ("MINIM_NOTARY_KEY", "MINIM_NOTARY_KEY_ID", "MINIM_NOTARY_ISSUER") if name != absent}
    with pytest.raises(ValueError, match=f"{absent} must be set"):
        notarizing.credentials(given)
    assert notarizing.credentials({}) is None
    with pytest.raises(ValueError, match="MINIM_SIGN_IDENTITY"):
        notarizing.credentials({**given, absent: "x"})


@pytest.mark.parametrize("status", ["Accepted", "Invalid"])
def test_only_what_apple_accepts_is_stapled(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    notarizing = script("notarizing")
    answer = json.dumps({"id": "number", "status": status})
    log = _program(tmp_path, monkeypatch, "xcrun", f"case $2 in submit) echo '{answer}';; log) echo why;; esac")
    who = notarizing.Credentials(("--key", "file", "--key-id", "id", "--issuer", "issuer"))
    image = tmp_path / "Minim.dmg"
    if status == "Accepted":
        notarizing.notarize_image(image, who)
    else:
        with pytest.raises(notarizing.NotarizationRefusedError, match=r"Minim\.dmg: Invalid\nwhy"):
            notarizing.notarize_image(image, who)
    asked = [line.split("\t")[:2] for line in log.read_text(encoding="utf-8").splitlines()]
    refused = [["notarytool", "submit"], ["notarytool", "log"]]
    assert asked == ([refused[0], ["stapler", "staple"], ["stapler", "validate"]] if status == "Accepted" else refused)


def test_an_answer_that_is_none_is_no_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    notarizing = script("notarizing")
    _program(tmp_path, monkeypatch, "xcrun", "echo 'Error: no network'; exit 69")
    with pytest.raises(notarizing.NotarizationRefusedError, match=r"gave no answer\nError: no network"):
        notarizing.notarize_image(tmp_path / "Minim.dmg", notarizing.Credentials(()))


@pytest.mark.parametrize("notarized", [True, False])
def test_the_image_says_how_to_open_what_is_not_notarized(
    notarized: bool, tmp_path: Path, script: Script, dmg_settings: Settings
) -> None:
    disk_image = script("disk_image")
    notice = None if notarized else disk_image.write_notice(tmp_path)
    settings = dmg_settings(disk_image.contents(Path("Minim.app"), Path("pictures"), notice))
    inside = [name for _, name in settings["files"]]
    assert inside == ["Minim.app"] if notarized else ["Minim.app", disk_image.NOTICE_NAME]
    assert settings["symlinks"] == {"Applications": "/Applications"}
    # It would mark the app with an attribute that a strict check of the signature refuses.
    assert "hide_extensions" not in settings
    assert set(settings["icon_locations"]) == {*inside, "Applications"}
    if notice is not None:
        text = notice.read_text(encoding="utf-8-sig")
        assert notice.read_bytes().startswith("\ufeff".encode())
        assert "System Settings › Privacy & Security" in text
        assert "Open Anyway" in text
        assert "“系统设置”›“隐私与安全性”" in text
        assert "仍要打开" in text


def test_there_is_no_disk_image_away_from_a_mac(
    capfd: pytest.CaptureFixture[str], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert script("build").main() == 1
    assert "only be made on a Mac" in capfd.readouterr().err


def _code(major: int, minor: int, processor: int = _ARM64) -> bytes:
    """A library's header with the one load command that says which macOS it is for."""
    version = struct.pack("<6I", 0x32, 24, 1, major << 16 | minor << 8, 0, 0)
    return struct.pack("<8I", 0xFEEDFACF, processor, 0, 6, 1, len(version), 0, 0) + version


def _kernels(major: int, minor: int) -> bytes:
    """The head of a Metal library."""
    return b"MTLB" + bytes.fromhex("0180020007000081") + struct.pack("<2H", major, minor)


def _fat(*parts: bytes) -> bytes:
    head, body, start = struct.pack(">2I", 0xCAFEBABE, len(parts)), b"", 8 + 20 * len(parts)
    for part in parts:
        head += struct.pack(">5I", _ARM64, 0, start + len(body), len(part), 0)
        body += part
    return head + body


def _app(folder: Path, files: dict[str, bytes]) -> Path:
    app = folder / "Minim.app"
    written = {"CFBundleExecutable": "minim", "FromTheBuilder": "kept"}
    for name, content in {"Contents/Info.plist": plistlib.dumps(written), **files}.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_bytes(content)
    return app


def _bundle_of_code(folder: Path) -> Path:
    core = "Contents/Frameworks/PySide6/Qt/lib/QtCore.framework"
    app = _app(
        folder,
        {
            "Contents/MacOS/minim": _code(11, 0),
            "Contents/MacOS/tool": _code(11, 0),
            f"{core}/Versions/A/QtCore": _code(13, 0),
            "Contents/Frameworks/Python.framework/Versions/3.11/Python": _code(11, 0),
            "Contents/Frameworks/mlx/lib/libmlx.dylib": _code(14, 0),
            "Contents/Resources/mlx/lib/mlx.metallib": _kernels(14, 0),
        },
    )
    (app / core / "Versions" / "Current").symlink_to("A")
    (app / core / "QtCore").symlink_to("Versions/Current/QtCore")
    (app / "Contents/Frameworks/libmlx.dylib").symlink_to("mlx/lib/libmlx.dylib")
    # PyInstaller links each thing at the top of the one folder into the other: it is signed once.
    (app / "Contents/Resources/Python.framework").symlink_to("../Frameworks/Python.framework")
    return app


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, answer: str = "") -> Path:
    """Stand in for a Mac's program: writes down what it is called with, and gives an answer."""
    programs, log = folder / "programs", folder / "log"
    programs.mkdir()
    (programs / name).write_text(
        f"""#!/bin/sh
(first=1; for word; do [ $first ] || printf '\\t'; first=; printf '%s' "$word"; done; echo) >>'{log}'
{answer}
""",
        encoding="utf-8",
    )
    (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    subprocess.run(["sh", "-n", str(programs / name)], check=True)
    return log
