"""`minim launch`: the card's command in its spellings, and words for what it cannot mean."""

from __future__ import annotations

import argparse
import shlex

import pytest
from msgspec.structs import replace

from backends.contract.catalog import launch_command
from backends.contract.errors import MinimError
from backends.contract.models import LaunchChoice
from backends.terminal.arguments import make_parser
from backends.terminal.launch import LaunchRequest, check, read_request, size, spelled_out
from tests.terminal.judged import ENGINES, judged_models

CARD = (
    "launch --model-engine {engine} --model-name MiniMax-M2 --size-in-billions 230"
    " --model-format {format} --quantization {quantization}"
)
FORMS = [("pytorch", "none"), ("awq", "Int4"), *(("mlx", f"{bits}bit") for bits in (3, 4, 5, 6, 8))]


def read(command: str) -> LaunchRequest:
    given, rest = make_parser().parse_known_args(spelled_out(shlex.split(command)))
    return read_request(given, rest)


def choice_of(command: str) -> LaunchChoice:
    return check(judged_models(), read(command))


@pytest.mark.parametrize(("model_format", "quantization"), FORMS)
def test_the_card_s_command_for_each_form(model_format: str, quantization: str) -> None:
    engine = ENGINES[model_format]
    choice = choice_of(CARD.format(engine=engine, format=model_format, quantization=quantization))
    assert choice == LaunchChoice("MiniMax-M2", model_format, quantization, engine)


@pytest.mark.parametrize(("model_format", "quantization"), FORMS)
def test_the_command_that_a_row_copies_means_that_row(model_format: str, quantization: str) -> None:
    [model] = [model for model in judged_models() if model.spec.name == "MiniMax-M2"]
    [form] = [one for one in model.forms if (one.form.format, one.form.quantization) == (model_format, quantization)]
    command = launch_command("MiniMax-M2", form.form, form.verdict.engine)
    card = CARD.format(engine=ENGINES[model_format], format=model_format, quantization=quantization)
    assert command == f"minim {card}"
    choice = choice_of(command.removeprefix("minim "))
    assert (choice.format, choice.quantization) == (model_format, quantization)


def test_a_name_with_spaces_is_copied_so_that_a_shell_keeps_it_whole() -> None:
    [pocket] = [model for model in judged_models() if model.spec.name == "Pocket M2"]
    command = launch_command("Pocket M2", pocket.forms[1].form, "MLX")
    assert choice_of(command.removeprefix("minim ")) == LaunchChoice("Pocket M2", "mlx", "4bit", "MLX")


@pytest.mark.parametrize(
    "command",
    [
        "launch --model_engine mlx --model_name minimax-m2 --size_in_billions 230 --model_format MLX -q 4BIT",
        "launch -n MiniMax-M2 -en MLX -s 230 -f mlx -q 4bit",
        "launch --model-name=MiniMax-M2 --quantization=4-bit",
        "launch --model-name MiniMax-M2 --model-format mlx --quantization int4",
        "launch --model-name mlx-community/MiniMax-M2-4bit",
        "launch --model-name MiniMax-M2",
        "launch --model-name MiniMax-M2 --model-engine MLX --n-gpu auto --replica 1 --trust-remote-code true",
        "launch --model-name MiniMax-M2 --model-type LLM --n-gpu -1 --quantization 4bit",
        "launch --model-name MiniMax-M2 -s 228.7B",
    ],
)
def test_spellings_of_the_same_choice(command: str) -> None:
    assert choice_of(command) == LaunchChoice("MiniMax-M2", "mlx", "4bit", "MLX")


def test_words_for_the_published_form_and_the_hub() -> None:
    for quantization in ("none", "fp8", "None"):
        choice = choice_of(f"launch -n MiniMax-M2 -f pytorch -q {quantization} --download_hub modelscope")
        assert choice == LaunchChoice("MiniMax-M2", "pytorch", "none", "Transformers", "modelscope")
    assert choice_of("launch -n MiniMax-M2 --quantization Int4").format == "awq"


