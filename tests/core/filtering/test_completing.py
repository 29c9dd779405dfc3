"""What is offered while a filter is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FilterError
from core.filtering.completing import complete, finished
from core.filtering.parsing import parse
from core.filtering.sight import Sight
from tests.core.filtering.trees import VOCABULARY, small_book

SIGHT = Sight()
SIGHT.show(small_book())


def offered(text: str) -> list[str]:
    return [option.word for option in complete(text, len(text), VOCABULARY, SIGHT).found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("dra", "drawdown "),
        ("okx and not dra", "drawdown "),
        ("gross e", "gross_exposure "),
        ("drawdown ", "= "),
        ("drawdown > 5", "5% "),
        ("age > 5", "5ms "),
        ("drawdown > 5% ", "and "),
        ("venue = o", "okx "),
        ("venue = 'b", "binanceusdm "),
        ("group ~ m", "majors "),
        ("state >= h", "high "),
        ("unknown(marg", "margin_use "),
        ("drawdown is ", "unknown "),
        ("(venue = okx) ", "and "),
    ],
)
def test_what_may_follow_is_offered(text: str, first: str) -> None:
    assert offered(text)[0] == first


def test_a_parenthesis_can_be_closed_only_where_one_is_open() -> None:
    assert ") " in offered("(venue = okx ")
    assert ") " not in offered("venue = okx ")
    assert ") " not in offered("(venue = okx) ")


def test_an_order_is_offered_only_where_there_is_one() -> None:
    assert "> " not in offered("venue ")
    assert "~ " not in offered("drawdown ")
    assert {"> ", "~ "} <= set(offered("state "))
    assert "unknown " not in offered("state > ")


_STARTS = ["", "dra", "not ", "venue = ", "state >= h", "drawdown > 5", "okx and ", "(kind = account ",
           "gross exposure ", "unknown(le", "trust is ", "name ~ 'a b' or l", "exit time, a"]  # fmt: skip
WANTING = ("ends where", "compared with nothing", "not closed", "is no number")
"""What is said of a filter that only goes on behind its end."""


def _wrong(text: str) -> str:
    try:
        parse(text, VOCABULARY)
    except FilterError as error:
        return "" if any(words in str(error) for words in WANTING) else str(error)
    return ""


@settings(deadline=None)
@given(start=st.sampled_from(_STARTS), picks=st.lists(st.integers(0, 40), min_size=8, max_size=8))
def test_whoever_takes_what_is_offered_again_and_again_arrives_at_a_filter(start: str, picks: list[int]) -> None:
    text = start
    for pick in picks:
        options = complete(text, len(text), VOCABULARY, SIGHT)
        if not options.found:
            text += "1 " if text.rstrip().endswith(tuple("=<>~")) else " "
            continue
        assert 0 <= options.start <= len(text)
        text = text[: options.start] + options.found[pick % len(options.found)].word
        assert _wrong(text) == "", text


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("drawdown > 5% and ve", "drawdown > 5%"),
        ("drawdown > 5% and venue", "drawdown > 5%"),
        ("drawdown > 5% and venue =", "drawdown > 5%"),
        ("drawdown > 5% and not (gross exp", "drawdown > 5%"),
        ("drawdown > 5% and", "drawdown > 5%"),
        ("drawdown >", ""),
        ("drawdown > 5% a", "drawdown > 5%"),
        ("(okx or venue = 'x y') o", "(okx or venue = 'x y')"),
        ("venue = a", "venue = a"),
        ("not (", ""),
        ("drawdown > 5% and venue = o", "drawdown > 5% and venue = o"),
        ("drawdown > 5% and sub-12", "drawdown > 5% and sub-12"),
        ("drawdown > 5% and 've'", "drawdown > 5% and 've'"),
        ("drawdown > 5x and venue =", "drawdown > 5x"),
        ("ve", "ve"),
        ("name = 'a", "name = 'a"),
        ("", ""),
    ],
)
def test_a_comparison_that_is_only_begun_does_not_count_while_it_is_written(text: str, counts: str) -> None:
    assert finished(text, VOCABULARY) == counts
