"""Pieces on disk: what is found, shared, replaced, thrown away – and what is not believed."""

from __future__ import annotations

import json
import os
import shutil
import stat
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.engines.prompt_cache_files import PromptCacheFiles, piece_id, remove_all
from backends.engines.prompt_cache_format import DamagedPiece, Tensor, read_piece, read_tensors

KEY = "a" * 64
ONE, MORE, OTHER = list(range(1000, 1260)), list(range(2000, 2300)), list(range(3000, 3900))
GENEROUS = 10_000_000


def tensors_of(tokens: list[int], bytes_a_token: int = 8) -> list[Tensor]:
    data = bytes((token + n) % 251 for token in tokens for n in range(bytes_a_token))
    shape = (1, len(tokens), bytes_a_token)
    return [Tensor(f"0.{name}", "U8", shape, len(data), lambda: memoryview(data)) for name in ("keys", "values")]


class Disk:
    """The files of one model; `put` does what a shelf does."""

    def __init__(self, folder: Path, key: str = KEY, budget: int = GENEROUS) -> None:
        self.folder = folder
        self.files = PromptCacheFiles(folder, key, budget)
        self.written = 0

    def put(
        self,
        tokens: list[int],
        cancelled: Callable[[], bool] = lambda: False,
        *,
        newest: bool = True,
        owner: str = "",
    ) -> bool:
        start = self.files.missing_from(tokens)
        if start is None:
            return True
        tensors = tensors_of(tokens[start:])
        saved = self.files.save(tokens, start, tensors, cancelled, owner=owner, newest=newest)
        self.written += sum(tensor.nbytes for tensor in tensors) * saved
        return saved

    def holds(self, prompt: list[int]) -> int:
        return self.files.find(prompt).tokens

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*"))


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "kv")


def test_what_was_put_is_found_again_by_another_process(disk: Disk) -> None:
    assert disk.holds(ONE) == 0
    assert disk.put(ONE)
    again = Disk(disk.folder)
    assert again.holds([*ONE, 1, 2]) == len(ONE)
    assert again.holds(ONE[:50] + OTHER) == 50
    assert again.holds(OTHER) == 0
    [piece] = again.files.find(ONE).pieces
    whole = [(name, dtype, shape, bytes(data)) for name, dtype, shape, data in read_tensors(piece)]
    assert whole == [(t.name, t.dtype, t.shape, bytes(t.data())) for t in tensors_of(ONE)]


def test_a_conversation_that_has_grown_costs_what_is_new(disk: Disk) -> None:
    disk.put(ONE)
    before = disk.written
    disk.put(ONE + MORE)
    assert disk.written - before == 2 * 8 * len(MORE)
    found = Disk(disk.folder).files.find(ONE + MORE + OTHER)
    assert found.tokens == len(ONE + MORE)
    assert [len(piece.tokens) for piece in found.pieces] == [len(ONE), len(MORE)]
    for count in (1, 2, 200, 300):
        grown = [*ONE, *MORE, *OTHER[:count]]
        assert disk.put(grown)
        assert disk.holds(grown) == len(grown)
        assert len(disk.names) == 3, "a short piece grows"
    assert disk.put([*grown, 1])
    assert len(disk.names) == 4


def test_branches_share_what_they_have_in_common(disk: Disk) -> None:
    disk.put(ONE)
    disk.put(ONE + MORE)
    disk.put(ONE + OTHER)
    assert len(disk.names) == 3
    assert disk.holds(ONE + MORE) == len(ONE + MORE)
    assert disk.holds(ONE + OTHER) == len(ONE + OTHER)
    assert disk.holds(ONE + OTHER[:7] + MORE) == len(ONE) + 7


def test_the_same_turn_without_its_reasoning_takes_the_place_of_the_one_with_it(disk: Disk) -> None:
    disk.put(ONE)
    disk.put(ONE + MORE[:200] + OTHER[:100])
    disk.put(ONE + MORE)
    assert len(disk.names) == 2
    assert disk.holds(ONE + MORE) == len(ONE + MORE)


def test_an_older_branch_does_not_take_the_place_of_a_newer_one(disk: Disk) -> None:
    disk.put(ONE + MORE[:200] + OTHER[:100])
    disk.put(ONE + MORE, newest=False)
    assert len(disk.names) == 2
    assert disk.holds(ONE + MORE[:200] + OTHER[:100]) == len(ONE) + 300


def test_the_same_tokens_of_another_model_are_not_found(disk: Disk) -> None:
    disk.put(ONE)
    assert Disk(disk.folder, "b" * 64).holds(ONE) == 0
    assert len(disk.names) == 1


def test_the_budget_holds_and_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "kv"
    other_model = Disk(folder, "b" * 64)
    other_model.put(OTHER)
    size = {len(tokens): 16 * len(tokens) for tokens in (ONE, MORE, OTHER)}
    disk = Disk(folder, budget=size[900] + size[260] + size[300] + 8000)
    disk.put(ONE)
    disk.put(ONE + MORE)
    for age, name in enumerate(reversed(disk.names)):
        os.utime(folder / name, (10_000 + age, 10_000 + age))
    os.utime(other_model.files.find(OTHER).pieces[0].path, (1, 1))
    third = list(range(5000, 5300))
    assert disk.put(third)
    assert Disk(folder, "b" * 64).holds(OTHER) == 0
    assert disk.holds(ONE + MORE) == len(ONE + MORE)
    assert disk.put(list(range(6000, 6900)))
    assert disk.holds(third) in (0, len(third))
    assert sum((folder / name).stat().st_size for name in disk.names) <= size[900] + size[260] + size[300] + 8000


