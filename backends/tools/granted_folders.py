"""Which paths are inside the folders a person granted: every path is walked from there, and none leads out.

Nothing is looked up by a whole path. A path is walked from the granted folder's descriptor, one name at a time, with
O_NOFOLLOW; links are read and walked in the same way. So nothing outside is touched, not even to see whether it is
there, and a folder that is replaced by a link in the meantime is not followed.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from backends.contract.errors import MinimError
from backends.tools.base import failed
from backends.tools.file_words import in_words, shown
from backends.tools.opened_files import FOLDER, Identity, identity, open_granted, status_of

_MAX_PATH = 4096
_MAX_NAMES = 64  # a descriptor each, and macOS gives a process 256
_MAX_LINKS = 40
_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/.vol")))
"""Not files of a person's, and ways to reach any file: closed wherever they lie in a granted folder."""


class Granted(Struct, frozen=True):
    """A granted folder: as it was granted, where it really is, and the name that paths begin with."""

    given: str
    real: str
    label: str


class Spot(Struct, frozen=True):
    """Where a path leads, links resolved. Its descriptor is open inside the `with` of `reach` only.

    `folder` is the descriptor of the deepest folder that is there, `missing` are the folders that would have to be made
    below it, `name` is the file in them, "" if the path leads to a folder. `parts` are all names from `root` on.
    """

    root: str
    parts: tuple[str, ...]
    folder: int
    missing: tuple[str, ...]
    name: str
    status: os.stat_result | None
    path: str
    """As a model may write it, to be shown."""
    names_folder: bool = False
    """It was written with a slash at the end."""


class GrantedFolders:
    """The granted folders, and the folders in them that stay closed. Links to the folders are resolved here, once."""

    def __init__(self, folders: tuple[str, ...], closed: tuple[Path, ...] = ()) -> None:
        self._closed = (*(Path(os.path.realpath(path)) for path in closed), *_SYSTEM)
        self.granted = _labelled(folders)

    def __bool__(self) -> bool:
        return bool(self.granted)

    def __str__(self) -> str:
        """All of them, as they are told to models and persons."""
        return "; ".join(self._told(folder) for folder in self.granted)

    def is_top(self, path: str) -> bool:
        """Whether `path` means all folders together, where there are several."""
        return len(self.granted) > 1 and not path.strip("/.") and not path.startswith(("/", ".."))

    @contextmanager
    def reach(self, path: str) -> Generator[Spot]:
        """Walk to `path`. Raises `MinimError` with the same words for all that is not inside, there or not."""
        walk = _Walk(self, path)
        try:
            with in_words(path):
                spot = walk.spot()
            yield spot
        finally:
            walk.close()

    def find(self, path: str) -> tuple[Granted, list[str]]:
        """The folder that a path begins in, and the names from there on. Raises `MinimError`."""
        if "\0" in path or len(path) > _MAX_PATH:
            raise failed(f"{shown(path)} is no path: it is too long, or has a character that no path has.")
        if path == "~" or path.startswith("~/"):
            raise failed("A path cannot begin with ~ here.", f"Granted: {self}.")
        if path.startswith("/"):
            return self.find_absolute(path, path)
        if len(self.granted) == 1:
            return self.granted[0], path.split("/")
        label, *names = path.removeprefix("./").split("/")
        for folder in self.granted:
            if folder.label == label:
                return folder, names
        raise self.outside(path)

    def find_absolute(self, path: str, asked: str) -> tuple[Granted, list[str]]:
        """The same for an absolute path, which `asked` led to."""
        for candidate in (path, os.path.normpath(path)):
            names = _names(candidate)
            for folder in sorted(self.granted, key=lambda granted: -len(granted.real)):
                for spelling in (_names(folder.real), _names(folder.given)):
                    if _begins(names, spelling, folder.real):
                        return folder, names[len(spelling) :]
        raise self.outside(asked)

    def outside(self, path: str) -> MinimError:
        """The one error for all that is not inside."""
        return failed(f"{shown(path)} is not inside a granted folder.", f"Granted: {self}.")

    def shown_path(self, folder: Granted, parts: tuple[str, ...]) -> str:
        """A path as a model may write it."""
        names = parts if len(self.granted) == 1 else (folder.label, *parts)
        return shown("/".join(names) or ".", 2 * _MAX_PATH)

    def closed_now(self) -> set[Identity]:
        """The closed folders that are there, whatever they are called."""
        found: set[Identity] = set()
        for path in self._closed:
            with suppress(OSError):
                found.add(identity(path.stat()))
        return found

    def is_closed(self, path: str) -> bool:
        """Whether a path lies in a closed folder that need not be there yet."""
        names = [_folded(name) for name in _names(path)]
        closed = ([_folded(name) for name in path.parts[1:]] for path in self._closed if not path.exists())
        return any(names[: len(folder)] == folder for folder in closed)

    def _told(self, folder: Granted) -> str:
        real = "" if folder.real == folder.given else f" (a link to {shown(folder.real)})"
        label = "" if len(self.granted) == 1 else f"{shown(folder.label)} = "
        return f"{label}{shown(folder.given)}{real}"


