"""What the KV caches take on the disk is counted, whatever comes and goes below them."""

from __future__ import annotations

from pathlib import Path

from backends.storage.kept_caches import kept_cache_bytes


def test_all_models_caches_are_counted(home: Path) -> None:
    assert kept_cache_bytes() == 0
    for name, size in (("a/one.safetensors", 300), ("two.safetensors", 12)):
        path = home / "cache" / "kv" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    (home / "cache" / "kv" / "gone").symlink_to(home / "nowhere")
    assert kept_cache_bytes() >= 312
    (home / "cache" / "other").write_bytes(bytes(5000))
    assert kept_cache_bytes() < 5000