def test_a_beginning_is_never_removed_before_what_follows_it(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "kv", budget=12_500)
    disk.put(ONE)
    disk.put(ONE + MORE)
    beginning, rest = disk.files.find(ONE + MORE).pieces
    os.utime(beginning.path, (1, 1))
    os.utime(rest.path, (2, 2))
    assert disk.put(OTHER[:300])
    assert not rest.path.exists()
    assert disk.holds(ONE + MORE) == len(ONE)


def test_what_is_not_the_newest_takes_no_room_from_anything(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "kv", budget=16 * 400 + 4000)
    assert disk.put(MORE)
    assert not disk.put(ONE, newest=False)
    assert disk.holds(MORE) == len(MORE)
    assert disk.put(ONE)
    assert disk.holds(MORE) == 0


def test_what_is_larger_than_the_budget_is_not_kept(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "kv", budget=16 * 300)
    assert disk.put(ONE)
    assert not disk.put(ONE + MORE)
    assert disk.holds(ONE + MORE) == len(ONE)


def test_the_disk_is_not_filled(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(disk.folder.parent)
    free = [6000, 8400]

    def disk_usage(_: Path) -> object:
        return usage._replace(free=free.pop(0))

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    assert not disk.put(ONE)
    assert disk.put(ONE)


def test_what_is_stopped_leaves_nothing(disk: Disk) -> None:
    assert not disk.put(ONE, cancelled=lambda: True)
    assert disk.names == []
    assert disk.holds(ONE) == 0
    assert disk.put(ONE)


def test_only_its_owner_may_read_it(disk: Disk) -> None:
    disk.put(ONE)
    assert stat.S_IMODE(disk.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((disk.folder / disk.names[0]).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_to_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "kv").write_text("a file")
    disk = Disk(tmp_path / "kv" / "below")
    assert not disk.put(ONE)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scramble(path: Path) -> None:
    path.write_bytes(b"\xff" * 300)


def other_tokens(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(array("i", ONE[:3]).tobytes(), array("i", [7, 7, 7]).tobytes()))


def other_key(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(KEY.encode(), ("b" * 64).encode()))


def no_tokens(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"tokens"', b'"tokenz"'))


def uneven_tokens(path: Path) -> None:
    offsets = f'"data_offsets": [0, {4 * len(ONE)}]'.encode()
    content = path.read_bytes()
    assert offsets in content
    path.write_bytes(content.replace(offsets, f'"data_offsets": [0, {4 * len(ONE) + 1}]'.encode()))


def foreign(path: Path) -> None:
    header = json.dumps({"checksums": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)


@pytest.mark.parametrize(
    "harm",
    [cut, lengthen, empty, scramble, other_tokens, other_key, no_tokens, uneven_tokens, foreign],
    ids=lambda harm: harm.__name__,
)
def test_a_damaged_file_is_removed_with_what_follows_it(disk: Disk, harm: Callable[[Path], None]) -> None:
    disk.put(ONE)
    disk.put(ONE + MORE)
    harm(disk.files.find(ONE).pieces[0].path)
    again = Disk(disk.folder)
    assert again.holds(ONE + MORE) == 0
    assert again.names == []
    assert again.put(ONE)


def test_a_flipped_bit_is_found_when_the_tensors_are_read(disk: Disk) -> None:
    disk.put(ONE)
    [piece] = disk.files.find(ONE).pieces
    content = bytearray(piece.path.read_bytes())
    content[-1000] ^= 1
    piece.path.write_bytes(content)
    [piece] = Disk(disk.folder).files.find(ONE).pieces
    with pytest.raises(DamagedPiece, match="checksum"):
        list(read_tensors(piece))


def test_strangers_and_what_was_left_half_written_are_removed(disk: Disk) -> None:
    disk.put(ONE)
    (disk.folder / "0123.99.part").write_bytes(b"half")
    (disk.folder / "notes.txt").write_text("Hello")
    (disk.folder / "folder").mkdir()
    [name] = [name for name in disk.names if name.endswith(".safetensors")]
    again = Disk(disk.folder)
    assert again.holds(ONE) == len(ONE)
    assert again.names == sorted([name, "folder"])


def test_another_worker_may_take_files_away(disk: Disk) -> None:
    disk.put(ONE)
    found = disk.files.find(ONE)
    remove_all(disk.folder)
    assert disk.holds(ONE) == len(ONE), "it is not known yet"
    with pytest.raises(OSError, match="No such file"):
        list(read_tensors(found.pieces[0]))
    assert disk.put(ONE + MORE), "it is written again"
    assert Disk(disk.folder).holds(ONE + MORE) == len(ONE + MORE)
    remove_all(disk.folder)
    assert not disk.files.used(disk.files.find(ONE))
    assert disk.holds(ONE) == 0


def test_a_piece_says_what_it_is(disk: Disk) -> None:
    disk.put(ONE)
    [piece] = disk.files.find(ONE).pieces
    assert read_piece(piece.path) == piece
    assert piece.id == piece_id(KEY, "", array("i", ONE))
    assert piece.size == piece.path.stat().st_size
