from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.attribution import StrategyRule, owner_of, strategy_of
from core.domain import UNATTRIBUTED, Leg
from core.venues.messages import FillUpdate, PositionUpdate, Source
from tests.core.book.desk import BTC, ETH, MM, TREND, Desk

CLIENTS = st.sampled_from(["mm-1", "tr-1", "hand-1", ""])
QUANTITIES = st.integers(-9, 9).filter(bool).map(lambda tenths: tenths / 10)


def test_the_first_matching_rule_wins() -> None:
    rules = (StrategyRule("one", client_order_id_pattern="x-*"), StrategyRule("two", client_order_id_pattern="x-9*"))
    assert strategy_of(rules, "a", BTC, "x-91") == "one"
    assert strategy_of(rules, "a", BTC, "y") == UNATTRIBUTED


def test_a_rule_without_client_order_id_owns_the_remainder() -> None:
    rules = (MM, StrategyRule("btc", account_pattern="a*", symbol_pattern="BTC/*"))
    assert owner_of(rules, "a", BTC) == "btc"
    assert owner_of(rules, "a", ETH) == UNATTRIBUTED
    assert owner_of(rules, "b", BTC) == UNATTRIBUTED


@settings(deadline=None, max_examples=60)
@given(
    trades=st.lists(st.tuples(CLIENTS, QUANTITIES), min_size=1, max_size=8),
    data=st.data(),
    owned=st.booleans(),
)
def test_rows_add_up_to_the_venue_in_any_order_twice_or_missed(
    trades: list[tuple[str, float]], data: st.DataObject, owned: bool
) -> None:
    rules = (MM, TREND, StrategyRule("rest", symbol_pattern="BTC/*")) if owned else (MM, TREND)
    desk = Desk(rules)
    desk.mark(100.0)
    desk.read()
    messages: list[FillUpdate | PositionUpdate] = []
    held = 0.0
    for client, quantity in trades:
        desk.wait(0.1)
        held += quantity
        messages.append(desk.a_fill(quantity, 100.0, client))
        messages.append(desk.row("a", BTC, held, 100.0, Source.STREAM))
    heard = data.draw(st.lists(st.sampled_from(messages), max_size=2 * len(messages)))
    told = 0.0
    newest_s = -math.inf
    for message in heard:
        desk.book.apply(message)
        if isinstance(message, PositionUpdate) and message.received_s >= newest_s:
            newest_s, told = message.received_s, message.quantity
        parts = desk.parts()
        assert math.fsum(parts.values()) == pytest.approx(told, abs=1e-12)
        attributed = {message.fill_id: message for message in heard if isinstance(message, FillUpdate)}
        assert set(parts) <= {"mm", "trend", "rest", "unattributed"}
    wanted = (
        math.fsum(fill.side.sign * fill.quantity for fill in attributed.values() if fill.client_order_id == "mm-1")
        if heard
        else 0.0
    )
    assert desk.parts().get("mm", 0.0) == pytest.approx(wanted, abs=1e-9)


def test_costs_of_the_rows_add_up_too() -> None:
    desk = Desk()
    desk.mark(120.0)
    desk.read()
    desk.fill(2.0, 90.0, "mm-1")
    desk.position(5.0, 100.0)
    rows, positions = desk.view().rows, desk.view().positions
    assert math.fsum(rows.unrealised) == pytest.approx(math.fsum(positions.unrealised)) == pytest.approx(100.0)


def test_a_fill_without_client_order_id_finds_it_by_its_order() -> None:
    desk = Desk()
    desk.read()
    desk.book.apply(desk.an_order("o-7", "tr-5"))
    desk.fill(1.0, client="", order_id="o-7")
    desk.fill(2.0, client="", order_id="o-8")
    desk.position(3.0)
    assert desk.parts() == {"trend": 1.0, "unattributed": 2.0}
    desk.book.apply(desk.an_order("o-8", "mm-5"))
    assert desk.parts() == {"trend": 1.0, "mm": 2.0}


