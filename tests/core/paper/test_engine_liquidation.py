"""Liquidation and the price that foretells it, funding, and what the insurance fund pays."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Leg, Side
from core.paper.engine.events import AccountEvent, OrderEvent
from core.paper.engine.holdings import LedgerKind, Position
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.model import Cause, OrderKind, OrderRequest, Status, TriggerKind, TriggerRequest
from core.paper.engine.rules import EngineRules
from core.paper.instruments import ContractKind
from tests.core.paper.conftest import Engine

BTC, ETH, COIN = "BTCUSDT", "ETHUSDT", "BTCUSD_PERP"


def lever(engine: Engine, symbol: str, side: Side, share: float, leverage: int = 25, leg: Leg = Leg.NET) -> Position:
    """Put `share` of what a leverage allows on one side."""
    engine.exchange.settings.set_leverage(engine.account, symbol, leverage)
    instrument, mark = engine.market.instrument(symbol), engine.market.mark_of(symbol)
    free = engine.account.margin(instrument.settle).available
    quantity = instrument.floor_quantity(free * share * leverage / instrument.notional(1.0, mark))
    engine.trade(symbol, side, quantity, leg=leg)
    return engine.account.position_of(symbol, leg)


def forced(engine: Engine) -> list[str]:
    return [o.symbol for o in engine.account.orders.values() if o.is_forced]


@pytest.mark.parametrize("side", list(Side))
def test_a_cross_account_is_liquidated_just_past_its_liquidation_price_and_not_before(side: Side) -> None:
    engine = Engine()
    position = lever(engine, BTC, side, 0.9)
    price = liquidation_price(engine.account, position)
    engine.move(BTC, price * (1 + side.sign * 1e-5))
    assert forced(engine) == []
    engine.move(BTC, price * (1 - side.sign * 1e-5))
    assert forced(engine) == [BTC]
    assert engine.account.open_positions() == []
    assert engine.account.wallets["USDT"] >= 0


def test_orders_go_first_then_the_positions_and_a_fee_is_charged() -> None:
    engine = Engine()
    position = lever(engine, BTC, Side.BUY, 0.9)
    rest = OrderRequest(ETH, Side.BUY, OrderKind.LIMIT, 0.1, 2_000.0)
    order = engine.exchange.place(engine.account, rest)
    stop = TriggerRequest(BTC, Side.SELL, TriggerKind.STOP_MARKET, 30_000.0, 1.0)
    trigger = engine.exchange.place_trigger(engine.account, stop)
    price = liquidation_price(engine.account, position)
    engine.events.clear()
    engine.move(BTC, price * 0.999)
    assert (order.status, trigger.status) == (Status.CANCELED, Status.CANCELED)
    told = [event.order for event in engine.events if isinstance(event, OrderEvent)]
    assert told[0].order_id == order.order_id
    closing = [row for row in told if row.is_forced]
    assert closing[0].status is Status.NEW
    assert closing[-1].status is Status.FILLED
    assert closing[0].client_id.startswith("autoclose-")
    (fee,) = engine.booked(LedgerKind.LIQUIDATION)
    assert fee < 0
    assert engine.account.margin("USDT").equity < 1_500


def test_only_as_much_is_closed_as_brings_the_margin_back() -> None:
    # With the ordinary fee the first liquidation takes what is left, and the rest follows.
    engine = Engine(rules=EngineRules(liquidation_fee=0.0005))
    lever(engine, BTC, Side.BUY, 0.7)
    lever(engine, ETH, Side.SELL, 0.2)
    engine.move(BTC, liquidation_price(engine.account, engine.account.position_of(BTC)) * 0.9999)
    assert forced(engine) == [BTC]
    assert [p.symbol for p in engine.account.open_positions()] == [ETH]
    margin = engine.account.margin("USDT")
    assert margin.equity > margin.maintenance


def test_a_gap_leaves_no_debt_because_the_insurance_fund_pays_it() -> None:
    engine = Engine()
    lever(engine, BTC, Side.BUY, 0.9)
    engine.move(BTC, 40_000.0)
    assert engine.account.wallets["USDT"] == 0
    (paid,) = engine.booked(LedgerKind.INSURANCE)
    assert paid > 0
    told = [event for event in engine.events if isinstance(event, AccountEvent) and event.cause is Cause.INSURANCE]
    assert told[-1].wallets == {"USDT": 0.0}


def test_an_isolated_position_goes_alone_and_costs_its_pot_at_most() -> None:
    engine = Engine()
    engine.exchange.settings.set_isolated(engine.account, BTC, True)
    position = lever(engine, BTC, Side.BUY, 0.4)
    lever(engine, ETH, Side.BUY, 0.1)
    resting = engine.exchange.place(engine.account, OrderRequest(ETH, Side.BUY, OrderKind.LIMIT, 0.1, 2_000.0))
    cross = engine.account.margin("USDT").cross_wallet
    price = liquidation_price(engine.account, position)
    engine.move(BTC, price * 1.0001)
    assert forced(engine) == []
    engine.move(BTC, price * 0.9)
    assert forced(engine) == [BTC]
    assert [p.symbol for p in engine.account.open_positions()] == [ETH]
    assert resting.status.is_open
    assert engine.account.margin("USDT").cross_wallet == pytest.approx(cross)
    assert engine.booked(LedgerKind.INSURANCE)[0] > 0


def test_more_margin_in_the_pot_moves_the_liquidation_price_away() -> None:
    engine = Engine()
    engine.exchange.settings.set_isolated(engine.account, BTC, True)
    position = lever(engine, BTC, Side.SELL, 0.2)
    before = liquidation_price(engine.account, position)
    engine.exchange.settings.move_margin(engine.account, BTC, Leg.NET, 5_000.0)
    assert liquidation_price(engine.account, position) > before
    engine.move(BTC, before * 1.001)
    assert forced(engine) == []


def test_an_inverse_long_is_lost_sooner_than_it_falls_as_its_margin_falls_with_it() -> None:
    engine = Engine(kind=ContractKind.INVERSE)
    position = lever(engine, COIN, Side.BUY, 0.9, leverage=10)
    price = liquidation_price(engine.account, position)
    start = engine.market.mark_of(COIN)
    assert 0.90 < price / start < 0.96
    engine.move(COIN, price * 1.0001)
    assert forced(engine) == []
    engine.move(COIN, price * 0.9999)
    assert forced(engine) == [COIN]
    assert engine.account.wallets["BTC"] >= 0


def test_each_coin_of_an_inverse_account_stands_for_itself() -> None:
    engine = Engine(kind=ContractKind.INVERSE)
    lever(engine, COIN, Side.BUY, 0.9)
    lever(engine, "ETHUSD_PERP", Side.BUY, 0.2)
    ether = engine.account.wallets["ETH"]
    engine.move(COIN, engine.market.mark_of(COIN) * 0.7)
    assert forced(engine) == [COIN]
    assert (engine.account.wallets["BTC"], engine.account.wallets["ETH"]) == (0.0, ether)


def test_a_short_inverse_position_within_its_coins_cannot_be_lost() -> None:
    engine = Engine(kind=ContractKind.INVERSE)
    engine.trade(COIN, Side.SELL, 1_000)  # 100,000 dollars against two coins
    assert liquidation_price(engine.account, engine.account.position_of(COIN)) == 0
    engine.move(COIN, 5_000_000.0)
    assert forced(engine) == []


def test_both_legs_of_hedge_mode_share_one_liquidation_price() -> None:
    engine = Engine()
    engine.exchange.settings.set_hedged(engine.account, True)
    long = lever(engine, BTC, Side.BUY, 0.6, leg=Leg.LONG)
    short = lever(engine, BTC, Side.SELL, 0.5, leg=Leg.SHORT)
    price = liquidation_price(engine.account, long)
    assert price == pytest.approx(liquidation_price(engine.account, short))
    engine.move(BTC, price * 0.9999)
    assert forced(engine)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([ContractKind.LINEAR, ContractKind.INVERSE]),
    sides=st.lists(st.sampled_from(list(Side)), min_size=1, max_size=2),
    share=st.floats(0.02, 0.9),
    leverage=st.integers(2, 30),
    isolated=st.booleans(),
)
def test_at_the_liquidation_price_what_is_there_is_what_must_be_kept(
    kind: ContractKind, sides: list[Side], share: float, leverage: int, isolated: bool
) -> None:
    engine = Engine(kind=kind)
    names = (BTC, ETH) if kind is ContractKind.LINEAR else (COIN, "ETHUSD_PERP")
    if isolated:
        engine.exchange.settings.set_isolated(engine.account, names[0], True)
    for name, side in zip(names, sides, strict=False):
        lever(engine, name, side, share, leverage)
    position = engine.account.position_of(names[0])
    price = liquidation_price(engine.account, position)
    if not price:
        return
    instrument = engine.market.instrument(names[0])
    # By hand and without the engine's own sums: PnL and the bracket's maintenance margin at the price found.
    quantity, entry = position.quantity, position.entry_price
    if kind is ContractKind.LINEAR:
        notional, pnl = abs(quantity) * price, quantity * (price - entry)
    else:
        size = 100.0
        notional, pnl = abs(quantity) * size / price, quantity * size / entry - quantity * size / price
    bracket = [tier for tier in instrument.tiers if tier.floor <= notional * (1 + 1e-9)][-1]
    kept = notional * bracket.maintenance_rate - bracket.deduction
    backing = position.pot
    if not isolated:
        others = [p for p in engine.account.open_positions() if p is not position]
        same = [p for p in others if engine.market.instrument(p.symbol).settle == instrument.settle]
        backing = engine.account.wallets[instrument.settle]
        for other in same:
            mark = engine.market.mark_of(other.symbol)
            worth = abs(other.quantity) * mark
            tier = next(t for t in engine.market.instrument(other.symbol).tiers if worth < t.cap)
            backing += other.quantity * (mark - other.entry_price) - worth * tier.maintenance_rate + tier.deduction
    # Brackets join with a jump of up to a cent, as their deductions are rounded.
    slack = 0.02 if kind is ContractKind.LINEAR else 1e-6
    assert backing + pnl == pytest.approx(kept, rel=1e-6, abs=slack)
    assert math.copysign(1, engine.market.mark_of(names[0]) - price) == math.copysign(1, quantity)


# -- funding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "side", "paid"), [(0.001, Side.BUY, 1), (0.001, Side.SELL, -1), (-0.001, Side.BUY, -1)]
)
def test_longs_pay_shorts_where_the_rate_is_above_zero(rate: float, side: Side, paid: int) -> None:
    engine = Engine(rules=EngineRules(funding_period_s=60.0))
    engine.market.set_funding_rate(BTC, rate)
    engine.trade(BTC, side, 1.0)
    before, due_s = engine.account.wallets["USDT"], engine.exchange.funding.next_s
    assert due_s % 60 == 0
    engine.clock.advance(due_s - engine.clock.now() - 0.5)
    engine.exchange.match()
    assert engine.booked(LedgerKind.FUNDING) == []
    engine.clock.advance(0.5)
    engine.exchange.match()
    mark = engine.market.mark_of(BTC)
    assert engine.booked(LedgerKind.FUNDING) == [pytest.approx(-paid * abs(rate) * mark)]
    assert engine.account.wallets["USDT"] == pytest.approx(before - paid * abs(rate) * mark)
    assert engine.exchange.funding.next_s == due_s + 60
    told = [event for event in engine.events if isinstance(event, AccountEvent) and event.cause is Cause.FUNDING]
    assert [event.positions for event in told] == [()]


def test_an_isolated_position_pays_funding_out_of_its_pot() -> None:
    engine = Engine(rules=EngineRules(funding_period_s=60.0))
    engine.market.set_funding_rate(BTC, 0.001)
    engine.exchange.settings.set_isolated(engine.account, BTC, True)
    engine.trade(BTC, Side.BUY, 1.0)
    pot, cross = engine.account.position_of(BTC).pot, engine.account.margin("USDT").cross_wallet
    engine.clock.advance(60.0)
    engine.exchange.match()
    paid = 0.001 * engine.market.mark_of(BTC)
    assert engine.account.position_of(BTC).pot == pytest.approx(pot - paid)
    assert engine.account.margin("USDT").cross_wallet == pytest.approx(cross)


def test_inverse_funding_is_paid_in_the_coin() -> None:
    engine = Engine(kind=ContractKind.INVERSE, rules=EngineRules(funding_period_s=60.0))
    engine.market.set_funding_rate(COIN, 0.0005)
    engine.trade(COIN, Side.BUY, 100)
    engine.clock.advance(60.0)
    engine.exchange.match()
    assert engine.booked(LedgerKind.FUNDING) == [
        pytest.approx(-0.0005 * 100 * 100 / engine.market.mark_of(COIN), abs=1e-8)
    ]


def test_the_rate_follows_the_premium_and_stays_at_the_interest_while_there_is_none() -> None:
    engine = Engine()
    assert engine.market.funding_rate_of(BTC) == pytest.approx(0.0001)
    engine.walk.mark[0] = engine.walk.mid[0] / 1.002
    assert engine.market.funding_rate_of(BTC) == pytest.approx(0.0015)
    engine.walk.mark[0] = engine.walk.mid[0] * 1.002
    assert engine.market.funding_rate_of(BTC) == pytest.approx(-0.0015, rel=0.01)


def test_an_account_without_funds_for_funding_is_liquidated() -> None:
    engine = Engine(rules=EngineRules(funding_period_s=60.0))
    lever(engine, BTC, Side.BUY, 0.95)
    engine.market.set_funding_rate(BTC, 0.02)
    for _ in range(3):
        engine.clock.advance(60.0)
        engine.exchange.match()
    assert forced(engine) == [BTC]
    assert engine.account.wallets["USDT"] >= 0
