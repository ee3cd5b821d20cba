"""`minim download` with the real worker against a hub on loopback: fetched, paused, followed, refused."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.catalog import FP8_KERNEL, Offer
from backends.contract.events import CatalogJudged, DownloadsChanged, Envelope, Event
from backends.engines.fp8_kernel import fp8_kernel_folder
from backends.terminal import main
from backends.terminal.workers import Handler, open_worker
from backends.workers.supervisor import Supervisor
from tests.hub.fixtures import hub as hub
from tests.hub.server import Hub
from tests.terminal.pseudo_terminal import Terminal

NAME = "mlx-community/MiniMax-M2-4bit"
WEIGHTS = f"{NAME}/model.safetensors"
ASK = ["download", "MiniMax-M2", "--format", "mlx", "--quantization", "4bit"]


@pytest.fixture
def served(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub on which M2's 4-bit form is a tiny model."""
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    header = json.dumps({"lm_head.weight": {"dtype": "U8", "shape": [300_000], "data_offsets": [0, 300_000]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(300_000))
    hub.add(NAME, folder)
    return hub


def path_of(out: str) -> Path:
    [line] = out.splitlines()
    return Path(line)


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
def test_fetched_and_found(served: Hub, folder: Path, capsys: pytest.CaptureFixture[str], side: str) -> None:
    assert main([*ASK, "--hub", side]) == 0
    out, err = capsys.readouterr()
    fetched = path_of(out)
    assert (fetched / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert "MiniMax-M2 · 4-bit" in err
    assert "in 3 files" in err
    assert main(["models", "--json", "MiniMax-M2"]) == 0
    listed: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [(row["quantization"], row["hub"]) for row in listed if row["installed"]] == [("4bit", side)]
    before = served.bytes_served()
    assert main([*ASK, "--hub", side]) == 0
    out, err = capsys.readouterr()
    assert path_of(out) == fetched
    assert "here already" in err
    assert served.bytes_served() == before
    assert main([*ASK, "--hub", side, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["state"], one["path"]) for one in told["downloads"]] == [("finished", str(fetched))]


def test_into_a_folder_of_one_s_own_by_the_repository_s_name(
    served: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["download", NAME, "--folder", str(tmp_path / "models")]) == 0
    assert path_of(capsys.readouterr().out).is_relative_to(tmp_path / "models")


def test_what_is_damaged_is_repaired(served: Hub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ASK) == 0
    weights = path_of(capsys.readouterr().out) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert main(ASK) == 0
    assert "It is damaged here" in capsys.readouterr().err
    assert weights.read_bytes() == (folder / "model.safetensors").read_bytes()


def test_a_repository_that_no_catalogue_knows(served: Hub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served.add("someone/tiny-4bit", folder, tags=["mlx"])
    assert main(["download", "someone/tiny-4bit", "--endpoint", served.huggingface_endpoint]) == 0
    fetched = path_of(capsys.readouterr().out)
    assert (fetched / "config.json").exists()
    assert main(["models", "--json", "someone/tiny-4bit"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["hub"], row["repo"], row["path"]) == ("huggingface", "someone/tiny-4bit", str(fetched))
    assert (row["format"], row["quantization"], row["installed"]) == ("mlx", "4bit", True)


def test_json_lines_are_the_contract_s_events(served: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, "--json"]) == 0
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert "DownloadPlanned" in {event["type"] for event in events}
    assert events[-1]["downloads"][0]["state"] == "finished"
    assert "%" not in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["nobody/nothing"], "nobody/nothing"),
        (["MiniMax-M2", "--quantization", "7bit"], "mlx 4bit"),
        (["Pocket M2"], "at no hub"),
        (["MiniMax-M2", "--folder", "~nosuchuser/models"], "nosuchuser"),
    ],
)
def test_what_cannot_be_fetched(served: Hub, capsys: pytest.CaptureFixture[str], argv: list[str], words: str) -> None:
    assert main(["download", *argv]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def test_a_hub_that_cannot_be_reached(served: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    served.go_offline()
    assert main([*ASK, "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1])["kind"] == "offline"
    assert "minim: " in err


def test_ctrl_c_pauses_and_the_same_command_goes_on(served: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    stall = served.misbehave(WEIGHTS, stall_after=200_000, on=[1])
    pressed: list[Event] = []

    def opener(name: str, handler: Handler) -> Supervisor:
        def hear(envelope: Envelope[Event]) -> None:
            handler(envelope)
            running = isinstance(envelope.body, DownloadsChanged) and any(
                download.state == "running" for download in envelope.body.downloads
            )
            if running and not pressed and stall.reached.wait(30):
                pressed.append(envelope.body)
                os.kill(os.getpid(), signal.SIGINT)

        return open_worker(name, hear)

    assert main(ASK, opener=opener) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert "The same command goes on" in err
    assert main(ASK) == 0
    assert path_of(capsys.readouterr().out).is_dir()


@pytest.fixture
def at_a_terminal() -> Iterator[Callable[[Sequence[str]], Terminal]]:
    """`minim ARGV…` in a terminal of its own, as often as it is called."""
    opened: list[Terminal] = []

    def run(argv: Sequence[str]) -> Terminal:
        opened.append(Terminal(f"import sys; from backends.terminal import main; sys.exit(main({list(argv)!r}))"))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.close()


def test_what_another_minim_fetches_is_followed(
    served: Hub, at_a_terminal: Callable[[Sequence[str]], Terminal]
) -> None:
    stall = served.misbehave(WEIGHTS, stall_after=200_000)
    first = at_a_terminal(ASK)
    assert stall.reached.wait(30)
    second = at_a_terminal(ASK)
    second.read_until("Another Minim fetches this already")
    stall.release()
    for terminal in (first, second):
        terminal.read_until("4bit is here.")
        assert terminal.process.wait(timeout=60) == 0
    assert len(served.requests(WEIGHTS, host="content", method="GET")) == 1


def test_ctrl_c_leaves_what_another_minim_fetches(
    served: Hub, at_a_terminal: Callable[[Sequence[str]], Terminal]
) -> None:
    stall = served.misbehave(WEIGHTS, stall_after=200_000)
    first = at_a_terminal(ASK)
    assert stall.reached.wait(30)
    second = at_a_terminal(ASK)
    second.read_until("in another Minim")
    second.press("\x03")
    second.read_until("It goes on in the other Minim")
    assert second.process.wait(timeout=60) == 130
    stall.release()
    first.read_until("4bit is here.")


def test_a_token_is_asked_for_in_a_terminal_and_not_shown(
    served: Hub,
    folder: Path,
    at_a_terminal: Callable[[Sequence[str]], Terminal],
    capsys: pytest.CaptureFixture[str],
) -> None:
    served.add(NAME, folder, gated=True)
    argv = [*ASK, "--hub", "huggingface"]
    assert main(argv) == 1
    assert "Run the same command in a terminal" in capsys.readouterr().err
    terminal = at_a_terminal(argv)
    asked = terminal.read_until("(not shown): ")
    assert served.huggingface_endpoint in asked
    terminal.press(f"{served.token}\n")
    shown = terminal.read_until("is here.")
    assert served.token not in shown
    assert "\r" in shown
    assert terminal.process.wait(timeout=60) == 0


def test_a_form_of_m2_is_fetched_by_the_card_s_words_and_answers(
    mission_hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in mission_hub.environment.items():
        monkeypatch.setenv(name, value)
    assert main(["download", "minimax-m2", "--quantization", "8-bit", "--hub", "modelscope"]) == 0
    capsys.readouterr()
    assert main(["chat", "--model", "minimax-m2", "--allow-tools", "What is 37 * 48?"]) == 0
    assert "1776" in capsys.readouterr().out.replace(",", "")
    assert main(["chat", "--model", "minimax-m2", "--quantization", "4bit", "hi"]) == 1
    assert "There are: 8bit." in capsys.readouterr().err


KERNEL = f"kernels/{FP8_KERNEL.repo}"
FP8 = ["download", "MiniMax-M2", "--format", "pytorch", "--quantization", "none"]


def on_gpus(name: str, handler: Handler) -> Supervisor:
    """As on a machine whose GPUs multiply FP8: its forms want the kernel."""

    def hear(envelope: Envelope[Event]) -> None:
        body = envelope.body
        if isinstance(body, CatalogJudged):
            kernel = Offer(FP8_KERNEL, 0, True)
            judged = tuple(
                replace(one, forms=tuple(replace(form, kernel=kernel) for form in one.forms)) for one in body.models
            )
            envelope = Envelope(envelope.request_id, replace(body, models=judged))
        handler(envelope)

    return open_worker(name, hear)


@pytest.fixture
def with_kernel(served: Hub, folder: Path, tmp_path: Path) -> Hub:
    build = tmp_path / "kernel" / "build" / "torch-cuda"
    build.mkdir(parents=True)
    (build / "__init__.py").write_text("")
    served.add(KERNEL, tmp_path / "kernel", ["huggingface"], branch="v4")
    served.add("MiniMaxAI/MiniMax-M2", folder)
    return served


@pytest.mark.parametrize("argv", [["--kernel"], ["--no-kernel"], []])
def test_the_kernel_for_fp8_comes_only_if_the_person_says_so(
    with_kernel: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main([*FP8, *argv], opener=on_gpus) == 0
    out, err = capsys.readouterr()
    assert path_of(out).is_dir(), "the model's folder and nothing else"
    wanted = argv == ["--kernel"]
    assert bool(with_kernel.requests("*/kernels/*")) is wanted
    assert (fp8_kernel_folder() is not None) is wanted
    assert ("add --kernel" in err) is (not argv)


def test_a_kernel_that_cannot_be_had_keeps_no_model_from_coming(
    with_kernel: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    with_kernel.remove(KERNEL, ["huggingface"])
    assert main([*FP8, "--kernel"], opener=on_gpus) == 0
    out, err = capsys.readouterr()
    assert path_of(out).is_dir()
    assert "The kernel could not be fetched" in err


def test_at_a_terminal_the_person_is_asked_whether_the_kernel_comes(with_kernel: Hub, tmp_path: Path) -> None:
    code = (
        "import sys; from backends.terminal import main; from tests.terminal.test_download import FP8, on_gpus; "
        "sys.exit(main(FP8, opener=on_gpus))"
    )
    terminal = Terminal(code)
    try:
        assert "kernels-community/finegrained-fp8" in terminal.read_until("[y/N] ")
        assert not with_kernel.requests("*/kernels/*")
        terminal.press("y\n")
        terminal.read_until("The kernel finegrained-fp8 is here.")
        terminal.read_until("MiniMax-M2 none is here.")
    finally:
        terminal.close()
    assert fp8_kernel_folder() is not None
