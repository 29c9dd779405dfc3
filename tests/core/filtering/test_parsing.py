"""How a filter is written, and what is said where it cannot be understood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FilterError
from core.filtering.amounts import Amount
from core.filtering.parsing import parse
from core.filtering.tree import Compare, Either, Every, Node, Not, Op, Part, Says, Unknown, printed
from tests.core.filtering.trees import NODES, VOCABULARY


def _read(text: str) -> tuple[Node | None, FilterError | None]:
    try:
        return parse(text, VOCABULARY), None
    except FilterError as error:
        return None, error


@settings(max_examples=300, deadline=None)
@given(NODES)
def test_what_is_printed_parses_to_the_same_filter(node: Node) -> None:
    assert parse(printed(node), VOCABULARY) == node


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_is_turned_down_with_a_place_in_it(text: str) -> None:
    node, error = _read(text)
    if error is None:
        assert (node is None) == (not text.strip())
    else:
        assert 0 <= error.at <= len(text)
        assert str(error).startswith(f"column {error.at + 1}: ")


WORDS = ["drawdown", ">", "5%", "and", "or", "not", "(", ")", "okx", "venue", "=", "is", "unknown", "known", '"', "12x",
         "state", "!~"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_words_of_the_language_in_any_order_are_understood_or_turned_down(text: str) -> None:
    node, _ = _read(text)
    assert parse(printed(node), VOCABULARY) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("okx", Part("okx")),
        (" main sub-2 ", Part("main sub-2")),
        ("drawdown > 5%", Compare("drawdown", Op.MORE, Amount(5.0, "%"))),
        ("Gross exposure ≥ $1,500k", Compare("gross_exposure", Op.AT_LEAST, Amount(1500.0, "k"))),
        ("equity<−2m", Compare("equity", Op.LESS, Amount(-2.0, "M"))),
        ("age > 5 m", Compare("age", Op.MORE, Amount(5.0, "min"))),
        ("age > 5 min", Compare("age", Op.MORE, Amount(5.0, "min"))),
        ("limit used >= 80 %", Compare("limit_used", Op.AT_LEAST, Amount(80.0, "%"))),
        ("leverage == 3×", Compare("leverage", Op.EQUAL, Amount(3.0, "x"))),
        ("margin use < 50 bps", Compare("margin_use", Op.LESS, Amount(50.0, "bp"))),
        ("state >= HIGH", Says("state", Op.AT_LEAST, "high")),
        ("name ~ 'a b'", Says("name", Op.HAS, "a b")),
        ("venue = ok*", Says("venue", Op.EQUAL, "ok*")),
        ("unknown(Data age)", Unknown("data_age")),
        ("drawdown is not unknown", Not(Unknown("drawdown"))),
        ("known(drawdown)", Not(Unknown("drawdown"))),
        ("okx and not sub", Every((Part("okx"), Not(Part("sub"))))),
        (
            "okx or gate and not (state = low or trust <> stale)",
            Either((Part("okx"), Every((Part("gate"), Not(Either((Says("state", Op.EQUAL, "low"),
                                                                 Says("trust", Op.OTHER, "stale")))))))),
        ),
    ],
)  # fmt: skip
def test_a_filter_is_read_as_it_is_meant(text: str, node: Node) -> None:
    assert parse(text, VOCABULARY) == node


@pytest.mark.parametrize(
    ("amount", "of", "value"),
    [
        (Amount(7.0, "%"), "ratio", 0.07),
        (Amount(50.0, "bp"), "ratio", 0.005),
        (Amount(2.0, "bn"), "money", 2e9),
        (Amount(90.0, "min"), "seconds", 5_400.0),
        (Amount(250.0, "ms"), "seconds", 0.25),
        (Amount(30.0, "/h"), "rate", 0.5),
    ],
)
def test_units_are_what_they_say(amount: Amount, of: str, value: float) -> None:
    assert amount.value(of) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drawdwn > 5%", ('column 1: "drawdwn" is no field', "did you mean drawdown", "every metric", "venue")),
        ("okx and drawdown > 5x", ('column 20: "x" does not fit drawdown', "5%, 50bp or 0.05")),
        ("drawdown > 0,05", ('column 12: ",05"', "0.05")),
        ("drawdown > much", ('column 12: "much" is no number', "drawdown is compared with a figure like 5%")),
        ("drawdown >", ("column 11: drawdown > is compared with nothing", "write drawdown > 5%")),
        ("drawdown and okx", ('column 1: "drawdown" is compared with nothing', "drawdown > 5%")),
        ("drawdown > 5% venue = okx", ('column 15: "venue" follows a whole comparison', '"and" or "or"')),
        ("(okx or drawdown > 5%", ('column 1: this "(" is not closed',)),
        ("(okx = 1 gate", ('"okx" is no field',)),
        ("okx) and gate", ('column 4: this ")" closes nothing',)),
        ("state = hgh", ('column 9: "hgh" is no state', "inside, low, medium, high, critical, unknown")),
        ("state > unknown", ('column 9: "unknown" is no state', "allowed are inside, low, medium, high, critical")),
        ("venue > okx", ("column 7: venue has no order", "=, !=, ~ or !~")),
        ("drawdown ~ 5", ("column 10: drawdown is a figure", "=, !=, <, <=, > or >=")),
        ('name = "a', ("column 8: the quote that opens here is not closed",)),
        ("okx and", ("column 8: the filter ends", "drawdown > 5% or venue = okx")),
        ("or okx", ('column 1: "or" stands where',)),
        ("unknown(drawdown", ("column 8:", "unknown(drawdown)")),
        ("unknown(nonsense)", ('column 9: "nonsense" is no field',)),
        ("not " * 60 + "okx", ("deeper than 40",)),
    ],
)
def test_an_error_names_the_place_the_word_and_what_is_allowed(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(FilterError) as told:
        parse(text, VOCABULARY)
    assert all(word in str(told.value) for word in words), str(told.value)
