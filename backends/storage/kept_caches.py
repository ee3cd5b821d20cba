"""What the KV caches of all models take on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from backends.storage.paths import cache_folder


def kept_cache_bytes() -> int:
    """Bytes of the KV caches that are kept. What comes or goes meanwhile is counted or not."""
    return _bytes_below(cache_folder() / "kv")


def _bytes_below(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):  # what cannot be read is passed over
        for name in names:
            try:
                total += os.lstat(Path(path, name)).st_size
            except OSError:
                continue
    return total
