"""The catalogue's models: Minim's own from resources/catalog, and a person's Xinference JSON, one family or many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

import resources
from backends.catalog.kv_cache import kv_bytes_of_config
from backends.catalog.quantization import FP8_BITS, MXFP4_BITS, PLAIN_BITS, bits_per_weight
from backends.catalog.spec_schema import Family, HubSource, Spec, convert_family, convert_spec, parsed_billions
from backends.contract.catalog import ModelForm, ModelSpec, Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub

CATALOG_FOLDER = Path(resources.__file__).resolve().parent / "catalog"
_OWN_FILES = ("minimax.json", "chat.json", "pocket.json")  # the order in which models of the same worth are shown
_HUBS: tuple[Hub, ...] = ("huggingface", "modelscope")
_FP8_CLASSES = {"MiniMaxM2ForCausalLM", "DeepseekV3ForCausalLM", "DeepseekV32ForCausalLM"}
_DEFAULT_CONTEXT = 2048  # what Xinference takes where a family names none
_WHAT_IS_EXPECTED = (
    "Expected is the JSON of Xinference's model specs: an object with model_name, model_ability and model_specs, "
    "or a list of such objects."
)


def built_in() -> tuple[ModelSpec, ...]:
    """Minim's own catalogue: MiniMax's models, other chat models with the most capable first, and Pocket M2."""
    models: list[ModelSpec] = []
    for name in _OWN_FILES:
        models += read_specs((CATALOG_FOLDER / name).read_bytes(), name, "")[0]
    return tuple(models)


def read_specs(data: bytes, where: str, origin: str) -> tuple[tuple[ModelSpec, ...], tuple[str, ...]]:
    """The chat models in `data`, and for each thing that was left out words that say why.

    `where` names the file in messages; `origin` becomes that of the models. Unknown keys are passed over, and formats
    that no engine of Minim reads become forms all the same. Raises MinimError("bad_request") with file and line if
    this is no JSON, or JSON of another kind.
    """
    models: list[ModelSpec] = []
    left_out: list[str] = []
    families = 0
    for line, entry in _entries(data, where):
        families += _is_family(entry)
        place = f"{where}, line {line}"
        try:
            model = _model(convert_family(entry), origin, place, left_out)
        except msgspec.ValidationError as error:
            left_out.append(f"{place}: {_name(entry)} was left out: {_plain(error)}.")
            continue
        if model is not None:
            models.append(model)
    if not families:
        raise _no_schema(where, 1)
    return tuple(models), tuple(left_out)


def merged(specs: Sequence[ModelSpec]) -> tuple[ModelSpec, ...]:
    """Each model once: what a later one of the same name adds are the forms that the first one lacks."""
    found: dict[str, ModelSpec] = {}
    for spec in specs:
        key = spec.name.casefold()
        first = found.get(key)
        if first is None:
            found[key] = spec
            continue
        known = {_key(form) for form in first.forms}
        more = tuple(form for form in spec.forms if _key(form) not in known)
        found[key] = msgspec.structs.replace(first, forms=first.forms + more)
    return tuple(found.values())


def _key(form: ModelForm) -> tuple[str, str, float]:
    return form.format, form.quantization.casefold(), form.size_in_billions


def _entries(data: bytes, where: str) -> Iterator[tuple[int, object]]:
    """Line and value of each element of a list, or of the one value."""
    try:
        text = data.decode("utf-8-sig")
        decoder = json.JSONDecoder()
        start = _skip(text, 0)
        if text[start : start + 1] != "[":
            value: object = json.loads(text)
            if not isinstance(value, dict):
                raise _no_schema(where, _line(text, start))
            yield _line(text, start), value
            return
        json.loads(text)  # the whole of it first: nothing is taken out of half a file
        start = _skip(text, start + 1)
        entry: object
        while text[start] != "]":
            entry, end = decoder.raw_decode(text, start)
            yield _line(text, start), entry
            start = _skip(text, end)
            start = _skip(text, start + 1) if text[start] == "," else start
    except json.JSONDecodeError as error:
        message = f"{where}, line {error.lineno}, column {error.colno}: this is no JSON ({error.msg})."
        raise MinimError("bad_request", message, _WHAT_IS_EXPECTED) from error
    except (UnicodeDecodeError, RecursionError) as error:
        line = data[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        raise MinimError(
            "bad_request", f"{where}, line {line}: this is no JSON in UTF-8.", _WHAT_IS_EXPECTED
        ) from error


def _skip(text: str, start: int) -> int:
    """The first character from `start` on that is no white space."""
    while start < len(text) and text[start] in " \t\r\n":
        start += 1
    return start


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _no_schema(where: str, line: int) -> MinimError:
    return MinimError("bad_request", f"{where}, line {line}: there are no model specs in this file.", _WHAT_IS_EXPECTED)


def _is_family(entry: object) -> bool:
    return isinstance(entry, dict) and "model_specs" in entry


def _name(entry: object) -> str:
    name = cast("dict[str, object]", entry).get("model_name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and name else "an entry"


def _plain(error: msgspec.ValidationError) -> str:
    """msgspec's words ("Expected `int`, got `str` - at `$.context_length`") without its marks."""
    return str(error).replace("`$.", "").replace("`", "")


