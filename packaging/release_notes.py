"""Prints what CHANGELOG.md says of a release: python packaging/release_notes.py v1.2.3.

Refuses a tag that is not pyproject.toml's version, and a version of which the changelog says nothing.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Print the notes; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}")
        return 2
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    try:
        if arguments[0] != f"v{version}":
            raise ValueError(f"The tag is {arguments[0]}, and pyproject.toml says {version}.")
        notes = section(version, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(notes)
    return 0


def section(version: str, changelog: str) -> str:
    """Return the text under the heading of `version`; raises ValueError if there is none."""
    heading = re.search(rf"^## \[{re.escape(version)}\].*\n", changelog, re.MULTILINE)
    if heading is None:
        raise ValueError(f"CHANGELOG.md has no section “## [{version}]”.")
    rest = changelog[heading.end() :]
    following = re.search(r"^## ", rest, re.MULTILINE)
    text = _LINK.sub("", rest[: following.start()] if following else rest).strip()
    if not text:
        raise ValueError(f"CHANGELOG.md says nothing of {version}.")
    return text + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
