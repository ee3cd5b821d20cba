"""Which forms are on this machine, from whatever place, and what is here that no catalogue knows."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backends.catalog.fit import Here, judge
from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelSpec, Source
from backends.contract.models import EngineName, InstalledModel, ModelFormat, ModelRef, ModelSource

GIB = 1024**3
Spec = Callable[..., ModelSpec]
Machine = Callable[..., Hardware]


def installed(
    name: str,
    source: ModelSource = "huggingface",
    form: tuple[ModelFormat, str] = ("mlx", "4bit"),
    *,
    engine: EngineName | None = "MLX",
    size_bytes: int = 4 * 10**9,
    context_length: int = 0,
    problem: str = "",
) -> InstalledModel:
    ref = ModelRef(name, *form, source, f"/models/{name}")
    return InstalledModel(ref, engine, "swan", size_bytes, context_length, problem)


def one_model(models: tuple[JudgedModel, ...]) -> dict[str, JudgedForm]:
    [model] = models
    return {form.form.quantization: form for form in model.forms}


def test_the_hubs_own_size_counts(a_spec: Spec, mac: Machine) -> None:
    form = one_model(judge([a_spec("4bit")], mac(16), sizes={Source("modelscope", "org/swan-4bit"): 5 * 10**9}))["4bit"]
    assert form.verdict.weights_bytes == 5 * 10**9
    assert [(offer.download_bytes, offer.is_estimate) for offer in form.offers] == [
        (4_500_000_000, True),
        (5 * 10**9, False),
    ]


def test_what_a_hubs_cache_holds_is_its_form(a_spec: Spec, mac: Machine) -> None:
    model = installed("org/swan-4bit")
    found = one_model(judge([a_spec("4bit", "8bit")], mac(64), installed=[model]))
    assert found["4bit"].here == (model,)
    assert found["8bit"].here == ()
    assert [(offer.presence, offer.path) for offer in found["4bit"].offers] == [
        ("here", "/models/org/swan-4bit"),
        ("absent", ""),
    ]
    assert found["4bit"].verdict.weights_bytes == 4 * 10**9


def test_a_folder_is_a_form_by_its_name_format_and_quantization(a_spec: Spec, mac: Machine) -> None:
    right = installed("Swan-4bit", "folder")
    wrong = installed("swan-4bit", "folder", form=("mlx", "8bit"))
    models = judge([a_spec("4bit", "8bit")], mac(64), installed=[right, wrong])
    assert [model.spec.origin for model in models] == ["", "here"]
    assert {form.form.quantization: form.here for form in models[0].forms} == {"4bit": (right,), "8bit": ()}
    assert models[1].forms[0].here == (wrong,)


def test_the_same_repository_at_the_other_hub_is_the_form_too(a_spec: Spec, mac: Machine) -> None:
    both = [installed("org/swan-4bit", "modelscope"), installed("org/swan-4bit")]
    form = one_model(judge([a_spec("4bit")], mac(64), installed=both))["4bit"]
    assert len(form.here) == 2
    assert [offer.presence for offer in form.offers] == ["here", "here"]


def test_what_is_wrong_with_it_is_said(a_spec: Spec, mac: Machine) -> None:
    broken = installed("org/swan-4bit", engine=None, problem="A file is cut short.")
    form = one_model(judge([a_spec("4bit")], mac(64), installed=[broken]))["4bit"]
    assert (form.offers[0].presence, form.offers[0].problem) == ("damaged", "A file is cut short.")
    assert form.verdict.weights_bytes == 4_500_000_000  # not what is left of it
    awq = installed("org/swan-Int4", form=("awq", "Int4"), engine="Transformers")
    form = one_model(judge([a_spec("Int4", model_format="awq")], mac(64), installed=[awq]))["Int4"]
    assert (form.offers[0].presence, form.offers[0].problem) == ("here", "")


def test_a_whole_one_goes_before_a_damaged_one(a_spec: Spec, mac: Machine) -> None:
    broken = installed("org/swan-4bit", engine=None, problem="A file is cut short.")
    whole = installed("org/swan-4bit", "modelscope")
    form = one_model(judge([a_spec("4bit")], mac(64), installed=[broken, whole]))["4bit"]
    assert form.here == (whole, broken)


def test_what_the_downloads_know_goes_before_what_is_found(a_spec: Spec, mac: Machine) -> None:
    known = {
        Source("huggingface", "org/swan-4bit"): Here("damaged", "/cache/swan", "One file is missing."),
        Source("modelscope", "org/swan-4bit"): Here("disconnected", "/Volumes/Away/swan"),
    }
    form = one_model(judge([a_spec("4bit")], mac(64), here=known, installed=[installed("org/swan-4bit")]))["4bit"]
    assert [(offer.presence, offer.path, offer.problem) for offer in form.offers] == [
        ("damaged", "/cache/swan", "One file is missing."),
        ("disconnected", "/Volumes/Away/swan", ""),
    ]


def test_the_engine_of_what_no_catalogue_knows_is_the_one_that_reads_it(mac: Machine, cuda: Machine) -> None:
    plain = ("pytorch", "none")
    only_transformers = installed("me/heron", form=plain, engine="Transformers")
    [model] = judge([], mac(64), installed=[only_transformers])
    assert (model.forms[0].verdict.engine, model.forms[0].verdict.why) == ("Transformers", "engine_missing")
    [model] = judge([], mac(64), installed=[only_transformers], engines={"MLX", "Transformers"})
    assert (model.forms[0].verdict.engine, model.forms[0].verdict.why) == ("Transformers", "fits")
    [model] = judge([], cuda(1, 80), installed=[installed("me/heron", form=plain, engine="MLX")])
    assert model.forms[0].verdict.engine == "Transformers"


def test_models_that_no_catalogue_knows_are_judged_by_their_size(mac: Machine) -> None:
    small = installed("me/goose-4bit", context_length=8192)
    large = installed("me/ostrich", "folder", size_bytes=60 * 10**9)
    strange = installed("me/dodo", engine=None, problem="MLX does not know it.")
    found = {model.spec.name: model for model in judge([], mac(32), installed=[small, large, strange])}
    assert {name: model.forms[0].verdict.zone for name, model in found.items()} == {
        "me/goose-4bit": "fits",
        "me/ostrich": "will_not_load",
        "me/dodo": "no_engine",
    }
    goose = found["me/goose-4bit"]
    assert (goose.spec.origin, goose.spec.context_length, goose.best) == ("here", 8192, False)
    assert goose.forms[0].verdict.weights_bytes == 4 * 10**9
    assert goose.forms[0].offers[0].source == Source("huggingface", "me/goose-4bit")
    assert found["me/ostrich"].forms[0].offers == ()


def test_two_forms_of_one_name_are_one_model(mac: Machine) -> None:
    pair = [installed("goose", "folder"), installed("goose", "folder", form=("mlx", "8bit"))]
    [model] = judge([], mac(32), installed=pair)
    assert sorted(form.form.quantization for form in model.forms) == ["4bit", "8bit"]
    assert set(model.spec.forms) == {form.form for form in model.forms}


def test_the_built_in_model_is_found_in_each_quantization(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    pocket = [
        installed("Pocket M2", "builtin", ("mlx", f"{bits}bit"), size_bytes=3 * 10**6) for bits in (3, 4, 5, 6, 8)
    ]
    [model] = [model for model in judge(catalog, mac(8), installed=pocket) if model.spec.name == "Pocket M2"]
    assert {form.form.quantization: form.here for form in model.forms} == {
        one.ref.quantization: (one,) for one in pocket
    }
    assert all(form.verdict.zone == "fits" and form.offers == () for form in model.forms)
    assert not model.best


def test_the_pocket_is_best_where_nothing_else_fits(catalog: tuple[ModelSpec, ...]) -> None:
    tiny = Hardware("Apple M0", GIB, GIB // 2)
    assert judge(catalog, tiny)[0].spec.name == "Pocket M2"
    assert not judge(catalog, Hardware("Apple M0", GIB // 8, GIB // 16))[0].best


def test_of_forms_in_one_repository_the_quantization_decides(a_spec: Spec, mac: Machine) -> None:
    spec = a_spec("4bit", "8bit")
    place = (Source("huggingface", "org/swan"),)
    spec = replace(spec, forms=tuple(replace(form, sources=place) for form in spec.forms))
    model = installed("org/swan", form=("mlx", "8bit"))
    found = one_model(judge([spec], mac(64), installed=[model]))
    assert {name: form.here for name, form in found.items()} == {"4bit": (), "8bit": (model,)}
    other = installed("swan", "folder", ("awq", "8bit"))
    assert [one.spec.origin for one in judge([spec], mac(64), installed=[other])] == ["", "here"]
