"""The models that are on this machine, by family: what the model picker shows."""

from __future__ import annotations

import re

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from backends.contract.models import POCKET, InstalledModel, ModelRef


class Family(Struct, frozen=True):
    """One model in all forms that are here, smallest first."""

    name: str
    source: str
    forms: tuple[InstalledModel, ...]


class CatalogModel(QObject):
    """Families of installed models, the built-in one first; the picker's left column and its rows."""

    families_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[InstalledModel, ...] = ()
        self._opened: tuple[InstalledModel, ...] = ()
        self.searched = False

    @property
    def models(self) -> tuple[InstalledModel, ...]:
        """Every form, those opened by folder included."""
        found = {_identity(model.ref) for model in self._found}
        return (*self._found, *(model for model in self._opened if _identity(model.ref) not in found))

    def families(self) -> tuple[Family, ...]:
        """All models, grouped by name and source: built-in first, then by name."""
        groups: dict[tuple[str, str], list[InstalledModel]] = {}
        for model in self.models:
            groups.setdefault((model.ref.name, model.ref.source), []).append(model)
        families = [
            Family(name, source, tuple(sorted(forms, key=_size_order))) for (name, source), forms in groups.items()
        ]
        return tuple(sorted(families, key=lambda family: (family.source != "builtin", family.name.lower())))

    def show_found(self, models: tuple[InstalledModel, ...]) -> None:
        """Show what a search of the machine found."""
        self._found, self.searched = models, True
        self.families_changed.emit()

    def show_opened(self, model: InstalledModel) -> None:
        """Add a model whose folder a person opened."""
        others = (known for known in self._opened if _identity(known.ref) != _identity(model.ref))
        self._opened = (*others, model)
        self.families_changed.emit()

    def find(self, ref: ModelRef) -> InstalledModel | None:
        """The installed model that `ref` means."""
        return next((model for model in self.models if _identity(model.ref) == _identity(ref)), None)

    def find_form(self, ref: ModelRef) -> ModelRef | None:
        """The built-in model in the quantization of `ref`, wherever the app lies now."""
        forms = (model.ref for model in self.models if model.ref.source == "builtin" and not model.problem)
        return next((form for form in forms if form.quantization == ref.quantization), None)

    def default(self) -> ModelRef | None:
        """What a first start loads: the built-in model at 4 bits, or whatever form of it is there."""
        forms = [model.ref for model in self.models if model.ref.source == "builtin" and not model.problem]
        return next((ref for ref in forms if ref.quantization == "4bit"), forms[0] if forms else None)


def quantization_words(quantization: str) -> str:
    """How a quantization is shown: "4bit" → "4-bit", "none" → "bf16" stays with the caller."""
    match = re.fullmatch(r"(?:int|q)?(\d+)[-_]?(?:bits?)?", quantization, re.IGNORECASE)
    return f"{match.group(1)}-bit" if match else quantization


def is_built_in(ref: ModelRef) -> bool:
    """Whether this is the model that Minim comes with."""
    return ref.source == "builtin" or ref.name == POCKET


def _identity(ref: ModelRef) -> tuple[str, str]:
    return ref.path, ref.quantization


def _size_order(model: InstalledModel) -> tuple[int, str]:
    bits = re.search(r"\d+", model.ref.quantization)
    return (int(bits.group()) if bits else 99, model.ref.quantization)
