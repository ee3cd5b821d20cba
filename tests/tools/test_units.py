"""The converter knows units by many names, converts exactly, and refuses what does not go together."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.contract.errors import MinimError
from backends.tools.unit_table import TABLE
from backends.tools.units import convert, find_unit

_SYMBOLS = [(row[0], quantity) for quantity, rows in TABLE.items() for row in rows]


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "told"),
    [
        (5, "km", "mi", "5 km = 3.10686 mi"),
        (5, "公里", "英里", "5 km = 3.10686 mi"),
        (72, "公斤", "磅", "72 kg = 158.733 lb"),
        (100, "°F", "°C", "100 °F = 37.7778 °C"),
        (-40, "degrees Celsius", "℉", "-40 °C = -40 °F"),
        (3.0, "Inches", "cm.", "3 in = 7.62 cm"),
        (12345.678, "km", "m", "12345.678 km = 12345678 m"),
        (1, "GiB", "MB", "1 GiB = 1073.74 MB"),
        (8, "Mb", "MB", "8 Mbit = 1 MB"),
        (100, "km/h", "mph", "100 km/h = 62.1371 mph"),
        (1, "square feet", "m^2", "1 ft² = 0.092903 m²"),
        (1, "kWh", "MJ", "1 kWh = 3.6 MJ"),
        (1, "atm", "百帕", "1 atm = 1013.25 hPa"),
        (2, "gallons", "升", "2 gal = 7.57082 L"),
        (1.5, "小时", "min", "1.5 h = 90 min"),
        (1, "ly", "mm", "1 ly = 9.46073e+18 mm"),
        (1e308, "km", "mm", "1e+308 km = 1e+314 mm"),
        (0, "m", "ft", "0 m = 0 ft"),
    ],
)
def test_it_converts(value: float, from_unit: str, to_unit: str, told: str) -> None:
    assert convert(value, from_unit, to_unit) == told


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "words"),
    [
        (1, "m", "kg", "m is a unit of length and kg one of mass"),
        (-300, "°C", "K", "below absolute zero"),
        (1, "klometer", "m", "kilometer"),
        (1, "m", "", "without a name"),
        (10**400, "km", "m", "too large"),
    ],
)
def test_what_cannot_be_converted_gets_words(value: float, from_unit: str, to_unit: str, words: str) -> None:
    with pytest.raises(MinimError) as caught:
        convert(value, from_unit, to_unit)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_every_name_belongs_to_one_unit() -> None:
    for rows in TABLE.values():
        for symbol, factor, _, names in rows:
            for name in (symbol, *names.split(", ")):
                if name:
                    unit = find_unit(name)
                    assert (unit.symbol, unit.factor) == (symbol, Fraction(factor)), name


@given(st.sampled_from(_SYMBOLS), st.data())
def test_there_and_back_again(start: tuple[str, str], data: st.DataObject) -> None:
    symbol, quantity = start
    other = data.draw(st.sampled_from([s for s, q in _SYMBOLS if q == quantity]))
    there = float(convert(1000, symbol, other).split(" = ")[1].removesuffix(f" {other}"))
    back = float(convert(there, other, symbol).split(" = ")[1].removesuffix(f" {symbol}"))
    assert back == pytest.approx(1000, rel=1e-4)
