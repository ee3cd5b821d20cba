"""What a start asks the window for, and the paths that a start, a drop or the system hands over. No Qt is needed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from backends.contract.errors import MinimError
from backends.contract.models import LaunchChoice

WEIGHTS = ".safetensors"
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class StartRequest(Struct, frozen=True):
    """What is to be done in the window: open the model in `folder`, or what `minim launch` chose; else nothing.

    `token` is what the desktop gave this start, so that the window may come to the front; "" where it gave none.
    """

    folder: str = ""
    launch: LaunchChoice | None = None
    token: str = ""

    @property
    def is_for_model(self) -> bool:
        """Whether a model was chosen already."""
        return bool(self.folder) or self.launch is not None


def take_token(environment: Mapping[str, str]) -> str:
    """The desktop's permission to come to the front, if this start was given one."""
    return next((token for name in _TOKENS if is_token(token := environment.get(name, ""))), "")


def is_token(text: str) -> bool:
    """Whether a text can be a token: one line of characters that can stand in an environment."""
    return bool(text) and text.isascii() and text.isprintable()


def looks_like_model(path: str) -> bool:
    """Whether this is what a model is opened by: a folder, or a file of weights in one. Asks the disk."""
    return Path(path).is_dir() or (path.lower().endswith(WEIGHTS) and Path(path).is_file())


def model_folder(paths: Sequence[str]) -> str:
    """The absolute folder that `paths` mean; there is one model at a time. Raises MinimError in words.

    What is in it is not looked at: that is the downloads worker's to say.
    """
    if len(paths) > 1:
        message = f"{len(paths)} things were to be opened, and Minim opens one model at a time."
        raise MinimError("bad_request", message, "Open one folder.")
    path = Path(paths[0]).absolute()
    shown = os.fsencode(path).decode("utf-8", "replace")
    if not path.exists():
        raise MinimError("bad_request", f"There is no folder {shown}.", "Check its name, and whether its disk is here.")
    if shown != str(path):
        raise MinimError("bad_request", f"The name {shown} is no readable text (UTF-8).", "Rename the folder.")
    if path.is_dir():
        return str(path)
    if looks_like_model(shown):
        return str(path.parent)
    raise MinimError("bad_request", f"{shown} is a file, and no model’s.", "Open the folder that holds a model.")
