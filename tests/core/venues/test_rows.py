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
from core.venues.messages import (
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
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


@pytest.mark.parametrize("said", [None, "", 0, "0", -1.0, 99_999_999, "99999999", "inf"])
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
