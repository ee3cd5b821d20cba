"""Has Apple notarize what was signed, and staples the ticket to it, where the credentials are there.

They are those of an App Store Connect key: MINIM_NOTARY_KEY (the path of its .p8 file), MINIM_NOTARY_KEY_ID and
MINIM_NOTARY_ISSUER. No secret is on a command line, and none is printed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_OPTIONS = {
    "MINIM_NOTARY_KEY": "--key",
    "MINIM_NOTARY_KEY_ID": "--key-id",
    "MINIM_NOTARY_ISSUER": "--issuer",
}
_LONGEST = "45m"


class NotarizationRefusedError(Exception):
    """Apple did not accept it; the text is its log."""


@dataclass(frozen=True)
class Credentials:
    """What notarytool is told of who asks."""

    arguments: tuple[str, ...]


def credentials(environment: Mapping[str, str]) -> Credentials | None:
    """Return the credentials, None where there are none; raises ValueError where some are missing."""
    missing = [name for name in _OPTIONS if not environment.get(name)]
    if len(missing) == len(_OPTIONS):
        return None
    if missing:
        raise ValueError(f"To notarize, {', '.join(missing)} must be set, too.")
    if not environment.get("MINIM_SIGN_IDENTITY"):
        raise ValueError("Apple notarizes only what a Developer ID signed: MINIM_SIGN_IDENTITY must be set, too.")
    return Credentials(tuple(word for name, option in _OPTIONS.items() for word in (option, environment[name])))


def notarize_app(app: Path, who: Credentials) -> None:
    """Notarize and staple an app; raises NotarizationRefusedError."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / f"{app.stem}.zip"
        subprocess.run(["ditto", "-c", "-k", "--keepParent", str(app), str(archive)], check=True)
        _submit(archive, who)
    _staple(app)


def notarize_image(image: Path, who: Credentials) -> None:
    """Notarize and staple a disk image; raises NotarizationRefusedError."""
    _submit(image, who)
    _staple(image)


def _submit(file: Path, who: Credentials) -> None:
    # The exit code says that there was an answer, not which (it is 0 for Invalid, too): the answer is in the JSON.
    answer = _notarytool("submit", str(file), *who.arguments, "--wait", "--timeout", _LONGEST)
    try:
        said = json.loads(answer)
    except json.JSONDecodeError:
        said = {}
    if said.get("status") != "Accepted":
        log = _notarytool("log", said["id"], *who.arguments) if "id" in said else answer
        raise NotarizationRefusedError(f"{file.name}: {said.get('status', 'notarytool gave no answer')}\n{log}")


def _notarytool(verb: str, *arguments: str) -> str:
    command = ["xcrun", "notarytool", verb, *arguments]
    if verb == "submit":
        command += ["--output-format", "json"]
    # Not checked here: a refusal has an exit code on some versions, and its log is what helps.
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def _staple(path: Path) -> None:
    subprocess.run(["xcrun", "stapler", "staple", str(path)], check=True)
    subprocess.run(["xcrun", "stapler", "validate", str(path)], check=True)
