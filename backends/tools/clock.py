"""The clock: the current date and time, here or in a time zone."""

from __future__ import annotations

import difflib
import os
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from backends.tools.base import failed

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)


_CITIES = {
    "beijing": "Asia/Shanghai", "北京": "Asia/Shanghai", "上海": "Asia/Shanghai", "shenzhen": "Asia/Shanghai",
    "guangzhou": "Asia/Shanghai", "china": "Asia/Shanghai", "中国": "Asia/Shanghai", "东京": "Asia/Tokyo",
    "osaka": "Asia/Tokyo", "香港": "Asia/Hong_Kong", "台北": "Asia/Taipei", "纽约": "America/New_York",
    "伦敦": "Europe/London", "巴黎": "Europe/Paris", "柏林": "Europe/Berlin", "delhi": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata", "munich": "Europe/Berlin", "boston": "America/New_York",
    "washington": "America/New_York", "san_francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles",
}  # fmt: skip
"""Cities that people and models write as a zone, and that the database has under another city's name."""


def tell_time(zone_name: str = "", now: datetime | None = None) -> str:
    """Weekday, date and time, zone and offset. `zone_name` "" is the local zone; `now` must know its zone.

    Raises `MinimError` for a zone that does not exist, with those that look like it.
    """
    now = now or datetime.now(UTC)
    name, zone = _find(zone_name.strip()) if zone_name.strip() else (_local_name(), None)
    moment = now.astimezone(zone)  # None: the local zone
    return f"{_DAYS[moment.weekday()]}, {moment:%Y-%m-%d %H:%M} ({name or moment.tzname()}, {_offset_of(moment)})"


def _find(asked: str) -> tuple[str, tzinfo]:
    """The zone's name as it is written in the database, and the zone."""
    if offset := _OFFSET.fullmatch(asked):
        sign = -1 if offset[1] == "-" else 1
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours <= 14 and minutes < 60:
            return asked, timezone(sign * timedelta(hours=hours, minutes=minutes))
    names = available_timezones()
    wanted = asked.rpartition("/")[2].replace(" ", "_").casefold()
    wanted = _CITIES.get(wanted, asked.replace(" ", "_")).casefold()
    for name in sorted(names):
        if name.casefold() == wanted:
            return name, ZoneInfo(name)
    by_city = sorted(name for name in names if "/" in name and name.rpartition("/")[2].casefold() == wanted)
    if len(by_city) == 1:
        return by_city[0], ZoneInfo(by_city[0])
    near = by_city or difflib.get_close_matches(asked, sorted(names), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Use an IANA name such as Asia/Shanghai."
    raise failed(f"There is no time zone {asked}.", hint)


def _local_name() -> str:
    """The IANA name of the local zone; "" if the system does not tell."""
    configured = os.environ.get("TZ", "").removeprefix(":")
    if configured in available_timezones():
        return configured
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if found and name in available_timezones() else ""


def _offset_of(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    minutes = round(abs(offset).total_seconds() / 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
