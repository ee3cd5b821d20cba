"""Lines of `minim models` and `minim download`, and what a person may write to mean a form."""

from __future__ import annotations

import pytest

from backends.contract.catalog import CudaDevice, Hardware, JudgedForm, ModelForm, Offer, Source
from backends.contract.downloads import Download, DownloadRef, DownloadState, FileProgress
from backends.terminal.forms import same_quantization
from backends.terminal.progress import progress_words, time_words
from backends.terminal.words import (
    form_words,
    hardware_words,
    machine_words,
    model_words,
    quantization_words,
    size_words,
    verdict_words,
)
from tests.terminal.judged import judged_models, verdict_of

FORM = ModelForm("mlx", "4bit", 230, 10, 128_600_000_000, ())
REF = DownloadRef("MiniMax-M2", "mlx", "4bit", Source("huggingface", "mlx-community/MiniMax-M2-4bit"))


def test_a_form_reads_as_it_should() -> None:
    judged = JudgedForm(FORM, verdict_of(FORM), ())
    assert form_words(judged, Offer(REF.source, 128_600_000_000, False)) == "4-bit · 129 GB · fits, 94k context"
    assert form_words(judged, Offer(REF.source, 128_600_000_000, True)) == "4-bit · ~129 GB · fits, 94k context"
    assert form_words(judged, None) == "4-bit · 129 GB · fits, 94k context"


def test_a_model_reads_as_it_should() -> None:
    assert (
        model_words(judged_models()[0].spec) == "MiniMax-M2 · 230B, 10B active · 196k context · chat, tools, reasoning"
    )


@pytest.mark.parametrize(
    ("model_format", "quantization", "weights", "words"),
    [
        ("mlx", "8bit", 243e9, "8-bit"),
        ("pytorch", "none", 230e9, "Original (FP8)"),
        ("pytorch", "none", 457e9, "Original"),
        ("awq", "Int4", 124e9, "Int4 (AWQ)"),
        ("gguf", "Q4_K_M", 130e9, "Q4_K_M (GGUF)"),
        ("mlx", "MXFP4-Q8", 130e9, "MXFP4-Q8"),
    ],
)
def test_quantizations(model_format: str, quantization: str, weights: float, words: str) -> None:
    assert quantization_words(ModelForm(model_format, quantization, 230, 10, int(weights), ())) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"why": "short_context", "max_context": 4000}, "fits, 4k context (little)"),
        ({"why": "engine_missing"}, "fits, 94k context; MLX is not installed"),
        (
            {"zone": "will_crawl", "why": "over_working_set", "memory_bytes": int(131e9), "limit_bytes": int(115e9)},
            "will crawl: needs 131 GB, Metal has 115 GB",
        ),
        (
            {"zone": "will_not_load", "why": "over_memory", "limit_bytes": int(17.2e9)},
            "will not load: needs 131 GB, there is 17.2 GB",
        ),
        ({"zone": "no_engine", "why": "needs_cuda"}, "no engine: needs CUDA"),
        ({"zone": "no_engine", "why": "engine_missing"}, "no engine: MLX is not installed"),
    ],
)
def test_verdicts(changes: dict[str, object], words: str) -> None:
    assert verdict_words(verdict_of(FORM, **changes)) == words


def test_the_machine_it_needs() -> None:
    verdict = verdict_of(FORM, zone="will_not_load", why="over_memory", smallest_machine_bytes=192 << 30)
    assert machine_words(verdict) == "needs a Mac with 192 GB"
    assert machine_words(verdict_of(FORM, smallest_machine_bytes=192 << 30)) == ""


def test_machines() -> None:
    mac = Hardware("Apple M2 Ultra", 192 << 30, 144 << 30, 800_000_000_000, 1_200_000_000_000)
    assert hardware_words(mac) == "Apple M2 Ultra · 192 GB memory · Metal may use 155 GB · 1.2 TB free on disk"
    cuda = Hardware(memory_bytes=512 << 30, cuda=(CudaDevice("NVIDIA H100", 80 << 30, 9.0),) * 2)
    assert hardware_words(cuda) == "This machine · 512 GB memory · 2 × NVIDIA H100 with 80 GB"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (4_255_000_000, "4.3 GB"),
        (999_960_000, "1.0 GB"),
        (129e9, "129 GB"),
    ],
)
def test_sizes(count: float, words: str) -> None:
    assert size_words(count) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [("4bit", "4-bit"), ("4bit", "INT4"), ("Int4", "4"), ("none", "FP8"), ("8bit", "q8"), ("MXFP4", "mxfp4")],
)
def test_the_same_quantization(one: str, other: str) -> None:
    assert same_quantization(one, other)


@pytest.mark.parametrize(("one", "other"), [("4bit", "8bit"), ("MXFP4", "4bit"), ("none", "4bit"), ("Q4_K_M", "4bit")])
def test_another_quantization(one: str, other: str) -> None:
    assert not same_quantization(one, other)


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        (
            "running",
            {"bytes_per_second": 92e6, "seconds_left": 840.0, "files": (FileProgress("a", 1, 2),) * 9},
            "41 % · 53.1 GB of 129 GB · 92.0 MB/s · 14 min left · 17 of 26 files",
        ),
        ("running", {"stalled": True}, "41 % · 53.1 GB of 129 GB · nothing comes, trying again"),
        ("failed", {"kind": "offline"}, "41 % · 53.1 GB of 129 GB · the hub cannot be reached, trying again"),
        ("verifying", {}, "Checking 41 % · 53.1 GB of 129 GB"),
        ("paused", {"elsewhere": True}, "Paused 41 % · 53.1 GB of 129 GB · in another Minim"),
        ("asking", {}, "Asking the hub for its files"),
        ("queued", {}, "Waiting for its turn"),
    ],
)
def test_progress(state: DownloadState, more: dict[str, object], words: str) -> None:
    download = Download(REF, state, 53_100_000_000, 128_600_000_000, **more)  # pyright: ignore[reportArgumentType]  # a table
    assert progress_words(download, 26) == words


def test_times() -> None:
    assert [time_words(seconds) for seconds in (5, 840, 3600, 7500)] == ["5 s", "14 min", "1 h", "2 h 5 min"]
