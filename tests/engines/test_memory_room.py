# pyright: basic
# basic: the session fixture and the configs are untyped.
"""The context that has room: the same arithmetic as the catalogue's, with what is measured of the loaded model."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backends.catalog import verdicts
from backends.contract.catalog import Hardware, ModelForm, ModelSpec
from backends.engines.memory_room import context_that_fits, overhead_bytes, room_beside
from backends.engines.mlx_library import CacheList, KVCache, make_prompt_cache
from backends.engines.prompt_cache import token_bytes

from .conftest import LLAMA, MINIMAX, write_model

GIB = 2**30


@pytest.mark.parametrize("weights", [0, 5 * 10**6, 4 * GIB, 129 * GIB, 460 * GIB])
def test_the_overhead_is_the_one_the_catalogue_counts_with(weights: int) -> None:
    assert overhead_bytes(weights) == verdicts.overhead_bytes(weights)


@pytest.mark.parametrize(
    ("token_bytes", "room", "tokens"),
    [
        ({"memory": 1000}, {"memory": 50_500}, 50),
        ({"memory": 1000}, {"memory": 10**9}, 4096),
        ({"memory": 1000}, {"memory": 0}, 1),  # known, and nothing is left
        ({"memory": 0}, {"memory": 10**9}, 0),
        ({}, {"memory": 10**9}, 0),
        ({"cuda:0": 600, "cuda:1": 400}, {"cuda:0": 60_000, "cuda:1": 20_000}, 50),  # the fuller one decides
    ],
)
def test_the_memory_that_is_full_first_decides(token_bytes: dict[str, int], room: dict[str, int], tokens: int) -> None:
    assert context_that_fits(token_bytes, room, 4096) == tokens


def test_devices_share_the_overhead() -> None:
    free = {"cuda:0": 10 * GIB, "cuda:1": GIB}
    assert room_beside(100 * GIB, free) == {"cuda:0": 9 * GIB, "cuda:1": 0}


def test_a_loaded_model_has_the_room_that_the_catalogue_promised(
    tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {**LLAMA, "num_hidden_layers": 3, "num_key_value_heads": 2, "max_position_embeddings": 10**6}
    folder = write_model(tmp_path / "model", config)
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    in_16_bits = 3 * 2 * 2 * 80 * 2
    spec = ModelSpec("Known", "", 10**6, (), (), (), kv_bytes_per_token=in_16_bits)
    form = ModelForm("mlx", "none", 0.001, 0.001, weights, ())
    memory = 2 * GIB + GIB // 2
    promised = verdicts.judged(spec, form, weights, Hardware(memory_bytes=memory), {"MLX"}).max_context
    assert 100_000 < promised < 10**6
    available = verdicts.usable_ram(memory) - weights
    told = SimpleNamespace(available=available, total=memory)
    monkeypatch.setattr("psutil.virtual_memory", lambda: told)
    # On a CPU keys and values are 32 bits wide.
    assert session.load(folder).memory_context == pytest.approx(promised / 2, rel=0.01)


def test_a_window_takes_the_same_however_long_the_context(
    tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 32, "rope_theta": 10000.0}
    config = {**LLAMA, **layers, "num_hidden_layers": 2, "max_position_embeddings": 10**6}
    told = SimpleNamespace(available=overhead_bytes(0) + 2**27, total=GIB)
    monkeypatch.setattr("psutil.virtual_memory", lambda: told)
    fitting = session.load(write_model(tmp_path / "sliding", config)).memory_context
    assert fitting == pytest.approx(2**27 / (2 * 4 * 80 * 4), rel=0.01)


def test_layers_of_several_caches_are_counted(session: Any, minimax_folder: Path) -> None:
    session.load(minimax_folder)
    model = session.engine._loaded.model

    class Paired:
        """The same model as those that keep two caches in each layer, as DeepSeek V3.2 and MiniMax M3 do."""

        def make_cache(self) -> list[Any]:
            return [CacheList(KVCache(), KVCache()) for _ in make_prompt_cache(model)]

        def __call__(self, tokens: Any, cache: list[Any]) -> Any:
            model(tokens, cache=[layer[1] for layer in cache])
            return model(tokens, cache=[layer[0] for layer in cache])

    assert token_bytes(Paired()) == 2 * token_bytes(model) > 0


def test_a_context_that_has_more_room_than_it_needs(session: Any, minimax_folder: Path) -> None:
    loaded = session.load(minimax_folder)
    assert loaded.memory_context == loaded.context_length == MINIMAX["max_position_embeddings"]


@pytest.mark.torch
def test_the_other_engine_measures_the_same(published_folder: Path, new_session: Callable[..., Any]) -> None:
    engine: Any = importlib.import_module("backends.engines.transformers_engine")
    engine.torch.set_num_threads(1)
    one, other = new_session(), new_session(engine.TransformersEngine())
    both = [session.load(published_folder).memory_context for session in (one, other)]
    measured = [session.engine._token_bytes(session.engine._loaded) for session in (one, other)]
    assert both == [4096, 4096]
    assert measured == [{"memory": 2 * 2 * 2 * 16 * 4}, {"cpu": 2 * 2 * 2 * 16 * 4}]
