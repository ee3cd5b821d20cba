"""What the window says of downloads outside their dialog: no network is a state, other reasons are told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backends.contract.events import CatalogImported
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState
from desktop.news.download_news import DownloadNews
from desktop.panes.status import Status
from tests.desktop.downloads_to_show import running

FAILED = replace(running(), state="failed", kind="hub_failed", problem="The hub answered 500.", hint="Try later.")


class Desk:
    def __init__(self) -> None:
        self.downloads, self.state = DownloadModel(), SessionState()
        self.news = DownloadNews(self.downloads, self.state)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_status_line_says_what_goes_over_the_network(desk: Desk) -> None:
    status = Status(desk.state)
    desk.news.network_changed.connect(status.show_network)
    assert status.words.endswith("On this machine")
    desk.downloads.show((running(),))
    assert status.words.endswith("Downloading, 41 %")
    desk.downloads.show_offline(True)
    assert status.words.endswith("Offline")
    desk.downloads.show_offline(False)
    desk.downloads.show(())
    assert status.words.endswith("On this machine")


def test_a_download_that_cannot_go_on_is_told_unless_it_waits_for_the_network(desk: Desk) -> None:
    desk.news.tell_failed(replace(FAILED, kind="offline"))
    assert desk.state.notice is None
    desk.news.tell_failed(FAILED)
    assert desk.state.notice is not None
    assert desk.state.notice.message == "MiniMax-M2 · 4-bit could not be downloaded: The hub answered 500."
    assert desk.state.notice.hint == "Try later."


def test_an_import_says_what_was_left_out(desk: Desk) -> None:
    desk.news.tell_imported(CatalogImported(("One", "Two"), ("Three has no forms.",)))
    assert desk.state.notice is not None
    assert desk.state.notice.message.endswith(": 2")
    assert desk.state.notice.hint == "Three has no forms."
