"""Wheels of a few lines each in place of an engine's real packages, and the recipe that installs them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import platform
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pip

NEEDED = ("minim_test_torch", "accelerate")
"""What the engine is said to need: a name that no Python has, so that the engine counts as not installed."""

OPTIONAL = "small-kernels>=0.18,<0.19"
"""What the small engine is better with, beside a torch for CUDA."""

HOLD = "MINIM_TEST_HOLD"
"""The environment variable that names a file; as long as it is there, the import of the small torch does not end."""

_TORCH = f"""
import os, time
while os.path.exists(os.environ.get({HOLD!r}, "")):
    time.sleep(0.02)
"""


def write_wheel(
    folder: Path, name: str, modules: Mapping[str, str], requires: Sequence[str] = (), version: str = "0.0.1"
) -> Path:
    """A pure wheel. `modules` are file names in it and what they hold."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = "".join(f"Requires-Dist: {need}\n" for need in requires)
    files = {
        **modules,
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},sha256={_digest(text)},{len(text.encode())}\n" for file, text in files.items())
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in {**files, f"{stem}.dist-info/RECORD": f"{record}{stem}.dist-info/RECORD,,\n"}.items():
            archive.writestr(file, text)
    return wheel


def write_source(folder: Path, name: str, told: Path, version: str = "9.9") -> Path:
    """A package that would have to be built, which makes the file `told`."""
    stem = f"{name.replace('-', '_')}-{version}"
    script = (
        f"open({str(told)!r}, 'w').close()\nfrom setuptools import setup\nsetup(name={name!r}, version={version!r})\n"
    )
    archive = folder / f"{stem}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file, text in (("setup.py", script), ("PKG-INFO", f"Name: {name}\nVersion: {version}\n")):
            entry = tarfile.TarInfo(f"{stem}/{file}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return archive


def write_engine(folder: Path, *, cuda: bool = False, checked: Sequence[str] = (), size: int = 1000) -> Path:
    """Wheels in `folder`, and beside them the recipe of a small Transformers engine; → the recipe's folder."""
    needs = ["msgspec", "needed-by-torch"]  # the first is in Minim's own Python
    needs += ["nvidia-small; python_version > '3'", "nvidia-never; python_version < '3'"] if cuda else []
    write_wheel(folder, "torch", {"torch.py": _TORCH, "minim_test_torch.py": ""}, needs)
    write_wheel(folder, "needed-by-torch", {"needed_by_torch.py": ""})
    write_wheel(folder, "nvidia-small", {"nvidia_small.py": ""})
    write_lock(folder, "transformers.txt", write_wheel(folder, "accelerate", {"accelerate.py": ""}))
    write_lock(folder, "transformers-cuda.txt", write_wheel(folder, "autoawq", {"awq.py": ""}))
    names = ("torch", "accelerate", "nvidia-small", "autoawq")
    sizes = [{"name": name, "download_bytes": size, "disk_bytes": size, "cuda": name in names[2:]} for name in names]
    recipe = {
        "first": ["torch==0.0.1"],
        "checked": ["torch", "accelerate", "backends.contract.commands", *checked],
        "pip": f"pip=={pip.__version__}",
        "optional": [OPTIONAL],
        "sizes": {f"{sys.platform}-{platform.machine().lower()}": sizes},
    }
    (folder / "transformers.json").write_text(json.dumps(recipe))
    return folder


def write_lock(folder: Path, name: str, wheel: Path) -> None:
    """A requirements file that allows this wheel only."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / name).write_text(f"{wheel.name.split('-')[0]}==0.0.1 \\\n    --hash=sha256:{digest}\n")


def pack_pip(folder: Path) -> None:
    """The pip of this Python as a wheel."""
    site = Path(pip.__file__).parents[1]
    info = f"pip-{pip.__version__}.dist-info"
    with zipfile.ZipFile(folder / f"pip-{pip.__version__}-py3-none-any.whl", "w") as archive:
        for part in ("pip", info):
            for file in sorted((site / part).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    archive.write(file, file.relative_to(site))


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
