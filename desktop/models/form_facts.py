"""What stands behind a form and above its model: the facts that the picker shows on demand."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from backends.contract.catalog import JudgedForm, JudgedModel, launch_command
from backends.contract.models import EngineName
from desktop.models import fit_words, words
from desktop.models.catalog_model import CatalogModel, is_judged
from desktop.models.form_state import lacking_engine

translate = QCoreApplication.translate

_MOST_LANGUAGES = 4
_OWN_NAMES = {"en": "English", "zh": "中文", "es": "español", "pt": "português"}


def about(family: JudgedModel) -> str:
    """A model's facts in one line: parameters, context length, languages, abilities, licence."""
    spec = family.spec
    parts = [fit_words.parameters(family)]
    if spec.context_length:
        parts.append(translate("form_facts", "%s tokens of context") % words.tokens(spec.context_length))
    parts.append(languages(spec.languages))
    parts.append(", ".join(ability(name) for name in spec.abilities))
    if spec.license:
        # In one piece: "2.0" alone on a line says nothing.
        parts.append((translate("form_facts", "licence %s") % licence(spec.license)).replace(" ", "\u00a0"))
    if spec.downloads:
        parts.append(translate("form_facts", "downloaded %s times") % QLocale().toString(spec.downloads))
    if spec.gated:
        parts.append(translate("form_facts", "asks for an access token"))
    return " · ".join(part for part in parts if part)


def languages(codes: tuple[str, ...]) -> str:
    """Languages by their own names, the first few of many."""
    names = ", ".join(language(code) for code in codes[:_MOST_LANGUAGES])
    more = len(codes) - _MOST_LANGUAGES
    return translate("form_facts", "{0} and {1} more languages").format(names, more) if more > 0 else names


def licence(name: str) -> str:
    """A licence as people write it: "apache-2.0" → "Apache 2.0"."""
    known = {"mit": "MIT", "apache-2.0": "Apache 2.0", "gemma": "Gemma", "modified-mit": "Modified MIT"}
    return known.get(name.lower(), name)


def language(code: str) -> str:
    """A language by its own name: "zh" → "中文"."""
    if code in _OWN_NAMES:
        return _OWN_NAMES[code]
    locale = QLocale(code)
    return locale.nativeLanguageName() if locale.language() != QLocale.Language.C else code


def ability(name: str) -> str:
    """What a model can do, in words."""
    known = {
        "chat": translate("form_facts", "chat"),
        "tools": translate("form_facts", "tools"),
        "reasoning": translate("form_facts", "reasoning"),
        "hybrid": translate("form_facts", "reasoning on demand"),
        "vision": translate("form_facts", "vision"),
        "audio": translate("form_facts", "audio"),
        "omni": translate("form_facts", "speech and images"),
        "code": translate("form_facts", "code"),
        "coder": translate("form_facts", "code"),
        "generate": translate("form_facts", "completion"),
    }
    return known.get(name, name)


def behind(family: JudgedModel, form: JudgedForm, catalog: CatalogModel) -> list[tuple[str, str]]:
    """Names and values of all that is known of a form, in the order of reading."""
    verdict, offer = form.verdict, catalog.offer_of(form)
    rows = [(translate("form_facts", "Format"), _format_words(form))]
    if verdict.engine is not None:
        rows.append((translate("form_facts", "Engine"), _engine_words(form, verdict.engine, catalog)))
    if offer is not None:
        size, is_estimate = catalog.size_of(offer)
        rows.append((translate("form_facts", "Download"), _download_words(size, is_estimate)))
    if is_judged(verdict):
        rows += _fit_rows(form, catalog)
    if fit_words.speed(verdict):
        rows.append((translate("form_facts", "Speed"), _speed_words(form)))
    if fit_words.quality(verdict):
        rows.append((translate("form_facts", "Quality"), fit_words.quality(verdict)))
    if offer is not None and catalog.disk_free():
        rows.append((translate("form_facts", "Free disk"), fit_words.memory(catalog.disk_free())))
    repos = [other.source.repo for other in form.offers if offer is not None and other.source.hub == offer.source.hub]
    if repos:
        rows.append((translate("form_facts", "Repository"), repos[0]))
    if form.here:
        rows.append((translate("form_facts", "Folder"), form.here[0].ref.path))
    return rows


def _fit_rows(form: JudgedForm, catalog: CatalogModel) -> list[tuple[str, str]]:
    """What it was judged to be on this machine, and the kernel that this takes."""
    rows = [(translate("form_facts", "Fit"), fit_words.reason(form, catalog.hardware))]
    if form.verdict.memory_bytes:
        rows.append((translate("form_facts", "Memory needed"), _memory_words(form)))
        rows.append(("", fit_words.arithmetic(form.verdict)))
    if form.kernel is not None:
        lacking = translate("form_facts", "not here: without it the weights are turned into 16 bits")
        rows.append((translate("form_facts", "FP8 kernel"), form.kernel.path or lacking))
    return rows


def command(family: JudgedModel, form: JudgedForm) -> str:
    """What starts Minim with this form, to be pasted into a shell."""
    return launch_command(family.spec.name, form.form, form.verdict.engine)


def _format_words(form: JudgedForm) -> str:
    name = fit_words.format_name(form.form.format)
    return f"{name} (safetensors)" if form.form.format in ("pytorch", "awq") else name


def _engine_words(form: JudgedForm, engine: EngineName, catalog: CatalogModel) -> str:
    lacking = lacking_engine(form, catalog)
    return translate("form_facts", "{0}, not installed").format(lacking) if lacking is not None else engine


def _download_words(size: int, is_estimate: bool) -> str:
    text = fit_words.size_words(size, is_estimate)
    if not is_estimate:
        return text
    return translate("form_facts", "{0} (an estimate until the hub has answered)").format(text)


def _memory_words(form: JudgedForm) -> str:
    verdict = form.verdict
    text = translate("form_facts", "{0} with {1} tokens of context")
    return text.format(fit_words.memory(verdict.memory_bytes), words.tokens(verdict.judged_context))


def _speed_words(form: JudgedForm) -> str:
    bound = translate("form_facts", "{0}: memory bandwidth sets this bound")
    if form.verdict.limit_kind == "ram":
        bound = translate("form_facts", "{0}, by what was measured on a CPU")
    return bound.format(fit_words.speed(form.verdict))
