"""What OKX's wire checks before it does anything: keys, clocks, content, and how often it is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import aiohttp
import ccxt
import pytest

from core.clock import ManualClock
from core.errors import PaperError
from core.paper.budget import WindowMeter
from core.paper.dialects.okx.keys import signature
from core.paper.faults import Fault, FaultKind
from core.paper.site import AccountSpec, PaperSite, PaperSpec, VenueSpec
from tests.core.paper.conftest import okx_spec
from tests.core.paper.test_ccxt_okx import BTC, Connect, account_of

BALANCE, INST = "/api/v5/account/balance", "BTC-USDT-SWAP"


class Asker:
    """Signs by hand, so that each part can be wrong."""

    def __init__(self, site: PaperSite, session: aiohttp.ClientSession) -> None:
        self.account = account_of(site, "one")
        self._site = site
        self._session = session

    async def __call__(
        self,
        path: str = BALANCE,
        *,
        body: str = "",
        late_s: float = 0.0,
        content: str = "application/json",
        **told: str,
    ) -> tuple[int, str]:
        """HTTP status and code; `told` are other headers than the right ones."""
        method = "POST" if body else "GET"
        moment = dt.datetime.fromtimestamp(self._site.clock.now() - late_s, tz=dt.UTC)
        stamp = told.get("timestamp", moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        right = {
            "key": self.account.api_key,
            "passphrase": self.account.password,
            "timestamp": stamp,
            "sign": signature(self.account.secret, stamp + method + path + body),
        }
        headers = {f"OK-ACCESS-{name.upper()}": value for name, value in (right | told).items()}
        headers["Content-Type"] = content
        url = self._site.venues[0].url + path
        async with self._session.request(method, url, headers=headers, data=body or None) as reply:
            return reply.status, (await reply.json())["code"]

    async def often(self, times: int, path: str, body: str = "") -> list[tuple[int, str]]:
        return [await self(path, body=body) for _ in range(times)]


@pytest.fixture
async def ask(okx: PaperSite) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession() as session:
        yield Asker(okx, session)


async def test_every_part_of_a_signature_is_checked_with_a_code_of_its_own(ask: Asker) -> None:
    assert await ask() == (200, "0")
    assert await ask(f"{BALANCE}?ccy=USDT,BTC") == (200, "0")
    assert await ask(late_s=29.0) == (200, "0")
    assert await ask(key="") == (401, "50103")
    assert await ask(passphrase="") == (400, "50104")
    assert await ask(sign="") == (401, "50106")
    assert await ask(timestamp="") == (401, "50107")
    assert await ask(key="nobody") == (401, "50111")
    assert await ask(timestamp="yesterday") == (401, "50112")
    assert await ask(late_s=31.0) == (401, "50102")
    assert await ask(late_s=-31.0) == (401, "50102")
    assert await ask(sign=signature("wrong", "text")) == (401, "50113")
    assert await ask(passphrase="open sesame") == (401, "50105")


async def test_a_signature_covers_query_and_body(okx: PaperSite, ask: Asker) -> None:
    stamp = dt.datetime.fromtimestamp(okx.clock.now(), tz=dt.UTC).isoformat(timespec="milliseconds")
    for covered, code in ((f"{BALANCE}?ccy=BTC", "0"), (BALANCE, "50113")):
        sign = signature(ask.account.secret, f"{stamp}GET{covered}")
        assert (await ask(f"{BALANCE}?ccy=BTC", sign=sign, timestamp=stamp))[1] == code
    order = '{"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"buy","ordType":"limit","sz":"1","px":"50000"}'
    assert await ask("/api/v5/trade/order", body=order) == (200, "0")
    other = signature(ask.account.secret, f"{stamp}POST/api/v5/trade/order{order}".replace("buy", "sell"))
    assert (await ask("/api/v5/trade/order", body=order, sign=other, timestamp=stamp))[1] == "50113"
    assert await ask("/api/v5/trade/order", body=order, content="text/plain") == (400, "50006")
    assert await ask("/api/v5/trade/cancel-batch-orders", body="[]") == (400, "50000")
    assert await ask("/api/v5/trade/cancel-batch-orders", body="[1]") == (400, "50002")
    assert await ask("/api/v5/trade/cancel-batch-orders", body="[") == (400, "50002")


@pytest.mark.parametrize("config", [{"secret": "wrong"}, {"apiKey": "nobody"}, {"password": "open sesame"}])
async def test_wrong_credentials_are_refused(connect_okx: Connect, config: dict[str, str]) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        await connect_okx("one", **config).privateGetAccountBalance()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=503), ccxt.ExchangeNotAvailable),
        (Fault(FaultKind.REFUSE), ccxt.NetworkError),
        (Fault(FaultKind.BUSY, seconds=7), ccxt.RateLimitExceeded),
        (Fault(FaultKind.REVOKE_KEY), ccxt.AuthenticationError),
        (Fault(FaultKind.CLOCK_SKEW, seconds=60), ccxt.InvalidNonce),
        (Fault(FaultKind.CLOCK_SKEW, seconds=-60), ccxt.InvalidNonce),
    ],
)
async def test_a_failing_answer_reaches_the_client_as_its_own_kind_of_error(
    okx: PaperSite, connect_okx: Connect, fault: Fault, error: type[Exception]
) -> None:
    ex = connect_okx("two")
    await ex.load_markets()
    okx.add_fault(fault)
    with pytest.raises(error):
        await ex.fetch_open_orders()
    okx.faults.clear()
    assert await ex.fetch_open_orders() == []


async def test_busy_says_how_long_to_wait(okx: PaperSite) -> None:
    okx.add_fault(Fault(FaultKind.BUSY, seconds=7))
    async with aiohttp.ClientSession() as session, session.get(okx.venues[0].url + "/api/v5/public/time") as reply:
        assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
        assert (await reply.json())["code"] == "50011"


async def test_a_truncated_or_stale_list_looks_like_a_whole_one(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    row = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 1}
    placed = await ex.create_orders([{**row, "price": 50_000 + n} for n in range(9)])
    okx.add_fault(Fault(FaultKind.TRUNCATE, path="/api/v5/trade/orders-pending", keep=4))
    assert len(await ex.fetch_open_orders()) == 4
    okx.faults.clear()
    okx.add_fault(Fault(FaultKind.STALE, seconds=30.0))
    assert await ex.fetch_open_orders() == []
    okx.faults.clear()
    await ex.cancel_orders([row["id"] for row in placed], BTC)
    assert await ex.fetch_open_orders() == []


async def test_the_log_shows_what_a_request_in_json_was_about(okx: PaperSite, connect_okx: Connect) -> None:
    await connect_okx("two").create_order(BTC, "market", "buy", 1, None, {"stopLossPrice": 90_000})
    entry = next(row for row in okx.log.since(0) if row.path.endswith("/order-algo"))
    assert (entry.account, entry.method, entry.params["slTriggerPx"], entry.weight) == ("two", "POST", "90000", 0)


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_window_lets_through_so_much_and_then_nothing_until_it_ends() -> None:
    meter = WindowMeter(2.0)
    assert [meter.charge({"a": (1, 3)}, 0.5 * n) for n in range(4)] == [True, True, True, False]
    assert meter.charge({"b": (3, 3)}, 1.5)
    assert meter.charge({"a": (3, 3)}, 2.0)
    assert not meter.charge({"c": (1, 3), "a": (1, 3)}, 2.5)
    assert meter.charge({"c": (3, 3)}, 2.5), "what was refused has used nothing up"


@pytest.fixture
async def frozen() -> AsyncIterator[PaperSite]:
    """OKX's own limits, on a clock that stands still."""
    async with PaperSite(okx_spec(), ManualClock(1_800_000_000.0)) as site:
        site.running = False
        yield site


