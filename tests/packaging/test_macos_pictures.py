"""The app's icon in Apple's container, and the picture behind the icons of the disk image."""
# pyright: basic
# basic: the scripts are found at run time.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

Script = Callable[[str], ModuleType]
Settings = Callable[[dict[str, str]], dict[str, Any]]


def test_the_icon_holds_the_drawing_in_all_sizes(qtbot: QtBot, script: Script) -> None:
    icns, draw = script("icns"), script("draw")
    blocks = icns.read_icns(draw.draw_icon())
    assert sorted({kind.pixels for kind in icns.KINDS}) == [16, 32, 64, 128, 256, 512, 1024]
    for kind in icns.KINDS:
        if kind.is_png:
            picture = QImage.fromData(blocks[kind.code])
        else:
            pixels = icns.unpack_argb(blocks[kind.code], kind.pixels)
            assert pixels == draw.argb_of(draw.icon_picture(kind.pixels))
            picture = draw.icon_picture(kind.pixels)
        assert (picture.width(), picture.height()) == (kind.pixels, kind.pixels)
        assert picture.pixelColor(0, 0).alpha() == 0
        body = picture.pixelColor(kind.pixels // 2, kind.pixels // 5)
        assert body.alpha() == 255
        assert body.blue() > body.red()


def test_an_icon_that_is_not_whole_is_not_read(script: Script) -> None:
    icns = script("icns")
    with pytest.raises(ValueError, match="No picture for ic11"):
        icns.write_icns({kind.code: b"" for kind in icns.KINDS if kind.code != b"ic11"})
    whole = icns.write_icns({kind.code: b"picture" for kind in icns.KINDS})
    with pytest.raises(ValueError, match="no whole icns"):
        icns.read_icns(whole[:-1])


@pytest.mark.parametrize("channel", [b"\x00" * 16, bytes(range(16)), b"aabbbccccddddde" + b"\xff", b"ab" * 8])
def test_runs_and_what_lies_between_them_are_unpacked_again(channel: bytes, script: Script) -> None:
    icns = script("icns")
    pixels = bytes(value for each in channel for value in (each, 255 - each, 7, each))
    packed = icns.pack_argb(pixels)
    assert icns.unpack_argb(packed, 4) == pixels
    # The system loses the last run unless a byte comes behind it.
    assert icns.unpack_argb(packed[:-1], 4) == pixels


def test_the_background_is_drawn_for_both_kinds_of_screens(
    tmp_path: Path, qtbot: QtBot, script: Script, dmg_settings: Settings
) -> None:
    script("draw").main(tmp_path)
    settings = dmg_settings({"app": "A", "background": "B", "icon": "I"})
    size = settings["window_rect"][1]
    for scale, name in ((1, "dmg-background.png"), (2, "dmg-background@2x.png")):
        picture = QImage(str(tmp_path / name))
        assert (picture.width(), picture.height()) == (size[0] * scale, (size[1] - 28) * scale)
        assert picture.dotsPerMeterX() == 2835 * scale  # what the two are one picture by
        assert picture.pixelColor(1, 1).lightness() > 240
