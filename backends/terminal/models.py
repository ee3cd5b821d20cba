"""The choice of `minim chat --model`: the built-in model, one that is here by its name, or a folder."""

from __future__ import annotations

from collections.abc import Sequence

from backends.contract.commands import FindModels, InspectModel
from backends.contract.errors import MinimError
from backends.contract.models import InstalledModel, ModelRef
from backends.terminal.asking import find, judge, place
from backends.terminal.catalog import whole_catalog
from backends.terminal.forms import find_model, same_quantization
from backends.terminal.workers import Workers

BUILT_IN = "pocket"
_USUAL = "4bit"


def choose_model(workers: Workers, model: str, quantization: str) -> ModelRef:
    """The model that was asked for: "pocket", a folder, or the name of one that is here.

    Raises MinimError if it is not there or cannot be loaded.
    """
    found = _built_in(workers) if model == BUILT_IN else _named(workers, model)
    name = found[0].ref.name
    fitting = found
    if quantization:
        exact = [one for one in found if one.ref.quantization.lower() == quantization.lower()]
        fitting = exact or [one for one in found if same_quantization(one.ref.quantization, quantization)]
    elif model == BUILT_IN:
        fitting = [one for one in found if one.ref.quantization == _USUAL]
    if not fitting:
        there = ", ".join(dict.fromkeys(one.ref.quantization for one in found))
        message = f"{name} has no quantization “{quantization or _USUAL}” on this machine."
        raise MinimError("bad_request", message, f"There are: {there}.")
    sound = next((one for one in fitting if not one.problem), None)
    if sound is None:
        raise MinimError("unsupported_model", fitting[0].problem, fitting[0].hint)
    return sound.ref


def _built_in(workers: Workers) -> Sequence[InstalledModel]:
    found = [one for one in find(workers, FindModels()) if one.ref.source == "builtin"]
    if not found:
        raise MinimError("not_a_model", "The built-in model is missing.", "Install Minim again.")
    return found


def _named(workers: Workers, model: str) -> Sequence[InstalledModel]:
    """What a folder holds, or the forms of a model that are here, those first that are recommended and sound."""
    folder = place(model)
    if folder.is_dir():
        return find(workers, InspectModel(str(folder.resolve())))
    if model.startswith(("/", "~", "./", "../")):
        hint = f"Name a folder that holds a model, or “{BUILT_IN}” for the built-in one."
        raise MinimError("not_a_model", f"There is no folder {folder}.", hint)
    judged = find_model(judge(workers, whole_catalog()).models, model)
    if judged is None:
        hint = f"Name one that `minim models` lists, a folder, or “{BUILT_IN}” for the built-in one."
        raise MinimError("not_a_model", f"There is no folder and no model “{model}”.", hint)
    forms = sorted(judged.forms, key=lambda form: (not form.recommended, form.verdict.zone != "fits"))
    found = [installed for form in forms for installed in form.here]
    if not found:
        hint = f"Fetch it first: minim download {judged.spec.name}"
        raise MinimError("not_a_model", f"{judged.spec.name} is not on this machine.", hint)
    return found
