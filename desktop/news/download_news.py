"""What the window says of models and downloads outside their own dialogs: in its notice and in the status line."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backends.contract.downloads import Download
from backends.contract.events import CatalogImported
from desktop.models import download_words, engine_words, words
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.models.session_state import Notice, SessionState
from desktop.models.told_words import told

_LEFT_OUT = 5
"""Models that an import left out, told with their reasons at most."""


class DownloadNews(QObject):
    """No network is a state, which the status line says; what cannot go on for another reason is told."""

    network_changed = Signal(str, str)
    """What goes over the network, in words, and more about it; "" while nothing does."""

    def __init__(
        self,
        downloads: DownloadModel,
        state: SessionState,
        parent: QObject | None = None,
        engines: EngineState | None = None,
    ) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._engines = engines
        self._state = state
        downloads.downloads_changed.connect(self._show_network)
        downloads.offline_changed.connect(self._show_network)
        if engines is not None:
            engines.engines_changed.connect(self._show_network)

    def tell_failed(self, download: Download) -> None:
        """A download cannot go on."""
        if download.kind != "offline":
            name = download_words.title(download.ref)
            message = self.tr("%s could not be downloaded: %s") % (name, told(download.problem))
            self._state.show_notice(Notice(message, download.hint))

    def tell_verified(self, download: Download) -> None:
        """All files of a model are right."""
        message = self.tr("%s was checked: all of its files are right.") % download_words.title(download.ref)
        self._state.show_notice(Notice(message, is_error=False))

    def tell_imported(self, imported: CatalogImported) -> None:
        """Models of a file are in the catalogue now, or why they are not."""
        message = self.tr("Models taken into the catalogue: %s") % words.tokens(len(imported.names))
        self._state.show_notice(Notice(message, "\n".join(imported.left_out[:_LEFT_OUT]), is_error=False))

    def _show_network(self) -> None:
        if self._downloads.offline:
            hint = self.tr("No hub can be reached. What is here works, and downloads go on when one answers again.")
            self.network_changed.emit(self.tr("Offline"), hint)
        elif self._downloads.moving:
            hint = self.tr("Models are fetched from a hub. Nothing you write leaves this machine.")
            self.network_changed.emit(self.tr("Downloading, %d %%") % int(100 * self._downloads.fraction), hint)
        elif self._engines is not None and self._engines.installing is not None:
            hint = self.tr("An engine comes from Python’s package index. Nothing you write leaves this machine.")
            percent = engine_words.percent(self._engines.progress)
            self.network_changed.emit(self.tr("Installing an engine, %d %%") % percent, hint)
        else:
            self.network_changed.emit("", "")
