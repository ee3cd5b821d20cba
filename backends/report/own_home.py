"""A home for a test alone: no chat, setting, model or token of the person is read or changed while it is used."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backends.contract.errors import MinimError

_UNSET = (
    "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "MINIM_HF_TOKEN", "MINIM_MODELSCOPE_TOKEN",
)  # fmt: skip


@contextmanager
def own_home() -> Generator[Path, None, None]:
    """Let this process and those it starts use an empty home, deleted at the end. Raises MinimError.

    The environment says where it is, so nothing else may be going on in this process.
    """
    before = dict(os.environ)
    try:
        home = Path(tempfile.mkdtemp(prefix="minim-self-test-"))
    except OSError as error:
        message = f"There is no folder for temporary files: {error.strerror or error}."
        raise MinimError("internal", message, "Set TMPDIR to a folder that you may write in.") from error
    try:
        for name in _UNSET:
            os.environ.pop(name, None)
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["MINIM_HOME"] = str(home)
        os.environ["HF_HOME"] = str(home / "huggingface")
        os.environ["MODELSCOPE_CACHE"] = str(home / "modelscope")
        yield home
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(home, ignore_errors=True)
