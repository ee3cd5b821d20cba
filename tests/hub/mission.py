"""MiniMax-M2's repositories under their real names, with Pocket M2 in the same forms in them."""

from __future__ import annotations

from pathlib import Path

from tests.hub.server import Hub

WIDTHS = ("3bit", "4bit", "5bit", "6bit", "8bit")
GATED = "minim-tests/Gated-Chat-4bit"
EXTRA = "minim-tests/Small-Chat-3bit"
PRIVATE = "minim-tests/Private-Chat-3bit"


def add_mission(hub: Hub, forms: Path) -> None:
    """Add them to a hub; `forms` is what `packaging/pocket/pack_forms.py` made."""
    hub.caches_small_files = True
    original, awq = forms / "pytorch-none", forms / "awq-Int4"
    tags = ["safetensors", "minimax_m2", "text-generation", "conversational"]
    fp8_tags, awq_tags = [*tags, "transformers", "fp8"], [*tags, "transformers", "awq", "4-bit"]
    hub.add("MiniMaxAI/MiniMax-M2", original, ("huggingface",), downloads=90_000, tags=fp8_tags)
    hub.add("MiniMax/MiniMax-M2", original, ("modelscope",), downloads=9_000, tags=fp8_tags)
    hub.add("QuantTrio/MiniMax-M2-AWQ", awq, ("huggingface",), downloads=20_000, tags=awq_tags)
    hub.add("tclf90/MiniMax-M2-AWQ", awq, ("modelscope",), downloads=2_000, tags=awq_tags)
    mlx_tags = ["mlx", *tags]
    for number, width in enumerate(WIDTHS):
        here = [*mlx_tags, f"{width[0]}-bit"]
        hub.add(f"mlx-community/MiniMax-M2-{width}", forms / f"mlx-{width}", downloads=5_000 - number, tags=here)
    hub.add(GATED, forms / "mlx-4bit", gated=True, downloads=70, tags=mlx_tags)
    hub.add(EXTRA, forms / "mlx-3bit", downloads=60, tags=mlx_tags)
    hub.add(PRIVATE, forms / "mlx-3bit", private=True, tags=mlx_tags)
