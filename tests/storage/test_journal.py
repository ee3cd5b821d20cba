"""The journal of downloads: whole entries or none, damage set aside, and one process a download."""

from __future__ import annotations

import errno
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.contract.catalog import Source
from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.storage.journal import Journal, JournalEntry, JournalFile, size_key

ROOT = Path(__file__).parents[2]


def _ref(name: str) -> DownloadRef:
    return DownloadRef(name, "mlx", "4bit", Source("huggingface", f"org/{name}"))


def test_entries_are_kept_in_the_queues_order(tmp_path: Path) -> None:
    files = (JournalFile("a.safetensors", 5, "ab"), JournalFile("config.json", 2, "", "cd"))
    second = JournalEntry(_ref("a"), "running", 2.0, "c0ffee", files, "/models/a", 3)
    first = JournalEntry(_ref("b"), "paused", 1.0, wanted=False)
    journal = Journal(tmp_path)
    for entry in (second, first):
        journal.write(entry)
    assert Journal(tmp_path).read_all() == [first, second]
    assert second.total_bytes == 7
    journal.forget(first.ref.id)
    assert Journal(tmp_path).read_all() == [second]
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{second.ref.id}.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"ref": ', b"\xff\xfe", b"\0\0"])
def test_a_damaged_entry_is_set_aside_and_the_others_live(tmp_path: Path, content: bytes) -> None:
    journal = Journal(tmp_path)
    whole = JournalEntry(_ref("whole"))
    journal.write(whole)
    (tmp_path / "broken.json").write_bytes(content)
    assert journal.read_all() == [whole]
    [aside] = tmp_path.glob("broken.json.damaged-*")
    assert aside.read_bytes() == content
    assert journal.read_all() == [whole]


@pytest.mark.parametrize("content", [b'{"ref": {"model": "of next year"}}', b'{"pieces": []}', b"[]"])
def test_what_a_newer_version_wrote_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "newer.json").write_bytes(content)
    assert Journal(tmp_path).read_all() == []
    assert (tmp_path / "newer.json").read_bytes() == content


def test_what_cannot_be_read_just_now_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.write(entry := JournalEntry(_ref("a")))

    def refuse(_: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        assert journal.read_all() == []
    assert journal.read_all() == [entry]


def test_sizes_are_remembered_and_are_no_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.keep_size("huggingface", "org/a", 5)
    journal.keep_size("modelscope", "org/a", 6)
    journal.keep_size("huggingface", "org/a", 7)
    assert Journal(tmp_path).sizes() == {size_key("huggingface", "org/a"): 7, size_key("modelscope", "org/a"): 6}
    assert journal.read_all() == []


def test_no_id_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(MinimError, match="There is no download"):
        Journal(tmp_path / "journal").read("../secret")


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from backends.storage.journal import Journal\n"
        "held = Journal(Path(sys.argv[1])).hold('some'); print(held is not None, flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdin=pipe, stdout=pipe, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        journal = Journal(tmp_path)
        assert journal.hold("some") is None
        another = journal.hold("another")
        assert another is not None
        other.kill()
        other.wait()
    held = journal.hold("some")
    assert held is not None
    assert Journal(tmp_path).hold("some") is None, "in one process as well"
    leftover = tmp_path / "some.json.123.new"
    leftover.touch()
    held.release()
    held.release()
    assert journal.hold("some") is not None
    assert not leftover.exists(), "what a killed process left is swept away by the next"


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MinimError, match="journal of downloads"):
        Journal(tmp_path / "file").write(JournalEntry(_ref("a")))


def test_journals_of_one_process_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    def keep(number: int) -> None:
        Journal(tmp_path).keep_size("huggingface", f"org/model-{number}", number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(1, 101)))
    assert sorted(Journal(tmp_path).sizes().values()) == list(range(1, 101))
