"""What goes into the bundle and what stays out, and the icons."""
# pyright: strict, reportUnknownMemberType=false
# pytest's syspath_prepend has no types.

from __future__ import annotations

import importlib
import struct
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
QT = "PySide6/Qt/plugins"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> Any:
    """packaging/bundle_contents.py, which the spec imports from its own folder."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    return importlib.import_module("bundle_contents")


@pytest.fixture
def icons(monkeypatch: pytest.MonkeyPatch) -> Any:
    """packaging/icons/make_icons.py, a script."""
    monkeypatch.syspath_prepend(str(PACKAGING / "icons"))
    return importlib.import_module("make_icons")


@pytest.mark.parametrize(
    ("place", "source", "stays"),
    [
        (f"{QT}/platforms/libqxcb.so", "site-packages", True),
        (f"{QT}/platforms/libqoffscreen.so", "site-packages", True),
        (f"{QT}/platforms/libqwayland.so", "site-packages", True),
        (f"{QT}/platforms/libqcocoa.dylib", "site-packages", True),
        (f"{QT}/platforms/libqeglfs.so", "site-packages", False),
        (f"{QT}/imageformats/libqsvg.so", "site-packages", True),
        (f"{QT}/imageformats/libqpdf.so", "site-packages", False),
        (f"{QT}/platformthemes/libqgtk3.so", "site-packages", True),
        (f"{QT}/tls/libqopensslbackend.so", "site-packages", False),
        (f"{QT}/styles/libqmacstyle.dylib", "site-packages", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", "site-packages", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", "site-packages", True),
        ("libxcb-cursor.so.0", "/usr/lib", True),
        ("libssl.so.3", "/usr/lib", True),
        ("libgtk-3.so.0", "/usr/lib", False),
        ("libstdc++.so.6", "/usr/lib", False),
        ("libGL.so.1", "/usr/lib", False),
        ("mlx/lib/libmlx.so", "site-packages", True),
        ("numpy.libs/libscipy_openblas64_.so", "site-packages", True),
    ],
)
def test_libraries(contents: Any, place: str, source: str, *, stays: bool) -> None:
    assert contents.is_wanted_binary((place, f"{source}/{Path(place).name}", "BINARY")) is stays


def test_no_link_leads_to_what_was_left_out(contents: Any) -> None:
    qt = "PySide6/Qt/lib"
    binaries = [
        (f"{qt}/QtCore.framework/Versions/A/QtCore", "site-packages", "BINARY"),
        ("mlx/lib/libmlx.dylib", "", ""),
    ]
    links = {
        "QtCore": f"{qt}/QtCore.framework/Versions/A/QtCore",
        f"{qt}/QtCore.framework/QtCore": "Versions/Current/QtCore",
        f"{qt}/QtCore.framework/Versions/Current": "A",
        "libmlx.dylib": "mlx/lib/libmlx.dylib",
        "lib/libmlx.dylib": "../mlx/lib/libmlx.dylib",
    }
    loose = {
        "QtQml": f"{qt}/QtQml.framework/Versions/A/QtQml",
        "libQt6Quick.so.6": f"{qt}/libQt6Quick.so.6",
        "around": "around",
    }
    data = [("resources/pocket/model.safetensors", "", "DATA")]
    table = [*data, *((place, target, "SYMLINK") for place, target in {**links, **loose}.items())]
    assert {entry[0] for entry in contents.without_loose_links(table, binaries)} == {data[0][0], *links}


@pytest.mark.parametrize(
    ("place", "stays"),
    [
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/Resources/Info.plist", True),
        ("PySide6/Qt/lib/QtQml.framework/Versions/A/Resources/Info.plist", False),
        ("PySide6/Qt/lib/QtQuick.framework/Versions/Current", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6/Qt/qml/QtQuick/qmldir", False),
        ("mlx/lib/mlx.metallib", True),
        ("mlx/include/mlx/array.h", False),
        ("transformers/__pycache__/__init__.cpython-311.pyc", True),
        ("resources/pocket/model.safetensors", True),
        ("certifi/cacert.pem", True),
        ("tzdata/zoneinfo/Asia/Shanghai", True),
        ("pip-26.0.dist-info/METADATA", False),
        ("minim-0.1.0.dist-info/METADATA", True),
        ("minim-0.1.0.dist-info/direct_url.json", False),  # where the builder's checkout lies
    ],
)
def test_files(contents: Any, place: str, *, stays: bool) -> None:
    assert contents.is_wanted_data((place, "", "DATA")) is stays


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("tqdm.contrib.logging", True),  # Transformers' generation imports it
        ("safetensors.torch", True),
        ("numpy.testing", True),
        ("numpy.tests.test_matlib", False),
        ("numpy.distutils.ccompiler", False),
        ("huggingface_hub.cli.hf", False),
    ],
)
def test_parts_of_packages_that_the_transformers_engine_shares(contents: Any, name: str, *, stays: bool) -> None:
    assert contents.is_part_wanted(name) is stays


def test_metadata_covers_all_that_minim_runs_with_and_hides_what_is_left_out(contents: Any) -> None:
    names = contents.distributions("minim")
    assert {"minim", "mlx", "mlx-lm", "transformers", "keyring", "numpy", "pydantic-core"} <= set(names)
    assert not {"hf-xet", "modelscope", "torch", "pytest", "pip"} & set(names)


def test_icons_have_all_sizes(icons: Any, tmp_path: Path) -> None:
    written = icons.make_icons(tmp_path)
    assert [file.name for file in written] == [f"minim-{size}.png" for size in icons.SIZES]
    for size, file in zip(icons.SIZES, written, strict=True):
        data = file.read_bytes()
        assert data.startswith(PNG)
        assert struct.unpack(">II", data[16:24]) == (size, size)