async def test_each_endpoint_has_its_own_limit_and_each_user_his_own(frozen: PaperSite) -> None:
    busy, fine = (429, "50011"), (200, "0")
    async with aiohttp.ClientSession() as session:
        ask = Asker(frozen, session)
        assert (await ask.often(11, BALANCE))[-2:] == [fine, busy]
        assert (await ask.often(11, "/api/v5/account/positions"))[-2:] == [fine, busy]
        assert (await ask.often(21, "/api/v5/trade/orders-algo-pending?ordType=oco"))[-2:] == [fine, busy]
        ask.account = account_of(frozen, "two")
        assert await ask(BALANCE) == fine
        # Public endpoints count addresses, whoever signs.
        assert (await ask.often(11, "/api/v5/public/time"))[-2:] == [fine, busy]


async def test_batches_count_their_orders_by_instrument(frozen: PaperSite) -> None:
    def row(symbol: str, price: str) -> str:
        return f'{{"instId":"{symbol}","tdMode":"cross","side":"buy","ordType":"limit","sz":"0.01","px":"{price}"}}'

    async with aiohttp.ClientSession() as session:
        ask = Asker(frozen, session)
        twenty = f"[{','.join([row(INST, '50000')] * 20)}]"
        # The last five are refused one by one, as too many rest: they count all the same.
        statuses = [status for status, _ in await ask.often(16, "/api/v5/trade/batch-orders", twenty)]
        assert statuses == [200] * 15 + [429]
        other = f"[{row('ETH-USDT-SWAP', '2000')}]"
        assert await ask("/api/v5/trade/batch-orders", body=other) == (200, "0")
        algo = '[{"instId":"BTC-USDT-SWAP","algoId":"1"}]'
        statuses = [status for status, _ in await ask.often(21, "/api/v5/trade/cancel-algos", algo)]
        assert statuses == [200] * 20 + [429]


def test_a_key_without_a_passphrase_is_no_key_at_okx() -> None:
    account = AccountSpec("bare", "key", "secret", {"USDT": 1.0})
    with pytest.raises(PaperError, match="passphrase; bare has none"):
        PaperSite(PaperSpec((VenueSpec("unified", (account,), exchange="okx"),)))
