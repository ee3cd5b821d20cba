"""What a part on the disk goes through: kills, other versions, deletion, a full disk, two that want the same."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from backends.contract.errors import ErrorKind, MinimError, RequestStopped
from backends.hubs.base import Address
from backends.hubs.part_file import PartFile, disk_errors
from backends.hubs.transfer import fetch, rehash
from tests.hub.server import Hub
from tests.hubs.fetching import NAME, QUICK, WEIGHTS, Fetching, content_of, described

SIZE = 300_000
CONTENT = content_of(SIZE)

# Fetches, and says each time how much is here; a limit on the size of files, in bytes, stands for a full disk.
_CHILD = """
import resource, sys
from pathlib import Path
from backends.contract.errors import MinimError
from backends.hubs.base import Address, RemoteFile
from backends.hubs.transfer import Patience, fetch

url, size, sha256, target, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
file = RemoteFile("model.safetensors", int(size), sha256)
try:
    say = lambda done: print(done, flush=True)
    fetch(file, lambda: [Address(url)], Path(target), report=say, stopped=lambda: False)
except MinimError as error:
    print(error.kind, flush=True)
"""


@pytest.fixture(scope="module")
def one_hub() -> Iterator[Hub]:
    """One hub for all tests here."""
    with Hub() as hub:
        yield hub


@pytest.fixture
def hub(one_hub: Hub) -> Hub:
    """That hub, as it was when it was new."""
    one_hub.behave()
    return one_hub


@pytest.fixture
def fetching(hub: Hub, tmp_path: Path) -> Fetching:
    """300 kB of weights."""
    return Fetching(hub, tmp_path, CONTENT)


@settings(max_examples=40, deadline=None)
@given(
    here=st.integers(0, SIZE + 10),
    damaged=st.booleans(),
    cuts=st.lists(st.tuples(st.sampled_from(["drop_after", "end_after"]), st.integers(0, SIZE)), max_size=3),
)
def test_any_part_and_any_cuts_end_in_the_right_file(
    one_hub: Hub, here: int, damaged: bool, cuts: list[tuple[str, int]]
) -> None:
    one_hub.behave()
    with tempfile.TemporaryDirectory() as folder:
        fetching = Fetching(one_hub, Path(folder), CONTENT)
        part = bytearray((CONTENT + b"and more..")[:here])
        if damaged and part:
            part[len(part) // 2] ^= 1
        fetching.part.write_bytes(part)
        for number, (how, after) in enumerate(cuts, start=1):
            fetching.misbehave(on=[number], **{how: after})
        fetching.run(patience=replace(QUICK, attempts=5))
        if here <= SIZE and not damaged:
            assert fetching.told[0] == here


def test_killed_again_and_again_it_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, content_of(3_000_000))
    step = 600_000
    for number in range(1, 5):
        fetching.misbehave(stall_after=step, on=[1], host="content")
        with child(fetching) as process:
            for line in process.stdout or ():
                if int(line) >= number * step:
                    process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert fetching.part.exists()
    fetching.run()
    assert fetching.served() <= 1.1 * len(fetching.content)


def test_a_disk_that_takes_no_more_keeps_what_it_has(fetching: Fetching) -> None:
    with child(fetching, limit=100_000) as process:
        assert process.stdout
        assert process.stdout.read().split()[-1] == "disk_full"
    assert fetching.part.read_bytes() == CONTENT[:100_000]
    fetching.run()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "disk_missing"),
        (errno.ENODEV, "disk_missing"),
        (errno.EROFS, "internal"),
    ],
)
def test_the_disks_numbers_become_words(tmp_path: Path, number: int, kind: ErrorKind) -> None:
    with pytest.raises(MinimError) as caught, disk_errors(tmp_path / "file"):
        raise OSError(number, os.strerror(number))
    assert caught.value.kind == kind
    assert str(tmp_path) in caught.value.message


def test_where_no_folder_can_be_is_no_file(hub: Hub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, CONTENT)
    fetching.target = fetching.source / WEIGHTS / "below" / WEIGHTS
    with pytest.raises(MinimError) as caught:
        fetching.run()
    assert str(fetching.target.parent) in caught.value.message


def test_a_whole_part_needs_no_hub(fetching: Fetching) -> None:
    fetching.part.write_bytes(CONTENT)
    fetching.run()
    assert not fetching.hub.requests()


def test_a_part_that_is_too_long_is_dropped_at_once(fetching: Fetching) -> None:
    fetching.part.write_bytes(CONTENT + b"more")
    fetching.run()
    assert fetching.served() == SIZE
    assert fetching.told[0] <= SIZE


def test_a_whole_file_needs_no_hub_and_a_wrong_one_is_replaced(fetching: Fetching) -> None:
    fetching.target.write_bytes(CONTENT)
    fetching.part.write_bytes(b"of no use any more")
    fetching.run()
    assert not fetching.hub.requests()
    fetching.target.write_bytes(bytes(SIZE))
    fetching.run()


def test_a_part_of_unknown_origin_is_dropped_where_no_hash_could_tell(fetching: Fetching) -> None:
    fetching.without_sha256()
    fetching.part.write_bytes(bytes(1000))
    fetching.run()


def test_a_part_that_is_made_read_only_goes_on(fetching: Fetching) -> None:
    fetching.part.write_bytes(CONTENT[:1000])
    fetching.part.chmod(0o400)
    fetching.run()


def test_a_part_that_is_deleted_meanwhile_is_begun_anew(fetching: Fetching) -> None:
    def delete(done: int) -> None:
        if done and not lost:
            lost.append(done)
            fetching.part.unlink()

    lost: list[int] = []
    fetch(
        fetching.file, lambda: [fetching.address], fetching.target, report=delete, stopped=lambda: False, patience=QUICK
    )
    assert lost
    assert fetching.target.read_bytes() == CONTENT


def test_a_part_that_is_always_deleted_is_an_error(fetching: Fetching) -> None:
    with pytest.raises(MinimError) as caught:
        fetch(
            fetching.file,
            lambda: [fetching.address],
            fetching.target,
            report=lambda _: fetching.part.unlink(missing_ok=True),
            stopped=lambda: False,
            patience=QUICK,
        )
    assert (caught.value.kind, str(fetching.part) in caught.value.message) == ("disk_missing", True)
    assert not fetching.target.exists()


def test_a_part_is_held_by_one_at_a_time(fetching: Fetching) -> None:
    held = PartFile(fetching.part, fetching.file)
    try:
        assert fetching.fail().kind == "busy"
    finally:
        held.close()
    fetching.run()


def test_reading_an_earlier_part_can_be_stopped(fetching: Fetching) -> None:
    fetching.part.write_bytes(CONTENT[:1000])
    with pytest.raises(RequestStopped):
        fetching.run(stopped=lambda: True)
    assert fetching.part.read_bytes() == CONTENT[:1000]


def test_many_at_once_do_not_mix(hub: Hub, tmp_path: Path) -> None:
    contents = [content_of(SIZE + number, number) for number in range(8)]
    source = tmp_path / "source"
    source.mkdir()
    for number, content in enumerate(contents):
        (source / f"{number}.safetensors").write_bytes(content)
    hub.add(NAME, source)
    for number in range(1, 8, 2):
        hub.misbehave(f"{NAME}/{number}.safetensors", drop_after=100_000, on=[1, 2])

    def one(number: int) -> bytes:
        target = tmp_path / str(number)
        address = Address(f"{hub.huggingface_endpoint}/{NAME}/resolve/main/{number}.safetensors")
        file = described(contents[number], f"{number}.safetensors")
        fetch(file, lambda: [address], target, report=lambda _: None, stopped=lambda: False, patience=QUICK)
        return target.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == contents


def test_rehash_tells_a_right_file_from_a_wrong_one(tmp_path: Path) -> None:
    content = content_of(3_000_000)
    path = tmp_path / "file"
    path.write_bytes(content)
    told: list[int] = []
    file = described(content)
    assert rehash(file, path, told.append, lambda: False)
    assert told[-1] == len(content)
    assert not rehash(replace(file, size=5), path, told.append, lambda: False)
    assert not rehash(file, tmp_path / "missing", told.append, lambda: False)
    with pytest.raises(RequestStopped):
        rehash(file, path, told.append, lambda: True)
    with pytest.raises(MinimError):
        rehash(file, path / "below", told.append, lambda: False)
    path.write_bytes(content[:-1] + b"x")
    assert not rehash(file, path, told.append, lambda: False)


def child(fetching: Fetching, limit: int = 0) -> subprocess.Popen[str]:
    """A process that fetches it; its lines are numbers of bytes, and at last perhaps the kind of an error."""
    file = fetching.file
    arguments = [fetching.address.url, str(file.size), file.sha256, str(fetching.target), str(limit)]
    return subprocess.Popen([sys.executable, "-c", _CHILD, *arguments], stdout=subprocess.PIPE, text=True)
