"""Joins the app's parts: which signal goes where is to be read here, theme by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.contract.preferences import Preferences
from desktop.model_wiring import connect_models
from desktop.tool_wiring import connect_tools

if TYPE_CHECKING:
    from desktop.app import App


def connect(app: App) -> None:
    """Join all parts of a newly built app."""
    _workers(app)
    _writing(app)
    _questions(app)
    _options(app)
    _conversations(app)
    _outside(app)
    connect_models(app)
    _window(app)
    _background(app)
    _preferences(app)
    _tools(app)


def _workers(app: App) -> None:
    """What the workers say goes to the sessions."""
    chat, models, queue = app.chat, app.models, app.downloads
    app.bridges["engine"].arrived.connect(chat.handle_engine)
    app.bridges["tools"].arrived.connect(chat.handle_tools)
    app.bridges["downloads"].arrived.connect(models.handle)
    app.bridges["downloads"].arrived.connect(queue.handle)
    app.bridges["downloads"].arrived.connect(app.engines.handle)


def _writing(app: App) -> None:
    """Composer, transcript and calls."""
    panes, chat = app.panes, app.chat
    panes.composer.send_requested.connect(chat.send)
    panes.composer.stop_requested.connect(chat.stop)
    panes.transcript.example_requested.connect(panes.composer.show_text)
    panes.transcript.edit_requested.connect(app.window_desk.edit)
    panes.transcript.regenerate_requested.connect(chat.regenerate)
    panes.transcript.branch_requested.connect(chat.show_branch)
    panes.tools.consent_answered.connect(chat.answer_consent)
    panes.tools.preview_requested.connect(chat.preview)
    panes.tools.undo_requested.connect(chat.undo)
    panes.tools.stop_requested.connect(chat.stop)
    panes.transcript.rounds_answered.connect(chat.answer_rounds)
    chat.told.connect(panes.tools.offer_undo_again)
    chat.message_taken.connect(panes.composer.clear_sent)
    chat.message_taken.connect(app.drafts.keep)
    app.drafts.failed.connect(app.tell)
    chat.send_again_requested.connect(panes.composer.send)


def _questions(app: App) -> None:
    """What waits for the person."""
    panes, chat = app.panes, app.chat
    panes.transcript.consent_answered.connect(app.questions.answer)
    app.questions.consent_answered.connect(chat.answer_consent)
    chat.call_asks.connect(app.questions.show_call)
    chat.rounds_ask.connect(app.questions.show_rounds)
    chat.question_waits.connect(app.questions.show_waiting)
    chat.conversation_shown.connect(app.questions.refresh)


def _options(app: App) -> None:
    """What holds in one conversation."""
    panes, chat = app.panes, app.chat
    panes.composer.options_requested.connect(app.desk.toggle_options)
    panes.composer.settings_requested.connect(chat.session.set_settings)
    app.desk.settings_requested.connect(chat.session.set_settings)
    app.desk.drop_requested.connect(chat.drop_oldest)
    app.desk.continue_requested.connect(chat.continue_in_new)
    panes.transcript.give_all_requested.connect(app.desk.give_all)
    app.settings.settings_changed.connect(app.window_desk.show_given)
    chat.conversation_shown.connect(app.desk.show_conversation)


def _conversations(app: App) -> None:
    """The list of conversations."""
    panes, chat, menus = app.panes, app.chat, app.menus
    panes.conversations.open_requested.connect(chat.open)
    panes.conversations.rename_requested.connect(chat.rename)
    panes.conversations.delete_requested.connect(chat.delete)
    panes.conversations.restore_requested.connect(chat.restore)
    panes.conversations.removal_requested.connect(chat.session.remove)
    panes.toolbar.new_requested.connect(app.window_desk.new)
    menus.new_requested.connect(app.window_desk.new)
    menus.rename_requested.connect(panes.conversations.rename_open)
    menus.delete_requested.connect(panes.conversations.delete_open)
    chat.conversation_shown.connect(app.drafts.show_conversation)
    chat.conversation_shown.connect(panes.conversations.show_open)
    chat.conversation_shown.connect(app.window_desk.show_title)
    chat.conversation_shown.connect(app.menus.show_conversation)
    app.conversations.modelReset.connect(app.window_desk.show_title)
    app.conversations.dataChanged.connect(app.window_desk.show_title)


def _outside(app: App) -> None:
    """What other starts ask for, and folders that are dropped or opened with Minim."""
    app.outside.folder_requested.connect(app.choice.cancel)
    app.outside.folder_requested.connect(app.models.open_folder)
    app.outside.launch_requested.connect(app.launch)
    app.outside.problem_found.connect(app.tell)


def _window(app: App) -> None:
    """Menus, panes and notices."""
    panes, chat, window, menus, pages = app.panes, app.chat, app.window, app.menus, app.dialogs
    panes.transcript.reasoning_requested.connect(app.window_desk.show_reasoning)
    panes.transcript.call_requested.connect(app.window_desk.show_call)
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
    menus.acknowledgements_requested.connect(pages.show_acknowledgements)
    menus.report_requested.connect(app.reports.show)
    menus.close_requested.connect(window.close)
    menus.window_requested.connect(app.leaving.show_window)
    menus.quit_requested.connect(app.leaving.quit)
    app.leaving.ended.connect(app.close)
    app.state.turn_changed.connect(app.window_desk.show_stoppable)
    app.state.model_changed.connect(app.window_desk.show_stoppable)
    app.notices.load_requested.connect(chat.load)
    app.notices.load_again_requested.connect(chat.load_again)
    app.notices.open_requested.connect(chat.open)


def _background(app: App) -> None:
    """What goes on while nobody looks."""
    chat, queue, news = app.chat, app.downloads, app.outside_news
    chat.answer_changed.connect(app.activity.take_answer)
    chat.answer_changed.connect(news.take_answer)
    chat.question_waits.connect(app.activity.take_question)
    queue.download_finished.connect(news.take_finished)
    queue.download_failed.connect(news.take_failed)
    news.conversation_requested.connect(chat.open)
    news.downloads_requested.connect(app.dialogs.show_downloads)


def _preferences(app: App) -> None:
    """What follows the preferences."""

    def offer_always(value: Preferences) -> None:
        app.panes.tools.may_allow_always = value.may_allow_always

    app.preferences.preferences_changed.connect(app.models.follow)
    app.preferences.preferences_changed.connect(offer_always)
    offer_always(app.preferences.value)
    app.keeper.failed.connect(app.tell)


def _tools(app: App) -> None:
    """Tools and their servers."""
    pages, keeper, notices, news = app.dialogs, app.keeper, app.notices, app.server_news
    app.menus.servers_requested.connect(pages.show_servers)
    bridge = app.bridges["tools"]
    connect_tools(bridge, app.tools, app.servers, app.conversation, app.chat, pages, keeper, notices, news)
