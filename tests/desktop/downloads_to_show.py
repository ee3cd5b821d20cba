"""Downloads for tests and pictures."""

from __future__ import annotations

from backends.contract.catalog import Source
from backends.contract.downloads import Download, DownloadRef, FileProgress

M2 = DownloadRef(
    "MiniMax-M2",
    "mlx",
    "4bit",
    Source("huggingface", "mlx-community/MiniMax-M2-4bit"),
    alternates=(Source("modelscope", "mlx-community/MiniMax-M2-4bit"),),
)
QWEN = DownloadRef("Qwen3-8B", "mlx", "4bit", Source("huggingface", "Qwen/Qwen3-8B-MLX-4bit"))
AWQ = DownloadRef("MiniMax-M2", "awq", "Int4", Source("modelscope", "QuantTrio/MiniMax-M2-AWQ"))


def running(ref: DownloadRef = M2, done: int = 54_000_000_000, total: int = 128_700_000_000) -> Download:
    """A download on its way at 48 MB/s, four files at once."""
    begun = ((12, 3_100_000_000), (13, 2_200_000_000), (14, 900_000_000), (15, 120_000_000))
    waiting = ((number, 0) for number in range(16, 28))
    files = tuple(
        FileProgress(f"model-{number:05}-of-00027.safetensors", come, 4_900_000_000)
        for number, come in (*begun, *waiting)
    )
    left = (total - done) / 48_000_000
    return Download(ref, "running", done, total, 48_000_000.0, left, files=files)
