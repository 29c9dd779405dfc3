"""Facts that hold whatever is done, in every kind of account: accounting identities, reduce-only, legs, liquidation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Leg, Side
from core.paper.engine.account import Account
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.margin import position_maintenance
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
from core.paper.engine.rules import EngineRules
from core.paper.instruments import ContractKind
from tests.core.paper.conftest import Engine

SYMBOLS = {
    ContractKind.LINEAR: ("BTCUSDT", "DOGEUSDT", "SOLUSDT"),
    ContractKind.INVERSE: ("BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_PERP"),
    ContractKind.SPOT: ("BTCUSDT", "ETHUSDT", "SOLUSDT"),
}
ORDERS = ("market", "limit", "ioc")
TRIGGERS = ("stop", "profit", "close")
OTHERS = ("cancel", "flow", "jump", "crash", "crash", "step", "wait", "lever", "pot", "mode")


@dataclass(frozen=True)
class World:
    kind: ContractKind
    hedged: bool
    isolated: frozenset[int]
    """Which of its symbols (by place) are under isolated margin."""


@dataclass(frozen=True)
class Deed:
    what: str
    place: int
    side: Side
    leg: Leg
    notional: float
    offset: float
    reduce_only: bool


perpetual_worlds = st.builds(
    World,
    kind=st.sampled_from([ContractKind.LINEAR, ContractKind.INVERSE]),
    hedged=st.booleans(),
    isolated=st.frozensets(st.integers(0, 2)),
)
worlds = perpetual_worlds | st.just(World(ContractKind.SPOT, False, frozenset()))
deeds = st.builds(
    Deed,
    what=st.sampled_from([*ORDERS, *ORDERS, *TRIGGERS, *OTHERS]),
    place=st.integers(0, 2),
    side=st.sampled_from(list(Side)),
    leg=st.sampled_from([Leg.LONG, Leg.SHORT]),
    notional=st.floats(50, 60_000) | st.floats(200_000, 1_500_000),
    offset=st.floats(-0.08, 0.08),
    reduce_only=st.booleans(),
)
courses = st.lists(deeds, max_size=10) | st.lists(deeds, min_size=15, max_size=40)


def do(engine: Engine, world: World, deed: Deed) -> None:
    symbol = SYMBOLS[world.kind][deed.place]
    instrument, mark = engine.market.instrument(symbol), engine.market.mark_of(symbol)
    quantity = instrument.floor_quantity(deed.notional / instrument.value(1.0, mark))
    price = instrument.round_price(mark * (1 + deed.offset))
    account, exchange = engine.account, engine.exchange
    leg = deed.leg if world.hedged else Leg.NET
    reduce_only = deed.reduce_only and not world.hedged
    if deed.what in ORDERS:
        kind = OrderKind.MARKET if deed.what == "market" else OrderKind.LIMIT
        tif = TimeInForce.IOC if deed.what == "ioc" else TimeInForce.GTC
        exchange.place(account, OrderRequest(symbol, deed.side, kind, quantity, price, tif, reduce_only, leg=leg))
    elif deed.what in TRIGGERS and world.kind is not ContractKind.SPOT:
        trigger = TriggerKind.TAKE_PROFIT_MARKET if deed.what == "profit" else TriggerKind.STOP_MARKET
        closes = deed.what == "close"
        request = TriggerRequest(
            symbol, deed.side, trigger, price, quantity, reduce_only=reduce_only, close_position=closes, leg=leg
        )
        exchange.place_trigger(account, request)
    else:
        do_other(engine, deed, symbol, leg, price)


def do_other(engine: Engine, deed: Deed, symbol: str, leg: Leg, price: float) -> None:
    account, exchange, instrument = engine.account, engine.exchange, engine.market.instrument(symbol)
    if deed.what == "cancel":
        for order in account.open_orders(symbol)[:1]:
            exchange.cancel(account, order)
    elif deed.what == "flow":
        amount = round(deed.notional * deed.side.sign / engine.market.worth_of(instrument.settle), 6)
        cause = Cause.DEPOSIT if amount > 0 else Cause.WITHDRAW
        exchange.flow(account, instrument.settle, amount, cause)
    elif deed.what == "jump":
        engine.move(symbol, price)
    elif deed.what == "crash":
        engine.move(symbol, instrument.round_price(price * (0.7 if deed.side is Side.SELL else 1.4)))
    elif deed.what == "wait":
        engine.clock.advance(60.0)
        engine.exchange.match()
    elif deed.what == "lever":
        exchange.settings.set_leverage(account, symbol, 1 + int(deed.notional) % 50)
    elif deed.what == "pot":
        amount = round(deed.notional / 10 * deed.side.sign / engine.market.worth_of(instrument.settle), 6)
        exchange.settings.move_margin(account, symbol, leg, amount)
    elif deed.what == "mode":
        exchange.settings.set_isolated(account, symbol, not account.is_isolated(symbol))
    else:
        engine.step(3)


def run(world: World, course: list[Deed]) -> Engine:
    engine = Engine(kind=world.kind, rules=EngineRules(funding_period_s=60.0))
    engine.account.is_hedged = world.hedged
    if world.kind is not ContractKind.SPOT:
        for place in sorted(world.isolated):
            engine.account.set_isolated(SYMBOLS[world.kind][place], True)
    for symbol in SYMBOLS[world.kind][:1]:
        engine.market.set_funding_rate(symbol, 0.002)
    for deed in course:
        try:
            do(engine, world, deed)
        except Refusal:
            continue
    engine.exchange.match()
    return engine


def booked(account: Account) -> dict[tuple[str, LedgerKind], float]:
    sums: dict[tuple[str, LedgerKind], float] = defaultdict(float)
    for row in account.ledger:
        sums[row.coin, row.kind] += row.amount
    return sums


@settings(max_examples=120, deadline=None)
@given(worlds, courses)
def test_wallets_are_the_sum_of_their_ledger_and_positions_the_sum_of_their_fills(
    world: World, course: list[Deed]
) -> None:
    engine = run(world, course)
    account, sums = engine.account, booked(engine.account)
    for coin, amount in account.wallets.items():
        assert amount == pytest.approx(sum(v for (c, _), v in sums.items() if c == coin), abs=1e-6)
        fills = [fill for fill in account.fills if fill.coin == coin]
        assert sums[coin, LedgerKind.REALISED] == pytest.approx(sum(f.realised for f in fills), abs=1e-6)
        assert -sums[coin, LedgerKind.FEE] == pytest.approx(sum(f.fee for f in fills), abs=1e-6)
    held: dict[tuple[str, Leg], float] = defaultdict(float)
    for fill in account.fills:
        held[fill.symbol, fill.leg] += fill.side.sign * fill.quantity
    if world.kind is ContractKind.SPOT:
        assert account.positions == {}
    for key, position in account.positions.items():
        assert position.quantity == pytest.approx(held.pop(key), abs=1e-9)
    assert world.kind is ContractKind.SPOT or not held


@settings(max_examples=80, deadline=None)
@given(perpetual_worlds, courses)
def test_equity_is_what_went_in_and_what_trading_made_by_a_formula_that_knows_no_entry_price(
    world: World, course: list[Deed]
) -> None:
    engine = run(world, course)
    account, sums = engine.account, booked(engine.account)
    other = (LedgerKind.FLOW, LedgerKind.FEE, LedgerKind.FUNDING, LedgerKind.LIQUIDATION, LedgerKind.INSURANCE)
    for coin in account.wallets:
        expected = sum(sums[coin, kind] for kind in other)
        for fill in account.fills:
            if fill.coin == coin:
                mark, signed = engine.market.mark_of(fill.symbol), fill.side.sign * fill.quantity
                if world.kind is ContractKind.LINEAR:
                    expected += signed * (mark - fill.price)
                else:
                    size = 100.0 if fill.symbol.startswith("BTC") else 10.0
                    expected += signed * size * (1 / fill.price - 1 / mark)
        assert account.margin(coin).equity == pytest.approx(expected, abs=1e-3, rel=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.just(World(ContractKind.SPOT, False, frozenset())), courses)
def test_spot_coins_come_and_go_by_their_fills_and_never_below_nothing(world: World, course: list[Deed]) -> None:
    engine = run(world, course)
    account, sums = engine.account, booked(engine.account)
    for coin, amount in account.wallets.items():
        expected = sums[coin, LedgerKind.FLOW]
        for fill in account.fills:
            if fill.symbol == f"{coin}USDT":
                expected += fill.side.sign * fill.quantity
            elif coin == "USDT":
                expected -= fill.side.sign * fill.quantity * fill.price
            expected -= fill.fee if fill.coin == coin else 0.0
        assert amount == pytest.approx(expected, abs=1e-4)
        assert amount >= 0
        assert account.margin(coin).order_initial <= amount + 1e-6


@settings(max_examples=80, deadline=None)
@given(perpetual_worlds, courses)
def test_what_may_only_reduce_never_enlarges_and_never_flips_and_legs_keep_their_side(
    world: World, course: list[Deed]
) -> None:
    engine = run(world, course)
    held: dict[tuple[str, Leg], float] = defaultdict(float)
    reducing = {order.order_id for order in engine.account.orders.values() if order.reduce_only}
    for fill in engine.account.fills:
        before = held[fill.symbol, fill.leg]
        after = round(before + fill.side.sign * fill.quantity, 8)
        held[fill.symbol, fill.leg] = after
        if fill.order_id in reducing:
            assert abs(after) < abs(before)
            assert after * before >= 0
        assert (fill.leg is Leg.NET) is not world.hedged
        assert after >= 0 or fill.leg is not Leg.LONG
        assert after <= 0 or fill.leg is not Leg.SHORT


@settings(max_examples=120, deadline=None)
@given(perpetual_worlds, courses)
def test_after_every_match_nothing_is_held_that_is_not_backed(world: World, course: list[Deed]) -> None:
    engine = run(world, course)
    account = engine.account
    for position in account.open_positions():
        if account.is_isolated(position.symbol):
            backing = position.pot + account.unrealised_of(position)
            assert position.pot >= 0 or backing > 0
            assert backing > position_maintenance(account, position)
        else:
            assert position.pot == 0
    for coin in account.wallets:
        margin = account.margin(coin)
        positions = [p for p in account.open_positions() if engine.market.instrument(p.symbol).settle == coin]
        pots = sum(p.pot for p in positions)
        assert margin.pots == pytest.approx(pots, abs=1e-6)
        if any(not account.is_isolated(p.symbol) for p in positions):
            assert margin.cross_equity > margin.cross_maintenance
        else:
            assert margin.cross_wallet >= -1e-8


@settings(max_examples=60, deadline=None)
@given(worlds, courses)
def test_listings_are_what_is_open_and_cancelling_all_empties_a_symbol(world: World, course: list[Deed]) -> None:
    engine = run(world, course)
    account, symbol = engine.account, SYMBOLS[world.kind][0]
    assert account.open_orders() == [o for s in account.resting for o in account.open_orders(s)]
    assert {o.order_id for o in account.open_orders()} == {
        o.order_id for o in account.orders.values() if o.status.is_open
    }
    assert {t.trigger_id for t in account.open_triggers()} == {
        t.trigger_id for t in account.triggers.values() if t.status.is_open
    }
    now = engine.clock.now()
    assert {o.client_id for o in account.resting_at(Book.REGULAR, now)} == {o.client_id for o in account.open_orders()}
    for order in account.open_orders(symbol):
        engine.exchange.cancel(account, order)
    assert account.open_orders(symbol) == []
    assert all(order.symbol != symbol for order in account.open_orders())


@settings(max_examples=40, deadline=None)
@given(worlds, courses)
def test_no_resting_order_is_already_crossed(world: World, course: list[Deed]) -> None:
    engine = run(world, course)
    symbol = SYMBOLS[world.kind][0]
    engine.move(symbol, 64_200.0)
    for _ in range(40):
        engine.exchange.match()
    for order in engine.account.open_orders(symbol):
        bid, ask = engine.market.best(symbol)
        assert order.price is not None
        assert order.price < ask if order.side is Side.BUY else order.price > bid
