"""What Minim is built with: names, versions and licences, as the packages that lie beside it say them."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from importlib.metadata import Distribution, PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

import resources

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_OF_AN_EXTRA = re.compile(r";.*\bextra\s*==")
_LICENCE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_LICENCES = Path(resources.__file__).with_name("licences")
_LONGEST_NAME = 80  # some packages write the whole text where its name belongs


class Component(Struct, frozen=True):
    """One package; `text` reads its licences in full, as far as it brings them."""

    name: str
    version: str
    licence: str
    text: Callable[[], str]


def components(name: str = "minim") -> list[Component]:
    """All that the package `name` needs and that is here, Python first, then by name."""
    found: dict[str, tuple[Distribution, PackageMetadata]] = {}
    waiting = [name]
    while waiting:
        asked = _plain(waiting.pop())
        if asked in found:
            continue
        try:
            of = distribution(asked)
        except PackageNotFoundError:
            continue  # for another system, or left out of the bundle
        said = of.metadata  # read anew at each mention
        found[asked] = of, said
        needs = said.get_all("Requires-Dist") or ()
        waiting += [match[0] for need in needs if not _OF_AN_EXTRA.search(need) and (match := _NAME.match(need))]
    del found[_plain(name)]
    others = [_component(of, said) for of, said in found.values()]
    return [_python(), *sorted(others, key=lambda component: component.name.lower())]


def _component(of: Distribution, said: PackageMetadata) -> Component:
    licence = _licence(said)
    return Component(said["Name"], said["Version"], licence, partial(_text, of, licence))


def _text(of: Distribution, licence: str) -> str:
    """Looks through all the files of a package, and so is left until it is asked for."""
    texts = [path.locate() for path in of.files or () if _LICENCE.search(path.as_posix())]
    return _joined([_read(Path(str(text))) for text in texts if _is_text(text)]) or _well_known(licence)


def _well_known(licence: str) -> str:
    """The text of a licence for a package that only names it: Qt's, which has to come with it, and our own."""
    if "LGPL-3.0" in licence:  # which adds to the GPL, and so is not whole without it
        return _joined([_read(_LICENCES / "LGPL-3.0.txt"), _read(_LICENCES / "GPL-3.0.txt")])
    if licence.startswith("Apache"):
        own = (path.locate() for path in distribution("minim").files or () if path.name == "LICENSE")
        return _joined([_read(Path(str(path))) for path in own])
    return ""


def _licence(said: PackageMetadata) -> str:
    names = [*(said.get_all("License-Expression") or ()), *(said.get_all("License") or ())]
    name = str(next(iter(names), "")).strip()
    if name and "\n" not in name and len(name) <= _LONGEST_NAME:
        return name
    kinds = said.get_all("Classifier") or ()
    names = [kind.rpartition(" :: ")[2] for kind in kinds if kind.startswith("License :: ")]
    return ", ".join(names)


def _python() -> Component:
    places = (Path(getattr(sys, "_MEIPASS", "")), Path(sysconfig.get_path("stdlib")))
    text = next((file for place in places if (file := place / "LICENSE.txt").is_file()), None)
    return Component("Python", platform.python_version(), "PSF-2.0", partial(_read, text) if text else str)


def _joined(texts: list[str]) -> str:
    return "\n\n\n".join(dict.fromkeys(texts))


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").strip()


def _is_text(path: object) -> bool:
    file = Path(str(path))
    return file.is_file() and file.suffix in {"", ".txt", ".md", ".rst", ".mit", ".apache", ".bsd"}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
