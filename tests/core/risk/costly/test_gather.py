"""What the slower beat is handed is what the book holds, in the units that the estimates reckon in."""

from __future__ import annotations

import numpy as np
import pytest

from core.book.view import BookView
from core.risk.costly.capture import Capture, capture_of
from core.risk.costly.gather import inputs_of
from core.risk.costly.inputs import CostlyInputs, Returns
from core.risk.settings import RiskSettings
from core.venues.messages import DepthUpdate, VolumeUpdate
from tests.core.book.desk import BTC, ETH, Desk

INVERSE = "BTC/USD:BTC"


class NoReturns:
    def __init__(self, scopes: int) -> None:
        self._scopes = scopes

    def build(self) -> Returns:
        return Returns(np.empty(0), 300.0, np.empty((0, self._scopes)))


def captured(desk: Desk, view: BookView) -> Capture:
    nothing = Returns(np.empty(0), 3_600.0, np.empty((0, len(view.coins))))
    return capture_of(desk.book, view, RiskSettings(), nothing, NoReturns(len(view.layout.scopes)))


def a_desk() -> Desk:
    desk = Desk()
    desk.mark(100.0)
    desk.mark(10.0, ETH)
    desk.mark(100.0, INVERSE)
    desk.mark(100.0, "BTC/USDT")
    for account in "bc":
        desk.read(account)
    desk.read("a", {"USDT": 1_000.0, "BTC": 2.0}, {ETH: (5.0, 9.0)})
    desk.fill(3.0, client="mm-1")
    desk.fill(-1.0, client="tr-1")
    desk.position(2.0)
    desk.position(-300.0, 80.0, "b", INVERSE)
    desk.mark(11.0, ETH)
    return desk


def gathered(desk: Desk) -> tuple[CostlyInputs, BookView]:
    view = desk.view()
    return inputs_of(captured(desk, view)), view


def test_holdings_add_up_to_what_every_scope_holds() -> None:
    inputs, view = gathered(a_desk())
    rows, layout = inputs.holdings, view.layout
    per_slot = np.bincount(rows.slot, weights=rows.notional)
    account_of = np.zeros(len(per_slot), dtype=np.int64)
    account_of[rows.slot] = rows.account
    gross = np.bincount(account_of, weights=np.abs(per_slot), minlength=layout.accounts)
    assert gross == pytest.approx(view.totals.gross[layout.first_account : layout.first_strategy])
    mine = rows.strategy >= 0
    own = np.bincount(rows.strategy[mine], weights=rows.notional[mine], minlength=layout.strategies)
    assert own == pytest.approx(view.totals.net[layout.first_strategy :])
    assert {inputs.coins[coin] for coin in rows.coin[rows.strategy < 0]} == {"USDT"}


def test_collateral_by_coin_adds_up_to_equity() -> None:
    inputs, view = gathered(a_desk())
    coins = inputs.collateral
    equity = np.bincount(coins.account, weights=coins.value, minlength=view.layout.accounts)
    assert equity == pytest.approx(view.account_equity)
    named = {(int(row), inputs.coins[coin]) for row, coin in zip(coins.account, coins.coin, strict=True)}
    assert named == {(0, "USDT"), (0, "BTC"), (1, "USDT"), (1, "BTC"), (2, "USDT")}


def test_what_is_gathered_stays_as_it_was_captured() -> None:
    desk = a_desk()
    view = desk.view()
    capture = captured(desk, view)
    desk.position(50.0)
    desk.read("c", 5.0, {"SOL/USDT:USDT": (9.0, 1.0)})
    inputs = inputs_of(capture)
    assert np.abs(inputs.holdings.notional).sum() == pytest.approx(3 * 100.0 + 100.0 + 200.0 + 55.0 + 300.0)


def test_books_and_volumes_are_told_in_the_units_of_what_is_held() -> None:
    desk = a_desk()
    desk.view()
    for symbol in (BTC, INVERSE, "BTC/USDT"):
        # A bid of 4 coins at 98 and an ask of 2 at 102; the venue trades 10 coins a day.
        desk.book.apply(DepthUpdate("e", symbol, ((98.0, 4.0),), ((102.0, 2.0),), desk.now_s))
        desk.book.apply(VolumeUpdate("e", symbol, 10.0, desk.now_s))
    inputs, _ = gathered(desk)
    at = {symbol: inputs.symbols.index(("" if symbol == "BTC" else "e", symbol)) for symbol in (BTC, INVERSE, "BTC")}
    ladders = inputs.ladders
    for symbol in (BTC, "BTC"):
        assert inputs.volume_day[at[symbol]] == 10.0
        assert ladders.sell_quantity[at[symbol], 0] == 4.0
        assert ladders.sell_cost[at[symbol], 0] == pytest.approx(4.0 * 2.0)
        assert ladders.buy_cost[at[symbol], 0] == pytest.approx(2.0 * 2.0)
    # Of the inverse contract a coin is a hundred dollars' worth, and quantities are dollars.
    assert inputs.volume_day[at[INVERSE]] == pytest.approx(1_000.0)
    assert ladders.sell_quantity[at[INVERSE], 0] == pytest.approx(4.0 * 98.0)
    assert ladders.sell_cost[at[INVERSE], 0] == pytest.approx(4.0 * 2.0)
    assert np.isnan(ladders.sell_quantity[inputs.symbols.index(("e", ETH)), 0])
    assert inputs.ladders.age_s[inputs.symbols.index(("e", ETH))] == np.inf
