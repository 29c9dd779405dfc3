"""python-okx as an independent witness that the dialect is OKX's and not merely ccxt's reading of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import aiohttp
import pytest

from core.paper.site import PaperSite
from tests.core.paper.test_ccxt_okx import account_of
from tests.core.paper.test_ccxt_okx_algos import TYPES

Trade = pytest.importorskip("okx.Trade", reason="python-okx is not installed")
Account = pytest.importorskip("okx.Account")
MarketData = pytest.importorskip("okx.MarketData")
PublicData = pytest.importorskip("okx.PublicData")
Funding = pytest.importorskip("okx.Funding")
socket_tools = pytest.importorskip("okx.websocket.WsUtils")

# The client hands its body to httpx in a way that httpx would rather not see.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

T = TypeVar("T")
INST = "BTC-USDT-SWAP"
BID = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "50000"}


async def off(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The client blocks: keep it off the loop that serves it."""
    return await asyncio.to_thread(call, *args, **kwargs)


class Clients:
    """The parts of the client, each of which is a client of its own."""

    def __init__(self, site: PaperSite, name: str, **changes: str) -> None:
        account, where = account_of(site, name), {"flag": "0", "domain": site.venue_of(name).url}
        keys = {"api_key": account.api_key, "api_secret_key": account.secret, "passphrase": account.password}
        signed = keys | changes | where
        self.trade, self.account = Trade.TradeAPI(**signed), Account.AccountAPI(**signed)
        self.funding = Funding.FundingAPI(**signed)
        self.market, self.public = MarketData.MarketAPI(**where), PublicData.PublicAPI(**where)

    def close(self) -> None:
        for part in (self.trade, self.account, self.funding, self.market, self.public):
            part.close()


Connect = Callable[..., Clients]


@pytest.fixture
def connect(okx: PaperSite) -> Iterator[Connect]:
    with contextlib.ExitStack() as stack:

        def make(name: str, **changes: str) -> Clients:
            made = Clients(okx, name, **changes)
            stack.callback(made.close)
            return made

        yield make


def good(reply: dict[str, Any]) -> list[Any]:
    assert reply["code"] == "0", reply
    data: list[Any] = reply["data"]
    return data


async def test_time_listing_and_prices(okx: PaperSite, connect: Connect) -> None:
    sdk = connect("one")
    (now,) = good(await off(sdk.public.get_system_time))
    assert abs(int(now["ts"]) / 1000 - okx.clock.now()) < 1
    for kind, count in (("SPOT", 12), ("SWAP", 24), ("FUTURES", 4), ("MARGIN", 0)):
        assert len(good(await off(sdk.public.get_instruments, instType=kind))) == count
    assert len(good(await off(sdk.market.get_tickers, instType="SWAP"))) == 24
    assert len(good(await off(sdk.market.get_orderbook, instId=INST, sz="20"))[0]["bids"]) == 20
    assert len(good(await off(sdk.market.get_candlesticks, instId=INST, bar="1H", limit="24"))) == 24
    assert float(good(await off(sdk.public.get_funding_rate, instId=INST))[0]["fundingRate"]) != 0
    assert good(await off(sdk.public.get_mark_price, instType="SWAP", instId=INST))[0]["instId"] == INST
    tiers = {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}
    assert len(good(await off(sdk.public.get_position_tiers, **tiers))) == 7


async def test_balance_positions_setup_and_flows(connect: Connect) -> None:
    sdk = connect("one")
    (balance,) = good(await off(sdk.account.get_account_balance))
    assert {row["ccy"] for row in balance["details"]} == {"USDT", "BTC"}
    held = good(await off(sdk.account.get_positions, instType="SWAP"))
    assert {row["instId"]: row["pos"] for row in held} == {INST: "150", "BTC-USD-SWAP": "300"}
    assert good(await off(sdk.account.get_account_config))[0]["posMode"] == "net_mode"
    (fee,) = good(await off(sdk.account.get_fee_rates, instType="SWAP", instFamily="BTC-USDT"))
    assert fee["takerU"] == "-0.0005"
    assert len(good(await off(sdk.funding.get_deposit_history))) == 2
    assert good(await off(sdk.funding.get_withdrawal_history)) == []


async def test_an_order_goes_in_is_found_amended_and_goes_out(connect: Connect) -> None:
    sdk = connect("two")
    (ack,) = good(await off(sdk.trade.place_order, **BID, clOrdId="mm1"))
    assert (ack["sCode"], ack["clOrdId"]) == ("0", "mm1")
    (found,) = good(await off(sdk.trade.get_order, INST, clOrdId="mm1"))
    assert (found["ordId"], found["state"], found["px"]) == (ack["ordId"], "live", "50000")
    good(await off(sdk.trade.amend_order, INST, ordId=ack["ordId"], newSz="2"))
    assert [row["sz"] for row in good(await off(sdk.trade.get_order_list, instType="SWAP"))] == ["2"]
    good(await off(sdk.trade.cancel_order, INST, ordId=ack["ordId"]))
    assert good(await off(sdk.trade.get_order_list)) == []
    again = await off(sdk.trade.cancel_order, INST, ordId=ack["ordId"])
    assert (again["code"], again["data"][0]["sCode"]) == ("1", "51401")
    never = await off(sdk.trade.get_order, INST, ordId="12345")
    assert (never["code"], never["data"]) == ("51603", [])


