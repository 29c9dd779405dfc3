from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets import figures

ANY = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14)
FORMATS = [
    figures.money,
    figures.percent,
    figures.multiple,
    figures.seconds,
    figures.plain,
    figures.counted,
    figures.rate,
    figures.price,
    figures.quantity,
]
UNITS = ("money", "ratio", "multiple", "seconds", "count", "rate", "number", "?")


@pytest.mark.parametrize("words", [*FORMATS, figures.lasting, figures.milliseconds])
def test_nan_is_the_word_unknown_and_never_a_figure(words: object) -> None:
    assert words(math.nan) == "unknown"  # type: ignore[operator]


def test_the_figures_of_the_house_style() -> None:
    assert figures.money(48_210_000) == "$48.21M"
    assert figures.money(121_400_000) == "$121.4M"
    assert figures.money(-6_100_000, plus=True) == "−$6.10M"
    assert figures.money(12.5, "BTC") == "12.50\N{NO-BREAK SPACE}BTC"
    assert figures.percent(0.032) == "3.2\N{NO-BREAK SPACE}%"
    assert figures.percent(0.08, trim=True) == "8\N{NO-BREAK SPACE}%"
    assert figures.multiple(2.5) == "2.5×"
    assert figures.seconds(0.6) == "0.6\N{NO-BREAK SPACE}s"
    assert figures.lasting(41) == "00:41"
    assert figures.lasting(3 * 86_400 + 5) == "3\N{NO-BREAK SPACE}d"
    assert figures.count(None, "order") == "orders unknown"
    assert figures.seconds(math.inf) == "never"


@given(ANY)
def test_the_minus_is_the_true_one_and_only_before_what_is_not_zero(value: float) -> None:
    for words in FORMATS:
        text = words(value)
        assert "-" not in text
        if text.startswith("−"):
            assert value < 0
            assert re.search(r"[1-9]", text)


@given(ANY)
def test_money_reads_back_within_its_last_digit(value: float) -> None:
    text = figures.money(value)
    found = re.fullmatch(r"(−?)\$([\d,]+\.\d+)([kMBT]?)", text)
    assert found is not None, text
    scale = {"": 1, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[found[3]]
    back = float(found[2].replace(",", "")) * scale * (-1 if found[1] else 1)
    assert back == pytest.approx(value, rel=5.1e-3, abs=0.0051)
    assert len(text) <= 9


@given(st.floats(min_value=0, max_value=1e4))
def test_a_ratio_reads_back_within_its_last_digit(value: float) -> None:
    text = figures.percent(value)
    assert float(text[:-2].replace(",", "")) / 100 == pytest.approx(value, rel=0.06, abs=0.0006)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.71, "number", "0.71"),
        (-0.6, "number", "−0.60"),
        (4.0, "number", "4.00"),
        (0.0, "number", "0.00"),
        (0.00042, "number", "0.00042"),
        (123_456.0, "number", "123.5k"),
        (0.0, "count", "0"),
        (1_204.0, "count", "1,204"),
        (2.5, "count", "2.5"),
        (14.0, "rate", "14 /min"),
        (0.3, "rate", "0.3 /min"),
        (0.0, "rate", "0 /min"),
        (0.000345, "rate", "0.021 /h"),
        (-0.0001, "rate", "−0.14 /d"),
        (12.5, "ratio", "1,250 %"),
        (25_000.0, "ratio", "2.50M %"),
        (-0.031, "ratio", "−3.1 %"),
        (math.inf, "ratio", "∞"),
        (-math.inf, "number", "−∞"),
        (math.inf, "count", "∞"),
        (4_200.0, "seconds", "70 min"),
        (86_400.0 * 9, "seconds", "9 d"),
        (20_000.0, "seconds", "5.6 h"),
    ],
)
def test_every_unit_reads_as_its_own(value: float, unit: str, text: str) -> None:
    assert figures.figure(value, unit).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("value", "headroom", "text"),
    [
        (540.0, 0.2, "~ 9 min"),
        (100_000.0, 0.2, "> 1 d"),
        (math.inf, 0.2, "receding"),
        (math.nan, 0.2, "unknown"),
        (540.0, -0.1, "breached"),
        (math.nan, 0.0, "breached"),
    ],
)
def test_the_time_to_a_breach_is_said_in_words(value: float, headroom: float, text: str) -> None:
    assert figures.until_breach(value, headroom).replace("\N{NO-BREAK SPACE}", " ") == text


def test_prices_keep_the_digits_of_small_coins() -> None:
    assert figures.price(64_210.5) == "64,210.50"
    assert figures.price(0.00000811) == "0.00000811"
    assert figures.price(math.nan) == "unknown"
    assert figures.quantity(-0.013, plus=True) == "−0.013"
    assert figures.quantity(1_250.0, plus=True) == "+1,250"


@given(st.floats(min_value=0, max_value=1e9))
def test_every_duration_has_a_unit(value: float) -> None:
    assert re.fullmatch(r"[\d,.]+\N{NO-BREAK SPACE}(s|min|h|d|y)", figures.seconds(value))


@given(st.floats())
def test_no_float_whatever_breaks_a_format(value: float) -> None:
    for unit in UNITS:
        text = figures.figure(value, unit)
        assert 0 < len(text) <= 13, text
        assert math.isnan(value) == (text == figures.UNKNOWN)
        figures.limit(value, unit)
    assert figures.until_breach(value)
    assert figures.lasting(value)
    assert figures.clock(value)
