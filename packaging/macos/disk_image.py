"""Packs the app into a disk image that opens on a picture of what to do: drag Minim to the applications."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTICE = HERE / "open-anyway.txt"
NOTICE_NAME = "Open Minim 打开方法.txt"


def image_name(version: str) -> str:
    """Return the image's file name."""
    return f"Minim-{version}-macos-arm64.dmg"


def contents(app: Path, pictures: Path, notice: Path | None) -> dict[str, str]:
    """Return what dmg_settings.py asks for; `notice` is the text beside an app that is not notarized, else None."""
    words = {"app": str(app), "background": str(pictures / "dmg-background.png"), "icon": str(pictures / "minim.icns")}
    return words if notice is None else {**words, "notice": str(notice), "notice_name": NOTICE_NAME}


def write_notice(folder: Path) -> Path:
    """Write the text with a mark of its encoding, without which TextEdit guesses and Chinese comes out wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    notice = folder / NOTICE_NAME
    notice.write_text(NOTICE.read_text(encoding="utf-8"), encoding="utf-8-sig")
    return notice


def make_image(image: Path, named: dict[str, str]) -> None:
    """Write the image; raises CalledProcessError."""
    image.parent.mkdir(parents=True, exist_ok=True)
    image.unlink(missing_ok=True)
    defines = [word for name, value in named.items() for word in ("-D", f"{name}={value}")]
    settings = str(HERE / "dmg_settings.py")
    # Spotlight looks into a new volume, which can then not be let go for a while.
    command = [
        sys.executable,
        "-m",
        "dmgbuild",
        "--detach-retries",
        "30",
        "-s",
        settings,
        *defines,
        "Minim",
        str(image),
    ]
    subprocess.run(command, check=True)
