"""The data itself: refused where it is wrong, checked against ccxt, and what is made of a venue without a plan."""

from __future__ import annotations

import ccxt.pro
import pytest

from core.errors import ConfigError
from core.venues.plans import PLANS, plan_of
from core.venues.plans.generic import generic_plan
from core.venues.plans.plan import Book, ByIds, Call, Fact, Found, Holds, Listed, Pages, Plan
from core.venues.plans.resolve import books_of, check_calls, coverage_of, given
from core.venues.protocol import Coverage

LISTED, CANCEL = Listed(Call("privateGetOrders")), ByIds(Call("privateDeleteOrder", {"id": "{id}"}))
BOOK = Book("regular", LISTED, cancel=CANCEL)


@pytest.mark.parametrize("exchange", sorted(PLANS))
def test_every_call_of_every_plan_is_one_of_ccxts(exchange: str) -> None:
    check_calls(PLANS[exchange], getattr(ccxt.pro, exchange)())


def test_a_call_that_ccxt_does_not_have_is_named() -> None:
    plan = Plan("Nowhere", frozenset({"kraken"}), (Book("regular", Listed(Call("privateGetNothing")), cancel=CANCEL),))
    with pytest.raises(ConfigError, match=r"Nowhere needs calls that ccxt does not have: .*privateGetNothing"):
        check_calls(plan, ccxt.pro.kraken())


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda: Call("cancel everything"), "none of ccxt's kind of names"),
        (lambda: Call("privateGetOrders", {}, "orders"), "a path and its api"),
        (lambda: Pages("page"), "one of cursor, last, first and offset"),
        (lambda: Pages("page", cursor="a", last="b"), "only one"),
        (lambda: Pages("page", first=1), "how many rows"),
        (lambda: Listed(Call("privateGetOrders"), fields={"id": "a"}), "where id, symbol and side are"),
        (lambda: Listed(Call("privateGetOrders"), fields={"colour": "a"}), "unknown fields: colour"),
        (
            lambda: Listed(Call("privateGetA"), each_symbol=True, found=Found(Call("privateGetB"), "rows")),
            "all instruments or some",
        ),
        (lambda: ByIds(Call("privatePostCancel"), 0), "0 orders at a time"),
        (lambda: ByIds(Call("privatePostCancel"), 10), "no item says how"),
        (lambda: Holds(frozenset({"tulips"})), "unknown market types: tulips"),
        (lambda: Book(" ", LISTED, cancel=CANCEL), "no name"),
        (lambda: Book("regular", LISTED), "listed and not emptied"),
        (lambda: Plan("A", frozenset(), ()), "no book"),
        (lambda: Plan("A", frozenset(), (BOOK, BOOK)), "two books called regular"),
        (
            lambda: Plan("A", frozenset(), (Book("regular", LISTED, cancel=CANCEL, when={"uta": True}),)),
            "depends on uta",
        ),
    ],
)
def test_data_that_cannot_be_a_plan_is_refused_in_a_sentence(wrong: object, match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize("exchange", sorted(PLANS))
def test_a_plan_is_as_sure_as_its_least_sure_book(exchange: str) -> None:
    plan = PLANS[exchange]
    sure = not plan.gaps and all(book.confirmed for book in plan.books)
    assert coverage_of(plan, plan.books) is (Coverage.EXACT if sure else Coverage.UNCONFIRMED)


def test_what_rests_on_memory_alone_never_counts_as_ready() -> None:
    assert [coverage for coverage in Coverage if not coverage.counts_as_ready] == [Coverage.UNCONFIRMED]


def test_a_fact_that_is_not_known_rules_out_no_book() -> None:
    fact = Fact("uta", Call("privateGetMode"), "mode", {"a": True})
    books = (
        Book("old", LISTED, cancel=CANCEL, when={"uta": False}),
        Book("new", LISTED, cancel=CANCEL, when={"uta": True}),
    )
    plan = Plan("A", frozenset(), books, facts=(fact,))
    assert [book.name for book in books_of(plan, {})] == ["old", "new"]
    assert [book.name for book in books_of(plan, {"uta": True})] == ["new"]


def test_what_only_the_real_venue_has_is_left_out_elsewhere() -> None:
    plan = plan_of("binanceusdm")
    names = {
        redirected: [book.name for book in books_of(plan, given(plan, {}, redirected=redirected))]
        for redirected in (False, True)
    }
    assert names == {False: ["regular", "trigger", "twap"], True: ["regular", "trigger"]}


def test_a_venue_without_a_plan_gets_a_book_for_whatever_ccxt_declares() -> None:
    plan = generic_plan(ccxt.pro.blofin())
    assert plan.generic
    assert coverage_of(plan, plan.books) is Coverage.GENERIC
    books = {book.name: book for book in plan.books}
    assert set(books) == {"linear swap", "linear swap trigger"}
    assert books["linear swap trigger"].listed.call.params == {"type": "swap", "subType": "linear", "trigger": True}


@pytest.mark.parametrize("exchange", sorted(set(ccxt.pro.exchanges) - set(PLANS)))
def test_every_other_class_of_ccxt_can_be_planned_for(exchange: str) -> None:
    made = getattr(ccxt.pro, exchange)()
    plan = generic_plan(made)
    check_calls(plan, made)
    assert plan.books
