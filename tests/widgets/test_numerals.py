"""Numbers by the locale of whoever reads them, and times with their zone."""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.config.typed import typed_figure
from core.errors import ConfigError
from widgets import c_figures, figures
from widgets.limit_fields import LimitFields
from widgets.numerals import C, Numerals, numerals_of

LOCALES = (
    "C",
    "en_US",
    "de_DE",
    "de_CH",
    "fr_FR",
    "es_ES",
    "pl_PL",
    "sv_SE",
    "en_IN",
    "hi_IN",
    "ar_EG",
    "fa_IR",
    "bn_BD",
)
NUMERALS = {name: numerals_of(QLocale(name)) for name in LOCALES}
BLANKS = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", " "))
AT_S = 1_764_080_527.0
"""2025-11-25 14:22:07 UTC."""


@pytest.fixture(autouse=True)
def c_again() -> Iterator[None]:
    yield
    figures.use_numerals(C)
    figures.use_zone(figures.Zone.UTC)


@pytest.mark.parametrize(
    ("name", "money", "share", "many"),
    [
        ("C", "−$1,234.50", "3.2 %", "1,234,567 orders"),
        ("de_DE", "−$1.234,50", "3,2 %", "1.234.567 orders"),
        ("fr_FR", "−$1 234,50", "3,2 %", "1 234 567 orders"),
        ("de_CH", "−$1'234.50", "3.2 %", "1'234'567 orders"),
        ("es_ES", "−$1234,50", "3,2 %", "1.234.567 orders"),
        ("en_IN", "−$1,234.50", "3.2 %", "12,34,567 orders"),
        ("ar_EG", "−$١٬٢٣٤٫٥٠", "٣٫٢ %", "١٬٢٣٤٬٥٦٧ orders"),
    ],
)
def test_figures_stand_in_the_numerals_of_their_reader(name: str, money: str, share: str, many: str) -> None:
    figures.use_numerals(NUMERALS[name])
    apostrophes = str.maketrans("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    told = "−$" + NUMERALS[name].local("1,234.50")
    assert told.translate(BLANKS).translate(apostrophes) == money
    assert figures.percent(0.032).translate(BLANKS) == share
    assert figures.count(1_234_567, "order").translate(BLANKS).translate(apostrophes) == many


@pytest.mark.parametrize("name", LOCALES)
def test_whole_numbers_are_grouped_as_qt_groups_them(name: str) -> None:
    locale = QLocale(name)
    figures.use_numerals(NUMERALS[name])
    for value in (0, 7, 42, 999, 1_000, 9_999, 10_000, 123_456, 12_345_678, 9_876_543_210):
        qt = f"{value:,}" if name == "C" else locale.toString(value)
        assert figures.number(value) == qt


@given(st.sampled_from(LOCALES), st.integers(-(10**12), 10**12), st.integers(0, 9999))
def test_what_is_shown_is_read_back_as_the_same_number(name: str, whole: int, part: int) -> None:
    numerals = NUMERALS[name]
    written = f"{abs(whole):,}.{part:04d}1"
    value = math.copysign(float(written.replace(",", "")), -1 if whole < 0 else 1)
    assert numerals.read(("−" if whole < 0 else "") + numerals.local(written)) == value


@given(st.sampled_from(LOCALES), st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6))
def test_what_a_field_is_filled_with_is_read_back(name: str, value: float) -> None:
    figures.use_numerals(NUMERALS[name])
    try:
        found = figures.read(figures.typed(value))
    finally:
        figures.use_numerals(C)
    # "1.234" means two things where the point groups, and a field never writes it there.
    assert found == pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("C", "1,234.5", 1234.5),
        ("C", "1234.5", 1234.5),
        ("C", "+5", 5.0),
        ("C", ".5", 0.5),
        ("C", "1,23", 1.23),
        ("C", "0,5", 0.5),
        ("C", "1,2345,6", None),
        ("C", "12,34,567", None),
        ("C", "", None),
        ("C", "-", None),
        ("C", "1+2", None),
        ("C", "nan", None),
        ("C", "inf", None),
        ("C", "1e5", None),
        ("C", "1_000", None),
        ("C", "1.2.3", None),
        ("de_DE", "1.234,5", 1234.5),
        ("de_DE", "0,05", 0.05),
        ("de_DE", "0.05", 0.05),
        ("de_DE", "1234.5", 1234.5),
        ("de_DE", "1.234.567", 1234567.0),
        ("de_DE", "1.234", None),
        ("fr_FR", "1 234,5", 1234.5),
        ("fr_FR", "1\N{NO-BREAK SPACE}234,5", 1234.5),
        ("fr_FR", "1,234", 1.234),
        ("fr_FR", "-0.5", -0.5),
        ("de_CH", "1'234.5", 1234.5),
        ("en_IN", "12,34,567", 1234567.0),
        ("en_IN", "1,234,567", 1234567.0),
        ("en_IN", "1,23,45", None),
        ("ar_EG", "١٬٢٣٤٫٥", 1234.5),
        ("ar_EG", "1234.5", 1234.5),
    ],
)
def test_a_number_is_read_by_the_locale_or_with_a_point_or_comma_and_refused_where_it_may_mean_two(
    name: str, text: str, value: float | None
) -> None:
    assert NUMERALS[name].read(text) == value


