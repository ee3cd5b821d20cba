"""The hub as a process: `python -m tests.hub --port 0 --repository org/name=FOLDER`; prints its addresses as JSON.

It ends when its standard input does, or on SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.hub import control_side
from tests.hub.mission import add_mission
from tests.hub.server import Hub


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the Hugging Face side; the others are free ones")
    parser.add_argument("--repository", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--gated", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--mission", type=Path, metavar="FORMS", help="what packaging/pocket/pack_forms.py made")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with Hub(given.port) as hub:
        for gated, pairs in ((False, given.repository), (True, given.gated)):
            for name, _, folder in (pair.partition("=") for pair in pairs):
                hub.add(name, Path(folder), gated=gated)
        if given.mission:
            add_mission(hub, given.mission)
        hub.listen("control", 0, lambda question: control_side.answer(hub, question))
        addresses = {
            "huggingface": hub.huggingface_endpoint,
            "modelscope": hub.modelscope_endpoint,
            "content": hub.content_endpoint,
            "control": hub.address("control"),
        }
        print(json.dumps(addresses), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
