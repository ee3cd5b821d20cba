"""What a verdict of the catalogue says to a person: zone, reason, arithmetic, quality, speed."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QCoreApplication, QLocale

from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelForm, Verdict
from desktop.models import machine_words, words
from desktop.models.catalog_model import is_judged

translate = QCoreApplication.translate
LONG_CONTEXT = 32_000
"""Tokens that a long conversation takes."""


def form_name(form: ModelForm) -> str:
    """A form in the field's terms: "4-bit", "Original (FP8)", "Int4 (AWQ)"."""
    plain = form.quantization.lower() in ("none", "")
    match form.format:
        case "mlx" if not plain:
            return words.quantization_words(form.quantization)
        case "mlx":
            return translate("fit_words", "Not quantized")
        case "pytorch" if plain:
            return _original(form)
        case "pytorch":
            return f"{form.quantization}"
        case other:
            return f"{form.quantization} ({format_name(other)})" if not plain else format_name(other)


def format_name(format_: str) -> str:
    """A format as its makers write it: "awq" → "AWQ"."""
    return {"pytorch": "PyTorch", "ggufv2": "GGUF", "bnb": "bitsandbytes"}.get(format_, format_.upper())


def form_label(family: JudgedModel, form: ModelForm) -> str:
    """A form among those of its model: with its parameters where they come in several sizes."""
    if len({other.form.size_in_billions for other in family.forms}) < 2 or not form.size_in_billions:
        return form_name(form)
    return f"{_billions(form.size_in_billions)} · {form_name(form)}"


def size_words(count: int, is_estimate: bool) -> str:
    """Bytes to download; an estimate says so: "about 129 GB"."""
    return translate("fit_words", "about %s") % memory(count) if is_estimate else memory(count)


