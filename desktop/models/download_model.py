"""The queue of downloads as the window shows it, and whether a hub can be reached."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.downloads import Download

_MOVING = ("queued", "asking", "running", "verifying")


class DownloadModel(QObject):
    """Mirrors what the downloads worker reports; changed by `DownloadQueue` on the GUI thread only."""

    downloads_changed = Signal()
    offline_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._downloads: dict[str, Download] = {}
        self._offline = False

    @property
    def downloads(self) -> tuple[Download, ...]:
        """The whole queue, in its order."""
        return tuple(self._downloads.values())

    @property
    def moving(self) -> tuple[Download, ...]:
        """Those that are worked on, or wait for their turn."""
        return tuple(download for download in self._downloads.values() if download.state in _MOVING)

    @property
    def open(self) -> tuple[Download, ...]:
        """Those that are not finished, paused and failed ones included."""
        return tuple(download for download in self._downloads.values() if download.state != "finished")

    @property
    def stopped(self) -> tuple[Download, ...]:
        """Those that cannot go on by themselves. No network is no reason: that is waited for."""
        return tuple(d for d in self._downloads.values() if d.state == "failed" and d.kind != "offline")

    @property
    def done_bytes(self) -> int:
        """What has come of all that move; while none does, of all that are not finished."""
        return sum(download.done_bytes for download in self.moving or self.open)

    @property
    def total_bytes(self) -> int:
        """What these are together; 0 while no hub has said it."""
        return sum(download.total_bytes for download in self.moving or self.open)

    @property
    def fraction(self) -> float:
        """How much of these has come, from 0 to 1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0

    @property
    def bytes_per_second(self) -> float:
        """How fast all of them come together."""
        return sum(download.bytes_per_second for download in self.moving)

    @property
    def seconds_left(self) -> float:
        """Until all that move have come, at the speed of now; -1 while unknown."""
        moving = self.moving
        if not self.bytes_per_second or any(not download.total_bytes for download in moving):
            return -1.0
        return sum(download.total_bytes - download.done_bytes for download in moving) / self.bytes_per_second

    @property
    def offline(self) -> bool:
        """Whether no hub could be reached when one was asked last."""
        return self._offline

    def download_of(self, download: str) -> Download | None:
        """The download with this id (`DownloadRef.id`)."""
        return self._downloads.get(download)

    def show(self, downloads: tuple[Download, ...]) -> None:
        """Show the queue as the worker reports it."""
        now = {download.ref.id: download for download in downloads}
        if list(now.items()) != list(self._downloads.items()):
            self._downloads = now
            self.downloads_changed.emit()

    def show_interrupted(self, problem: str, hint: str) -> None:
        """The worker is gone: what moved stands still, and says so in these words."""
        self.show(
            tuple(
                replace(
                    download,
                    state="failed",
                    bytes_per_second=0.0,
                    seconds_left=-1.0,
                    stalled=False,
                    kind="worker_died",
                    problem=problem,
                    hint=hint,
                )
                if download.state in _MOVING and not download.elsewhere
                else download
                for download in self._downloads.values()
            )
        )

    def show_offline(self, offline: bool) -> None:
        """Say whether a hub can be reached."""
        if offline != self._offline:
            self._offline = offline
            self.offline_changed.emit()
