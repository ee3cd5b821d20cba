"""Makes what is given to people out of dist/Minim.app: python packaging/macos/build.py (`make dmg` calls it).

Completes the bundle, refuses it where it would not run on the oldest macOS it promises, signs it, has it notarized
where the credentials are there (signing.py and notarizing.py name them), and packs it into dist/Minim-….dmg.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app_bundle import ROOT, complete, minimum_system, project_version
from disk_image import contents, image_name, make_image, write_notice
from machos import complaints
from notarizing import NotarizationRefusedError, credentials, notarize_app, notarize_image
from signing import AD_HOC, identity, sign, sign_command


def main() -> int:
    """Build the image; returns the exit code."""
    if sys.platform != "darwin":
        sys.stderr.write("A disk image with a signed app can only be made on a Mac.\n")
        return 1
    try:
        image = build(ROOT / "dist" / "Minim.app", ROOT / "build" / "macos")
    except (ValueError, FileNotFoundError, NotarizationRefusedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.cmd[0]} ended with {error.returncode}.\n")
        return 1
    sys.stdout.write(f"{image}\n")
    return 0


def build(app: Path, pictures: Path) -> Path:
    """Sign `app` and pack it with the drawn `pictures`; returns the image. Raises what the steps raise."""
    who, notary = identity(os.environ), credentials(os.environ)
    version = project_version()
    complete(app, version, pictures / "minim.icns")
    found = complaints(app, minimum_system())
    if found:
        raise ValueError("The bundle is not for the macOS it promises:\n  " + "\n  ".join(found))
    sign(app, who)
    if notary is not None:
        notarize_app(app, notary)
    else:
        sys.stdout.write("Not notarized: the image holds a text that says how to open it all the same.\n")
    notice = write_notice(pictures) if notary is None else None
    image = app.parent / image_name(version)
    make_image(image, contents(app, pictures, notice))
    if who != AD_HOC:
        subprocess.run(sign_command(image, who, None), check=True)
    if notary is not None:
        notarize_image(image, notary)
    return image


if __name__ == "__main__":
    sys.exit(main())
