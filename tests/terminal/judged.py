"""Judged models of the real catalogue for tests of words and choices, all of them fitting, 4-bit recommended."""

from __future__ import annotations

from backends.catalog.specs import built_in
from backends.contract.catalog import JudgedForm, JudgedModel, ModelForm, Offer, Verdict
from backends.contract.models import EngineName

ENGINES: dict[str, EngineName] = {"mlx": "MLX", "pytorch": "Transformers", "awq": "Transformers"}


def verdict_of(form: ModelForm, **changes: object) -> Verdict:
    told: dict[str, object] = {
        "zone": "fits",
        "why": "fits",
        "engine": ENGINES.get(form.format),
        "weights_bytes": form.weights_bytes,
        "overhead_bytes": 2 << 30,
        "kv_bytes": 0,
        "kv_bytes_per_token": 253_952,
        "memory_bytes": form.weights_bytes + (2 << 30),
        "limit_kind": "working_set",
        "limit_bytes": 144 << 30,
        "judged_context": 8192,
        "max_context": 94_400,
        "tokens_per_second": 31.0,
        "quality": "good",
    }
    return Verdict(**(told | changes))  # pyright: ignore[reportArgumentType]  # a table of the fields above


def judged_form(form: ModelForm) -> JudgedForm:
    offers = tuple(Offer(source, form.weights_bytes, True) for source in form.sources)
    return JudgedForm(form, verdict_of(form), offers, recommended=form.quantization == "4bit")


def judged_models() -> list[JudgedModel]:
    return [JudgedModel(spec, tuple(judged_form(form) for form in spec.forms)) for spec in built_in()]
