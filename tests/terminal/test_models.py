"""`minim models` with the real downloads worker: the catalogue for this machine and for others, and imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.events import CatalogJudged
from backends.terminal import main
from backends.terminal.asking import Downloads
from backends.terminal.catalog import rows_of, whole_catalog
from backends.terminal.workers import Workers

KEYS = {
    "model", "format", "quantization", "engine", "hub", "repo", "download_bytes", "memory_bytes", "zone",
    "max_context", "recommended", "installed",
}  # fmt: skip
GIB = 1 << 30
M2 = {
    ("pytorch", "none", "huggingface"): "MiniMaxAI/MiniMax-M2",
    ("pytorch", "none", "modelscope"): "MiniMax/MiniMax-M2",
    ("awq", "Int4", "huggingface"): "QuantTrio/MiniMax-M2-AWQ",
    ("awq", "Int4", "modelscope"): "tclf90/MiniMax-M2-AWQ",
    **{
        ("mlx", f"{bits}bit", hub): f"mlx-community/MiniMax-M2-{bits}bit"
        for bits in (3, 4, 5, 6, 8)
        for hub in ("huggingface", "modelscope")
    },
}
FAMILY = {
    "version": 2,
    "model_name": "my-model",
    "model_lang": ["en"],
    "model_ability": ["chat"],
    "context_length": 8192,
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_size_in_billions": size,
            "model_src": {"huggingface": {"model_id": f"me/my-model-{size}B", "quantizations": ["none"]}},
        }
        for size in (1, 3)
    ],
}

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def rows(capsys: pytest.CaptureFixture[str]) -> Rows:
    """What `minim models --json …` lists."""

    def read(*argv: str) -> list[dict[str, Any]]:
        assert main(["models", "--json", *argv]) == 0
        return json.loads(capsys.readouterr().out)

    return read


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., str]:
    """A file that describes a machine."""

    def write(**words: object) -> str:
        (tmp_path / "machine.json").write_text(json.dumps(words))
        return str(tmp_path / "machine.json")

    return write


def test_all_forms_of_m2_at_both_hubs(rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    listed = rows()
    assert all(row.keys() >= KEYS for row in listed)
    m2 = [row for row in listed if row["model"] == "MiniMax-M2"]
    assert {(row["format"], row["quantization"], row["hub"]): row["repo"] for row in m2} == M2
    assert len(m2) == 14
    assert not any(row["installed"] for row in m2)
    pocket = [row for row in listed if row["model"] == "Pocket M2"]
    assert {row["quantization"] for row in pocket} == {f"{bits}bit" for bits in (3, 4, 5, 6, 8)}
    assert {(row["hub"], row["repo"], row["installed"]) for row in pocket} == {(None, "builtin", True)}
    assert main(["models", "--json", "minimax-m2", "--hub", "modelscope"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 9)
    assert all(json.loads(line.rstrip(","))["hub"] == "modelscope" for line in lines[1:-1])


MACS = {8: "", 16: "", 24: "", 32: "", 64: "", 128: "3", 192: "34", 256: "3456", 512: "34568"}
"""GiB of memory: the bits of the MLX forms that fit."""
CARDS = {(2, 9.0): {"Int4"}, (4, 9.0): {"Int4", "none"}, (8, 8.0): {"Int4", "none"}}
"""Count and compute capability of cards of 80 GB: the forms for Transformers that fit."""


def test_machines_that_files_describe(machine: Callable[..., str]) -> None:
    """One worker is asked for all of them: each `minim models --hardware` would start its own."""
    with Workers() as workers:
        downloads = Downloads(workers)

        def fitting(**words: object) -> set[str]:
            judged = downloads.ask(whole_catalog(machine(**words)), CatalogJudged)
            [m2] = [model for model in judged.models if model.spec.name == "MiniMax-M2"]
            return {row["quantization"] for row in rows_of(m2) if row["zone"] == "fits"}

        for size, bits in MACS.items():
            found = fitting(chip="Apple M3 Ultra", memory_bytes=size * GIB)
            assert found == {f"{count}bit" for count in bits}, size
        for (count, capability), forms in CARDS.items():
            card = {"name": "card", "memory_bytes": 80 * GIB, "compute_capability": capability}
            assert fitting(cuda=[card] * count) == forms, count


def test_one_row_is_recommended(rows: Rows, machine: Callable[..., str]) -> None:
    mac = machine(chip="Apple M2 Ultra", memory_bytes=192 * GIB, working_set_bytes=144 * GIB)
    assert {row["quantization"] for row in rows("minimax-m2", "--hardware", mac) if row["recommended"]} == {"4bit"}


def test_the_text_folds_what_is_for_other_machines(
    capsys: pytest.CaptureFixture[str], machine: Callable[..., str]
) -> None:
    mac = machine(chip="Apple M2 Ultra", memory_bytes=192 * GIB, working_set_bytes=144 * GIB)
    assert main(["models", "--hardware", mac]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Apple M2 Ultra · 192 GB memory")
    start = next(index for index, line in enumerate(lines) if line.startswith("MiniMax-M2 · "))
    m2 = lines[start : lines.index("", start)]
    [best] = [line for line in m2 if line.lstrip().startswith("*")]
    assert "4-bit · ~129 GB · fits, " in best
    assert best.split()[-3:] == ["MLX", "mlx", "recommended"]
    assert "need another machine" in m2[-1]
    assert not any("8-bit" in line for line in m2)
    assert main(["models", "--all", "--hardware", mac]) == 0
    assert "8-bit" in capsys.readouterr().out


@pytest.mark.parametrize(("content", "words"), [("{", "machine.json"), ('{"memory_bytes": "much"}', "memory_bytes")])
def test_a_file_that_describes_no_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    (tmp_path / "machine.json").write_text(content)
    assert main(["models", "--hardware", str(tmp_path / "machine.json")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert main(["models", "--hardware", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--hardware", "--import"])
def test_what_is_no_file_is_refused_at_once(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main(["models", option, ""]) == 2
    assert "names no file" in capsys.readouterr().err
    assert main(["models", option, "/dev/zero"]) == 1
    assert "/dev/zero is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        (">/dev/full", 1, b"The output cannot be written"),
        (">&-", 0, b""),
        ("2>&- >/dev/null", 0, b""),
        ("| head -c 1 >/dev/null", 0, b""),
    ],
)
def test_output_that_goes_nowhere_leaves_no_trace(redirection: str, code: int, words: bytes) -> None:
    command = f'"{sys.executable}" -m desktop models --all {redirection}'
    ended = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, timeout=60, check=False)
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr
    assert b"Exception" not in ended.stderr
    assert words in ended.stderr


def test_a_terminal_without_our_signs_is_written_to_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    command = [sys.executable, "-m", "desktop", "models", "MiniMax-M2"]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"3-bit ? ~100 GB" in ended.stdout


def test_an_import_stays(tmp_path: Path, rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "families.json"
    file.write_text(json.dumps([FAMILY, FAMILY | {"model_name": "an-embedder", "model_ability": ["embed"]}]))
    assert main(["models", "--import", str(file)]) == 0
    out, err = capsys.readouterr()
    assert out == "my-model\n"
    assert "an-embedder" in err
    assert main(["models", "--json", "--import", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["names"], len(told["left_out"])) == (["my-model"], 1)
    assert [row["repo"] for row in rows("my-model")] == ["me/my-model-1B", "me/my-model-3B"]
    assert main(["models", "my-model"]) == 0
    assert "3B · Original" in capsys.readouterr().out
    file.write_text("nonsense")
    assert main(["models", "--import", str(file)]) == 1
    assert "families.json" in capsys.readouterr().err


def test_a_model_in_a_folder_of_one_s_own(
    home: Path, folder: Path, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "preferences.toml").write_text(f"model_folders = [{json.dumps(str(folder))}]\n")
    [tiny] = rows("tiny-4bit")
    assert (tiny["hub"], tiny["repo"], tiny["path"]) == (None, None, str(folder))
    assert (tiny["format"], tiny["quantization"], tiny["installed"]) == ("mlx", "4bit", True)
    assert main(["models", "tiny-4bit"]) == 0
    assert f"here: {folder}" in capsys.readouterr().out
