"""Recorded answers of six venues through ccxt and our reader: what is held and what rests, right or unknown."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.book.marks import Marks
from core.domain import Leg, Side
from core.venues.messages import (
    AccountReading,
    MarginMode,
    MarkUpdate,
    OrderEnd,
    OrderUpdate,
    PositionUpdate,
    Source,
)
from core.venues.normalise import instrument_from, order_from
from tests.core.venues.recorded_venue import Markets, RecordedVenue, reading, recorded

BINANCE = "Binance.Net/Binance.Net.UnitTests/Endpoints"
BYBIT = "Bybit.Net/Bybit.UnitTests/Endpoints/V5Api"
OKX = "OKX.Net/OKX.Net.UnitTests/Endpoints/UnifiedApi"
BITGET = "Bitget.Net/Bitget.Net.UnitTests/Endpoints"
KUCOIN = "Kucoin.Net/Kucoin.Net.UnitTests/Endpoints"
GATE = "GateIo.Net/GateIo.Net.UnitTests/Endpoints/PerpetualFutures"


@dataclass(frozen=True)
class Held:
    """One position, written down by hand from the file of the case."""

    symbol: str
    leg: Leg
    quantity: float
    """Contracts times contract size: base units, or quote units of an inverse contract."""
    notional: float
    """In the quote coin, at the mark that the file itself names."""
    entry_price: float
    liquidation_price: float | None
    leverage: float | None
    margin_mode: MarginMode | None
    isolated_margin: float | None = None
    maintenance_rate: float | None = None


@dataclass(frozen=True)
class Resting:
    order_id: str
    symbol: str
    side: Side
    quantity: float
    is_protective: bool
    ended: OrderEnd = OrderEnd.NONE


@dataclass(frozen=True)
class Case:
    exchange: str
    files: tuple[str, ...]
    """Positions first, then orders, then whatever else the venue is asked."""
    markets: Markets
    mark: float
    held: tuple[Held, ...]
    resting: tuple[Resting, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    empty: Mapping[str, Any] = field(default_factory=dict)
    """Answers that are recorded nowhere, and hold nothing."""


CASES = {
    "Binance USD-M, hedge mode, cross, and a zero row": Case(
        "binanceusdm",
        (
            f"{BINANCE}/UsdFutures/Trading/GetPositions.txt",
            f"{BINANCE}/UsdFutures/Trading/GetOpenOrders.txt",
            f"{BINANCE}/UsdFutures/Trading/GetOpenConditionalOrders.txt",
            f"{BINANCE}/UsdFutures/Account/GetBrackets.txt",
            f"{BINANCE}/UsdFutures/Account/GetAccountInfoV3.txt",
        ),
        {"BTC/USDT:USDT": ("BTCUSDT", 1.0), "BNB/USDT:USDT": ("BNBUSDT", 1.0)},
        21_123.05052574,
        (
            Held(
                "BTC/USDT:USDT", Leg.LONG, 0.001, 21.12305052, 22_185.2, 19_731.45529116, 4.0, MarginMode.CROSS,
            ),
        ),
        (
            # Buying on the short leg can only close it, though Binance never says reduceOnly in hedge mode.
            Resting("1917641", "BTC/USDT:USDT", Side.BUY, 0.4, is_protective=True),
            # A take-profit of one-way mode that is not reduce-only could open a short.
            Resting("2148627", "BNB/USDT:USDT", Side.SELL, 0.01, is_protective=False),
        ),
    ),
    "Binance COIN-M, an inverse future of 100 USD a contract between two zero rows": Case(
        "binancecoinm",
        (
            f"{BINANCE}/CoinFutures/Account/GetPositionInformation.txt",
            f"{BINANCE}/CoinFutures/Trading/GetOpenOrders.txt",
            f"{BINANCE}/CoinFutures/Account/GetBrackets.txt",
            f"{BINANCE}/CoinFutures/Account/GetAccountInfo.txt",
        ),
        {"BTC/USD:BTC-201225": ("BTCUSD_201225", 100.0), "BTC/USD:BTC-200925": ("BTCUSD_200925", 100.0)},
        11_788.66626667,
        (
            Held(
                "BTC/USD:BTC-201225", Leg.LONG, 100.0, 100.0, 11_707.70000003, 11_667.63509587, 125.0,
                MarginMode.CROSS,
            ),
        ),
        (Resting("1917641", "BTC/USD:BTC-200925", Side.BUY, 40.0, is_protective=True),),
        empty={"/dapi/v1/openAlgoOrders": []},
    ),
    "Bybit inverse, one-way, with an empty liquidation price and a sentinel beside it": Case(
        "bybit",
        (f"{BYBIT}/Trading/GetPositions.txt", f"{BYBIT}/Trading/GetOrders.txt", f"{BYBIT}/Account/GetBalances.txt"),
        {"BTC/USD:BTC": ("BTCUSD", 1.0), "ETH/USDT:USDT": ("ETHUSDT", 1.0)},
        28_224.5,
        (Held("BTC/USD:BTC", Leg.NET, -300.0, -300.0, 27_464.50441675, None, 10.0, None),),
        (Resting("fd4300ae-7847-404e-b947-b46980a4d140", "ETH/USDT:USDT", Side.BUY, 0.1, is_protective=False),),
        {"enableUnifiedMargin": False, "enableUnifiedAccount": True, "defaultSubType": "inverse"},
    ),
    "OKX, an inverse future in lots of 10 USD, isolated, long and short mode": Case(
        "okx",
        (
            f"{OKX}/Account/GetAccountPositions.txt",
            f"{OKX}/Trading/GetOrders.txt",
            f"{OKX}/Account/GetAccountBalance.txt",
        ),
        {"ETH/USD:ETH-210430": ("ETH-USD-210430", 10.0), "BTC/USDT": ("BTC-USDT", 1.0)},
        2_353.849,
        (
            Held(
                "ETH/USD:ETH-210430", Leg.LONG, 10.0, 10.0, 2_566.31, 2_352.8496681818233, 10.0,
                MarginMode.ISOLATED, 0.0003896645377994,
            ),
        ),
        (Resting("301835739059335168", "BTC/USDT", Side.BUY, 1.0, is_protective=False),),
    ),
    "Bitget classic, hedge mode, isolated": Case(
        "bitget",
        (
            f"{BITGET}/Futures/Trading/GetPositions.txt",
            f"{BITGET}/Futures/Trading/GetOpenOrders.txt",
            f"{BITGET}/Futures/Account/GetBalances.txt",
        ),
        {"BTC/USDT:USDT": ("BTCUSDT", 1.0), "ETH/USDT:USDT": ("ethusdt", 1.0)},
        25_100.0,
        (
            Held(
                "BTC/USDT:USDT", Leg.LONG, 0.01, 251.0, 25_000.0, 24_144.1124161806977798, 20.0,
                MarginMode.ISOLATED, 9.6695050093373343, 0.004,
            ),
        ),
        (Resting("123", "ETH/USDT:USDT", Side.BUY, 100.0, is_protective=False),),
        {"uta": False, "defaultType": "swap"},
    ),
    "Bitget unified, hedge mode, cross": Case(
        "bitget",
        (
            f"{BITGET}/Unified/Trading/GetPositions.txt",
            f"{BITGET}/Unified/Trading/GetOpenOrders.txt",
            f"{BITGET}/Unified/Account/GetBalances.txt",
        ),
        {"BTC/USDT:USDT": ("BTCUSDT", 1.0)},
        118_097.0,
        (
            Held(
                "BTC/USDT:USDT", Leg.LONG, 119.2068, 119.2068 * 118_097, 108_674.0, 43_099.9, 3.0, MarginMode.CROSS,
            ),
        ),
        (Resting("111111111111111111", "BTC/USDT:USDT", Side.BUY, 0.01, is_protective=False),),
        {"uta": True, "defaultType": "swap"},
    ),
    "KuCoin futures, lots of a thousandth, isolated; a finished order of an inverse contract": Case(
        "kucoinfutures",
        (
            f"{KUCOIN}/Futures/Account/GetPositions.txt",
            f"{KUCOIN}/Futures/Trading/GetOrders.txt",
            f"{KUCOIN}/Futures/Account/GetAccountOverview.txt",
        ),
        {"BTC/USDT:USDT": ("XBTUSDTM", 0.001), "BTC/USD:BTC": ("XBTUSDM", 1.0)},
        40_014.93,
        (
            Held(
                "BTC/USDT:USDT", Leg.NET, 0.001, 40.01493, 40_008.0, 32_211.0, 5.0, MarginMode.ISOLATED,
                8.03040576, 0.005,
            ),
        ),
        (
            Resting(
                "5cdfc138b21023a909e5ad55", "BTC/USD:BTC", Side.BUY, 20_000.0, is_protective=False,
                ended=OrderEnd.FILLED,
            ),
        ),
        {"uta": False},
    ),
    "KuCoin unified, cross, without a liquidation price": Case(
        "kucoinfutures",
        (
            f"{KUCOIN}/Unified/Trading/GetPositions.txt",
            f"{KUCOIN}/Unified/Trading/GetOpenOrders.txt",
            f"{KUCOIN}/Unified/Account/GetBalances.txt",
        ),
        {"BTC/USDT:USDT": ("XBTUSDTM", 0.001)},
        90_474.66,
        (Held("BTC/USDT:USDT", Leg.NET, 0.001, 90.47466, 90_476.2, None, 48.0, MarginMode.CROSS),),
        (Resting("402650101375365121", "BTC/USDT:USDT", Side.BUY, 0.01, is_protective=False),),
        {"uta": True},
    ),
    "Gate, short in lots of a ten-thousandth, liquidated at 99999999 which is nowhere": Case(
        "gate",
        (f"{GATE}/Trading/GetPositions.txt", f"{GATE}/Trading/GetOrders.txt", f"{GATE}/Account/GetAccount.txt"),
        {"BTC/USDT:USDT": ("BTC_USDT", 0.0001)},
        3_780.32,
        (Held("BTC/USDT:USDT", Leg.NET, -0.944, -3_568.62, 3_779.55, None, None, None, maintenance_rate=0.005),),
        (
            Resting(
                "15675394", "BTC/USDT:USDT", Side.BUY, 0.6024, is_protective=False, ended=OrderEnd.CANCELED,
            ),
        ),
        {"defaultType": "swap", "unifiedAccount": False},
    ),
}  # fmt: skip


@pytest.fixture
def payloads(shared_folder: Path) -> Path:
    folder = shared_folder / "payloads"
    if not folder.is_dir():
        pytest.skip("no recorded payloads in the folder shared/ beside the repository")
    return folder


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def bodies_of(case: Case, payloads: Path) -> dict[str, Any]:
    files = [recorded(payloads / name) for name in case.files]
    return {row.path: row.body for row in files} | dict(case.empty)


async def read(case: Case, bodies: dict[str, Any]) -> AccountReading:
    async with (
        RecordedVenue(bodies).running() as venue,
        reading(venue.port, case.exchange, case.markets, case.options) as (reader, _),
    ):
        return await reader.read()


def notional(case: Case, position: PositionUpdate, market: Mapping[str, Any]) -> float:
    """What the book makes of a position at the mark of the file, in the quote coin."""
    marks = Marks("USD", ("USDT",))
    instrument = instrument_from(market, case.exchange)
    assert instrument is not None
    marks.learn(instrument)
    marks.apply(MarkUpdate(case.exchange, position.symbol, case.mark, 1.0))
    row = marks.row(case.exchange, position.symbol)
    return position.quantity * float(marks.notional_per_unit(marks.rates())[row])


async def test_what_is_held_is_as_the_venue_says_or_unknown(case: Case, payloads: Path) -> None:
    async with (
        RecordedVenue(bodies_of(case, payloads)).running() as venue,
        reading(venue.port, case.exchange, case.markets, case.options) as (reader, exchange),
    ):
        told = await reader.read()
        assert not venue.missing
        assert not told.bad_rows
        assert len(told.positions) == len(case.held)
        for position, held in zip(told.positions, case.held, strict=True):
            assert (position.symbol, position.leg) == (held.symbol, held.leg)
            assert position.quantity == pytest.approx(held.quantity)
            assert notional(case, position, exchange.markets[held.symbol]) == pytest.approx(held.notional)
            assert position.entry_price == pytest.approx(held.entry_price)
            assert position.liquidation_price == _about(held.liquidation_price)
            assert position.leverage == _about(held.leverage)
            assert position.margin_mode == held.margin_mode
            assert position.isolated_margin == _about(held.isolated_margin)
            if held.maintenance_rate is not None:
                assert position.maintenance_margin_rate == pytest.approx(held.maintenance_rate)


def _about(value: float | None) -> Any:
    return None if value is None else pytest.approx(value)


async def test_what_rests_is_as_the_venue_says(case: Case, payloads: Path) -> None:
    told = await read(case, bodies_of(case, payloads))
    assert told.orders is not None
    assert [
        (row.order_id, row.symbol, row.side, pytest.approx(row.quantity), row.is_protective, row.ended, row.is_open)
        for row in told.orders
    ] == [
        (row.order_id, row.symbol, row.side, row.quantity, row.is_protective, row.ended, not row.ended)
        for row in case.resting
    ]


# -- rows that are wrong ----------------------------------------------------------------------------------------------

# Where each venue keeps the rows of its answer.
ROWS: dict[str, tuple[str, ...]] = {
    "bybit": ("result", "list"),
    "okx": ("data",),
    "bitget": ("data",),
    "kucoinfutures": ("data",),
}
JUNK = {"symbol": "NOSUCH", "instId": "NOSUCH", "contract": "NO_SUCH", "entryPrice": "1.0", "side": "Sideways"}


def rows_of(exchange: str, body: Any) -> list[Any]:
    for key in ROWS.get(exchange, ()):
        body = body[key]
    rows: list[Any] = body["list"] if isinstance(body, dict) else body
    return rows


async def test_one_bad_row_never_hides_the_others(case: Case, payloads: Path) -> None:
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    body = bodies[path] = copy.deepcopy(bodies[path])
    rows = rows_of(case.exchange, body)
    rows[:] = [JUNK, *rows, {**rows[0], "symbol": "NOSUCH", "instId": "NOSUCH", "contract": "NO_SUCH"}, JUNK]
    told = await read(case, bodies)
    held = [(row.symbol, row.leg, row.quantity) for row in told.positions]
    for wanted in case.held:
        assert (wanted.symbol, wanted.leg, pytest.approx(wanted.quantity)) in held
    assert told.bad_rows
    assert all("cannot be understood" in sentence for sentence in told.bad_rows)
    assert "NO" in told.bad_rows[0]


async def test_a_market_without_precision_takes_only_its_own_position_away(payloads: Path) -> None:
    case = next(case for title, case in CASES.items() if title.startswith("Binance COIN-M"))
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    bodies[path] = [{**bodies[path][1], "symbol": "BTCUSD_200925"}, *bodies[path]]
    async with (
        RecordedVenue(bodies).running() as venue,
        reading(venue.port, case.exchange, case.markets, case.options) as (reader, exchange),
    ):
        for market in (*exchange.markets_by_id["BTCUSD_200925"], exchange.markets["BTC/USD:BTC-200925"]):
            market["precision"] = {"price": 0.1}
        told = await reader.read()
    assert [row.symbol for row in told.positions] == ["BTC/USD:BTC-201225"]
    assert len(told.bad_rows) == 1
    assert told.bad_rows[0].startswith("a position of BTC/USD:BTC-200925 cannot be understood: ccxt cannot read it")


# -- the same rows, changed by one fact -------------------------------------------------------------------------------

CHANGES: dict[str, tuple[str, dict[str, Any], tuple[Leg, float] | None, float | None]] = {
    "Gate's short leg": ("Gate", {"mode": "dual_short"}, (Leg.SHORT, -0.944), None),
    "Gate's long leg": ("Gate", {"mode": "dual_long", "size": 9440, "liq_price": "3000"}, (Leg.LONG, 0.944), 3000.0),
    "a zero row of Gate": ("Gate", {"size": 0, "liq_price": "0"}, None, None),
    "Bybit's long leg": (
        "Bybit", {"positionIdx": 1, "side": "Buy", "liqPrice": "20000"}, (Leg.LONG, 300.0), 20_000.0,
    ),
    "Bybit's short leg": ("Bybit", {"positionIdx": 2, "liqPrice": "999999.00"}, (Leg.SHORT, -300.0), None),
    "a zero row of Bybit": ("Bybit", {"size": "0", "side": "", "avgPrice": "0", "positionValue": ""}, None, None),
    "OKX's net mode, short": ("OKX", {"posSide": "net", "pos": "-3", "liqPx": ""}, (Leg.NET, -30.0), None),
    "OKX's short leg": ("OKX", {"posSide": "short", "liqPx": "0"}, (Leg.SHORT, -10.0), None),
    "a zero row of OKX": ("OKX", {"posSide": "net", "pos": "0", "liqPx": ""}, None, None),
    "Bitget's short leg": (
        "Bitget classic", {"holdSide": "short", "liquidationPrice": "-1"}, (Leg.SHORT, -0.01), None,
    ),
    "Bitget's one-way mode": ("Bitget classic", {"posMode": "one_way_mode"}, (Leg.NET, 0.01), 24_144.1124161807),
    "a zero row of Bitget": ("Bitget classic", {"total": "0", "available": "0"}, None, None),
    "KuCoin, short": (
        "KuCoin futures", {"currentQty": -7, "liquidationPrice": None}, (Leg.NET, -0.007), None,
    ),
    "a zero row of KuCoin": ("KuCoin futures", {"currentQty": 0, "liquidationPrice": 0}, None, None),
    "Binance, one-way and short": (
        "Binance USD-M",
        {"positionSide": "BOTH", "positionAmt": "-0.002", "notional": "-42.2", "liquidationPrice": "0"},
        (Leg.NET, -0.002), None,
    ),
    "Binance's short leg": (
        "Binance USD-M",
        {"positionSide": "SHORT", "positionAmt": "-0.002", "notional": "-42.2", "liquidationPrice": "30000"},
        (Leg.SHORT, -0.002), 30_000.0,
    ),
    "COIN-M, short": (
        "Binance COIN-M",
        {"positionSide": "BOTH", "positionAmt": "-3", "notionalValue": "-0.0254", "liquidationPrice": ""},
        (Leg.NET, -300.0), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
async def test_a_row_changed_by_one_fact_is_read_by_it(name: str, payloads: Path) -> None:
    venue, change, expected, liquidation = CHANGES[name]
    case = next(case for title, case in CASES.items() if title.startswith(venue))
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    body = bodies[path] = copy.deepcopy(bodies[path])
    rows = rows_of(case.exchange, body)
    held = next(row for row in rows if row.get("positionAmt") not in {"0", "0.000"})
    rows[:] = [{**held, **change}]
    told = await read(case, bodies)
    assert not told.bad_rows
    if expected is None:
        assert told.positions == ()
        return
    (position,) = told.positions
    assert (position.leg, pytest.approx(position.quantity)) == expected
    assert position.liquidation_price == _about(liquidation)


# -- orders that wait for a price -------------------------------------------------------------------------------------

WAITING: dict[str, tuple[str, str, Markets, dict[str, Any], dict[str, Any], tuple[str, Side, float, bool]]] = {
    "Bitget's stop that opens": (
        "bitget", f"{BITGET}/Futures/Trading/GetOpenTriggerOrders.txt", {"ETH/USDT:USDT": ("ethusdt", 1.0)},
        {"uta": False, "defaultType": "swap"}, {"trigger": True}, ("123", Side.BUY, 1.0, False),
    ),
    # Its `side` is that of the leg; what closes a long is sold.
    "Bitget's take-profit of a position": (
        "bitget", f"{BITGET}/Futures/Trading/GetOpenTriggerOrders2.txt", {"BNB/USDT:USDT": ("BNBUSDT", 1.0)},
        {"uta": False, "defaultType": "swap"}, {"trigger": True, "planType": "profit_loss"},
        ("1272849518383902721", Side.SELL, 0.0, True),
    ),
    "Gate's closing order": (
        "gate", f"{GATE}/Trading/GetTriggerOrders.txt", {"BTC/USDT:USDT": ("BTC_USDT", 0.0001)},
        {"defaultType": "swap", "unifiedAccount": False}, {"trigger": True}, ("1283293", Side.BUY, 0.01, True),
    ),
    "KuCoin's stop without reduceOnly": (
        "kucoinfutures", f"{KUCOIN}/Futures/Trading/GetUntriggeredStopOrders.txt",
        {"BTC/USDT:USDT": ("XBTUSDTM", 0.001)}, {"uta": False}, {"trigger": True},
        ("622076e79f12700001f84138", Side.SELL, 0.002, False),
    ),
    "OKX's spot trigger": (
        "okx", f"{OKX}/Trading/GetAlgoOrderList.txt", {"BTC/USDT": ("BTC-USDT", 1.0)}, {},
        {"ordType": "trigger"}, ("681096944655273984", Side.BUY, 10.0, False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAITING)
async def test_an_order_that_waits_for_a_price_is_protective_only_if_it_can_but_reduce(
    name: str, payloads: Path
) -> None:
    exchange_id, file, markets, options, params, (order_id, side, quantity, protective) = WAITING[name]
    answer = recorded(payloads / file)
    async with (
        RecordedVenue({answer.path: answer.body}).running() as venue,
        reading(venue.port, exchange_id, markets, options) as (_, exchange),
    ):
        (row,) = await exchange.fetch_open_orders(None, None, None, params)
        order = _order(row, exchange)
    assert (order.order_id, order.side, order.is_protective) == (order_id, side, protective)
    assert order.quantity == pytest.approx(quantity)
    assert order.trigger_price is not None
    assert math.isfinite(order.trigger_price)


def _order(row: Mapping[str, Any], exchange: Any) -> OrderUpdate:
    return order_from(row, "main", "trigger", exchange.markets[row["symbol"]], Source.READING, 1.0)


# -- two rows of one leg ----------------------------------------------------------------------------------------------


async def test_an_isolated_position_beside_a_cross_margined_one_is_their_sum(payloads: Path) -> None:
    case = next(case for title, case in CASES.items() if title.startswith("OKX"))
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    body = bodies[path] = copy.deepcopy(bodies[path])
    (row,) = body["data"]
    body["data"].append({**row, "mgnMode": "cross", "pos": "3", "avgPx": "1283.155", "posId": "2"})
    told = await read(case, bodies)
    (position,) = told.positions
    assert position.quantity == pytest.approx(40.0)
    # An inverse contract's mean entry is harmonic: 40 / (10 / 2566.31 + 30 / 1283.155).
    assert position.entry_price == pytest.approx(40 / (10 / 2_566.31 + 30 / 1_283.155))
    assert (position.liquidation_price, position.leverage, position.margin_mode) == (None, None, None)


async def test_a_row_that_comes_twice_is_one_position(case: Case, payloads: Path) -> None:
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    body = bodies[path] = copy.deepcopy(bodies[path])
    rows = rows_of(case.exchange, body)
    rows[:] = [*rows, *rows]
    told = await read(case, bodies)
    assert [pytest.approx(row.quantity) for row in told.positions] == [held.quantity for held in case.held]


async def test_what_backs_an_isolated_position_at_binance_holds_no_unrealised_profit(payloads: Path) -> None:
    case = next(case for title, case in CASES.items() if title.startswith("Binance USD-M"))
    bodies = bodies_of(case, payloads)
    path = recorded(payloads / case.files[0]).path
    (row, _) = bodies[path]
    isolated = {**row, "marginType": "isolated", "isolatedMargin": "4.44", "isolatedWallet": "5.50"}
    bodies[path] = [isolated]
    (position,) = (await read(case, bodies)).positions
    assert (position.margin_mode, position.isolated_margin) == (MarginMode.ISOLATED, 5.5)
