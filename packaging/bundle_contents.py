"""What goes into the bundle and what stays out: decided here, so that a test can ask without building one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Entry = tuple[str, str, str]
"""As PyInstaller's tables have it: where it lies in the bundle, where it comes from, its kind."""

EXCLUDED_MODULES = (
    # Engines that come into an environment of their own, and what only they bring.
    "torch", "torchvision", "torchaudio", "tensorflow", "jax", "flax", "accelerate", "awq", "triton", "kernels",
    # Found by name at run time: their files are laid beside the rest (see `transformers_files`).
    "transformers",
    # Only modelscope_hub is imported, which needs nothing of the other.
    "modelscope",
    # The bytes of the weights come through our own transfer.
    "hf_xet",
    # Command lines and build tools of libraries, and what only they use.
    "huggingface_hub.cli", "mlx_lm.server", "mlx_lm.tuner", "mlx_lm.quant", "setuptools", "pip", "wheel",
    "_distutils_hack", "PyInstaller", "pytest", "_pytest", "IPython", "matplotlib", "pandas", "scipy", "PIL",
    "datasets", "sounddevice", "soundfile", "librosa",
    # Of the standard library: windows of another kind, and tests.
    "tkinter", "_tkinter", "turtle", "turtledemo", "idlelib", "lib2to3", "test", "numpy.f2py", "numpy.distutils",
    # Qt's modules beyond QtCore, QtGui, QtSvg and QtWidgets.
    *(
        f"PySide6.{name}"
        for name in (
            "QtConcurrent", "QtDBus", "QtDesigner", "QtHelp", "QtNetwork", "QtOpenGL", "QtOpenGLWidgets",
            "QtPrintSupport", "QtQml", "QtQuick", "QtQuickControls2", "QtQuickTest", "QtQuickWidgets", "QtSql",
            "QtSvgWidgets", "QtTest", "QtUiTools", "QtXml",
        )
    ),
)  # fmt: skip

WHOLE_PACKAGES = (
    # What Transformers' files import, which PyInstaller does not read, and what the Transformers engine needs more.
    "filelock", "huggingface_hub", "jinja2", "numpy", "packaging", "regex", "safetensors", "sentencepiece",
    "tokenizers", "tqdm", "yaml", "google.protobuf", "requests", "psutil", "fsspec",
)  # fmt: skip

_PARTS_LEFT_OUT = re.compile(r"\.(tests?|conftest|distutils|f2py|cli|_pyinstaller)(\.|$)")


def is_part_wanted(name: str) -> bool:
    """Whether a module of a package in WHOLE_PACKAGES goes into the bundle."""
    return _PARTS_LEFT_OUT.search(name) is None


AS_FILES = (
    # Not in the archive inside the program: their folders are listed (mlx_lm), or the Python of an engine's own
    # environment imports them from there.
    "backends", "resources", "mlx", "mlx_lm", "huggingface_hub", "tokenizers", "safetensors", "numpy", "regex", "yaml",
    "tqdm", "packaging", "filelock", "jinja2", "markupsafe", "sentencepiece", "google", "msgspec", "psutil",
    "platformdirs", "typing_extensions", "httpx2", "httpcore2", "anyio", "h11", "idna", "certifi", "truststore",
    "fsspec", "requests", "urllib3", "charset_normalizer", "socks", "socksio",
)  # fmt: skip

NOT_AT_THE_START = ("pyi_rth_pyside6", "pyi_rth_inspect")
"""Of what PyInstaller runs before the app: the first loads Qt into each worker, and PySide6 finds its plugins without
it; the second reads a whole archive for a better answer to a question that nobody here asks."""

