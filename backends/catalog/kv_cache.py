"""How many bytes of KV cache a token takes: from a model's dimensions, or estimated from its size."""

from __future__ import annotations

from collections.abc import Mapping

_BYTES = 2  # bf16
_KEYS_AND_VALUES = 2
_ESTIMATE_OF_ONE_BILLION = 65536
_ESTIMATE_EXPONENT = 0.4
_LARGEST_ESTIMATE = 512 * 1024
_LARGEST_NUMBER = 10**6  # of layers, heads, sizes: no model comes near


def kv_bytes_of_config(config: Mapping[str, object]) -> int:
    """Layers × KV heads × head dim × 2 × 2 bytes out of the keys of a config.json; 0 if they are not all there.

    Models with a latent cache keep `kv_lora_rank` + `qk_rope_head_dim` numbers a layer instead. Layers that keep only a
    window, or none, count like the others: the figure is never too small.
    """
    layers = _number(config, "num_hidden_layers")
    latent = _number(config, "kv_lora_rank")
    if layers and latent:
        return layers * (latent + _number(config, "qk_rope_head_dim")) * _BYTES
    heads = _number(config, "num_key_value_heads") or _number(config, "num_attention_heads")
    size = _number(config, "head_dim")
    if not size and (queries := _number(config, "num_attention_heads")):
        size = _number(config, "hidden_size") // queries
    return layers * heads * size * _KEYS_AND_VALUES * _BYTES


def estimated_kv_bytes(billions: float) -> int:
    """A guess for a model of which only the size is known: 64 KiB × billions^0.4, at most 512 KiB.

    On the safe side of today's models with grouped heads: 8 B have 128–147 KB (guess 151), 32 B 262 (guess 262),
    230 B 254 (guess 524).
    """
    return min(round(_ESTIMATE_OF_ONE_BILLION * max(billions, 0.01) ** _ESTIMATE_EXPONENT), _LARGEST_ESTIMATE)


def _number(config: Mapping[str, object], key: str) -> int:
    value = config.get(key)
    return value if isinstance(value, int) and 0 < value <= _LARGEST_NUMBER else 0
