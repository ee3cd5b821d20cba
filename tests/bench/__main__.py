"""Speeds, as ratios in one run: `make bench`, or `python -m tests.bench start tokens …` for some of them."""

from __future__ import annotations

import importlib
import os
import sys

BENCHES = ("start", "tokens", "worker", "cache", "transcript", "dialects", "transfer", "picker", "bundle")


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"tests.bench.bench_{name}").main()


if __name__ == "__main__":
    main()