def memory(count: int) -> str:
    """Bytes with two or three digits that matter: "129 GB", "8.4 GB", "338 MB"."""
    lead = count
    while lead >= 1000:
        lead /= 1000
    digits = 1 if lead < 9.95 and count >= 1_000_000 else 0
    return QLocale().formattedDataSize(count, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def context(tokens: int) -> str:
    """A length of context in short: 94208 → "94k"."""
    if tokens >= 1_000_000:
        return f"{QLocale().toString(tokens / 1_000_000, 'f', 0 if tokens % 1_000_000 == 0 else 1)}M"
    return f"{tokens // 1000}k" if tokens >= 1000 else str(tokens)


def zone(verdict: Verdict) -> str:
    """The zone in a few words: "fits, 94k context"; "" of a form that nobody judged."""
    if is_judged(verdict) and verdict.zone == "fits" and verdict.max_context:
        return translate("fit_words", "fits, %s context") % context(verdict.max_context)
    return short_zone(verdict)


def short_zone(verdict: Verdict) -> str:
    """The zone without the context that it leaves room for: "fits"."""
    if not is_judged(verdict):
        return ""
    match verdict.zone:
        case "fits":
            return translate("fit_words", "fits")
        case "will_crawl":
            return translate("fit_words", "will crawl")
        case "will_not_load":
            return translate("fit_words", "will not load")
        case "no_engine":
            return _no_engine(verdict)


def reason(form: JudgedForm, hardware: Hardware) -> str:
    """Why a form is in its zone, with the numbers that decide it."""
    verdict = form.verdict
    needs, limit = memory(verdict.memory_bytes), memory(verdict.limit_bytes)
    match verdict.why:
        case "fits":
            text = translate("fit_words", "It fits, with up to {0} tokens of context.")
            return text.format(words.tokens(verdict.max_context))
        case "short_context":
            text = translate(
                "fit_words", "It fits, with room for no more than {0} tokens of context: short conversations only."
            )
            return text.format(words.tokens(verdict.max_context))
        case "over_working_set":
            text = translate(
                "fit_words",
                "It needs {0}, and Metal may use {1}: it would load and then write about a token every ten seconds.",
            )
            return text.format(needs, limit)
        case "offloaded":
            text = translate(
                "fit_words",
                "It needs {0}, and the GPUs have {1}: the rest would lie in the machine’s memory, and every token "
                "would wait for it.",
            )
            return text.format(needs, limit)
        case "slow_on_cpu":
            text = translate("fit_words", "It loads, but without a GPU a model of {0} writes very slowly.")
            return text.format(memory(verdict.weights_bytes))
        case "over_memory":
            text = translate("fit_words", "It needs {0}, and this machine has {1}.")
            return text.format(needs, machine_words.memory(hardware.memory_bytes) if hardware.memory_bytes else limit)
        case "needs_fp8":
            text = translate(
                "fit_words",
                "These GPUs have no FP8 units (compute capability 8.9 and newer): as bf16 it needs {0}; there are {1}.",
            )
            return text.format(needs, limit)
        case _:
            return _engine_reason(form)


def recommendation(form: JudgedForm, hardware: Hardware) -> str:
    """Why one row is recommended, and for what."""
    if hardware.working_set_bytes:
        whom = translate("fit_words", "Recommended for this Mac: {0}")
    elif hardware.cuda:
        whom = translate("fit_words", "Recommended for these GPUs: {0}")
    else:
        whom = translate("fit_words", "Recommended for this machine: {0}")
    if form.verdict.max_context >= LONG_CONTEXT:
        why = translate("fit_words", "the best quality that runs well and leaves room for a long conversation")
    else:
        why = translate("fit_words", "the best quality that fits")
    return whom.format(why)


def quality(verdict: Verdict) -> str:
    """What a quantization costs, "" where unknown."""
    match verdict.quality:
        case "original":
            return translate("fit_words", "The model as it was published")
        case "near_original":
            return translate("fit_words", "Close to the original")
        case "good":
            return translate("fit_words", "Good: differs from the original now and then")
        case "reduced":
            return translate("fit_words", "Reduced: more mistakes than the original, in code above all")
        case "poor":
            return translate("fit_words", "Poor: often another answer than the original’s")
        case "":
            return ""


def costs_quality(verdict: Verdict) -> bool:
    """Whether the quality has to be said where the form is picked."""
    return verdict.quality in ("reduced", "poor")


def speed(verdict: Verdict) -> str:
    """The bound that memory bandwidth sets: "at most 31 tokens/s"; "" where unknown."""
    rate = verdict.tokens_per_second
    if rate <= 0:
        return ""
    number = QLocale().toString(math.floor(rate)) if rate >= 10 else QLocale().toString(rate, "f", 1)
    return translate("fit_words", "at most %s tokens/s") % number


def arithmetic(verdict: Verdict) -> str:
    """The sum: weights, KV cache and overhead, and what they are held against."""
    sum_ = translate("fit_words", "{0} weights + {1} KV cache for {2} tokens + {3} overhead = {4}").format(
        memory(verdict.weights_bytes),
        memory(verdict.kv_bytes),
        words.tokens(verdict.judged_context),
        memory(verdict.overhead_bytes),
        memory(verdict.memory_bytes),
    )
    limit = limit_words(verdict)
    if not limit:
        return sum_
    return translate("fit_words", "{0}, against {1}").format(sum_, limit)


def limit_words(verdict: Verdict) -> str:
    """What a form is held against: "162 GB that Metal may use"."""
    limit = memory(verdict.limit_bytes)
    match verdict.limit_kind:
        case "working_set":
            return translate("fit_words", "%s that Metal may use") % limit
        case "cuda":
            return translate("fit_words", "%s of GPU memory") % limit
        case "ram":
            return translate("fit_words", "%s of memory") % limit
        case "":
            return ""


def load_warning(form: JudgedForm, hardware: Hardware) -> str:
    """What will happen when a form is loaded that does not fit; "" where nothing speaks against it."""
    if form.verdict.zone in ("fits", "no_engine"):
        return ""
    why = reason(form, hardware)
    if form.verdict.zone == "will_crawl":
        after = translate("fit_words", "Other apps may become slow meanwhile. Stop works at any time.")
    else:
        after = translate("fit_words", "Loading it will most likely end in an error.")
    return words.sentences(why, after)


def parameters(family: JudgedModel) -> str:
    """How many parameters a model has: "229B parameters, 10B active"; "" where unknown."""
    sizes = sorted({form.form.size_in_billions for form in family.forms if form.form.size_in_billions > 0})
    if not sizes:
        return ""
    if len(sizes) > 1:
        return translate("fit_words", "{0} to {1} parameters").format(_billions(sizes[0]), _billions(sizes[-1]))
    size, active = sizes[0], max(form.form.active_in_billions for form in family.forms)
    if 0 < active < size:
        both = translate("fit_words", "{0} parameters, {1} active")
        return both.format(_billions(size), _billions(active))
    return translate("fit_words", "%s parameters") % _billions(size)


def _billions(count: float) -> str:
    if count < 0.1:
        return f"{QLocale().toString(count * 1000, 'f', 0 if count >= 0.01 else 1)}M"
    return f"{QLocale().toString(count, 'f', 0 if count >= 100 or count == int(count) else 1)}B"


def _original(form: ModelForm) -> str:
    bytes_each = form.weights_bytes / (form.size_in_billions * 1e9) if form.size_in_billions else 2.0
    if bytes_each < 0.8:
        return translate("fit_words", "Original (4-bit)")
    if bytes_each < 1.3:
        return translate("fit_words", "Original (FP8)")
    return translate("fit_words", "Original")


def _no_engine(verdict: Verdict) -> str:
    match verdict.why:
        case "needs_metal":
            return translate("fit_words", "needs a Mac")
        case "needs_cuda":
            return translate("fit_words", "needs an NVIDIA GPU")
        case "engine_missing":
            return translate("fit_words", "engine not installed")
        case _:
            return translate("fit_words", "no engine here")


_RUNNERS = {
    "gguf": "llama.cpp", "ggufv2": "llama.cpp", "gptq": "vLLM", "fp4": "vLLM", "bnb": "vLLM", "fp8": "vLLM",
}  # fmt: skip


def _engine_reason(form: JudgedForm) -> str:
    format_ = form.form.format
    match form.verdict.why:
        case "needs_metal":
            return translate("fit_words", "MLX runs it, on a Mac with Apple silicon.")
        case "needs_cuda":
            return translate("fit_words", "Transformers runs it, on NVIDIA GPUs of compute capability 7.5 and newer.")
        case "engine_missing":
            text = translate(
                "fit_words",
                "It fits, with up to {0} tokens of context, once the {1} engine, which runs it, is installed.",
            )
            return text.format(words.tokens(form.verdict.max_context), form.verdict.engine)
        case _:
            text = translate("fit_words", "No engine of Minim reads {0}.").format(format_name(format_))
    runner = _RUNNERS.get(re.sub(r"[^a-z0-9]", "", format_.lower()), "")
    if not runner:
        return text
    other = translate("fit_words", "{0} does.").format(runner)
    return words.sentences(text, other)
