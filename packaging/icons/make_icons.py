"""Makes the app's icon in all sizes from our own drawing: PNG files for Linux, one .icns for macOS.

python packaging/icons/make_icons.py OUT_FOLDER
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

DRAWING = Path(__file__).resolve().parents[2] / "resources" / "icons" / "minim.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
"""Edges in pixels: those of the hicolor theme and of macOS."""

# What a size is called in an .icns file, whose parts are whole PNG files; some sizes stand for a display of twice the
# density as well. https://en.wikipedia.org/wiki/Apple_Icon_Image_format
_ICNS_PARTS = (
    (b"icp4", 16), (b"icp5", 32), (b"icp6", 64), (b"ic07", 128), (b"ic08", 256), (b"ic09", 512), (b"ic10", 1024),
    (b"ic11", 32), (b"ic12", 64), (b"ic13", 256), (b"ic14", 512),
)  # fmt: skip


def make_icons(folder: Path) -> list[Path]:
    """Write minim-SIZE.png for each of SIZES and minim.icns into `folder`; → what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {size: draw(size) for size in SIZES}
    written = [folder / f"minim-{size}.png" for size in SIZES]
    for file, png in zip(written, drawn.values(), strict=True):
        file.write_bytes(png)
    icns = folder / "minim.icns"
    icns.write_bytes(pack_icns({name: drawn[size] for name, size in _ICNS_PARTS}))
    return [*written, icns]


def draw(size: int) -> bytes:
    """The drawing as a PNG file, `size` pixels square. Needs no display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(DRAWING.read_bytes())).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType] - the stubs know files only
    return bytes(buffer.data().data())


def pack_icns(parts: dict[bytes, bytes]) -> bytes:
    """PNG files by their four-letter names → an .icns file."""
    body = b"".join(name + struct.pack(">I", len(png) + 8) + png for name, png in parts.items())
    return b"icns" + struct.pack(">I", len(body) + 8) + body


if __name__ == "__main__":
    for made in make_icons(Path(sys.argv[1])):
        print(made)
