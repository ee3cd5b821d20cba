"""What an engine's environment is made of, and how large that is: read from resources/engines."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

import resources
from backends.contract.models import EngineName

RECIPES = Path(resources.__file__).resolve().parent / "engines"


class PackageSize(msgspec.Struct, frozen=True):
    """One package: bytes to fetch, and on the disk. `cuda`: only beside a torch that was built for CUDA."""

    name: str
    download_bytes: int
    disk_bytes: int
    cuda: bool = False


class EngineRecipe(msgspec.Struct, frozen=True):
    """What is installed, in this order: `first` without a hash and what it asks for, then the locked requirements.

    Of a package in `first`, which exists in builds of different hashes, the person's package index decides the build.
    `checked` is imported at the end; `pip` is what an older pip is replaced by. `sizes` are by platform. `optional` is
    tried beside a torch that was built for CUDA: requirements that Minim has no version of to lock.
    """

    first: tuple[str, ...]
    checked: tuple[str, ...]
    pip: str
    sizes: dict[str, tuple[PackageSize, ...]]
    optional: tuple[str, ...] = ()

    def sizes_here(self) -> tuple[PackageSize, ...]:
        """The packages for this machine; () where they are not known."""
        return self.sizes.get(platform_name(), ())

    def is_met_by(self, packages: Mapping[str, str]) -> bool:
        """Whether these packages have the versions of `first`; which build of them, "+cpu" or another, is as good."""
        for need in map(Requirement, self.first):
            version = packages.get(plain_name(need.name))
            if version is None or not need.specifier.contains(version, prereleases=True):
                return False
        return True


def platform_name() -> str:
    """This machine as the table of sizes names it: "linux-x86_64"."""
    return f"{sys.platform}-{platform.machine().lower()}"


def read_recipe(engine: EngineName, folder: Path = RECIPES) -> EngineRecipe | None:
    """The recipe of an engine; None for one that comes with Minim."""
    file = folder / f"{engine.lower()}.json"
    return msgspec.json.decode(file.read_bytes(), type=EngineRecipe) if file.is_file() else None


def locked(engine: EngineName, *, cuda: bool = False, folder: Path = RECIPES) -> Path:
    """The file with exact versions and hashes; `cuda`: of what is added beside a torch that was built for CUDA."""
    return folder / (f"{engine.lower()}-cuda.txt" if cuda else f"{engine.lower()}.txt")


def packages_in(site: Path) -> dict[str, str]:
    """The packages that lie in a folder, and their versions."""
    found = importlib.metadata.distributions(path=[str(site)])
    return {plain_name(distribution.metadata["Name"]): distribution.version for distribution in found}


def is_here(name: str) -> bool:
    """Whether this Python has a package."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def plain_name(name: str) -> str:
    """A package's name as indexes compare it; of a requirement or a wheel's file its beginning."""
    found = re.match(r"[A-Za-z0-9._-]*[A-Za-z0-9]", name)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""
