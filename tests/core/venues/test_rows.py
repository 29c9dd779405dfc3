"""ccxt's rows into our messages: one bad row hides no other, unknown is never zero, lots are counted in base units."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import FlowKind, Leg, Side
from core.venues.legs import one_per_leg
from core.venues.messages import (
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
    OrderEnd,
    OrderUpdate,
    PositionUpdate,
    Source,
)
from core.venues.normalise import each, fill_from, flow_from, instrument_from, number, order_from, position_from

BTC = "BTC/USDT:USDT"
MARKET = {"symbol": BTC, "contractSize": 0.01}
POSITION = {"symbol": BTC, "contracts": 3.0, "side": "long", "entryPrice": 60_000.0, "hedged": False}
ORDER = {"id": "7", "symbol": BTC, "side": "buy", "amount": 5.0, "filled": 2.0, "status": "open", "price": 1.0}
FILL = {"id": "9", "symbol": BTC, "side": "sell", "amount": 5.0, "price": 2.0, "timestamp": 1_700_000_000_000}
FLOW = {"id": "f", "type": "deposit", "amount": 5.0, "direction": "in", "currency": "USDT", "timestamp": 1_000}
# One good row of each kind, and how it is read.
KINDS: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "position": (POSITION, lambda row: position_from(row, "alpha", MARKET, Source.READING, 1.0)),
    "order": (ORDER, lambda row: order_from(row, "alpha", "regular", MARKET, Source.READING, 1.0)),
    "fill": (FILL, lambda row: fill_from(row, "alpha", MARKET, 1.0)),
    "flow": (FLOW, lambda row: flow_from(row, "alpha", 1.0)),
    "market": (
        {"symbol": BTC, "base": "BTC", "quote": "USDT", "type": "swap"},
        lambda row: instrument_from(row, "binanceusdm"),
    ),
}
JUNK: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.just([]) | st.just({}) | st.just({"min": "x"})
)


def a_position(**changes: Any) -> PositionUpdate | None:
    return position_from({**POSITION, **changes}, "alpha", MARKET, Source.READING, 1.0)


def an_order(**changes: Any) -> OrderUpdate:
    return order_from({**ORDER, **changes}, "alpha", "regular", MARKET, Source.READING, 1.0)


def a_fill(**changes: Any) -> FillUpdate:
    return fill_from({**FILL, **changes}, "alpha", MARKET, 1.0)


def a_flow(**changes: Any) -> FlowUpdate | None:
    return flow_from({**FLOW, **changes}, "alpha", 1.0)


def is_finite(message: Any) -> bool:
    values = [getattr(message, known.name) for known in fields(message)]
    return all(math.isfinite(value) for value in values if isinstance(value, float))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_one_bad_row_never_hides_another(kind: str, data: st.DataObject) -> None:
    good, parse = KINDS[kind]
    keys = [*good, "contractSize", "notional", "fee", "info", "limits", "precision", "liquidationPrice", "timestamp"]
    spoilt = st.dictionaries(st.sampled_from(keys), JUNK, min_size=1, max_size=4).map(lambda junk: {**good, **junk})
    rows = data.draw(st.lists(st.one_of(spoilt, JUNK, st.just(good)), max_size=6))
    before, (first,) = len(rows) // 2, each([good], parse, kind)[0]
    parsed, bad = each([*rows[:before], good, *rows[before:]], parse, kind)
    assert first in parsed
    assert len(parsed) + len(bad) <= len(rows) + 1
    assert all(is_finite(message) for message in parsed)
    assert all(f"a {kind} of" in sentence and len(sentence) < 300 for sentence in bad)


def test_a_row_that_names_what_is_wrong_says_so_in_a_sentence() -> None:
    rows: list[Any] = [{**POSITION, "side": None}, None, {}]
    _, bad = each(rows, KINDS["position"][1], "position")
    assert bad[0] == f"a position of {BTC} cannot be understood: its side is None"
    assert all(sentence.startswith("a position of ? cannot be understood: ") for sentence in bad[1:])


@pytest.mark.parametrize(
    ("value", "is_read_as"),
    [("1.5", 1.5), (0, 0.0), ("", None), (None, None), ("nan", None), (math.inf, None), ("-0.0", 0.0)],
)
def test_a_number_is_a_finite_one_or_unknown(value: Any, is_read_as: float | None) -> None:
    assert number(value) == is_read_as


# -- positions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "quantity"),
    [
        ({"side": "long"}, 0.03),
        ({"side": "short"}, -0.03),
        # some venues sign the contracts, and say the side as well
        ({"side": "short", "contracts": -3.0}, -0.03),
        ({"contractSize": 1.0}, 3.0),
        ({"contractSize": None, "contracts": "3"}, 0.03),
    ],
)
def test_a_position_is_counted_in_base_units_and_signed_by_its_side(row: dict[str, Any], quantity: float) -> None:
    position = a_position(**row)
    assert position is not None
    assert position.quantity == pytest.approx(quantity)


@pytest.mark.parametrize(
    ("row", "leg"),
    [
        ({"hedged": True}, Leg.LONG),
        ({"hedged": True, "side": "short"}, Leg.SHORT),
        ({"hedged": False}, Leg.NET),
        ({"hedged": None, "side": "short"}, Leg.NET),
    ],
)
def test_only_a_hedged_row_has_a_leg_of_its_own(row: dict[str, Any], leg: Leg) -> None:
    position = a_position(**row)
    assert position is not None
    assert position.leg is leg


@pytest.mark.parametrize("contracts", [0, 0.0, "0", "0.000", -0.0])
@pytest.mark.parametrize("side", ["long", "both", None])
def test_a_row_of_nothing_is_no_position_whatever_side_it_says(contracts: Any, side: Any) -> None:
    assert a_position(contracts=contracts, side=side) is None


@pytest.mark.parametrize("row", [{"contracts": None}, {"contracts": "nan"}, {"side": "both"}, {"side": None}])
def test_a_position_of_unknown_size_or_side_is_not_guessed(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="it"):
        a_position(**row)


@pytest.mark.parametrize("said", [None, "", 0, "0", -1.0, 99_999_999, "99999999", "999999.00", "inf"])
def test_a_liquidation_price_that_is_none_is_unknown(said: Any) -> None:
    position = a_position(liquidationPrice=said, entryPrice=0)
    assert position is not None
    assert position.liquidation_price is None
    assert position.entry_price is None


@pytest.mark.parametrize(
    ("row", "rate"),
    [
        ({"maintenanceMargin": 5.0, "notional": -1000.0}, 0.005),
        ({"maintenanceMarginPercentage": 0.004}, 0.004),
        ({"maintenanceMargin": 5.0, "notional": 0, "maintenanceMarginPercentage": None}, None),
        ({}, None),
    ],
)
def test_a_margin_rate_is_per_unit_of_notional_or_unknown(row: dict[str, Any], rate: float | None) -> None:
    position = a_position(**row)
    assert position is not None
    assert position.maintenance_margin_rate == (None if rate is None else pytest.approx(rate))
    assert position.initial_margin_rate is None


# -- orders -----------------------------------------------------------------------------------------------------------


def test_an_order_is_counted_in_base_units() -> None:
    order = an_order()
    assert order.quantity == pytest.approx(0.05)
    assert order.filled == pytest.approx(0.02)


@pytest.mark.parametrize("closes", [True, "true"])
def test_an_order_that_closes_a_whole_position_reduces_and_has_no_size(closes: Any) -> None:
    order = an_order(amount=None, info={"closePosition": closes}, reduceOnly=None)
    assert order.reduce_only
    assert order.quantity == 0.0
    assert order.is_open


@pytest.mark.parametrize("closes", [False, "false", None])
def test_an_ordinary_order_does_not_reduce(closes: Any) -> None:
    assert not an_order(info={"closePosition": closes}).reduce_only
    assert not an_order(info=None).reduce_only


@pytest.mark.parametrize("status", [None, "", "open", "untriggered", "something new"])
def test_an_order_of_a_state_that_nobody_knows_counts_as_resting(status: Any) -> None:
    assert an_order(status=status).is_open


@pytest.mark.parametrize("status", ["closed", "canceled", "expired", "rejected"])
def test_an_order_that_ended_does_not_rest(status: str) -> None:
    assert not an_order(status=status).is_open


def test_an_order_of_a_market_nobody_knows_is_still_an_order() -> None:
    order = order_from({**ORDER, "symbol": "NEW/USDT"}, "alpha", "regular", {}, Source.READING, 1.0)
    assert (order.symbol, order.quantity) == ("NEW/USDT", 5.0)


@pytest.mark.parametrize("missing", ["id", "symbol", "side"])
def test_an_order_that_cannot_be_named_is_not_made_up(missing: str) -> None:
    for row in ({**ORDER, missing: None}, {key: value for key, value in ORDER.items() if key != missing}):
        assert each([row], KINDS["order"][1], "order")[0] == ()


@pytest.mark.parametrize(
    ("row", "protective"),
    [
        ({"reduceOnly": True}, True),
        ({"reduceOnly": "false"}, False),
        ({"info": {"R": True}}, True),
        ({"info": {"closeOnTrigger": True}}, True),
        ({"info": {"initial": {"is_close": True}}}, True),
        ({"info": {"order_type": "close-short-position"}}, True),
        ({"info": {"planType": "pos_loss"}}, True),
        ({"info": {"planType": "normal_plan"}}, False),
        ({"side": "sell", "info": {"positionSide": "LONG"}}, True),
        ({"side": "buy", "info": {"positionSide": "LONG"}}, False),
        ({"side": "sell", "info": {"positionSide": "BOTH"}}, False),
        ({"side": "buy", "info": {"posSide": "short"}}, True),
        ({"side": "buy", "info": {"posSide": "net"}}, False),
        ({"side": "sell", "info": {"positionIdx": 1}}, True),
        ({"side": "sell", "info": {"positionIdx": 2}}, False),
        ({"side": "sell", "info": {"positionIdx": 0}}, False),
        ({"info": {"tradeSide": "open", "posSide": "short"}}, False),
        ({"info": {"tradeSide": "close", "posSide": "long"}}, True),
        ({"info": ["nonsense"]}, False),
    ],
)
def test_only_what_can_but_reduce_is_protective(row: dict[str, Any], protective: bool) -> None:
    assert an_order(**row).is_protective is protective


def test_what_closes_a_long_leg_at_bitget_is_sold_though_it_is_called_a_buy() -> None:
    info = {"side": "buy", "posMode": "hedge_mode", "tradeSide": "close"}
    assert an_order(info=info, side="buy").side is Side.SELL
    assert an_order(info=info, side="sell").side is Side.SELL  # ccxt has put some of them right already
    assert a_fill(info=info, side="buy").side is Side.SELL
    assert an_order(info={**info, "tradeSide": "open"}, side="buy").side is Side.BUY


@pytest.mark.parametrize(
    ("row", "ended"),
    [
        ({}, OrderEnd.NONE),
        ({"status": "something new"}, OrderEnd.NONE),
        ({"status": "closed", "filled": 5.0}, OrderEnd.FILLED),
        ({"status": "closed", "filled": None}, OrderEnd.FILLED),
        ({"status": "closed", "amount": None, "filled": 0.0}, OrderEnd.FILLED),
        # Some venues say `closed` of whatever is over.
        ({"status": "closed", "filled": 2.0}, OrderEnd.CANCELED),
        ({"status": "canceled"}, OrderEnd.CANCELED),
        ({"status": "rejected"}, OrderEnd.REJECTED),
        ({"status": "expired"}, OrderEnd.EXPIRED),
    ],
)
def test_an_order_that_is_over_says_how_it_ended(row: dict[str, Any], ended: OrderEnd) -> None:
    assert an_order(**row).ended is ended
    assert an_order(**row).is_open is (ended is OrderEnd.NONE)


# -- two rows of one leg ----------------------------------------------------------------------------------------------


def held(quantity: float, entry: float | None = 100.0, symbol: str = BTC, leg: Leg = Leg.NET) -> PositionUpdate:
    return PositionUpdate("alpha", symbol, leg, quantity, entry, Source.READING, 1.0, leverage=5.0)


A_ROW = st.tuples(
    st.sampled_from(["A", "B"]), st.sampled_from([Leg.LONG, Leg.NET]), st.integers(-50, 50), st.integers(1, 9)
)


@given(st.lists(A_ROW, max_size=8, unique=True))
def test_positions_are_told_once_per_leg_and_add_up(rows: list[tuple[str, Leg, int, int]]) -> None:
    positions = [held(float(quantity), float(entry), symbol, leg) for symbol, leg, quantity, entry in rows]
    told = one_per_leg(positions, frozenset())
    assert len({(row.symbol, row.leg) for row in told}) == len(told)
    for row in told:
        parts = [part for part in positions if (part.symbol, part.leg) == (row.symbol, row.leg)]
        assert row.quantity == sum(part.quantity for part in parts)
        if len(parts) == 1:
            assert row == parts[0]
        elif row.entry_price is not None:
            cost = sum(part.quantity * (part.entry_price or 0.0) for part in parts)
            assert row.quantity * row.entry_price == pytest.approx(cost)


def test_the_entry_of_a_long_and_a_short_together_is_no_price() -> None:
    (row,) = one_per_leg([held(5.0, 100.0), held(-3.0, 200.0)], frozenset())
    assert (row.quantity, row.entry_price) == (2.0, None)
    (row,) = one_per_leg([held(5.0, 100.0), held(3.0, None)], frozenset())
    assert (row.quantity, row.entry_price) == (8.0, None)


def test_an_option_paid_in_its_coin_is_not_inverse() -> None:
    market = {"symbol": "BTC/USD:BTC-261225-100000-C", "base": "BTC", "quote": "USD", "settle": "BTC", "inverse": True}
    option = instrument_from({**market, "type": "option"}, "deribit")
    future = instrument_from({**market, "type": "future"}, "deribit")
    assert option is not None
    assert future is not None
    assert (option.inverse, future.inverse) == (False, True)


# -- fills, flows, instruments ----------------------------------------------------------------------------------------


def test_a_fill_is_counted_in_base_units_with_its_fee() -> None:
    fill = a_fill(fee={"cost": 0.5, "currency": "BNB"}, order="7")
    assert fill.quantity == pytest.approx(0.05)
    assert (fill.side, fill.at_s) == (Side.SELL, 1_700_000_000.0)
    assert (fill.fee, fill.fee_coin, fill.order_id) == (0.5, "BNB", "7")
    assert a_fill(fee=None).fee == 0.0


@pytest.mark.parametrize(
    ("row", "kind", "amount"),
    [
        ({}, FlowKind.DEPOSIT, 5.0),
        ({"type": "withdrawal", "direction": "out"}, FlowKind.WITHDRAWAL, -5.0),
        ({"type": "transfer", "direction": "out", "amount": -5.0}, FlowKind.TRANSFER, -5.0),
        ({"type": "transfer", "direction": None, "amount": -5.0}, FlowKind.TRANSFER, -5.0),
        ({"type": "transfer", "direction": "in", "amount": -5.0}, FlowKind.TRANSFER, 5.0),
    ],
)
def test_a_flow_has_its_direction(row: dict[str, Any], kind: FlowKind, amount: float) -> None:
    flow = a_flow(**row)
    assert flow is not None
    assert (flow.kind, flow.amount) == (kind, amount)


@pytest.mark.parametrize("kind", ["fee", "trade", "rebate", "", None])
def test_what_is_no_flow_from_outside_is_none(kind: Any) -> None:
    assert a_flow(type=kind) is None


def test_the_same_flow_without_a_name_has_the_same_id_when_it_is_read_again() -> None:
    first, again, other = a_flow(id=None), a_flow(id=None), a_flow(id=None, amount=6.0)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.flow_id == again.flow_id != other.flow_id


def test_steps_and_least_sizes_of_an_instrument_are_in_base_units() -> None:
    market = {
        **KINDS["market"][0],
        "contractSize": 0.01,
        "precision": {"amount": 1.0, "price": 0.1},
        "limits": {"amount": {"min": 2.0}, "cost": {"min": 5.0}},
    }
    instrument = instrument_from(market, "okx")
    assert isinstance(instrument, Instrument)
    assert instrument.quantity_step == pytest.approx(0.01)
    assert instrument.quantity_min == pytest.approx(0.02)
    assert (instrument.price_step, instrument.notional_min, instrument.settle) == (0.1, 5.0, "USDT")
    assert instrument.kind is InstrumentKind.SWAP


def test_what_cannot_be_traded_here_is_no_instrument() -> None:
    assert instrument_from({"symbol": "x", "type": "index"}, "okx") is None
