"""Binance's own recorded answers through ccxt's parsers into our messages, where a copy lies beside the repository."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ccxt.pro
import pytest

from core.domain import Leg
from core.paper.site import PaperSite
from core.venues.families import family_of
from core.venues.hub import VenueHub
from core.venues.messages import BalanceUpdate, FillUpdate, OrderUpdate, PositionUpdate, Source
from core.venues.normalise import each, position_from
from tests.core.venues.conftest import BTC, Told, settings_of

RECORDED = "payloads/Binance.Net/Binance.Net.UnitTests"


@pytest.fixture
def recordings(shared_folder: Path) -> Path:
    folder = shared_folder / RECORDED
    if not folder.is_dir():
        pytest.skip("no recorded payloads of Binance in the folder shared/ beside the repository")
    return folder


@pytest.fixture
async def exchange(site: PaperSite) -> AsyncIterator[Any]:
    """ccxt as it is, with markets among which is the one of the recordings."""
    settings = settings_of(site)[0]
    keys = {"apiKey": settings.credentials.api_key, "secret": settings.credentials.secret}
    made = ccxt.pro.binanceusdm({**keys, **settings.ccxt, "options": {"fetchCurrencies": False}})
    await made.load_markets()
    yield made
    await made.close()


def recorded(path: Path) -> Any:
    """The last JSON value of a recorded file, without its comments."""
    text = path.read_text(encoding="utf-8")
    text = text.split("\n= ", 1)[1] if "\n= " in text else text
    begins = min(at for at in (text.find("{"), text.find("[")) if at >= 0)
    body = re.sub(r"\s//[^\n]*", "", text[begins:])
    value = json.JSONDecoder().raw_decode(body)[0]
    return value.get("data", value) if isinstance(value, dict) else value


async def test_positions_of_a_hedged_account_are_read_leg_by_leg(recordings: Path, exchange: Any) -> None:
    rows = recorded(recordings / "Endpoints/UsdFutures/Trading/GetPositions.txt")
    await exchange.load_leverage_brackets()
    parsed = [exchange.parse_position_risk(row) for row in rows if row["symbol"] == "BTCUSDT"]
    positions, bad = each(
        parsed,
        lambda row: position_from(row, "alpha", exchange.markets[row["symbol"]], Source.READING, 1.0),
        "position",
    )
    assert not bad
    assert [(row.symbol, row.leg, row.quantity) for row in positions] == [(BTC, Leg.LONG, 0.001)]
    assert positions[0].entry_price == 22_185.2
    assert positions[0].liquidation_price == pytest.approx(19_731.45529116)


async def test_an_account_update_tells_every_coin_and_leg_that_is_known(recordings: Path, hub: VenueHub) -> None:
    told = await streamed(hub, recorded(recordings / "Subscriptions/UsdFutures/AccountUpdate.txt"))
    (balance,) = told.of(BalanceUpdate)
    assert {row.coin: row.total for row in balance.coins}["USDT"] == pytest.approx(122_624.12345678)
    assert (balance.complete, balance.reason, balance.source) == (False, "ORDER", Source.STREAM)
    held = {(row.leg, row.quantity) for row in told.of(PositionUpdate) if row.symbol == BTC}
    assert held == {(Leg.NET, 0.0), (Leg.LONG, 20.0), (Leg.SHORT, -10.0)}


async def test_an_order_update_tells_the_order_and_its_trade(recordings: Path, hub: VenueHub) -> None:
    message = recorded(recordings / "Subscriptions/UsdFutures/OrderUpdate.txt")
    message["o"]["s"] = "BTCUSDT"
    told = await streamed(hub, message)
    (order,) = told.of(OrderUpdate)
    assert (order.order_id, order.symbol) == (str(message["o"]["i"]), BTC)
    assert order.source is Source.STREAM
    trades = 1 if message["o"]["x"] == "TRADE" and float(message["o"]["l"]) else 0
    assert len(told.of(FillUpdate)) == trades


async def test_a_message_of_a_market_nobody_knows_does_not_stop_the_others(recordings: Path, hub: VenueHub) -> None:
    strange = recorded(recordings / "Subscriptions/UsdFutures/OrderUpdate.txt")
    strange["o"]["s"] = "NOSUCHUSDT"
    with pytest.raises(Exception, match="NOSUCH"):
        await streamed(hub, strange)


async def streamed(hub: VenueHub, message: dict[str, Any]) -> Told:
    """What one raw message of the user stream is made into."""
    acting = hub.acting("alpha")
    await acting.prepare()
    tap, told = family_of("binanceusdm").tap, Told()
    assert tap is not None
    for update in tap(acting._ccxt, "alpha", message, 1.0):
        told(update)
    return told
