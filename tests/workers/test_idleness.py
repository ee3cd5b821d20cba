"""Memory that is short, and a battery that is low, as psutil tells it."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from backends.workers.idleness import battery_is_low, memory_is_short

GIB = 2**30


@pytest.mark.parametrize(
    ("total", "available", "short"),
    [
        (16 * GIB, GIB, False),
        (16 * GIB, int(0.4 * GIB), True),
        (512 * GIB, 3 * GIB, False),
        (512 * GIB, int(1.9 * GIB), True),
    ],
)
def test_memory_is_short(monkeypatch: pytest.MonkeyPatch, total: int, available: int, short: bool) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=total, available=available))
    assert memory_is_short() is short


@pytest.mark.parametrize(
    ("percent", "plugged", "low"), [(19, False, True), (19, True, False), (20, False, False), (5, None, False)]
)
def test_the_battery_is_low(monkeypatch: pytest.MonkeyPatch, percent: int, plugged: bool | None, low: bool) -> None:
    battery = SimpleNamespace(percent=percent, power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert battery_is_low() is low


def test_a_machine_without_a_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert not battery_is_low()
    monkeypatch.delattr(psutil, "sensors_battery")
    assert not battery_is_low()
