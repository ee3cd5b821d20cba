"""The first moments of a question, in which it takes no answer: a click then was meant for what stood there before."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds that only grow."""

GRACE = 0.3
"""Seconds."""
