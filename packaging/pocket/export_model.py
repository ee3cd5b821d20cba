"""Write a checkpoint as a model folder: `python packaging/pocket/export_model.py --from DIR --out resources/pocket`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from fake_quantization import GROUP_SIZE
from pocket_model import Shape
from rendering import END, TEMPLATE
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

WIDTHS = (3, 4, 5, 6, 8)


def published_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename our parameters as MiniMax-M2's published checkpoint names them, one tensor an expert."""
    named: dict[str, Tensor] = {}
    for name, value in state.items():
        last = name.rsplit(".", 1)[-1]
        if name == "lm_head":
            named["lm_head.weight"] = value
        elif last in ("w1", "w2", "w3"):
            stem = name.removesuffix(last)
            for number, expert in enumerate(value):
                named[f"model.{stem}experts.{number}.{last}.weight"] = expert
        elif last in ("weight", "e_score_correction_bias"):
            named[f"model.{name}"] = value
        else:
            named[f"model.{name}.weight"] = value
    return {name: value.to(torch.bfloat16).contiguous() for name, value in named.items()}


def model_config(shape: Shape) -> dict[str, object]:
    """Return config.json. As in the published one, `eos_token_id` is null: the generation config names it."""
    return {
        "architectures": ["MiniMaxM2ForCausalLM"],
        "model_type": "minimax_m2",
        **shape.as_dict(),
        "shared_intermediate_size": 0,
        "max_position_embeddings": 196608,
        "hidden_act": "silu",
        "scoring_func": "sigmoid",
        "use_qk_norm": True,
        "qk_norm_type": "per_layer",
        "use_routing_bias": True,
        "use_mtp": False,
        "tie_word_embeddings": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "router_aux_loss_coef": 0.001,
        "router_jitter_noise": 0.0,
        "output_router_logits": False,
        "bos_token_id": None,
        "eos_token_id": None,
        "torch_dtype": "bfloat16",
    }


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def export(source: Path, out: Path) -> None:
    """Write weights and every other file of the model folder but the card and the template."""
    out.mkdir(parents=True, exist_ok=True)
    state = torch.load(source / "checkpoint.pt", weights_only=True)
    save_file(published_names(state["average"]), str(out / "model.safetensors"), metadata={"format": "pt"})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (source / name).resolve() != (out / name).resolve():
            shutil.copyfile(source / name, out / name)
    if out.resolve() != TEMPLATE.parent.resolve():
        shutil.copyfile(TEMPLATE, out / TEMPLATE.name)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    end, begin = tokenizer.token_to_id(END), tokenizer.token_to_id("]~!b[")
    _write(out / "config.json", model_config(Shape()) | {"bos_token_id": begin})
    _write(
        out / "generation_config.json",
        {"bos_token_id": begin, "do_sample": False, "eos_token_id": end, "pad_token_id": end},
    )
    names = [f"{bits}bit" for bits in WIDTHS]
    _write(out / "minim.json", {"name": "Pocket M2", "quantizations": names, "group_size": GROUP_SIZE})
    print(f"step {state['step']}: {sum(file.stat().st_size for file in out.iterdir()):,} bytes in {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the trainer's folder")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    export(options.source, options.out)
