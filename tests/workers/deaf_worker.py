"""A worker that says hello and then reads nothing and ignores SIGTERM: only SIGKILL ends it."""

from __future__ import annotations

import signal
import sys
import threading

signal.signal(signal.SIGTERM, lambda _signal, _frame: print("asked to end", file=sys.stderr, flush=True))
print('{"request_id": 0, "body": {"type": "Ready", "worker": "deaf", "protocol": 1}}', flush=True)
while True:
    threading.Event().wait()
