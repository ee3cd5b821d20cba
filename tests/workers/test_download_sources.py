"""Where the bytes of a download may be had, when several files are fetched at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.hubs import open_hub
from backends.storage.journal import JournalEntry
from backends.workers.download_sources import Sources, list_for
from tests.hub.server import Hub

from .hub_models import make_repository, ref_of

REPO, OTHER = "org/Small-4bit", "Org2/Same"
BUSY = MinimError("hub_failed", "The hub is in trouble (503).")


def test_each_file_turns_to_the_other_hub_once(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    original = make_repository(tmp_path / "original", 1_000)
    hub.add(REPO, original, ("huggingface",))
    hub.add(OTHER, original, ("modelscope",))
    ref = ref_of(REPO, alternates=(ref_of(OTHER, "modelscope").source,))
    listing = list_for(JournalEntry(ref), open_hub)
    sources = Sources(ref, listing, open_hub)
    first, second = [file for file in listing.files if file.path.endswith(".safetensors")][:2]
    for file in (first, second):
        assert len(sources.addresses(file, 0)) == 1, "the other hub is not asked while its own answers"
    assert sources.fail_over(first, BUSY)
    assert sources.fail_over(second, BUSY), "it failed with addresses from before the first one turned"
    for file in (first, second):
        assert [OTHER in address.url for address in sources.addresses(file, 0)] == [True, False]
        assert not sources.fail_over(file, BUSY), "nothing else is left"
