"""Ends the process groups that this process started, should it be killed before it can do so itself."""

from __future__ import annotations

import contextlib
import subprocess
import threading

# Reads "+group" and "-group" until the pipe closes, which it does however its other end died.
_SCRIPT = """
trap '' HUP INT TERM
groups=
while read -r line; do
  group=${line#?}
  case $line in
    +*) groups="$groups $group" ;;
    -*) kept=
        for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
        groups=$kept ;;
  esac
done
[ -n "$groups" ] || exit 0
for group in $groups; do kill -TERM "-$group"; done
sleep 1
for group in $groups; do kill -KILL "-$group"; done
exit 0
"""
_lock = threading.Lock()
_watched: set[int] = set()
_guard: subprocess.Popen[bytes] | None = None


def watch(group: int) -> None:
    """Have process group `group` ended when this process ends, however it does. Any thread may call."""
    global _guard
    with _lock:
        _watched.add(group)
        if _guard is not None and _tell(_guard, f"+{group}"):
            return
        if _guard is not None:
            _let_go(_guard)
        _guard = _started()
        for each in _watched:
            _tell(_guard, f"+{each}")


def forget(group: int) -> None:
    """Have it no more: the group has ended. With the last one the guard ends too."""
    global _guard
    with _lock:
        _watched.discard(group)
        if _guard is None:
            return
        _tell(_guard, f"-{group}")
        if not _watched:
            _let_go(_guard)
            _guard = None


def _started() -> subprocess.Popen[bytes]:
    # A session of its own: what a terminal sends to this process's group does not reach it.
    return subprocess.Popen(
        ["/bin/sh", "-c", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        start_new_session=True,
    )


def _let_go(guard: subprocess.Popen[bytes]) -> None:
    """Have a guard end that has nothing to watch, or was ended by somebody."""
    if guard.stdin is not None:
        with contextlib.suppress(OSError):
            guard.stdin.close()
    guard.wait()


def _tell(guard: subprocess.Popen[bytes], line: str) -> bool:
    """Whether the guard could be told: not if somebody ended it."""
    try:
        assert guard.stdin is not None
        guard.stdin.write(f"{line}\n".encode())
        guard.stdin.flush()
    except OSError:
        return False
    return guard.poll() is None
