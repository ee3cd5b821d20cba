"""Signs a bundle from the inside out: with a Developer ID where there is one, ad hoc otherwise.

MINIM_SIGN_IDENTITY names the identity in the keychain, as `security find-identity -v -p codesigning` prints it.
"""

from __future__ import annotations

import plistlib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from machos import code_files

AD_HOC = "-"
ENTITLEMENTS = Path(__file__).resolve().parent / "entitlements.plist"


def identity(environment: Mapping[str, str]) -> str:
    """Return what to sign with."""
    return environment.get("MINIM_SIGN_IDENTITY") or AD_HOC


def signing_order(app: Path) -> list[Path]:
    """Return what is signed one by one, each before what holds it: libraries, frameworks, the app last.

    A framework is signed as the folder of its version, which signs the framework's own code, too; so is the app.
    """
    found = (folder for folder in app.rglob("*.framework") if not folder.is_symlink())
    frameworks = [version for folder in found for version in folder.glob("Versions/*") if not version.is_symlink()]
    own = {version / version.parent.parent.stem for version in frameworks}
    own.add(app / "Contents" / "MacOS" / _executable(app))
    loose = [path for path in code_files(app) if path not in own]
    inside = sorted([*loose, *frameworks], key=lambda path: (-len(path.parts), path))
    return [*inside, app]


def sign(app: Path, who: str) -> None:
    """Sign all of `app` with the hardened runtime and let codesign check it; raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        entitlements = Path(folder) / "entitlements.plist"
        entitlements.write_bytes(plain_entitlements())
        for path in signing_order(app):
            subprocess.run(sign_command(path, who, entitlements if path == app else None), check=True)
    subprocess.run(["codesign", "--verify", "--deep", "--strict", "--verbose=2", str(app)], check=True)


def sign_command(path: Path, who: str, entitlements: Path | None) -> list[str]:
    """Return codesign's command. Only a program has entitlements: libraries go by those of what loads them."""
    time = "--timestamp=none" if who == AD_HOC else "--timestamp"
    command = ["codesign", "--force", "--sign", who, time]
    if path.suffix != ".dmg":
        command += ["--options", "runtime"]
    if entitlements is not None:
        command += ["--entitlements", str(entitlements)]
    return [*command, str(path)]


def plain_entitlements() -> bytes:
    """Return the entitlements without their comments, which the kernel's reader of them does not know."""
    return plistlib.dumps(plistlib.loads(ENTITLEMENTS.read_bytes()))


def _executable(app: Path) -> str:
    return plistlib.loads((app / "Contents" / "Info.plist").read_bytes())["CFBundleExecutable"]