def test_a_claimed_order_belongs_to_whom_it_was_sent_for() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read()
    desk.fill(3.0, client="mm-1")
    desk.position(3.0)
    desk.book.claim("scram-1", "mm")
    desk.fill(-1.0, client="scram-1")
    desk.position(2.0)
    assert desk.parts() == {"mm": 2.0}
    assert desk.book.order_strategy(desk.an_order("o", "scram-1")) == "mm"


def test_strategy_pnl_is_realised_plus_unrealised_less_fees() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read()
    desk.fill(2.0, 100.0, fee=0.5)
    desk.fill(-1.0, 110.0, fee=0.5)
    desk.position(1.0)
    desk.mark(120.0)
    view = desk.view()
    assert view.strategy_pnl[0] == pytest.approx(10.0 + 20.0 - 1.0)
    assert desk.of("strategy:mm", "equity") == pytest.approx(10_029.0)
    assert math.isnan(desk.of("strategy:unattributed", "equity"))


def test_positions_held_before_tracking_are_nobodys_unless_their_fills_tell_all_of_them() -> None:
    desk = Desk()
    desk.mark(100.0)
    old = desk.clock.now() - 3_600.0
    past = (desk.a_fill(2.0, 90.0, "mm-1", at_s=old), desk.a_fill(1.0, 10.0, "tr-1", symbol=ETH, at_s=old))
    desk.read(held={BTC: (2.0, 90.0), ETH: (4.0, 10.0)}, fills=past)
    assert desk.parts() == {"mm": 2.0}
    assert desk.parts(symbol=ETH) == {"unattributed": 4.0}


def test_a_missed_closing_fill_does_not_leave_a_phantom_for_ever() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read()
    desk.fill(2.0, 100.0)
    desk.position(2.0)
    desk.mark(105.0)
    desk.position(0.0, None)
    assert desk.parts() == {"mm": 2.0, "unattributed": -2.0}
    desk.wait(5.0)
    desk.read(wallet=1_010.0)
    assert desk.parts() == {}
    assert desk.view().strategy_pnl[0] == pytest.approx(10.0)


def test_two_strategies_that_oppose_each_other_stay_as_they_are() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read()
    desk.fill(2.0, client="mm-1")
    desk.fill(-2.0, client="tr-1")
    desk.wait(5.0)
    desk.read()
    assert desk.parts() == {"mm": 2.0, "trend": -2.0}
    assert desk.view().positions.quantity.size == 0


def test_hedge_mode_keeps_two_legs() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read(legs=(desk.row("a", BTC, 3.0, 100.0, Source.READING, Leg.LONG),
                    desk.row("a", BTC, -1.0, 100.0, Source.READING, Leg.SHORT)))  # fmt: skip
    assert {row.leg: row.quantity for row in desk.book.positions("a")} == {Leg.LONG: 3.0, Leg.SHORT: -1.0}
    desk.fill(1.0, client="mm-1")
    desk.position(4.0, leg=Leg.LONG)
    assert desk.parts() == {"mm": 1.0, "unattributed": 2.0}


def test_spot_fills_attribute_the_coin() -> None:
    desk = Desk()
    desk.mark(100.0, "SOL/USDT")
    desk.read(wallet={"USDT": 1_000.0, "SOL": 2.0})
    desk.fill(1.0, 100.0, symbol="SOL/USDT")
    desk.book.apply(desk.coins("a", {"USDT": 900.0, "SOL": 3.0}, complete=False, source=Source.STREAM))
    assert desk.parts(symbol="SOL") == {"mm": 1.0, "unattributed": 2.0}
    desk.mark(110.0, "SOL/USDT")
    assert desk.view().strategy_pnl[0] == pytest.approx(10.0)
    assert desk.of("account:a", "equity") == pytest.approx(900.0 + 330.0)