_QT_PLUGINS = {
    "platforms": ("xcb", "wayland*", "offscreen", "cocoa"),
    "styles": ("*",),
    "iconengines": ("svgicon",),
    "imageformats": ("svg", "jpeg", "gif", "ico", "webp"),
    "platformthemes": ("gtk3", "xdgdesktopportal"),
    "platforminputcontexts": ("compose*", "ibus*"),
    "xcbglintegrations": ("*",),
    "wayland-shell-integration": ("*",),
    "wayland-graphics-integration-client": ("*",),
    "wayland-decoration-client": ("*",),
    "accessiblebridge": ("*",),
}
_MOST_LINKS = 40  # one after the other, as in the kernel
_PLUGIN_NAME = re.compile(r"^(?:lib)?q?(.+?)(?:plugin)?\.(?:so|dylib|dll)$")

_WITHOUT_METADATA = ("hf-xet", "modelscope", "torch")
"""Libraries ask whether these are there by their metadata alone."""

_QT_TRANSLATIONS = ("qtbase_zh_CN.qm", "qt_zh_CN.qm")

_SYSTEM_LIBRARIES = (
    # What every desktop has and what must fit its drivers, as AppImage's list of excluded libraries says it.
    "libstdc++.so*", "libgcc_s.so*", "libGL.so*", "libEGL.so*", "libGLX.so*", "libGLdispatch.so*", "libOpenGL.so*",
    "libdrm.so*", "libgbm.so*", "libX11.so*", "libX11-xcb.so*", "libxcb.so*", "libxcb-dri*.so*", "libfontconfig.so*",
    "libfreetype.so*", "libexpat.so*", "libz.so*", "libdbus-1.so*", "libglib-2.0.so*", "libgobject-2.0.so*",
    "libgio-2.0.so*", "libgmodule-2.0.so*", "libgthread-2.0.so*", "libwayland-*.so*", "libsystemd.so*",
    # What the plugin for GTK's dialogs links: it is loaded where they are.
    "libgtk-3.so*", "libgdk*.so*", "libatk*.so*", "libatspi.so*", "libcairo*.so*", "libpango*.so*", "libharfbuzz*.so*",
    "libepoxy.so*", "libpixman*.so*", "libfribidi.so*", "libthai.so*", "libdatrie.so*", "libgraphite2.so*",
    "libmount.so*", "libblkid.so*", "libselinux.so*", "libpcre*.so*", "libX[a-z]*.so*", "libpng16.so*",
    "libjpeg.so*", "libtiff.so*", "libbrotli*.so*", "libgcrypt.so*", "libgpg-error.so*", "libcap.so*", "liblz4.so*",
    "libzstd.so*", "libcloudproviders.so*", "libtracker*.so*", "libjson-glib*.so*",
)  # fmt: skip

_UNUSED_DATA = (
    "*/tests/*", "*/test/*", "*.pyi", "*/py.typed", "*.c", "*.h", "*.hpp", "*.cmake", "*.pxd", "*.pyx", "*.a",
    "mlx/include/*", "mlx/share/*", "mlx_lm/*.md", "pip-*", "setuptools-*", "wheel-*", "pyinstaller*",
    "*.dist-info/direct_url.json",
)  # fmt: skip

# What Transformers' language models do without: pictures, sounds, conversions, and what its code is generated from.
_TRANSFORMERS_UNUSED = (
    "cli/*", "models/*/image_processing_*.py", "models/*/video_processing_*.py", "models/*/feature_extraction_*.py",
    "models/*/convert_*.py", "models/*/modular_*.py",
)  # fmt: skip


def is_wanted_binary(entry: Entry) -> bool:
    """Whether a library of PyInstaller's findings goes into the bundle."""
    place = PurePosixPath(entry[0].replace("\\", "/"))
    if "plugins" in place.parts and "PySide6" in place.parts:
        return _is_wanted_plugin(place)
    if _is_of_qml(place):
        return False
    bundled = entry[1].replace("\\", "/")
    of_a_package = "site-packages" in bundled
    return of_a_package or not any(fnmatch(place.name, pattern) for pattern in _SYSTEM_LIBRARIES)


def is_wanted_data(entry: Entry) -> bool:
    """Whether a file of PyInstaller's findings goes into the bundle."""
    place = entry[0].replace("\\", "/")
    if _is_of_qml(PurePosixPath(place)):
        return False
    if "PySide6/" in place:
        if "/translations/" in place:
            return PurePosixPath(place).name in _QT_TRANSLATIONS
        return "/qml/" not in place and "/metatypes/" not in place and "/typesystems/" not in place
    return not any(fnmatch(place, pattern) for pattern in _UNUSED_DATA)


