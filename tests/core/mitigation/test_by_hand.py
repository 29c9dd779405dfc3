"""A plan by hand only ever reduces, whatever somebody types."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Scope, Side
from core.mitigation.by_hand import MOST_CHOICES, Cut, Wish, by_hand, in_scope
from core.mitigation.plan import PlanPosition, VisibleBook
from core.mitigation.planning.columns import PositionRows, columns_of

BOOK = VisibleBook((1.0, 5.0), (0.1, 2.1))


def row(quantity: float = 10.0, **others: object) -> PlanPosition:
    given = PlanPosition("alpha", "BTC", "mm", quantity, quantity * 100.0, 100.0, 0.1, 0.5, True, quantity)
    return replace(given, **others)  # type: ignore[arg-type]


def cut(quantity: float, side: Side = Side.SELL, **others: str) -> Cut:
    return replace(Cut("alpha", "BTC", "mm", side, quantity), **others)  # type: ignore[arg-type]


SIZES = st.floats(-40.0, 40.0).filter(lambda size: abs(size) > 1e-3)
WISHES = st.lists(
    st.builds(
        Cut, st.sampled_from(("alpha", "beta")), st.just("BTC"), st.sampled_from(("mm", "trend")),
        st.sampled_from(tuple(Side)), st.floats(-5.0, 1e9) | st.just(math.inf),
    ),
    max_size=6,
)  # fmt: skip


@given(
    sizes=st.lists(
        st.tuples(st.sampled_from(("alpha", "beta")), SIZES, SIZES), max_size=2, unique_by=lambda row: row[0]
    ),
    cuts=WISHES,
    share=st.floats(0.0, 1.0),
    step=st.sampled_from((None, 0.1, 3.0)),
    least=st.sampled_from((None, 0.5, 20.0)),
)
def test_no_wish_opens_enlarges_or_flips_a_position(
    sizes: list[tuple[str, float, float]], cuts: list[Cut], share: float, step: float | None, least: float | None
) -> None:
    rows, venue = [], {}
    for account, mm, trend in sizes:
        venue[account] = mm + trend
        for strategy, quantity in (("mm", mm), ("trend", trend)):
            rows.append(
                row(
                    quantity, account=account, strategy=strategy, venue_quantity=mm + trend, quantity_step=step,
                    quantity_min=least,
                )
            )  # fmt: skip
    found = by_hand(rows, Wish(tuple(cuts), share))
    taken: dict[str, float] = {}
    for reduction in found.reductions:
        whole = venue[reduction.account]
        assert reduction.quantity > 0.0
        assert reduction.side is (Side.SELL if whole > 0.0 else Side.BUY)
        (held,) = (
            one.quantity for one in rows if (one.account, one.strategy) == (reduction.account, reduction.strategy)
        )
        assert held * whole > 0.0
        assert reduction.quantity <= abs(held) * (1.0 + 1e-9)
        taken[reduction.account] = taken.get(reduction.account, 0.0) + reduction.quantity
    for account, quantity in taken.items():
        assert quantity <= abs(venue[account]) * (1.0 + 1e-9)


def test_a_cut_is_rounded_down_to_lots_and_says_so() -> None:
    found = by_hand([row()], Wish((cut(3.27),)))
    assert [one.quantity for one in found.reductions] == [3.2]
    assert found.left_out == ("BTC in alpha (mm): rounded down to lots of 0.1",)


def test_what_is_closed_whole_leaves_no_remainder_that_is_no_lot() -> None:
    found = by_hand([row(10.03)], Wish((cut(math.inf),)))
    assert [one.quantity for one in found.reductions] == [10.03]
    assert found.left_out == ()


def test_less_than_the_smallest_order_is_left_out_with_the_reason() -> None:
    found = by_hand([row()], Wish((cut(0.4),)))
    assert found.reductions == ()
    assert "smallest order" in found.left_out[0]


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (row(may_act=False), "watched only"),
        (row(notional=math.nan), "no mark"),
        (row(venue_quantity=-5.0), "enlarge the venue's position"),
    ],
)
def test_what_cannot_be_cut_says_why(held: PlanPosition, reason: str) -> None:
    found = by_hand([held], Wish(share=1.0))
    assert found.reductions == ()
    assert reason in found.left_out[0]
    assert by_hand([held], Wish()).left_out == ()


def test_what_is_not_held_any_more_is_told() -> None:
    found = by_hand([row()], Wish((cut(1.0, account="gone"),)))
    assert found.left_out == ("BTC in gone (mm): it is not held any more",)


def test_a_row_left_out_of_a_plan_stays_among_the_choices() -> None:
    rows = [row(), row(symbol="ETH")]
    found = by_hand(rows, Wish((cut(2.0),)))
    assert [(choice.symbol, choice.cut) for choice in found.choices] == [("BTC", 2.0), ("ETH", 0.0)]
    assert found.choices_all == 2


def test_the_cost_walks_down_the_visible_book_and_adds_the_fee() -> None:
    found = by_hand([row(book=BOOK, fee=0.001)], Wish((cut(3.0),)))
    # 1 at 0.1, two of the next four at 0.5 each, and a thousandth of 300.
    assert list(found.costs) == pytest.approx([0.1 + 1.0 + 0.3])
    assert found.choices[0].depth_share == pytest.approx(3.0 / 5.0)
    beyond = by_hand([row(book=BOOK, fee=0.0)], Wish((cut(9.0),)))
    assert list(beyond.costs) == pytest.approx([2.1 + 0.5 * 4.0])
    unknown = by_hand([row()], Wish((cut(3.0),)))
    assert unknown.costs[0] > 0.0
    assert math.isnan(unknown.choices[0].depth_share)


def test_a_scope_offers_its_own_positions_alone() -> None:
    rows = [row(venue="north"), row(account="beta", venue="south", strategy="trend")]
    for scope, wanted in (
        ("portfolio", ["alpha", "beta"]), ("account:beta", ["beta"]),
        ("strategy:mm", ["alpha"]), ("venue:north", ["alpha"]),
    ):  # fmt: skip
        for positions in (rows, PositionRows(columns_of(rows))):
            found, count = in_scope(positions, Scope.parse(scope), Wish())
            assert [one.account for one in found] == wanted
            assert count == len(wanted)


def test_of_very_many_positions_the_largest_are_offered_and_all_that_a_cut_may_mean() -> None:
    rows = [row(1.0 + place, account=f"a{place}", notional=100.0 + place) for place in range(MOST_CHOICES + 50)]
    wish = Wish((cut(1.0, account="a3"),))
    found, count = in_scope(PositionRows(columns_of(rows)), Scope.parse("portfolio"), wish)
    hand = by_hand(found, wish, count)
    assert hand.choices_all == MOST_CHOICES + 50
    assert len(hand.choices) == MOST_CHOICES
    assert [one.account for one in hand.reductions] == ["a3"]
    assert hand.choices[0].account == "a3"
