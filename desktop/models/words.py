"""How numbers are written for a person, in the language of the interface."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QLocale

from backends.contract.models import ModelRef


def tokens(count: int) -> str:
    """A count with the locale's grouping: 196608 → "196,608"."""
    return QLocale().toString(count)


def size(count: int) -> str:
    """Bytes in decimal units, as hubs and the system's file browsers count them: 1900000 → "1.9 MB"."""
    precision = 0 if count < 1_000_000 else 1 if count < 100_000_000_000 else 0
    return QLocale().formattedDataSize(count, precision, QLocale.DataSizeFormat.DataSizeSIFormat)


def duration(seconds: float) -> str:
    """Hours, minutes and seconds as a clock shows them: 12.3 → "0:12", 3725 → "1:02:05"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def tooltip(text: str) -> str:
    """A tooltip that shows `text` as it is: Qt would read a title with tags in it as HTML, and load its images."""
    return "<span>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</span>" if text else ""


def sentences(*said: str) -> str:
    """Sentences one after the other, with a space between them where the first does not bring its own: "。" does."""
    text = ""
    for sentence in filter(None, said):
        text += sentence if not text or text.endswith("。") else f" {sentence}"
    return text


def model_name(ref: ModelRef) -> str:
    """A model by its own name, without whose repository it is and in which form, which is shown beside it.

    "mlx-community/MiniMax-M2-4bit" → "MiniMax-M2".
    """
    name = ref.name.rpartition("/")[2]
    forms = "|".join(("mlx", "awq", *([re.escape(ref.quantization)] if ref.quantization not in ("", "none") else [])))
    return re.sub(rf"(?:[-_](?:{forms}))+$", "", name, flags=re.IGNORECASE) or name


def quantization(ref: ModelRef) -> str:
    """A form in the field's terms: "4-bit", "Int4 (AWQ)", or "not quantized"."""
    if ref.quantization in ("none", ""):
        return QCoreApplication.translate("words", "not quantized")
    if ref.format == "awq":
        return f"{ref.quantization} (AWQ)"
    return quantization_words(ref.quantization)


def quantization_words(quantization: str) -> str:
    """How a quantization is shown: "4bit" → "4-bit", "none" → "bf16" stays with the caller."""
    match = re.fullmatch(r"(?:int|q)?(\d+)[-_]?(?:bits?)?", quantization, re.IGNORECASE)
    return f"{match.group(1)}-bit" if match else quantization
