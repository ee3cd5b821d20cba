"""Results of any length fit into a line."""

from __future__ import annotations

import pytest

from backends.contract.events import Envelope, ToolFinished
from backends.workers.protocol import decode_event, encode
from backends.workers.tool_results import fitting


@pytest.mark.parametrize("letter", ["a", "\x00", "é", "🙂", "\ud800", '"'])
def test_what_is_too_long_is_cut_in_words(letter: str) -> None:
    text = letter * 9_000_000
    sent = decode_event(encode(Envelope(1, fitting(ToolFinished(text, False, 1.0, diff=text))))).body
    assert isinstance(sent, ToolFinished)
    for cut in (sent.text, sent.diff):
        assert cut.endswith("of 9,000,000 characters.]")
        assert len(cut) > 400_000


def test_what_fits_stays() -> None:
    finished = ToolFinished("short\x00🙂", True, 1.0, "-a\n+b", "id")
    assert fitting(finished) == finished
