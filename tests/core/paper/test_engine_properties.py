"""Facts that hold whatever is done: accounting identities, reduce-only, books and their listings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Side
from core.paper.engine.account import Account
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.model import (
    Book,
    Cause,
    OrderKind,
    OrderRequest,
    Refusal,
    TimeInForce,
    TriggerKind,
    TriggerRequest,
)
from tests.core.paper.conftest import Engine

SYMBOLS = ("BTCUSDT", "DOGEUSDT", "SOLUSDT")


@dataclass(frozen=True)
class Deed:
    what: str
    symbol: str
    side: Side
    notional: float
    offset: float
    reduce_only: bool


deeds = st.builds(
    Deed,
    what=st.sampled_from(["market", "limit", "ioc", "stop", "profit", "close", "cancel", "flow", "jump", "step"]),
    symbol=st.sampled_from(SYMBOLS),
    side=st.sampled_from(list(Side)),
    notional=st.floats(50, 60_000),
    offset=st.floats(-0.08, 0.08),
    reduce_only=st.booleans(),
)


def do(engine: Engine, deed: Deed) -> None:
    instrument = engine.market.instrument(deed.symbol)
    mark = engine.market.mark_of(deed.symbol)
    quantity = instrument.floor_quantity(deed.notional / mark)
    price = instrument.round_price(mark * (1 + deed.offset))
    account, exchange = engine.account, engine.exchange
    if deed.what in {"market", "limit", "ioc"}:
        kind = OrderKind.MARKET if deed.what == "market" else OrderKind.LIMIT
        tif = TimeInForce.IOC if deed.what == "ioc" else TimeInForce.GTC
        request = OrderRequest(deed.symbol, deed.side, kind, quantity, price, tif, deed.reduce_only)
        exchange.place(account, request)
    elif deed.what in {"stop", "profit", "close"}:
        trigger_kind = TriggerKind.TAKE_PROFIT_MARKET if deed.what == "profit" else TriggerKind.STOP_MARKET
        closes = deed.what == "close"
        exchange.place_trigger(
            account,
            TriggerRequest(
                deed.symbol,
                deed.side,
                trigger_kind,
                price,
                quantity,
                reduce_only=deed.reduce_only,
                close_position=closes,
            ),
        )
    elif deed.what == "cancel":
        for order in account.open_orders(deed.symbol)[:1]:
            exchange.cancel(account, order)
    elif deed.what == "flow":
        amount = round(deed.notional * deed.side.sign, 2)
        exchange.flow(account, "USDT", amount, Cause.DEPOSIT if amount > 0 else Cause.WITHDRAW)
    elif deed.what == "jump":
        engine.move(deed.symbol, price)
    else:
        engine.step(3)


def run(engine: Engine, course: list[Deed]) -> None:
    for deed in course:
        try:
            do(engine, deed)
        except Refusal:
            continue


def sums(account: Account) -> tuple[dict[str, float], dict[str, float]]:
    positions: dict[str, float] = defaultdict(float)
    for fill in account.fills:
        positions[fill.symbol] += fill.side.sign * fill.quantity
    ledger: dict[str, float] = defaultdict(float)
    for row in account.ledger:
        ledger[row.kind] += row.amount
    return positions, ledger


@settings(max_examples=60, deadline=None)
@given(st.lists(deeds, max_size=40))
def test_wallet_changes_are_realised_less_fees_plus_flows_and_positions_are_their_fills(course: list[Deed]) -> None:
    engine = Engine()
    run(engine, course)
    positions, ledger = sums(engine.account)
    assert engine.account.wallets["USDT"] == pytest.approx(sum(ledger.values()), abs=1e-6)
    assert ledger[LedgerKind.REALISED] == pytest.approx(sum(f.realised for f in engine.account.fills), abs=1e-6)
    assert -ledger[LedgerKind.FEE] == pytest.approx(sum(f.fee for f in engine.account.fills), abs=1e-6)
    for symbol in SYMBOLS:
        assert engine.account.quantity_of(symbol) == pytest.approx(positions[symbol], abs=1e-9)
    # Equity is what went in, what was earned on paper and in fact, less fees: marked positions lose nothing.
    cash = sum(-f.side.sign * f.quantity * f.price - f.fee for f in engine.account.fills)
    held = sum(engine.account.quantity_of(s) * engine.market.mark_of(s) for s in SYMBOLS)
    assert engine.account.equity() == pytest.approx(ledger[LedgerKind.FLOW] + cash + held, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(deeds, max_size=40))
def test_reduce_only_never_enlarges_and_never_flips(course: list[Deed]) -> None:
    engine = Engine()
    held: dict[str, float] = defaultdict(float)
    run(engine, course)
    reducing = {order.order_id for order in engine.account.orders.values() if order.reduce_only}
    for fill in engine.account.fills:
        before = held[fill.symbol]
        after = round(before + fill.side.sign * fill.quantity, 8)
        held[fill.symbol] = after
        if fill.order_id in reducing:
            assert abs(after) < abs(before)
            assert after * before >= 0


@settings(max_examples=60, deadline=None)
@given(st.lists(deeds, max_size=40))
def test_listings_are_what_is_open_and_cancelling_all_empties_a_symbol(course: list[Deed]) -> None:
    engine = Engine()
    run(engine, course)
    account = engine.account
    assert account.open_orders() == [o for s in account.resting for o in account.open_orders(s)]
    assert {o.order_id for o in account.open_orders()} == {
        o.order_id for o in account.orders.values() if o.status.is_open
    }
    assert {t.trigger_id for t in account.open_triggers()} == {
        t.trigger_id for t in account.triggers.values() if t.status.is_open
    }
    now = engine.clock.now()
    assert {o.client_id for o in account.resting_at(Book.REGULAR, now)} == {o.client_id for o in account.open_orders()}
    for order in account.open_orders("BTCUSDT"):
        engine.exchange.cancel(account, order)
    assert account.open_orders("BTCUSDT") == []
    assert all(order.symbol != "BTCUSDT" for order in account.open_orders())


@settings(max_examples=40, deadline=None)
@given(st.lists(deeds, max_size=30))
def test_no_resting_order_is_already_crossed(course: list[Deed]) -> None:
    engine = Engine()
    run(engine, course)
    engine.market.shock_price("BTCUSDT", 64_200.0)
    for _ in range(40):
        engine.exchange.match()
    for order in engine.account.open_orders("BTCUSDT"):
        bid, ask = engine.market.best("BTCUSDT")
        assert order.price is not None
        assert order.price < ask if order.side is Side.BUY else order.price > bid
