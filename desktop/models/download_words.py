"""How a download is told to a person: its state, its progress, what is left."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLocale

from backends.contract.catalog import ModelForm
from backends.contract.downloads import Download, DownloadRef
from backends.contract.models import Hub
from desktop.models import fit_words, words

translate = QCoreApplication.translate


def title(ref: DownloadRef) -> str:
    """The model and its form: "MiniMax-M2 · 4-bit"; of a kernel, what it is."""
    if ref.source.kind == "kernel":
        return translate("download_words", "%s · kernel for the GPU") % ref.model
    form = ModelForm(ref.format, ref.quantization, 0.0, 0.0, 0, ())
    return f"{ref.model} · {fit_words.form_name(form)}"


def hub_name(hub: Hub, endpoint: str = "") -> str:
    """A hub's own name; a mirror's is its host."""
    if endpoint:
        return endpoint.partition("://")[2].partition("/")[0] or endpoint
    return "Hugging Face" if hub == "huggingface" else "ModelScope"


def state(download: Download) -> str:
    """What becomes of the download now, with how far it is: one line."""
    if download.elsewhere:
        return _joined(translate("download_words", "Fetched by another Minim"), _amount(download))
    match download.state:
        case "queued":
            return _joined(
                translate("download_words", "Waiting for its turn"), _amount(download) if download.done_bytes else ""
            )
        case "asking":
            return translate("download_words", "Asking the hub for its files")
        case "running":
            return _running(download)
        case "paused":
            return _joined(translate("download_words", "Paused"), _amount(download))
        case "verifying":
            return _joined(translate("download_words", "Checking the files"), _amount(download))
        case "failed" if download.kind == "offline":
            return _joined(translate("download_words", "Waiting until the hub can be reached"), _amount(download))
        case "failed":
            return _joined(translate("download_words", "Stopped"), _amount(download) if download.done_bytes else "")
        case "finished":
            return _joined(
                translate("download_words", "Here"), words.size(download.total_bytes) if download.total_bytes else ""
            )


def percent(download: Download) -> int:
    """How much has come, from 0 to 100: 100 only when all has."""
    return math.floor(100 * download.done_bytes / download.total_bytes) if download.total_bytes else 0


def amount(done: int, total: int) -> str:
    """How much of how much: "12 of 129 GB", "0 of 1.9 MB"."""
    return (
        translate("download_words", "%s of %s") % (words.size(done), words.size(total)) if total else words.size(done)
    )


def speed(bytes_per_second: float) -> str:
    """ "48.0 MB/s"."""
    return translate("download_words", "%s/s") % words.size(round(bytes_per_second))


def time_left(seconds: float) -> str:
    """A time that is rounded as it is felt: "2 h 10 min left", "41 min left", "less than a minute left"; "" unknown."""
    if seconds < 0:
        return ""
    minutes = math.ceil(seconds / 60)
    if seconds < 55:
        return translate("download_words", "less than a minute left")
    if minutes < 60:
        return translate("download_words", "%s min left") % QLocale().toString(minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return translate("download_words", "%s h %s min left") % (QLocale().toString(hours), QLocale().toString(rest))
    return translate("download_words", "%s h left") % QLocale().toString(hours)


def _running(download: Download) -> str:
    if download.stalled:
        return _joined(_amount(download), translate("download_words", "nothing has come for a while, trying again"))
    rate = speed(download.bytes_per_second) if download.bytes_per_second else ""
    return _joined(_amount(download), rate, time_left(download.seconds_left))


def _amount(download: Download) -> str:
    return amount(download.done_bytes, download.total_bytes) if download.total_bytes else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
