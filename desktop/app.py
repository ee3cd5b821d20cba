"""The composition root: what stands behind the window is built here, and joined to it in `wiring`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from backends.contract.models import LaunchChoice
from backends.contract.preferences import Preferences
from backends.conversation.model_session import ModelSession
from backends.conversation.session import ConversationSession
from backends.report.place import report_path, self_test_command
from backends.storage.conversations import ConversationStore
from backends.storage.kept_caches import kept_cache_bytes
from backends.storage.logs import worker_log
from backends.storage.paths import data_folder
from backends.storage.settings import save_changes
from backends.workers.engine_command import engine_command
from backends.workers.supervisor import Supervisor
from desktop.controllers.catalog_queue import CatalogQueue
from desktop.controllers.chat_session import ChatSession
from desktop.controllers.download_queue import DownloadQueue
from desktop.controllers.engine_queue import EngineQueue
from desktop.controllers.model_arrival import ModelArrival
from desktop.controllers.model_choice import ModelChoice
from desktop.controllers.tool_desk import ToolDesk
from desktop.desks.engine_desk import EngineDesk
from desktop.desks.first_run_desk import FirstRunDesk
from desktop.desks.options_desk import OptionsDesk
from desktop.desks.outside_desk import OutsideDesk
from desktop.desks.question_desk import QuestionDesk
from desktop.desks.report_desk import ReportDesk
from desktop.desks.window_desk import WindowDesk
from desktop.draft_keeper import DraftKeeper
from desktop.event_bridge import EventBridge
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.tool_server_state import ToolServersState
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.news.download_news import DownloadNews
from desktop.news.notice_desk import NoticeDesk
from desktop.news.notifier import Notifier
from desktop.news.outside_news import OutsideNews
from desktop.news.server_news import ServerNews
from desktop.preference_keeper import PreferenceKeeper
from desktop.shutdown.activity import Activity
from desktop.shutdown.leaving import Leaving
from desktop.shutdown.wakefulness import Wakefulness
from desktop.window.dialogs import Dialogs
from desktop.window.frame import Frame
from desktop.wiring import connect

WORKERS = ("engine", "downloads", "tools")


class App(QObject):
    """Everything that lives as long as the window; `frame` is what of it is shown already.

    `commands` replaces how a worker is started, for tests. `is_mac`: there is a Dock, which brings the window back.
    """

    ending = Signal()
    """The workers are about to be ended, which may take a moment."""

    def __init__(
        self,
        preferences: Preferences,
        store: ConversationStore,
        *,
        frame: Frame | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        save: Callable[[Preferences, Preferences], Preferences] = save_changes,
        is_mac: bool = sys.platform == "darwin",
    ) -> None:
        super().__init__()
        self._store = store
        self._ended = False
        self._is_mac = is_mac
        self._frame = frame or Frame(preferences)
        self.preferences, self.state = self._frame.preferences, self._frame.state
        self.conversation, self.conversations = self._frame.conversation, self._frame.conversations
        self.settings = self._frame.settings
        self.keeper = PreferenceKeeper(self.preferences, save, self, watched=data_folder())
        self.window, self.panes, self.menus = self._frame.window, self._frame.panes, self._frame.menus
        self._build_workers(commands or {})
        self._build_sessions()
        connect(self)

    def start(self) -> None:
        """Show the window, and in it the conversation that was open last; then look for models."""
        self._frame.show()
        self.chat.start()
        # Starting a worker takes the system a moment: what is shown is painted before that.
        QTimer.singleShot(0, self._start_workers)

    def launch(self, choice: LaunchChoice) -> None:
        """Open the picker on a form, and load it: fetched first if it is not here. Nothing else is loaded at start."""
        self.choice.cancel()
        self.arrival.launch(choice)

    def tell(self, message: str, hint: str = "") -> None:
        """Tell the person something in the window."""
        self.notices.tell(message, hint)

    def close(self) -> None:
        """Keep what is unsaved, end the workers, and let go of the data. May be called twice."""
        if self._ended:
            return
        self._ended = True
        self.ending.emit()
        self.leaving.close()
        self._keep()
        self.reports.close()
        self.chat.session.close()
        self.keeper.close()
        for bridge in self.bridges.values():
            bridge.close()
        for worker in self.workers.values():
            worker.end()
        for worker in self.workers.values():
            worker.close()
        self.wakefulness.close()
        self._store.close()

    def _keep(self) -> None:
        """What is unsaved."""
        self.drafts.keep()
        self.desk.keep()
        self.dialogs.keep_texts()
        self.keeper.keep()

    def _build_workers(self, commands: Mapping[str, Sequence[str]]) -> None:
        self.bridges = {name: EventBridge(self) for name in WORKERS}
        starts = {"engine": engine_command, **commands}
        self.workers = {
            name: Supervisor(name, bridge.deliver, command=starts.get(name), log_file=worker_log(name))
            for name, bridge in self.bridges.items()
        }

    def _build_sessions(self) -> None:
        self.catalog = CatalogModel(self)
        conversation, conversations, settings = self.conversation, self.conversations, self.settings
        self.chat = ChatSession(conversation, conversations, self.state, self.preferences, settings, self)
        engine, tools = self.workers["engine"], self.workers["tools"]
        model = ModelSession(engine, self.chat.apply, may_unload=lambda: not session.busy)
        session = ConversationSession(self._store, engine, tools, self.chat.apply, wake=model.wake)
        self.chat.drive(session, model)
        self.fetched = DownloadModel(self)
        fetcher = self.workers["downloads"]
        self.models = CatalogQueue(fetcher, self.catalog, self.fetched, self.preferences, self)
        self.downloads = DownloadQueue(fetcher, self.fetched, self)
        self.engines = EngineQueue(fetcher, self.catalog.engines, self)
        self.news = DownloadNews(self.fetched, self.state, self, self.catalog.engines)
        self.choice = ModelChoice(self.catalog, self.state, self.preferences, self)
        self.arrival = ModelArrival(self.catalog, self.state, self.preferences, lambda: session.busy, self)
        self.servers = ToolServersState(self)
        self.tools = ToolDesk(self.workers["tools"], self.servers, self.preferences, self)
        self.server_news = ServerNews(self.servers, self.preferences, self)
        shown = ToolSettingsView(self.preferences, self.settings, self.servers, data_folder())
        self.dialogs = Dialogs(
            self.window, self.catalog, self.fetched, self.state, self.preferences, kept_cache_bytes, shown
        )
        self.desk = OptionsDesk(
            self.window, self.panes.composer, self.settings, self.preferences, self.state, self.conversations
        )
        self.reports = ReportDesk(self.window, self_test_command, lambda: report_path(data_folder()))
        self.notices = NoticeDesk(self.window.notice, self.state, self)
        self._build_leaving()
        self.outside = OutsideDesk(self.window, self)
        self.drafts = DraftKeeper(self._store, self.panes.composer, self)
        self.questions = QuestionDesk(
            self.window, self.panes.tools, self.state, self.conversation, self.conversations, self.notifier
        )
        self.panes.toolbar.show_downloads(self.fetched, self.catalog.engines)
        self.models.follow(self.preferences.value)
        self.window_desk = WindowDesk(self._frame, self.dialogs, self.chat, self)
        self.first_run = FirstRunDesk(self._frame, self.catalog, self.fetched, self)
        self.engine_desk = EngineDesk(self.state, self.chat, self.models, self.engines, self.arrival, self)

    def _build_leaving(self) -> None:
        self.activity = Activity(self.state, self.fetched, self.catalog.engines, self)
        self.wakefulness = Wakefulness(self.activity, self)
        self.leaving = Leaving(self.window, self.activity, self._keep, is_mac=self._is_mac)
        self.notifier = Notifier(self.window)
        self.outside_news = OutsideNews(self.notifier, self.state, self)

    def _start_workers(self) -> None:
        if not self._ended:
            self.choice.begin()
            self.first_run.begin()
            self.downloads.resume_all()
            self.workers["tools"].start()
            self.chat.session.list_tools()


def open_store() -> ConversationStore:
    """The stored conversations. Raises MinimError if they cannot be opened."""
    return ConversationStore(data_folder() / "conversations.db")
