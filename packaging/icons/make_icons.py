"""Makes the app's icon for Linux in all sizes, from our own drawing; packaging/macos/draw.py makes that for macOS.

python packaging/icons/make_icons.py OUT_FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

DRAWING = Path(__file__).resolve().parents[2] / "resources" / "icons" / "minim.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
"""Edges in pixels: those of the hicolor theme."""


def make_icons(folder: Path) -> list[Path]:
    """Write minim-SIZE.png for each of SIZES into `folder`; → what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {size: draw(size) for size in SIZES}
    written = [folder / f"minim-{size}.png" for size in SIZES]
    for file, png in zip(written, drawn.values(), strict=True):
        file.write_bytes(png)
    return written


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


if __name__ == "__main__":
    for made in make_icons(Path(sys.argv[1])):
        print(made)
