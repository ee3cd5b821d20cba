"""What the buttons of a picker's row do in each state, and what is asked before that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from backends.contract.catalog import JudgedForm, JudgedModel
from backends.contract.downloads import Download
from backends.contract.models import EngineName, ModelRef
from desktop.models import fit_words, row_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.form_state import FormState, installed, lacking_engine
from desktop.widgets.model_requests import ModelRequests

translate = QCoreApplication.translate


class Ask(Protocol):
    """Asks in place: the words, the way on, the way back, and what is done then; `other` is a second way on."""

    def __call__(
        self,
        words: str,
        accept: str,
        reject: str,
        then: Callable[[], object],
        other: str = "",
        then_other: Callable[[], object] = ...,
    ) -> None: ...


_MUCH = 1_000_000_000
"""From so many bytes on, throwing away what came is asked about."""


class RowActions:
    """Emits through `requests`; `title` names the form in its questions."""

    def __init__(
        self,
        family: JudgedModel,
        form: JudgedForm,
        catalog: CatalogModel,
        requests: ModelRequests,
        title: str,
        ask: Ask,
    ) -> None:
        self._family, self._form, self._catalog, self._requests = family, form, catalog, requests
        self._title = title
        self._ask = ask

    @property
    def can_delete(self) -> bool:
        """Whether there are files that are not Minim's own."""
        return bool(self._folder()) and all(copy.ref.source != "builtin" for copy in self._form.here)

    def press(self, state: FormState, download: Download | None) -> None:
        """The row's button, in a state."""
        match state:
            case "absent":
                self.ask_to_download()
            case "fetching" | "verifying" if download is not None:
                self._requests.pause_requested.emit(download.ref.id)
            case "paused" | "failed" if download is not None:
                self._requests.resume_requested.emit(download.ref)
            case "here":
                self._load()
            case "loading":
                self._requests.cancel_load_requested.emit()
            case "loaded":
                self._requests.unload_requested.emit()
            case "damaged":
                self.verify()
            case _:
                self._press_engine(state)

    def press_second(self, download: Download | None) -> None:
        """The button beside it: give a download up."""
        if download is None:
            return
        id_, emit = download.ref.id, self._requests.cancel_requested.emit
        if download.done_bytes < _MUCH:
            emit(id_)
            return
        accept, reject = translate("RowActions", "Cancel the download"), translate("RowActions", "Keep")
        self._ask(row_words.cancel_question(download), accept, reject, lambda: emit(id_))

    def ask_to_download(self) -> None:
        """Fetch the form; what would be regretted, and code that comes with it, is asked about before."""
        ref = self._catalog.ref_of(self._family, self._form)
        if ref is None:
            return
        emit = self._requests.download_requested.emit
        warning = row_words.download_warning(self._form, self._catalog)
        kernel = self._catalog.kernel_of(self._form)
        reject = translate("RowActions", "Don’t download")
        if warning:
            self._ask(warning, translate("RowActions", "Download anyway"), reject, lambda: emit(ref))
        elif kernel is not None:
            words = row_words.kernel_question(kernel, self._catalog)
            accept, other = translate("RowActions", "With the kernel"), translate("RowActions", "Without it")
            # The kernel first: it is small, and the model can be loaded as soon as it has come itself.
            self._ask(words, accept, reject, lambda: (emit(kernel), emit(ref)), other, lambda: emit(ref))
        else:
            emit(ref)

    def ask_for_kernel(self) -> None:
        """Fetch the kernel for a form that came without it."""
        kernel = self._catalog.kernel_of(self._form)
        if kernel is None:
            return
        words = row_words.kernel_question(kernel, self._catalog, alone=True)
        accept, reject = translate("RowActions", "Fetch"), translate("RowActions", "Don’t fetch")
        self._ask(words, accept, reject, lambda: self._requests.download_requested.emit(kernel))

    def ask_to_install(self, engine: EngineName | None) -> None:
        """Offer an engine: this form's own, or another that a person named. Nothing is asked where it cannot be."""
        if engine is None or not self._catalog.engines.can_install(engine):
            return
        words = row_words.install_question(self._form, engine, self._catalog)
        accept, reject = translate("RowActions", "Install and load"), translate("RowActions", "Don’t install")
        self._ask(words, accept, reject, lambda: self._install(engine))

    def ask_to_load(self, model: ModelRef) -> None:
        """Say what speaks against loading this copy, and ask; nothing where nothing does."""
        warning = fit_words.load_warning(self._form, self._catalog.hardware)
        if warning:
            accept, reject = translate("RowActions", "Load anyway"), translate("RowActions", "Don’t load")
            self._ask(warning, accept, reject, lambda: self._requests.load_requested.emit(model))

    def ask_to_delete(self) -> None:
        """Delete the copy that is here."""
        folder = self._folder()
        words = row_words.delete_question(self._title, self._form, self._catalog)
        emit = self._requests.delete_requested.emit
        self._ask(words, translate("RowActions", "Delete"), translate("RowActions", "Keep"), lambda: emit(folder))

    def ask_to_delete_kernel(self) -> None:
        """Delete the kernel that this form uses."""
        kernel = self._catalog.kernel_here(self._form)
        if kernel is None:
            return
        words, emit = row_words.delete_kernel_question(kernel, self._catalog), self._requests.delete_requested.emit
        self._ask(words, translate("RowActions", "Delete"), translate("RowActions", "Keep"), lambda: emit(kernel.path))

    def verify(self) -> None:
        """Check the files against the hub that they came from."""
        there = next((offer for offer in self._form.offers if offer.presence in ("damaged", "here")), None)
        ref = self._catalog.ref_of(self._family, self._form, there)
        if ref is not None:
            self._requests.verify_requested.emit(ref)

    def _press_engine(self, state: FormState) -> None:
        match state:
            case "engine_missing":
                self.ask_to_install(lacking_engine(self._form, self._catalog))
            case "engine_failed":
                self._install(lacking_engine(self._form, self._catalog))
            case "engine_coming":
                self._requests.cancel_engine_requested.emit()
            case _:
                pass

    def _load(self) -> None:
        copy = installed(self._form)
        if copy is None:
            return
        if fit_words.load_warning(self._form, self._catalog.hardware):
            self.ask_to_load(copy.ref)
        else:
            self._requests.load_requested.emit(copy.ref)

    def _install(self, engine: EngineName | None) -> None:
        copy = installed(self._form)
        self._requests.engine_requested.emit(engine, copy.ref if copy is not None else None)

    def _folder(self) -> str:
        copy = installed(self._form)
        return copy.ref.path if copy is not None else next((o.path for o in self._form.offers if o.path), "")
