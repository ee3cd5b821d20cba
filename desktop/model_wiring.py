"""Joins what is asked for about models: the picker, downloads, engines, `minim launch` and the first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.contract.downloads import Download
from backends.contract.models import EngineName, ModelRef
from desktop.widgets.model_requests import NAMES

if TYPE_CHECKING:
    from desktop.app import App


def connect_models(app: App) -> None:
    """Join them: from what a person chooses to what is fetched and loaded."""
    _models(app)
    _downloads(app)
    _engines(app)
    _launch(app)
    _first_run(app)


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
