"""Figures as a person types them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.typed import EXAMPLES, typed_figure, typed_time, written_figure, written_time
from core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5 %", "ratio", 0.05), ("0.05", "ratio", 0.05), ("\u22125%", "ratio", -0.05), ("250 %", "ratio", 2.5),
        ("2.5x", "multiple", 2.5), ("2.5\u00d7", "multiple", 2.5), ("3", "multiple", 3.0),
        ("30 min", "seconds", 1_800.0), ("1 h 30 min", "seconds", 5_400.0), ("2d", "seconds", 172_800.0),
        ("0", "seconds", 0.0), ("0.5 s", "seconds", 0.5),
        ("$1.2M", "money", 1_200_000.0), ("-$250k", "money", -250_000.0), ("250,000", "money", 250_000.0),
        ("1.5 BTC", "money", None), ("12", "count", 12.0), ("14 /min", "rate", 14.0), ("60 /h", "rate", 1.0),
        ("0.65", "number", 0.65),
    ],
)  # fmt: skip
def test_units_are_read_as_people_write_them(text: str, unit: str, value: float | None) -> None:
    if value is None:
        assert typed_figure(text, unit, "BTC") == 1.5
        with pytest.raises(ConfigError):
            typed_figure(text, unit, "USD")
    else:
        assert typed_figure(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5", "ratio"), ("five", "ratio"), ("", "ratio"), ("30", "seconds"), ("30 parsecs", "seconds"),
        ("1,5", "money"), ("12,34,567", "money"), ("1.5", "count"), ("nan", "number"),
        ("1e999", "number"), ("2 h 3", "seconds"),
        ("3 /week", "rate"), ("\N{EURO SIGN}5", "money"),
    ],
)  # fmt: skip
def test_what_could_be_mistaken_is_refused_with_the_value_and_what_is_allowed(text: str, unit: str) -> None:
    with pytest.raises(ConfigError) as refused:
        typed_figure(text, unit)
    assert f'"{text}"' in str(refused.value)
    assert EXAMPLES[unit] in str(refused.value)


@given(
    st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-12),
    st.sampled_from(sorted(EXAMPLES)),
)
def test_what_is_written_is_read_again_as_the_same_number(value: float, unit: str) -> None:
    if unit == "seconds":
        value = abs(value)
    if unit == "count":
        value = float(round(value))
    assert typed_figure(written_figure(value, unit), unit) == value


def test_times_are_written_in_the_largest_unit_that_fits() -> None:
    assert [written_time(seconds) for seconds in (0.0, 0.5, 90.0, 300.0, 7_200.0, 172_800.0)] == [
        "0 s", "0.5 s", "90 s", "5 min", "2 h", "2 d",
    ]  # fmt: skip
    assert typed_time("5 min") == 300.0
