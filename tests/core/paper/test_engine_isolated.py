"""Isolated margin: a position with a pot of its own, and what may be done with it."""

from __future__ import annotations

import pytest

from core.domain import Leg, Side
from core.paper.engine.events import AccountEvent
from core.paper.engine.holdings import Position
from core.paper.engine.model import Cause, Reason
from tests.core.paper.conftest import Engine

BTC, ETH = "BTCUSDT", "ETHUSDT"


@pytest.fixture
def isolated(engine: Engine) -> Engine:
    engine.exchange.settings.set_isolated(engine.account, BTC, True)
    return engine


def held(engine: Engine) -> Position:
    return engine.account.position_of(BTC)


def test_opening_fills_the_pot_with_the_initial_margin_out_of_the_wallet(isolated: Engine) -> None:
    order = isolated.trade(BTC, Side.BUY, 1.0)
    pot = order.average_price / 20
    assert held(isolated).pot == pytest.approx(pot)
    margin = isolated.account.margin("USDT")
    assert margin.cross_wallet == pytest.approx(margin.wallet - pot)
    assert margin.available == pytest.approx(margin.cross_wallet)
    isolated.trade(BTC, Side.BUY, 1.0)
    assert held(isolated).pot == pytest.approx(2 * pot, rel=1e-3)


def test_a_loss_of_the_position_takes_nothing_from_what_is_free(isolated: Engine) -> None:
    isolated.trade(BTC, Side.BUY, 1.0)
    free = isolated.account.margin("USDT").available
    isolated.move(BTC, 63_000.0)
    assert isolated.account.margin("USDT").available == pytest.approx(free)
    assert isolated.account.equity() < 99_000


def test_closing_a_part_gives_its_share_of_the_pot_back(isolated: Engine) -> None:
    isolated.trade(BTC, Side.BUY, 1.0)
    pot = held(isolated).pot
    isolated.trade(BTC, Side.SELL, 0.25)
    assert held(isolated).pot == pytest.approx(0.75 * pot)
    isolated.trade(BTC, Side.SELL, 0.75)
    assert (held(isolated).quantity, held(isolated).pot) == (0.0, 0.0)
    assert isolated.account.margin("USDT").pots == 0


def test_a_flip_opens_a_new_pot(isolated: Engine) -> None:
    isolated.trade(BTC, Side.BUY, 1.0)
    order = isolated.trade(BTC, Side.SELL, 1.5)
    assert held(isolated).quantity == -0.5
    assert held(isolated).pot == pytest.approx(0.5 * order.average_price / 20, rel=1e-4)


def test_margin_goes_in_and_out_as_far_as_it_is_free(isolated: Engine) -> None:
    settings, account = isolated.exchange.settings, isolated.account
    isolated.trade(BTC, Side.BUY, 1.0)
    wallet, pot = account.wallets["USDT"], held(isolated).pot
    settings.move_margin(account, BTC, Leg.NET, 1_000.0)
    settings.move_margin(account, BTC, Leg.NET, -400.0)
    assert (account.wallets["USDT"], held(isolated).pot) == (wallet, pytest.approx(pot + 600))
    told = [event for event in isolated.events if isinstance(event, AccountEvent) and event.cause is Cause.MARGIN]
    assert [event.positions[0].pot for event in told] == pytest.approx([pot + 1_000, pot + 600])

    def move(amount: float, symbol: str = BTC) -> Reason:
        return isolated.refused(lambda: settings.move_margin(account, symbol, Leg.NET, amount))

    assert move(1_000_000.0) is Reason.NO_FUNDS
    assert move(-700.0) is Reason.POT_TOO_SMALL
    assert move(0.0) is Reason.BAD_AMOUNT
    assert move(5.0, ETH) is Reason.NOT_ISOLATED
    isolated.trade(BTC, Side.SELL, 1.0)
    assert move(5.0) is Reason.NO_POSITION


def test_the_margin_mode_is_of_one_symbol_and_changes_only_while_it_is_idle(engine: Engine) -> None:
    settings, account = engine.exchange.settings, engine.account
    engine.trade(BTC, Side.BUY, 1.0)
    assert engine.refused(lambda: settings.set_isolated(account, BTC, True)) is Reason.HAS_POSITIONS
    settings.set_isolated(account, ETH, True)
    assert engine.refused(lambda: settings.set_isolated(account, ETH, True)) is Reason.SAME_MODE
    assert engine.refused(lambda: settings.set_isolated(account, "NOSUCH", True)) is Reason.UNKNOWN_SYMBOL
    engine.trade(ETH, Side.BUY, 1.0)
    assert (account.position_of(BTC).pot, account.position_of(ETH).pot > 0) == (0.0, True)


def test_leverage_of_a_held_isolated_position_may_only_rise(isolated: Engine) -> None:
    settings, account = isolated.exchange.settings, isolated.account
    isolated.trade(BTC, Side.BUY, 1.0)
    assert isolated.refused(lambda: settings.set_leverage(account, BTC, 10)) is Reason.BAD_LEVERAGE
    settings.set_leverage(account, BTC, 25)
    assert account.leverage_of(BTC) == 25
