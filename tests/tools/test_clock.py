"""The clock tells the time of any zone in one form, and helps with zones that do not exist."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backends.contract.errors import MinimError
from backends.tools.clock import tell_time

_NOW = datetime(2026, 11, 22, 15, 16, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Shanghai", "Sunday, 2026-11-22 23:16 (Asia/Shanghai, UTC+08:00)"),
        ("america/new york", "Sunday, 2026-11-22 10:16 (America/New_York, UTC-05:00)"),
        ("Tokyo", "Monday, 2026-11-23 00:16 (Asia/Tokyo, UTC+09:00)"),
        ("Asia/Beijing", "Sunday, 2026-11-22 23:16 (Asia/Shanghai, UTC+08:00)"),
        ("Asia/Kolkata", "Sunday, 2026-11-22 20:46 (Asia/Kolkata, UTC+05:30)"),
        ("UTC-3:30", "Sunday, 2026-11-22 11:46 (UTC-3:30, UTC-03:30)"),
    ],
)
def test_it_tells_the_time_of_a_zone(zone: str, told: str) -> None:
    assert tell_time(zone, _NOW) == told


def test_without_a_zone_it_tells_the_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    local = _NOW.astimezone()
    assert tell_time("", _NOW).startswith(f"{local:%A, %Y-%m-%d %H:%M} (Europe/Berlin, ")


@pytest.mark.parametrize("zone", ["Asia/Shangai", "../../etc/passwd", "Asia", "UTC+99", "\0"])
def test_an_unknown_zone_gets_a_hint(zone: str) -> None:
    with pytest.raises(MinimError) as caught:
        tell_time(zone, _NOW)
    assert "There is no time zone" in caught.value.message
    assert caught.value.hint


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(MinimError, match="Asia/Shangai") as caught:
        tell_time("Asia/Shangai", _NOW)
    assert "Asia/Shanghai" in caught.value.hint