async def test_batches_pages_and_cancels_by_twenty(okx: PaperSite, connect: Connect) -> None:
    sdk = connect("two")
    for _ in range(6):
        good(await off(sdk.trade.place_multiple_orders, [BID] * 20))
    first = good(await off(sdk.trade.get_order_list))
    second = good(await off(sdk.trade.get_order_list, after=first[-1]["ordId"]))
    assert (len(first), len(second)) == (100, 20)
    rows = [{"instId": INST, "ordId": row["ordId"]} for row in first + second]
    assert (await off(sdk.trade.cancel_multiple_orders, rows[:21]))["code"] == "51406"
    for start in range(0, 120, 20):
        good(await off(sdk.trade.cancel_multiple_orders, rows[start : start + 20]))
    assert account_of(okx, "two").open_orders() == []
    mixed = await off(sdk.trade.place_multiple_orders, [BID, BID | {"sz": "0"}])
    assert (mixed["code"], [row["sCode"] for row in mixed["data"]]) == ("2", ["0", "51000"])


async def test_algo_orders_of_every_type(okx: PaperSite, connect: Connect) -> None:
    sdk = connect("one")
    close = {"instId": INST, "tdMode": "cross", "side": "sell", "sz": "10", "reduceOnly": "true"}
    stop, profit = {"slTriggerPx": "50000", "slOrdPx": "-1"}, {"tpTriggerPx": "90000", "tpOrdPx": "-1"}
    worked = {"instId": INST, "tdMode": "cross", "side": "buy", "sz": "4", "szLimit": "1", "pxLimit": "50000"}
    sent: dict[str, dict[str, str]] = {
        "conditional": close | stop | {"algoClOrdId": "protect1"},
        "oco": close | stop | profit,
        "trigger": close | {"triggerPx": "50000", "orderPx": "-1"},
        "move_order_stop": close | {"callbackRatio": "0.05"},
        "iceberg": worked | {"pxVar": "0.01"},
        "twap": worked | {"pxVar": "0.01", "timeInterval": "60"},
    }
    ids: dict[str, str] = {}
    for kind, params in sent.items():
        (ack,) = good(await off(sdk.trade.place_algo_order, ordType=kind, **params))
        ids[kind] = ack["algoId"]
    for kind in TYPES:
        assert [row["algoId"] for row in good(await off(sdk.trade.order_algos_list, ordType=kind))] == [ids[kind]]
    (found,) = good(await off(sdk.trade.get_algo_order_details, algoClOrdId="protect1"))
    assert (found["slTriggerPx"], found["slOrdPx"], found["reduceOnly"]) == ("50000", "-1", "true")
    rows = [{"instId": INST, "algoId": number} for number in ids.values()]
    replies = good(await off(sdk.trade.cancel_algo_order, rows))
    assert {row["sCode"] for row in replies} == {"0"}
    assert account_of(okx, "one").open_triggers() == []


async def test_legs_leverage_fills_and_bills(connect: Connect) -> None:
    sdk = connect("legs")
    trade = {"instId": INST, "tdMode": "isolated", "ordType": "market", "sz": "10"}
    good(await off(sdk.account.set_leverage, lever="10", mgnMode="isolated", instId=INST, posSide="long"))
    good(await off(sdk.trade.place_order, **trade, side="buy", posSide="long"))
    good(await off(sdk.trade.place_order, **trade, side="sell", posSide="short"))
    held = good(await off(sdk.account.get_positions))
    assert {row["posSide"]: (row["pos"], row["mgnMode"], row["lever"]) for row in held} == {
        "long": ("10", "isolated", "10"),
        "short": ("10", "isolated", "10"),
    }
    info = good(await off(sdk.account.get_leverage, mgnMode="isolated", instId=INST))
    assert {row["posSide"]: row["lever"] for row in info} == {"long": "10", "short": "10"}
    assert (await off(sdk.account.set_position_mode, "net_mode"))["code"] == "59000"
    good(await off(sdk.account.adjustment_margin, INST, "long", "add", "50"))
    good(await off(sdk.trade.close_positions, INST, "isolated", posSide="short"))
    fills = good(await off(sdk.trade.get_fills, instType="SWAP"))
    assert [(row["side"], row["posSide"]) for row in fills] == [("buy", "short"), ("sell", "short"), ("buy", "long")]
    assert {row["type"] for row in good(await off(sdk.account.get_account_bills, instType="SWAP"))} == {"2"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"api_secret_key": "wrong"}, "50113"),
        ({"api_key": "nobody"}, "50111"),
        ({"passphrase": "open sesame"}, "50105"),
    ],
)
async def test_a_wrong_key_is_refused_as_okx_does(connect: Connect, changes: dict[str, str], code: str) -> None:
    assert (await off(connect("one", **changes).account.get_account_balance))["code"] == code


async def test_the_login_of_the_client_opens_the_private_streams(okx: PaperSite, connect: Connect) -> None:
    # Its own connection speaks TLS only; the login is its own.
    sdk, account = connect("two"), account_of(okx, "two")
    login = socket_tools.initLoginParams(False, account.api_key, account.password, account.secret)
    url = okx.venues[0].url + "/ws/v5/private"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_str(login)
        assert (await socket.receive_json(timeout=3))["event"] == "login"
        await socket.send_json({"op": "subscribe", "args": [{"channel": "orders", "instType": "SWAP"}]})
        assert (await socket.receive_json(timeout=3))["event"] == "subscribe"
        good(await off(sdk.trade.place_order, **BID, clOrdId="mm2"))
        told = await socket.receive_json(timeout=3)
    assert [(row["clOrdId"], row["state"]) for row in told["data"]] == [("mm2", "live")]