@pytest.mark.parametrize(
    ("name", "text", "plain"),
    [
        ("C", "1,500.5 %", "1,500.5 %"),
        ("de_DE", "1.500,5 %", "1500.5 %"),
        ("de_DE", "2,5x", "2.5x"),
        ("de_DE", "$1,2M", "$1.2M"),
        ("de_DE", "0.05", "0.05"),
        ("de_DE", "1.500", "1.500?"),
        ("fr_FR", "1 500,5", "1500.5"),
        ("fr_FR", "2 h 30 min", "2 h 30 min"),
        ("en_IN", "12,34,567", "1234567"),
        ("ar_EG", "٢٫٥x", "2.5x"),
    ],
)
def test_what_is_typed_is_handed_on_in_the_c_locale_and_what_may_mean_two_can_be_read_by_nobody(
    name: str, text: str, plain: str
) -> None:
    assert NUMERALS[name].plain(text) == plain


def test_a_limit_is_shown_and_typed_in_the_readers_numerals_and_written_in_the_c_locale(qtbot: QtBot) -> None:
    figures.use_numerals(NUMERALS["de_DE"])
    fields = LimitFields()
    qtbot.addWidget(fields)
    fields.load({"low": "2.5x", "medium": "$1,250,000", "note": "at 1.5, once"})
    low, medium = fields.fields["low"], fields.fields["medium"]
    assert isinstance(low, QLineEdit)
    assert isinstance(medium, QLineEdit)
    assert (low.text(), medium.text()) == ("2,5x", "$1.250.000")
    assert (fields.text("low"), fields.text("medium"), fields.text("note")) == ("2.5x", "$1,250,000", "at 1.5, once")
    low.setText("3,25x")
    assert fields.text("low") == "3.25x"
    medium.setText("1.500")
    with pytest.raises(ConfigError):
        typed_figure(fields.text("medium"), "money")


@given(st.sampled_from(LOCALES), st.text(max_size=12))
def test_no_text_whatever_breaks_the_reading(name: str, text: str) -> None:
    found = NUMERALS[name].read(text)
    assert found is None or math.isfinite(found)


def test_what_leaves_the_screen_keeps_the_c_locale() -> None:
    figures.use_numerals(NUMERALS["de_DE"])
    assert c_figures.money(1_204.5) == "$1.20k"
    assert c_figures.price(64_210.5) == "64,210.50"
    assert figures.price(64_210.5) == "64.210,50"


def test_a_time_says_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert figures.clock(AT_S) == "14:22:07 UTC"
    assert figures.stamp(AT_S) == "11-25 14:22:07 UTC"
    assert (figures.zone_words(), figures.zone_offset_s(AT_S)) == ("UTC", 0.0)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        figures.use_zone(figures.Zone.LOCAL)
        assert figures.clock(AT_S) == "19:52:07 +05:30"
        assert figures.day(AT_S) == "2025-11-25 19:52 +05:30"
        assert (figures.zone_words(), figures.zone_offset_s(AT_S)) == ("local time", 19_800.0)
        assert figures.clock(math.nan) == "unknown"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_digits_of_a_time_stay_those_of_the_journal() -> None:
    figures.use_numerals(NUMERALS["ar_EG"])
    assert figures.clock(AT_S) == "14:22:07 UTC"


def test_a_locale_without_grouping_changes_nothing_else() -> None:
    plain = Numerals("own", ",", "")
    assert plain.local("−$1,234.50") == "−$1234,50"
    assert plain.read("1234,5") == 1234.5


def _formats(node: ast.AST) -> Iterator[ast.FormattedValue]:
    for part in ast.walk(node):
        if isinstance(part, ast.FormattedValue) and isinstance(part.format_spec, ast.JoinedStr):
            yield part


def test_no_widget_writes_a_number_by_itself(repository: Path) -> None:
    """`f"{value:,}"` and `f"{value:.1f}"` are for files: the screen shows what `widgets.figures` writes."""
    forms = {"c_figures.py", "figures.py", "numerals.py"}
    found = [
        f"{path.name}:{part.lineno}"
        for path in sorted((repository / "widgets").rglob("*.py"))
        if path.name not in forms
        for part in _formats(ast.parse(path.read_text(encoding="utf-8")))
        if any(sign in ast.unparse(part.format_spec or part) for sign in (",", ".", "g", "f'", "%"))
    ]
    assert found == []
