"""Joins what is asked for on the tools' pages of the settings to who carries it out."""

from __future__ import annotations

from desktop.controllers.chat_session import ChatSession
from desktop.controllers.tool_desk import ToolDesk
from desktop.event_bridge import EventBridge
from desktop.models.conversation_model import ConversationModel
from desktop.models.tool_server_state import ToolServersState
from desktop.news.notice_desk import NoticeDesk
from desktop.news.server_news import ServerNews
from desktop.preference_keeper import PreferenceKeeper
from desktop.window.dialogs import Dialogs, show_folder


def connect_tools(
    bridge: EventBridge,
    desk: ToolDesk,
    servers: ToolServersState,
    conversation: ConversationModel,
    chat: ChatSession,
    pages: Dialogs,
    keeper: PreferenceKeeper,
    notices: NoticeDesk,
    news: ServerNews,
) -> None:
    """Join them; what goes wrong while no page is there to say it, the window says."""
    requests = pages.tool_requests
    bridge.arrived.connect(desk.handle)
    requests.servers_requested.connect(desk.look)
    requests.approve_requested.connect(desk.approve)
    requests.switch_requested.connect(desk.switch)
    requests.switch_tool_requested.connect(desk.switch_tool)
    requests.restart_requested.connect(desk.restart)
    requests.save_requested.connect(desk.save)
    requests.remove_requested.connect(desk.remove)
    requests.find_files_requested.connect(desk.find_files)
    requests.import_requested.connect(desk.import_file)
    requests.open_log_requested.connect(show_folder)
    requests.revoke_requested.connect(chat.revoke)
    requests.folders_changed.connect(keeper.keep)
    desk.tools_requested.connect(chat.list_tools)
    desk.keep_requested.connect(keeper.keep)
    chat.keep_requested.connect(keeper.keep)

    def tell(message: str, hint: str, is_error: bool) -> None:
        if is_error and (pages.settings is None or not pages.settings.isVisible()):
            notices.tell(message, hint)

    def tell_of_servers(message: str, hint: str) -> None:
        if pages.settings is None or not pages.settings.servers.isVisible():
            notices.tell_of_servers(message, hint)
        else:
            news.forget()

    def know_tools() -> None:
        conversation.know_tools(servers.tools)

    servers.told.connect(tell)
    news.told.connect(tell_of_servers)
    notices.read.connect(news.forget)
    notices.servers_requested.connect(pages.show_servers)
    servers.tools_changed.connect(know_tools)