def _model(family: Family, origin: str, place: str, left_out: list[str]) -> ModelSpec | None:
    """A family as the rest of the house knows it; None with words in `left_out` if there is nothing to chat with."""
    name = family.model_name.strip()
    if not name:
        left_out.append(f"{place}: an entry was left out: its model_name is empty.")
        return None
    if "chat" not in (family.model_ability or ()):
        left_out.append(f"{place}: {name} was left out: it is no chat model.")
        return None
    forms: dict[tuple[str, str, float], ModelForm] = {}
    for number, entry in enumerate(family.model_specs):
        try:
            for form in _forms(convert_spec(entry), family, origin):
                first = forms.get(_key(form))
                forms[_key(form)] = form if first is None else _with_sources(first, form.sources)
        except (msgspec.ValidationError, ValueError) as error:
            words = _plain(error) if isinstance(error, msgspec.ValidationError) else str(error)
            left_out.append(f"{place}: {name}, model_specs[{number}] was left out: {words}.")
    if not forms:
        left_out.append(f"{place}: {name} was left out: none of its model_specs can be used.")
        return None
    return ModelSpec(
        name=name,
        description=(family.model_description or "").strip(),
        context_length=max(family.context_length or _DEFAULT_CONTEXT, 1),
        languages=tuple(family.model_lang),
        abilities=tuple(family.model_ability or ()),
        forms=tuple(forms.values()),
        kv_bytes_per_token=family.kv_bytes_per_token,
        license=family.license,
        origin=origin,
    )


def _with_sources(form: ModelForm, more: Sequence[Source]) -> ModelForm:
    """The form with the sources of those hubs that it did not have yet."""
    hubs = {source.hub for source in form.sources}
    return msgspec.structs.replace(form, sources=form.sources + tuple(one for one in more if one.hub not in hubs))


def _forms(spec: Spec, family: Family, origin: str) -> Iterator[ModelForm]:
    """A form for each quantization of a spec; raises ValueError in words if there is none."""
    size = parsed_billions(spec.model_size_in_billions)
    parameters = spec.parameters_in_billions or size
    active = min(parsed_billions(spec.activated_size_in_billions or size), size)
    hubs = _hubs(spec)
    general = spec.quantizations or ([spec.quantization] if spec.quantization else [])
    quantizations = list(dict.fromkeys(name for _, source in hubs for name in source.quantizations or general))
    quantizations = quantizations or general
    if not hubs and origin:  # of Minim's own, the built-in model lies at no hub
        raise ValueError(
            "its weights lie in a folder (model_uri): add that folder in the settings instead"
            if spec.model_uri
            else "neither Hugging Face nor ModelScope has it"
        )
    if not quantizations:
        raise ValueError("it names no quantizations")
    for quantization in quantizations:
        sources = tuple(
            Source(hub, source.model_id.replace("{quantization}", quantization), _revision(source))
            for hub, source in hubs
            if quantization in (source.quantizations or general)
        )
        bits = _published_bits(family, spec, quantization, size)
        yield ModelForm(
            format=spec.model_format.casefold(),
            quantization=quantization,
            size_in_billions=size,
            active_in_billions=active,
            weights_bytes=spec.weights_bytes.get(quantization) or round(parameters * 1e9 * bits / 8),
            sources=sources,
            kv_bytes_per_token=spec.kv_bytes_per_token or _kv_bytes(hubs, quantization),
        )


def _hubs(spec: Spec) -> list[tuple[Hub, HubSource]]:
    """The hubs a spec names, of those that Minim knows; the flat shape is read as one hub."""
    if spec.model_src:
        return [(hub, msgspec.convert(spec.model_src[hub], HubSource)) for hub in _HUBS if spec.model_src.get(hub)]
    hub = spec.model_hub or "huggingface"
    if not spec.model_id or hub not in _HUBS:
        return []
    return [(hub, HubSource(spec.model_id, model_revision=spec.model_revision))]


def _revision(source: HubSource) -> str:
    """The revision, "" for the default branch, which is "main" on the one hub and "master" on the other."""
    revision = source.model_revision or ""
    return "" if revision in ("main", "master") else revision


def _published_bits(family: Family, spec: Spec, quantization: str, size: float) -> float:
    """Bits a weight, also where a publisher's original is smaller than 16 bits and the spec only says "none"."""
    bits = bits_per_weight(spec.model_format.casefold(), quantization)
    if bits != PLAIN_BITS or spec.model_format != "pytorch":
        return bits
    classes = set(family.architectures or ())
    if "MiniMaxM2ForCausalLM" in classes or (
        classes & {"DeepseekV3ForCausalLM", "DeepseekV32ForCausalLM"} and size > 600
    ):
        return FP8_BITS
    return MXFP4_BITS if "GptOssForCausalLM" in classes else bits


def _kv_bytes(hubs: Sequence[tuple[Hub, HubSource]], quantization: str) -> int:
    """KV cache a token from what newer lists say of a repository's config.json, 0 where they say nothing."""
    for _, source in hubs:
        config = (source.model_metadata_by_quantization or {}).get(quantization) or source.model_metadata or {}
        if found := kv_bytes_of_config(config):
            return found
    return 0
