"""The composition root: what stands behind the window is built here, and joined to it in `_connect`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer

from backends.contract.downloads import Download
from backends.contract.models import EngineName, LaunchChoice, ModelRef
from backends.contract.preferences import Preferences
from backends.conversation.model_session import ModelSession
from backends.conversation.session import ConversationSession
from backends.storage.conversations import ConversationStore
from backends.storage.kept_caches import kept_cache_bytes
from backends.storage.paths import data_folder, log_folder
from backends.storage.settings import save_changes
from backends.workers.engine_command import engine_command
from backends.workers.supervisor import Supervisor
from desktop.catalog_queue import CatalogQueue
from desktop.chat_session import ChatSession
from desktop.dialogs import Dialogs
from desktop.download_news import DownloadNews
from desktop.download_queue import DownloadQueue
from desktop.engine_queue import EngineQueue
from desktop.event_bridge import EventBridge
from desktop.frame import Frame
from desktop.model_arrival import ModelArrival
from desktop.model_choice import ModelChoice
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.tool_server_state import ToolServersState
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.notice_desk import NoticeDesk
from desktop.notifier import Notifier
from desktop.options_desk import OptionsDesk
from desktop.preference_keeper import PreferenceKeeper
from desktop.question_desk import QuestionDesk
from desktop.server_news import ServerNews
from desktop.tool_desk import ToolDesk
from desktop.tool_wiring import connect_tools

WORKERS = ("engine", "downloads", "tools")


class App(QObject):
    """Everything that lives as long as the window; `frame` is what of it is shown already.

    `commands` replaces how a worker is started, for tests.
    """

    def __init__(
        self,
        preferences: Preferences,
        store: ConversationStore,
        *,
        frame: Frame | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        save: Callable[[Preferences, Preferences], Preferences] = save_changes,
    ) -> None:
        super().__init__()
        self._store = store
        self._ended = False
        self._frame = frame or Frame(preferences)
        self.preferences, self.state = self._frame.preferences, self._frame.state
        self.conversation, self.conversations = self._frame.conversation, self._frame.conversations
        self.settings = self._frame.settings
        self._keeper = PreferenceKeeper(self.preferences, save, self, watched=data_folder())
        self.window, self.panes, self.menus = self._frame.window, self._frame.panes, self._frame.menus
        self._build_workers(commands or {})
        self._build_sessions()
        self._connect()

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
        self.desk.keep()
        self.dialogs.keep_texts()
        self.chat.session.close()
        self._keeper.keep()
        for bridge in self._bridges.values():
            bridge.close()
        for worker in self.workers.values():
            worker.end()
        for worker in self.workers.values():
            worker.close()
        self._store.close()

    def _build_workers(self, commands: Mapping[str, Sequence[str]]) -> None:
        self._bridges = {name: EventBridge(self) for name in WORKERS}
        starts = {"engine": engine_command, **commands}
        self.workers = {
            name: Supervisor(name, bridge.deliver, command=starts.get(name), log_file=log_folder() / f"{name}.log")
            for name, bridge in self._bridges.items()
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
        self.arrival = ModelArrival(self.catalog, self.state, self.preferences, self)
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
        self.notices = NoticeDesk(self.window.notice, self.state, self)
        self.notifier = Notifier(self.window)
        self.questions = QuestionDesk(
            self.window, self.panes.tools, self.state, self.conversation, self.conversations, self.notifier
        )
        self.panes.toolbar.show_downloads(self.fetched)
        self._choose_hub(self.preferences.value)
        self._offer_always(self.preferences.value)

    def _connect(self) -> None:  # noqa: PLR0915  the whole flow is to be read in one place
        panes, chat, window, menus, pages = self.panes, self.chat, self.window, self.menus, self.dialogs
        models, queue, requests = self.models, self.downloads, pages.requests
        # workers → sessions
        self._bridges["engine"].arrived.connect(chat.handle_engine)
        self._bridges["tools"].arrived.connect(chat.handle_tools)
        self._bridges["downloads"].arrived.connect(models.handle)
        self._bridges["downloads"].arrived.connect(queue.handle)
        self._bridges["downloads"].arrived.connect(self.engines.handle)
        # writing
        panes.composer.send_requested.connect(chat.send)
        panes.composer.stop_requested.connect(chat.stop)
        panes.transcript.example_requested.connect(panes.composer.show_text)
        panes.transcript.edit_requested.connect(self._edit)
        panes.transcript.regenerate_requested.connect(chat.regenerate)
        panes.transcript.branch_requested.connect(chat.show_branch)
        panes.tools.consent_answered.connect(chat.answer_consent)
        panes.tools.preview_requested.connect(chat.preview)
        panes.tools.undo_requested.connect(chat.undo)
        panes.tools.stop_requested.connect(chat.stop)
        panes.transcript.rounds_answered.connect(chat.answer_rounds)
        chat.told.connect(panes.tools.offer_undo_again)
        chat.message_taken.connect(panes.composer.clear_sent)
        chat.send_again_requested.connect(panes.composer.send)
        # questions to the person
        panes.transcript.consent_answered.connect(self.questions.answer)
        self.questions.consent_answered.connect(chat.answer_consent)
        chat.call_asks.connect(self.questions.show_call)
        chat.rounds_ask.connect(self.questions.show_rounds)
        chat.question_waits.connect(self.questions.show_waiting)
        chat.conversation_shown.connect(self.questions.refresh)
        # tools and their servers
        menus.servers_requested.connect(pages.show_servers)
        bridge, keeper, notices, news = self._bridges["tools"], self._keeper, self.notices, self.server_news
        connect_tools(bridge, self.tools, self.servers, self.conversation, chat, pages, keeper, notices, news)
        # what holds in one conversation
        panes.composer.options_requested.connect(self.desk.toggle_options)
        panes.composer.settings_requested.connect(chat.session.set_settings)
        self.desk.settings_requested.connect(chat.session.set_settings)
        self.desk.drop_requested.connect(chat.drop_oldest)
        self.desk.continue_requested.connect(chat.continue_in_new)
        panes.transcript.give_all_requested.connect(self.desk.give_all)
        self.settings.settings_changed.connect(self._show_given)
        chat.conversation_shown.connect(self.desk.show_conversation)
        # conversations
        panes.conversations.open_requested.connect(chat.open)
        panes.conversations.rename_requested.connect(chat.rename)
        panes.conversations.delete_requested.connect(chat.delete)
        panes.conversations.restore_requested.connect(chat.restore)
        panes.toolbar.new_requested.connect(self._new)
        menus.new_requested.connect(self._new)
        menus.rename_requested.connect(panes.conversations.rename_open)
        menus.delete_requested.connect(panes.conversations.delete_open)
        chat.conversation_shown.connect(panes.composer.show_conversation)
        chat.conversation_shown.connect(panes.conversations.show_open)
        chat.conversation_shown.connect(self._show_title)
        self.conversations.modelReset.connect(self._show_title)
        self.conversations.dataChanged.connect(self._show_title)
        # models
        panes.toolbar.models_requested.connect(pages.show_picker)
        menus.models_requested.connect(pages.show_picker)
        chat.model_needed.connect(pages.show_picker)
        panes.transcript.load_again_requested.connect(chat.load_again)
        self.choice.search_requested.connect(models.find_models)
        self.choice.judge_requested.connect(models.judge)
        self.choice.choose_requested.connect(chat.choose)
        self.choice.load_requested.connect(chat.load)
        self.choice.problem_found.connect(self.tell)
        pages.picker_opened.connect(self.choice.search)
        pages.picker_opened.connect(models.plan_anew)
        pages.picker_opened.connect(models.judge)
        pages.settings_opened.connect(models.judge)
        requests.load_requested.connect(chat.load)
        requests.cancel_load_requested.connect(chat.cancel_load)
        requests.unload_requested.connect(chat.unload)
        requests.open_folder_requested.connect(models.open_folder)
        requests.import_requested.connect(models.import_catalog)
        requests.search_hub_requested.connect(models.search_hub)
        requests.verify_requested.connect(queue.verify)
        requests.delete_requested.connect(models.delete)
        requests.token_given.connect(models.keep_token)
        requests.hub_changed.connect(self._keep_hub)
        models.models_found.connect(self.choice.load_first)
        models.models_found.connect(self.arrival.take_models)
        models.folder_inspected.connect(self.choice.take_folder)
        models.imported.connect(self.news.tell_imported)
        models.failed.connect(self.tell)
        queue.failed.connect(self.tell)
        # downloads
        panes.toolbar.downloads_requested.connect(pages.show_downloads)
        menus.downloads_requested.connect(pages.show_downloads)
        requests.plan_requested.connect(models.plan)
        requests.download_requested.connect(queue.start)
        requests.resume_requested.connect(queue.start)
        requests.pause_requested.connect(queue.pause)
        requests.cancel_requested.connect(queue.cancel)
        pages.other_hub_requested.connect(queue.use_other_hub)
        pages.token_requested.connect(models.plan_again)
        pages.token_requested.connect(pages.show_picker)
        pages.clear_downloads_requested.connect(queue.clear_finished)
        pages.load_folder_requested.connect(self.arrival.load_folder)
        queue.download_finished.connect(self.arrival.expect)
        queue.download_finished.connect(self._look_again)
        queue.model_verified.connect(self._look_again)
        queue.model_verified.connect(self.news.tell_verified)
        queue.download_failed.connect(self.news.tell_failed)
        models.token_kept.connect(queue.go_on_with_token)
        self.news.network_changed.connect(panes.status.show_network)
        # engines
        pages.picker_opened.connect(self.engines.plan_all)
        pages.settings_opened.connect(self.engines.plan_all)
        requests.engine_requested.connect(self.engines.install)
        requests.cancel_engine_requested.connect(self.engines.cancel)
        pages.remove_engine_requested.connect(self._remove_engine)
        self.engines.engine_installed.connect(self._use_engine)
        self.engines.engine_removed.connect(models.look_again)
        self.engines.planned.connect(self.arrival.take_engine_plan)
        self.engines.failed.connect(self.tell)
        self.arrival.engine_plan_requested.connect(self.engines.plan)
        self.arrival.engine_offer_requested.connect(pages.show_engine_offer)
        self.arrival.kernel_question_requested.connect(pages.show_kernel_question)
        # what `minim launch` asks for
        self.arrival.form_requested.connect(pages.show_form)
        self.arrival.judge_requested.connect(models.judge)
        self.arrival.plan_requested.connect(models.plan_again)
        self.arrival.start_requested.connect(queue.start)
        self.arrival.load_requested.connect(chat.load)
        self.arrival.problem_found.connect(self.tell)
        models.judged.connect(self.choice.load_first)
        models.judged.connect(self.arrival.go_on)
        models.judged.connect(self.arrival.take_models)
        models.planned.connect(self.arrival.take_plan)
        models.plan_failed.connect(self.arrival.give_up)
        models.token_kept.connect(self.arrival.try_again)
        # the window
        panes.transcript.reasoning_requested.connect(self._show_reasoning)
        panes.transcript.call_requested.connect(self._show_call)
        menus.find_requested.connect(panes.transcript.open_find)
        menus.sidebar_requested.connect(window.toggle_sidebar)
        menus.reasoning_requested.connect(window.toggle_reasoning)
        menus.tools_requested.connect(window.toggle_tools)
        menus.full_screen_requested.connect(window.toggle_full_screen)
        menus.minimize_requested.connect(window.showMinimized)
        menus.zoom_requested.connect(window.toggle_maximized)
        menus.stop_requested.connect(chat.stop)
        menus.settings_requested.connect(pages.show_settings)
        menus.about_requested.connect(pages.show_about)
        menus.close_requested.connect(window.close)
        menus.quit_requested.connect(window.close)
        window.closing.connect(self.close)
        self.state.turn_changed.connect(self._show_stoppable)
        self.state.model_changed.connect(self._show_stoppable)
        self.notices.load_requested.connect(chat.load)
        self.notices.load_again_requested.connect(chat.load_again)
        self.notices.open_requested.connect(chat.open)
        # preferences
        self.preferences.preferences_changed.connect(self._choose_hub)
        self.preferences.preferences_changed.connect(self._offer_always)
        self._keeper.failed.connect(self.tell)

    def _start_workers(self) -> None:
        if not self._ended:
            self.choice.begin()
            self.downloads.resume_all()
            self.workers["tools"].start()
            self.chat.session.list_tools()

    def _new(self) -> None:
        self.chat.new()
        self.panes.composer.field.setFocus()

    def _edit(self, message: int) -> None:
        row = self.conversation.row_of(message)
        if row >= 0:
            self.dialogs.edit_message(message, self.conversation.message_text(row), self.chat.edit)

    def _show_reasoning(self, row: int, part: int) -> None:
        self.window.show_reasoning()
        self.panes.reasoning.show_part(row, part)

    def _show_call(self, row: int, part: int) -> None:
        self.window.show_tools()
        self.panes.tools.show_call(row, part)

    def _show_title(self, *_: object) -> None:
        shown = self.conversation.conversation
        self.window.show_title(self.conversations.title_of(shown.id) if shown else "")

    def _show_given(self) -> None:
        self.panes.transcript.show_given(self.settings.settings.first_message)

    def _show_stoppable(self) -> None:
        self.menus.stop_action.setEnabled(self.state.stoppable)
        self.panes.transcript.offer_load_again(self.state.model_state == "crashed")

    def _keep_hub(self, hub: str) -> None:
        self.preferences.replace(hub=hub)

    def _look_again(self, download: Download) -> None:
        """Of a kernel, all models: any of them may need it."""
        is_model = download.ref.source.kind == "model"
        self.models.look_again(*((download.ref.model,) if is_model else ()))

    def _use_engine(self, engine: EngineName, model: ModelRef | None) -> None:
        """An engine was installed: what is loaded from now on may run in it, and the rows are judged with it."""
        self.chat.renew()
        self.models.look_again()
        self.arrival.take_engine(engine, model)

    def _remove_engine(self, engine: EngineName) -> None:
        """What is loaded may run in it."""
        if self.state.busy:
            self.chat.stop()
        if self.state.model_state in ("ready", "loading"):
            self.chat.unload()
        else:
            self.chat.renew()
        self.engines.remove(engine)

    def _offer_always(self, value: Preferences) -> None:
        self.panes.tools.may_allow_always = value.may_allow_always

    def _choose_hub(self, value: Preferences) -> None:
        moved = value.download_folder != self.catalog.download_folder
        self.catalog.show_choices(value.hub, value.mirror, value.download_folder)
        if moved:
            self.models.judge()  # another disk has other room


def open_store() -> ConversationStore:
    """The stored conversations. Raises MinimError if they cannot be opened."""
    return ConversationStore(data_folder() / "conversations.db")
