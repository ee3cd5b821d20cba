"""The inside of the downloads worker: which models are on this machine."""

from __future__ import annotations

from typing import NoReturn

from backends.contract.commands import FindModels, InspectModel
from backends.contract.errors import MinimError
from backends.contract.events import Event, ModelInspected, ModelsChanged
from backends.storage.library import find_models, inspect_model
from backends.workers.serve import Request, serve


def main() -> NoReturn:
    """Be the downloads worker."""
    serve("downloads", carry_out)


def carry_out(request: Request) -> Event:
    """Carry out a command of the downloads worker."""
    match request.command:
        case FindModels(folders):
            return ModelsChanged(tuple(find_models(folders)))
        case InspectModel(folder):
            return ModelInspected(inspect_model(folder))
        case other:
            raise MinimError("bad_request", f"The downloads worker cannot do {type(other).__name__}.")