def without_loose_links(entries: Iterable[Entry], others: Iterable[Entry]) -> list[Entry]:
    """The entries of a table less the links to what is in neither table any more: Gatekeeper refuses an app for one.

    PyInstaller lays a link at the top of the bundle to each library that is loaded from deeper within, and on a Mac
    three more into each framework.
    """
    kept = list(entries)
    links = {entry[0]: entry[1] for entry in kept if entry[2] == "SYMLINK"}
    places = {PurePosixPath(entry[0]) for entry in [*kept, *others] if entry[2] != "SYMLINK"}
    places |= {folder for place in places for folder in place.parents}
    return [entry for entry in kept if entry[2] != "SYMLINK" or _followed(entry[0], links) in places]


def transformers_files(package: Path) -> Iterator[Path]:
    """The sources of Transformers that its tokenizers and language models are read from.

    Sources, since Transformers reads the text of its own modules for what is in them. Models' own code is among them:
    an engine in an environment of its own takes it from here.
    """
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).as_posix()
        if not any(fnmatch(name, pattern) for pattern in _TRANSFORMERS_UNUSED):
            yield file


def is_read_at_start(name: str) -> bool:
    """Whether the bytecode of a source of Transformers is laid beside it: not for what only torch can run."""
    return not PurePosixPath(name).name.startswith(("modeling_", "generation_", "processing_"))


def distributions(name: str) -> list[str]:
    """A distribution that is installed here and all that it requires here, by name."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        asked = canonicalize_name(waiting.pop())
        if asked in found or asked in _WITHOUT_METADATA:
            continue
        try:
            needs = importlib.metadata.requires(asked) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform, or an extra that is not installed
        found[asked] = None
        waiting += [need.name for need in map(Requirement, needs) if _is_needed_here(need)]
    return sorted(found)


def standard_library() -> list[str]:
    """All modules of the standard library that may be asked for by what PyInstaller does not read."""
    unwanted = {"antigravity", "this", "pydoc_data", "nturl2path", "msilib", "ensurepip", "venv", "distutils"}
    unwanted |= {name for name in EXCLUDED_MODULES if "." not in name}
    names = (name for name in sys.stdlib_module_names if name not in unwanted)
    return sorted(name for name in names if importlib.util.find_spec(name) is not None)


def wanted(entries: Iterable[Entry], is_wanted: object) -> list[Entry]:
    """The entries of a table that a rule keeps."""
    assert callable(is_wanted)
    return [entry for entry in entries if is_wanted(entry)]


def _is_needed_here(need: Requirement) -> bool:
    extras = need.extras or {""}
    return need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)


def _is_of_qml(place: PurePosixPath) -> bool:
    """Whether it is Qt Quick, QML or 3D, with all that lies in the framework of it."""
    if "PySide6" not in place.parts:
        return False
    return "qml" in place.parts or any(re.match(r"(lib)?Qt6?(Qml|Quick|Labs|3D)", part) for part in place.parts)


def _followed(name: str, links: dict[str, str]) -> PurePosixPath | None:
    """Where a place lies when all links on the way are followed; None if they go around."""
    followed, waiting = PurePosixPath(), list(PurePosixPath(name).parts)
    for _ in range(_MOST_LINKS):
        while waiting and str(followed / waiting[0]) not in links:
            part = waiting.pop(0)
            followed = followed.parent if part == ".." else followed / part
        if not waiting:
            return followed
        waiting[0:1] = PurePosixPath(links[str(followed / waiting[0])]).parts
    return None


def _is_wanted_plugin(place: PurePosixPath) -> bool:
    found = _PLUGIN_NAME.match(place.name)
    names = _QT_PLUGINS.get(place.parent.name, ())
    return found is not None and any(fnmatch(found[1], name) for name in names)
