"""Joins the app's parts: which signal goes where is to be read here, theme by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.contract.downloads import Download
from backends.contract.models import EngineName, ModelRef
from backends.contract.preferences import Preferences
from desktop.tool_wiring import connect_tools
from desktop.widgets.model_requests import NAMES

if TYPE_CHECKING:
    from desktop.app import App


def connect(app: App) -> None:
    """Join all parts of a newly built app."""
    _workers(app)
    _writing(app)
    _questions(app)
    _options(app)
    _conversations(app)
    _models(app)
    _downloads(app)
    _engines(app)
    _launch(app)
    _outside(app)
    _first_run(app)
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


def _models(app: App) -> None:
    """The picker, and the model that is loaded."""
    panes, chat, menus, pages = app.panes, app.chat, app.menus, app.dialogs
    models, queue, requests = app.models, app.downloads, pages.requests
    panes.toolbar.models_requested.connect(pages.show_picker)
    menus.models_requested.connect(pages.show_picker)
    chat.model_needed.connect(pages.show_picker)
    panes.transcript.load_again_requested.connect(chat.load_again)
    app.choice.search_requested.connect(models.find_models)
    app.choice.judge_requested.connect(models.judge)
    app.choice.choose_requested.connect(chat.choose)
    app.choice.load_requested.connect(chat.load_as_before)
    app.choice.problem_found.connect(app.tell)
    pages.picker_opened.connect(app.choice.search)
    pages.picker_opened.connect(models.plan_anew)
    pages.picker_opened.connect(models.judge)
    pages.settings_opened.connect(models.judge)
    requests.load_requested.connect(chat.load)
    requests.load_requested.connect(app.arrival.take_choice)
    requests.cancel_load_requested.connect(chat.cancel_load)
    requests.unload_requested.connect(chat.unload)
    requests.open_folder_requested.connect(models.open_folder)
    requests.import_requested.connect(models.import_catalog)
    requests.search_hub_requested.connect(models.search_hub)
    requests.verify_requested.connect(queue.verify)
    requests.delete_requested.connect(models.delete)
    requests.token_given.connect(models.keep_token)
    requests.hub_changed.connect(models.keep_hub)
    models.models_found.connect(app.choice.load_first)
    models.models_found.connect(app.arrival.take_models)
    models.folder_inspected.connect(app.choice.take_folder)
    models.folder_inspected.connect(app.arrival.take_folder)
    models.folder_judged.connect(app.choice.take_judged)
    app.choice.folder_ready.connect(app.arrival.load_model)
    models.imported.connect(app.news.tell_imported)
    models.failed.connect(app.tell)
    queue.failed.connect(app.tell)


def _downloads(app: App) -> None:
    """Downloads."""
    panes, menus, pages = app.panes, app.menus, app.dialogs
    models, queue, requests = app.models, app.downloads, pages.requests

    def use_other_hub(download: Download) -> None:
        app.arrival.follow(download.ref, queue.use_other_hub(download))

    panes.toolbar.downloads_requested.connect(pages.show_downloads)
    menus.downloads_requested.connect(pages.show_downloads)
    requests.plan_requested.connect(models.plan)
    requests.download_requested.connect(queue.start)
    requests.resume_requested.connect(queue.start)
    requests.pause_requested.connect(queue.pause)
    requests.cancel_requested.connect(queue.cancel)
    pages.other_hub_requested.connect(use_other_hub)
    pages.token_requested.connect(models.plan_again)
    pages.token_requested.connect(pages.show_picker)
    pages.clear_downloads_requested.connect(queue.clear_finished)
    pages.load_folder_requested.connect(app.arrival.load_folder)
    queue.download_finished.connect(app.arrival.expect)
    queue.download_finished.connect(app.engine_desk.look_again)
    queue.model_verified.connect(app.engine_desk.look_again)
    queue.model_verified.connect(app.news.tell_verified)
    queue.download_failed.connect(app.news.tell_failed)
    models.token_kept.connect(queue.go_on_with_token)
    app.news.network_changed.connect(panes.status.show_network)


def _engines(app: App) -> None:
    """Engines that are installed and removed."""
    pages, models, requests = app.dialogs, app.models, app.dialogs.requests

    def use(engine: EngineName, model: ModelRef | None) -> None:
        app.engine_desk.use(engine, model or app.first_run.model_for(engine))

    pages.picker_opened.connect(app.engines.plan_all)
    pages.settings_opened.connect(app.engines.plan_all)
    requests.engine_requested.connect(app.engines.install)
    requests.cancel_engine_requested.connect(app.engines.cancel)
    pages.remove_engine_requested.connect(app.engine_desk.remove)
    app.engines.engine_installed.connect(use)
    app.engines.engine_removed.connect(models.look_again)
    app.engines.planned.connect(app.arrival.take_engine_plan)
    app.engines.planned.connect(app.choice.take_engine_plan)
    app.choice.engines_requested.connect(app.engines.plan_all)
    app.engines.failed.connect(app.tell)
    app.arrival.engine_plan_requested.connect(app.engines.plan)
    app.arrival.engine_offer_requested.connect(pages.show_engine_offer)
    app.arrival.kernel_question_requested.connect(pages.show_kernel_question)
    app.arrival.load_question_requested.connect(pages.show_load_question)


def _launch(app: App) -> None:
    """What `minim launch` asks for."""
    chat, pages, models, queue = app.chat, app.dialogs, app.models, app.downloads
    app.arrival.form_requested.connect(pages.show_form)
    app.arrival.judge_requested.connect(models.judge)
    app.arrival.plan_requested.connect(models.plan_again)
    app.arrival.start_requested.connect(queue.start)
    app.arrival.load_requested.connect(chat.load)
    app.arrival.problem_found.connect(app.tell)
    models.judged.connect(app.choice.load_first)
    models.judged.connect(app.arrival.go_on)
    models.judged.connect(app.arrival.take_models)
    models.planned.connect(app.arrival.take_plan)
    models.plan_failed.connect(app.arrival.give_up)
    models.token_kept.connect(app.arrival.try_again)


def _outside(app: App) -> None:
    """What other starts ask for, and folders that are dropped or opened with Minim."""
    app.outside.folder_requested.connect(app.choice.cancel)
    app.outside.folder_requested.connect(app.models.open_folder)
    app.outside.launch_requested.connect(app.launch)
    app.outside.problem_found.connect(app.tell)


def _first_run(app: App) -> None:
    """The page of the first run."""
    desk, pages, asked = app.first_run, app.dialogs.requests, app.first_run.requests

    def use_other_hub(download: Download) -> None:
        app.arrival.want(app.downloads.use_other_hub(download))

    for name in NAMES:
        getattr(asked, name).connect(getattr(pages, name))
    desk.judge_requested.connect(app.models.judge)
    desk.engines_requested.connect(app.engines.plan_all)
    desk.wanted.connect(app.arrival.want)
    desk.other_hub_requested.connect(use_other_hub)
    desk.token_requested.connect(app.dialogs.token_requested)
    app.menus.new_requested.connect(desk.leave)
    app.menus.welcome_requested.connect(desk.show)
    app.outside.folder_requested.connect(desk.leave)
    app.outside.launch_requested.connect(desk.leave)


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
