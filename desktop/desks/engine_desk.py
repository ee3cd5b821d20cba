"""What follows when an engine, or a model of one, has come or is to go: the rows and the engine worker hear of it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from backends.contract.downloads import Download
from backends.contract.models import EngineName, ModelRef
from desktop.controllers.catalog_queue import CatalogQueue
from desktop.controllers.chat_session import ChatSession
from desktop.controllers.engine_queue import EngineQueue
from desktop.controllers.model_arrival import ModelArrival
from desktop.models.session_state import SessionState


class EngineDesk(QObject):
    """Keeps what may run where true to what is installed."""

    def __init__(
        self,
        state: SessionState,
        chat: ChatSession,
        models: CatalogQueue,
        engines: EngineQueue,
        arrival: ModelArrival,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._chat = chat
        self._models = models
        self._engines = engines
        self._arrival = arrival

    def look_again(self, download: Download) -> None:
        """What a download has changed. Of a kernel, all models: any of them may need it."""
        is_model = download.ref.source.kind == "model"
        self._models.look_again(*((download.ref.model,) if is_model else ()))

    def use(self, engine: EngineName, model: ModelRef | None) -> None:
        """An engine was installed: what is loaded from now on may run in it, and the rows are judged with it."""
        self._chat.renew()
        self._models.look_again()
        self._arrival.take_engine(engine, model)

    def remove(self, engine: EngineName) -> None:
        """Remove an engine: what is loaded may run in it."""
        if self._state.busy:
            self._chat.stop()
        if self._state.model_state in ("ready", "loading"):
            self._chat.unload()
        else:
            self._chat.renew()
        self._engines.remove(engine)