class _Walk:
    """One walk: the descriptors of all folders on the way, the last one is where it stands."""

    def __init__(self, folders: GrantedFolders, asked: str) -> None:
        self._folders = folders
        self._asked = asked
        self._closed = folders.closed_now()
        self._opened: list[int] = []
        self._names: list[str] = []
        self._missing: list[str] = []
        self._links = 0

    def spot(self) -> Spot:
        self._root, names = self._folders.find(self._asked)
        self._todo = deque(names)
        self._start(self._root)
        while self._todo:
            name = self._todo.popleft()
            if name == "..":
                self._go_up()
            elif name not in ("", "."):
                status = None if self._missing else status_of(name, self._opened[-1])
                if status is None:
                    self._missing.append(name)
                elif stat.S_ISLNK(status.st_mode):
                    self._follow(name)
                elif stat.S_ISDIR(status.st_mode):
                    self._enter(name)
                else:
                    return self._found(name, status)
            if len(self._names) + len(self._missing) > _MAX_NAMES:
                raise failed(f"{shown(self._asked)} leads too deep: through more than {_MAX_NAMES} folders.")
        return self._found(self._missing.pop() if self._missing else "", None)

    def close(self) -> None:
        while self._opened:
            os.close(self._opened.pop())
        self._names.clear()

    def _start(self, folder: Granted) -> None:
        self.close()
        self._root = folder
        try:
            self._opened.append(open_granted(folder.real))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise failed(f"The granted folder {shown(folder.given)} is not there any more.") from error
        for path in (folder.real, *map(str, Path(folder.real).parents)):
            with suppress(OSError):
                self._check_open(Path(path).stat())

    def _enter(self, name: str) -> None:
        self._opened.append(os.open(name, FOLDER, dir_fd=self._opened[-1]))
        self._names.append(name)
        self._check_open(os.fstat(self._opened[-1]))

    def _follow(self, name: str) -> None:
        """Put what a link says in the place of its name."""
        self._count_link()
        target = os.readlink(name, dir_fd=self._opened[-1])
        if target.startswith("/"):
            self._jump(target)
        else:
            self._todo.extendleft(reversed(target.split("/")))

    def _go_up(self) -> None:
        if self._missing:
            raise failed(f"There is no {shown(self._asked)}.")
        if self._names:
            os.close(self._opened.pop())
            self._names.pop()
        else:  # out of this folder: into another granted one, or nowhere
            self._count_link()
            self._jump(str(Path(self._root.real).parent))

    def _jump(self, path: str) -> None:
        whole = "/".join((path, *self._todo))
        folder, names = self._folders.find_absolute(whole, self._asked)
        self._todo = deque(names)
        self._start(folder)

    def _count_link(self) -> None:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise failed(f"{shown(self._asked)} leads through too many links.")

    def _found(self, name: str, status: os.stat_result | None) -> Spot:
        if status is not None:
            if any(part not in ("", ".") for part in self._todo):
                raise failed(f"{shown(self._asked)} leads through {shown(name)}, which is not a folder.")
            self._check_open(status)
        parts = (*self._names, *self._missing, *((name,) if name else ()))
        if self._folders.is_closed("/".join((self._root.real, *parts))):
            raise self._folders.outside(self._asked)
        path = self._folders.shown_path(self._root, parts)
        missing, ends_so = tuple(self._missing), self._asked.endswith("/")
        return Spot(self._root.real, parts, self._opened[-1], missing, name, status, path, ends_so)

    def _check_open(self, status: os.stat_result) -> None:
        if identity(status) in self._closed:
            raise self._folders.outside(self._asked)


def _labelled(folders: tuple[str, ...]) -> tuple[Granted, ...]:
    """Each folder once, with a label that no other has."""
    granted: dict[str, Granted] = {}
    taken: set[str] = set()
    for folder in folders:
        given = folder.rstrip("/") or folder[:1]
        try:
            real = os.path.realpath(given)
        except ValueError:  # no path at all
            continue
        if not given.startswith("/") or real in granted:
            continue
        base = Path(given).name or "disk"
        label = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if name not in taken)
        taken.add(label)
        granted[real] = Granted(given, real, label)
    return tuple(granted.values())


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]


def _begins(names: list[str], spelling: list[str], real: str) -> bool:
    """Whether `names` begin with a granted folder, also where its file system does not tell cases or accents apart."""
    begin = names[: len(spelling)]
    if begin == spelling:
        return True
    if [_folded(name) for name in begin] != [_folded(name) for name in spelling]:
        return False
    try:
        return Path("/", *begin).samefile(real)
    except (OSError, ValueError):
        return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
