"""Draws the app's icon and the disk image's background from their SVG: python packaging/macos/draw.py FOLDER.

Writes minim.icns, dmg-background.png and dmg-background@2x.png. Neither drawing holds text, so no font is needed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from icns import KINDS, pack_argb, write_icns
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QColorSpace, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

_HERE = Path(__file__).resolve().parent
ICON = _HERE.parent.parent / "resources" / "icons" / "minim.svg"
BACKGROUND = _HERE / "dmg-background.svg"
# The drawing's rounded square is 432 of 512 wide; on Apple's grid it is 824 of 1024, as that of the icons beside it.
_ICON_SCALE = (824 / 1024) / (432 / 512)
_DOTS_PER_METER = 2835  # 72 an inch


def main(folder: Path) -> None:
    """Write the pictures into `folder`."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "minim.icns").write_bytes(draw_icon())
    for scale, name in ((1, "dmg-background.png"), (2, "dmg-background@2x.png")):
        (folder / name).write_bytes(_png(draw_background(scale)))
    del application


def draw_icon() -> bytes:
    """Return the .icns file. Needs a QGuiApplication."""
    return write_icns(
        {
            kind.code: _png(icon_picture(kind.pixels)) if kind.is_png else pack_argb(argb_of(icon_picture(kind.pixels)))
            for kind in KINDS
        }
    )


def icon_picture(pixels: int) -> QImage:
    """Draw the icon with this edge, transparent around it."""
    edge = pixels * _ICON_SCALE
    inset = (pixels - edge) / 2
    return _drawn(ICON, pixels, pixels, QRectF(inset, inset, edge, edge))


def draw_background(scale: int) -> QImage:
    """Draw the disk image's background at `scale` pixels a point."""
    size = QSvgRenderer(str(BACKGROUND)).defaultSize() * scale
    picture = _drawn(BACKGROUND, size.width(), size.height(), QRectF(0, 0, size.width(), size.height()))
    picture.setDotsPerMeterX(_DOTS_PER_METER * scale)
    picture.setDotsPerMeterY(_DOTS_PER_METER * scale)
    return picture.convertToFormat(QImage.Format.Format_RGB888)


def argb_of(picture: QImage) -> bytes:
    """Return a picture's pixels as alpha, red, green, blue."""
    plain = picture.convertToFormat(QImage.Format.Format_RGBA8888)
    rgba = bytes(plain.constBits())
    return bytes(value for at in range(0, len(rgba), 4) for value in (rgba[at + 3], *rgba[at : at + 3]))


def _drawn(svg: Path, width: int, height: int, place: QRectF) -> QImage:
    picture = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(svg)).render(painter, place)
    painter.end()
    picture.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return picture


def _png(picture: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise OSError("The picture could not be written as PNG.")
    return bytes(data.data())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