def test_what_is_not_used_is_known_by_name() -> None:
    request = read("launch -n MiniMax-M2 --n_gpu 2 --gpu-idx 0,1 --max_model_len=4096 --worker-ip 10.0.0.1 -r 1")
    assert request.unused == ("--n-gpu", "--gpu-idx", "--max-model-len", "--worker-ip", "-r")
    request = read("launch -e http://host:9997 -n MiniMax-M2 --lora_modules name folder -mp folder -u mine")
    assert (request.wish.name, request.engine) == ("MiniMax-M2", "")
    assert request.unused == ("-e", "--lora-modules", "-mp", "-u")


@pytest.mark.parametrize("engine", ["vllm", "SGLang", "llama.cpp", "LMDEPLOY"])
def test_engines_of_others_are_answered_with_the_one_that_runs_it_here(engine: str) -> None:
    with pytest.raises(MinimError) as told:
        choice_of(f"launch --model-engine {engine} -n MiniMax-M2 -f awq -q Int4")
    assert engine in told.value.message
    assert "Transformers runs it" in told.value.hint
    again = choice_of(told.value.hint.partition("minim ")[2])
    assert again == LaunchChoice("MiniMax-M2", "awq", "Int4", "Transformers")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("launch -n MiniMax-M3x", "MiniMax-M2"),
        ("launch -n nothing-of-the-kind-at-all", "`minim models` lists all"),
        ("launch -n MiniMax-M2 -q 2bit", "mlx 3bit"),
        ("launch -n MiniMax-M2 -f gguf", "awq Int4"),
        ("launch -n MiniMax-M2 -s 7", "230B"),
        ("launch -n MiniMax-M2 -f awq -q none", "awq Int4"),
        ("launch -en MLX -n MiniMax-M2 -f awq -q Int4", "Transformers runs it"),
        ("launch -en Transformers -n MiniMax-M2 -f mlx -q 4bit", "MLX runs it"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(command: str, words: str) -> None:
    with pytest.raises(MinimError) as told:
        choice_of(command)
    assert words in told.value.hint


@pytest.mark.parametrize("command", ["launch -n MiniMax-M2 4bit", "launch -n MiniMax-M2 --model-type embedding"])
def test_what_is_not_understood(command: str) -> None:
    with pytest.raises(ValueError, match=r"4bit|embedding"):
        read(command)


@pytest.mark.parametrize("words", ["", "0", "-1", "many", "nan", "1e9"])
def test_no_size(words: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        size(words)


def test_sizes() -> None:
    assert [size(words) for words in ("230", "0.6", "0_6", "7B", "1_8b")] == [230, 0.6, 0.6, 7, 1.8]


def test_what_will_not_run_here_is_said_before_the_window_opens(capsys: pytest.CaptureFixture[str]) -> None:
    [model] = [model for model in judged_models() if model.spec.name == "MiniMax-M2"]
    over = [
        replace(form, verdict=replace(form.verdict, zone="will_not_load", why="over_memory")) for form in model.forms
    ]
    assert check([replace(model, forms=tuple(over))], read("launch -n MiniMax-M2 -q 8bit")).quantization == "8bit"
    assert "8-bit · 243 GB · will not load" in capsys.readouterr().err


def test_a_model_of_several_sizes_is_opened_in_the_one_that_was_named() -> None:
    [model] = [model for model in judged_models() if model.spec.name == "Qwen3-8B"]
    smaller = tuple(
        replace(form, form=replace(form.form, size_in_billions=1.7, weights_bytes=10**9)) for form in model.forms
    )
    family = replace(model, forms=(*smaller, *model.forms))
    choice = check([family], read("launch -n qwen3-8b -s 8 -q 8bit"))
    assert (choice.quantization, choice.size_in_billions) == ("8bit", 8)
    assert check([family], read("launch -n qwen3-8b -s 1_7 -q 8bit")).size_in_billions == 1.7
