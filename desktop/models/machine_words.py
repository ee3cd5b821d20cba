"""How machines are named: as they are sold, and the one that a model needs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from backends.contract.catalog import Hardware, JudgedModel

translate = QCoreApplication.translate
_GIB = 1 << 30


def memory(count: int) -> str:
    """A machine's memory as it is sold: 192 GiB → "192 GB"."""
    return f"{round(count / _GIB):,} GB"


def machine_needed(family: JudgedModel) -> str:
    """The smallest Mac on which a form of a model fits, in words; "" where there is none."""
    least = _least_memory(family)
    return translate("machine_words", "Needs a Mac with %s or more") % memory(least) if least else ""


def model_and_machine_needed(family: JudgedModel) -> str:
    """The same with the model's name: "MiniMax-M2 needs a Mac with 128 GB or more"."""
    least = _least_memory(family)
    words = translate("machine_words", "{0} needs a Mac with {1} or more")
    return words.format(family.spec.name, memory(least)) if least else ""


def machine_needed_in_short(family: JudgedModel) -> str:
    """The same for a narrow column: "Mac with 192 GB or more"."""
    least = _least_memory(family)
    return translate("machine_words", "Mac with %s or more") % memory(least) if least else ""


def machine(hardware: Hardware) -> str:
    """A machine in one line: "Apple M2 Ultra · 192 GB"; CUDA devices are counted."""
    parts = [hardware.chip] if hardware.chip else []
    if hardware.memory_bytes:
        parts.append(memory(hardware.memory_bytes))
    names = list(dict.fromkeys(device.name for device in hardware.cuda))
    for name in names:
        same = [device for device in hardware.cuda if device.name == name]
        parts.append(f"{len(same)} × {name}, {memory(same[0].memory_bytes)}")
    return " · ".join(parts)


def _least_memory(family: JudgedModel) -> int:
    sizes = (form.verdict.smallest_machine_bytes for form in family.forms)
    return min((size for size in sizes if size > 0), default=0)
