"""What is known and how well: readings against streams, unknown against zero, age and trust."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.book.attribution import AccountEntry
from core.domain import LinkState, Trust
from core.venues.messages import Source
from tests.core.book.desk import BTC, ETH, Desk


def held(desk: Desk) -> dict[str, float]:
    return {row.symbol: row.quantity for row in desk.book.positions("a")}


def test_a_position_not_named_by_a_reading_is_flat() -> None:
    desk = Desk()
    desk.read(held={BTC: (1.0, 100.0), ETH: (2.0, 10.0)})
    desk.wait(1.0)
    desk.read(held={ETH: (2.0, 10.0)})
    assert held(desk) == {ETH: 2.0}


def test_a_reading_does_not_undo_a_newer_stream_update() -> None:
    desk = Desk()
    desk.read()
    desk.wait(5.0)
    desk.position(3.0)
    desk.wait(0.5)
    desk.read(held={BTC: (1.0, 100.0)}, took_s=1.0)
    assert held(desk) == {BTC: 3.0}
    desk.wait(5.0)
    desk.read(held={BTC: (1.0, 100.0)})
    assert held(desk) == {BTC: 1.0}


def test_a_stream_update_from_before_the_reading_says_nothing() -> None:
    desk = Desk()
    late = desk.row("a", BTC, 9.0, 100.0, Source.STREAM)
    desk.wait(5.0)
    desk.read(held={BTC: (1.0, 100.0)})
    desk.book.apply(late)
    assert held(desk) == {BTC: 1.0}


def test_a_row_that_could_not_be_understood_flattens_nothing() -> None:
    desk = Desk()
    desk.read(held={BTC: (1.0, 100.0)})
    desk.mark(100.0)
    desk.wait(1.0)
    desk.read(bad_rows=("a position without a symbol",))
    assert held(desk) == {BTC: 1.0}
    assert desk.of("account:a", "trust") == Trust.STALE


def test_an_account_never_read_is_unknown_and_not_zero() -> None:
    desk = Desk()
    desk.read("a")
    view = desk.view()
    assert math.isnan(view.account_equity[1])
    assert math.isnan(desk.of("portfolio", "equity"))
    assert desk.of("venue:north", "trust") == Trust.UNKNOWN
    assert desk.of("account:b", "age_s") == math.inf
    assert desk.book.resting_orders("b") is None
    assert desk.book.why_unknown("b") == ("b was never read",)


def test_a_missing_mark_makes_equity_unknown_and_says_why() -> None:
    desk = Desk()
    desk.read(held={BTC: (1.0, 100.0)})
    assert math.isnan(desk.of("account:a", "equity"))
    assert desk.book.why_unknown("a") == (f"no mark for {BTC}",)
    desk.mark(110.0)
    assert desk.of("account:a", "equity") == pytest.approx(1_010.0)
    assert desk.book.why_unknown("a") == ()


def test_a_wallet_that_holds_the_pnl_needs_no_entry_price_once_there_is_a_mark() -> None:
    desk = Desk()
    desk.read(held={BTC: (1.0, 100.0)}, includes=True)
    assert desk.book.why_unknown("a") == (f"no mark for {BTC}",)
    desk.mark(110.0)
    assert desk.book.why_unknown("a") == (), "also before anything is evaluated"
    assert desk.of("account:a", "equity") == pytest.approx(1_000.0)


def test_a_coin_without_a_market_makes_equity_unknown() -> None:
    desk = Desk()
    desk.read(wallet={"USDT": 10.0, "XYZ": 1.0})
    assert math.isnan(desk.of("account:a", "equity"))
    assert "no market prices XYZ" in desk.book.why_unknown("a")[0]
    desk.mark(5.0, "XYZ/USDC", endpoint="elsewhere")
    assert desk.of("account:a", "equity") == pytest.approx(15.0)


def test_another_base_currency_is_reached_through_its_stablecoin_market() -> None:
    desk = Desk(base="EUR")
    desk.read(wallet={"USDT": 110.0, "BTC": 1.0})
    assert math.isnan(desk.of("account:a", "equity"))
    desk.mark(1.1, "EUR/USDT")
    desk.mark(55_000.0, "BTC/USDT")
    assert desk.of("account:a", "equity") == pytest.approx(100.0 + 50_000.0)


def test_a_balance_that_includes_unrealised_pnl_is_not_added_twice_and_moves_with_our_marks() -> None:
    desk = Desk()
    desk.mark(110.0)
    desk.read(wallet=1_100.0, held={BTC: (10.0, 100.0)}, includes=True)
    assert desk.of("account:a", "equity") == pytest.approx(1_100.0)
    desk.mark(105.0)
    assert desk.of("account:a", "equity") == pytest.approx(1_050.0)
    desk.position(0.0, None)
    assert desk.of("account:a", "equity") == pytest.approx(1_050.0)
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_inverse_contracts_earn_their_base_coin() -> None:
    desk = Desk()
    inverse = "BTC/USD:BTC"
    desk.mark(100.0, inverse)
    desk.mark(100.0, "BTC/USDT")
    desk.read(wallet={"BTC": 2.0}, held={inverse: (100.0, 80.0)})
    profit = 100.0 * (1 / 80.0 - 1 / 100.0)
    assert desk.of("account:a", "equity") == pytest.approx((2.0 + profit) * 100.0)
    assert sorted(desk.view().positions.notional) == pytest.approx([100.0, 200.0])


def test_an_ageing_account_goes_from_trusted_to_stale_to_unknown() -> None:
    desk = Desk(accounts=(AccountEntry("a", "north", "e"),))
    desk.read()
    seen = [desk.of("portfolio", "trust")]
    for seconds in (11.0, 50.0):
        desk.wait(seconds)
        seen.append(desk.of("portfolio", "trust"))
    assert seen == [Trust.TRUSTED, Trust.STALE, Trust.UNKNOWN]
    assert desk.of("portfolio", "equity") == 1_000.0


def test_a_served_stream_keeps_an_account_fresh_until_it_breaks() -> None:
    desk = Desk()
    desk.link(LinkState.UP)
    desk.wait(1.0)
    desk.read()
    desk.wait(30.0)
    desk.alive()
    assert desk.of("account:a", "age_s") == 0.0
    desk.link(LinkState.DOWN)
    desk.wait(1.0)
    desk.alive()
    assert desk.of("account:a", "age_s") == 1.0
    desk.link(LinkState.UP)
    desk.wait(20.0)
    desk.alive()
    assert desk.of("account:a", "trust") == Trust.STALE, "a stream that came back may have missed something"
    desk.read()
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_an_old_mark_ages_what_it_prices() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.wait(20.0)
    desk.read(held={BTC: (1.0, 100.0)})
    desk.read("b")
    assert desk.of("account:a", "age_s") == 20.0
    assert desk.of("account:b", "age_s") == 0.0


def test_open_orders_follow_stream_and_reading() -> None:
    desk = Desk()
    desk.book.apply(desk.an_order("early"))
    assert desk.book.resting_orders("a") is None
    desk.wait(1.0)
    desk.read(orders=(desk.an_order("one"), desk.an_order("two")))
    desk.wait(1.0)
    desk.book.apply(desk.an_order("three"))
    desk.book.apply(desk.an_order("one", is_open=False))
    desk.wait(0.1)
    desk.read(orders=(desk.an_order("one"), desk.an_order("two")), took_s=0.5)
    assert {order.order_id for order in desk.book.resting_orders("a") or ()} == {"two", "three"}
    desk.wait(9.0)
    desk.read(orders=None)
    assert len(desk.book.resting_orders("a") or ()) == 2
    desk.read(orders=())
    assert desk.book.resting_orders("a") == ()
    assert desk.book.known_symbols("a") == {BTC}


@given(st.permutations(range(5)))
def test_late_position_updates_never_win(order: list[int]) -> None:
    desk = Desk()
    desk.read()
    rows = []
    for number in range(5):
        desk.wait(0.1)
        rows.append(desk.row("a", BTC, float(number + 1), 100.0, Source.STREAM))
    for number in order:
        desk.book.apply(rows[number])
    assert held(desk) == {BTC: 5.0}
