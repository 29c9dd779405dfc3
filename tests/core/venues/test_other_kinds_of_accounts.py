"""Legs, isolated margin, coin-margined contracts and spot wallets: watched, and cancelled to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.domain import Leg, Side
from core.paper.engine.model import OrderKind, OrderRequest, TriggerKind, TriggerRequest
from core.paper.site import PaperSite
from core.venues.hub import VenueHub
from tests.core.paper.conftest import wide_spec
from tests.core.venues.conftest import MakeHub, Told, eventually, paper_account, settings_of
from tests.core.venues.watched import settled, watching

ACCOUNTS = ("hedge", "pots", "coin", "coin-legs", "wallet")
SYMBOLS = {
    "coin": ("BTCUSD_PERP", "BTC/USD:BTC", 10),
    "coin-legs": ("ETHUSD_PERP", "ETH/USD:ETH", 10),
    "wallet": ("BTCUSDT", "BTC/USDT", 0.1),
}
ON_USD_M = ("BTCUSDT", "BTC/USDT:USDT", 0.1)
SIZES = {"BTCUSD_PERP": 100, "ETHUSD_PERP": 10}


@pytest.fixture
async def wide() -> AsyncIterator[PaperSite]:
    async with PaperSite(wide_spec(step_s=0.05, mark_period_s=0.1)) as running:
        yield running


@pytest.fixture
def wide_hub(wide: PaperSite, make_hub: MakeHub) -> VenueHub:
    return make_hub(settings_of(wide))


def trade(site: PaperSite, name: str) -> None:
    """A bit at the market, in both legs where there are legs, and then an order and a stop that rest."""
    account, exchange = paper_account(site, name), site.venue_of(name).exchange
    symbol, _, quantity = SYMBOLS.get(name, ON_USD_M)
    mark, round_price = exchange.market.mark_of(symbol), exchange.market.instrument(symbol).round_price
    legs = ((Leg.LONG, Side.BUY), (Leg.SHORT, Side.SELL)) if account.is_hedged else ((Leg.NET, Side.BUY),)
    for leg, side in legs:
        exchange.place(account, OrderRequest(symbol, side, OrderKind.MARKET, quantity, leg=leg))
        price = round_price(mark * (1 - 0.2 * side.sign))
        exchange.place(account, OrderRequest(symbol, side, OrderKind.LIMIT, quantity, price, leg=leg))
        stop = TriggerRequest(symbol, side.opposite, TriggerKind.STOP_MARKET, price, quantity, leg=leg)
        exchange.place_trigger(account, stop)


def held_at_the_venue(site: PaperSite, name: str) -> dict[tuple[str, Leg], float]:
    """Base units, or dollars where inverse."""
    rows = paper_account(site, name).open_positions()
    return {(row.symbol, row.leg): row.quantity * SIZES.get(row.symbol, 1) for row in rows}


def held_as_told(told: Any) -> dict[tuple[str, Leg], float]:
    names = {unified: symbol for symbol, unified, _ in [*SYMBOLS.values(), ON_USD_M]}
    return {(names[row.symbol], row.leg): row.quantity for row in told}


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_coins_positions_and_orders_are_read_as_they_are(wide: PaperSite, wide_hub: VenueHub, name: str) -> None:
    trade(wide, name)
    wide.running = False
    async with watching(wide_hub, name) as told:
        reading = await settled(wide, wide_hub, name, told)
    wallets = {coin: amount for coin, amount in paper_account(wide, name).wallets.items() if amount}
    assert {row.coin: row.total for row in reading.balance.coins if row.total} == pytest.approx(wallets, abs=1e-6)
    assert held_as_told(reading.positions) == pytest.approx(held_at_the_venue(wide, name))
    row, listed = paper_account(wide, name), [reading.orders for reading in told.readings if reading.orders is not None]
    assert len(listed[-1]) == len(row.open_orders()) + len(row.open_triggers())


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_the_stream_tells_of_a_trade_before_the_next_reading(
    wide: PaperSite, wide_hub: VenueHub, name: str
) -> None:
    told: Told
    async with watching(wide_hub, name) as told:
        await settled(wide, wide_hub, name, told)
        seen = len(told.updates)
        trade(wide, name)
        coin = {"coin": "BTC", "coin-legs": "ETH"}.get(name, "USDT")
        now = pytest.approx(paper_account(wide, name).wallets[coin], abs=1e-6)

        def heard() -> bool:
            rows = [u for u in told.updates[seen:] if hasattr(u, "coins")]
            return any(row.coin == coin and row.total == now for update in rows for row in update.coins)

        await eventually(heard)


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_every_book_is_listed_and_can_be_emptied(wide: PaperSite, wide_hub: VenueHub, name: str) -> None:
    trade(wide, name)
    acting, (_, symbol, _) = wide_hub.acting(name), SYMBOLS.get(name, ON_USD_M)
    await acting.prepare()  # which books an account has may have to be asked
    listed = [order for book in acting.books for order in (await acting.list_orders(book)).orders]
    row = paper_account(wide, name)
    assert len(listed) == len(row.open_orders()) + len(row.open_triggers()) > 0
    for book in acting.books:
        await acting.cancel_symbol(book, symbol)
    assert (row.open_orders(), row.open_triggers()) == ([], [])
    assert held_as_told(await acting.read_positions()) == pytest.approx(held_at_the_venue(wide, name))
