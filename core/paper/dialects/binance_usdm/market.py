"""Public endpoints: what is listed and at which prices."""

from __future__ import annotations

from collections.abc import Callable

from core.domain import Side
from core.paper.dialects.binance_usdm.codes import ORDER_TYPES, WireError
from core.paper.dialects.binance_usdm.context import Call
from core.paper.dialects.binance_usdm.format import coin, ms, price_text, quantity_text
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.market import Market
from core.paper.wire import Json

LISTED_MS = 1_569_398_400_000
PERPETUAL_MS = 4_133_404_800_000
"""The delivery date that Binance gives to what is never delivered."""
DAY_MS = 86_400_000
KLINES_MAX = 1500
INTERVALS_S = {
    **{f"{n}m": 60 * n for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": 3600 * n for n in (1, 2, 4, 6, 8, 12)},
    "1d": 86_400,
    "3d": 3 * 86_400,
    "1w": 7 * 86_400,
}

RowMaker = Callable[[Market, PaperInstrument, float], Json]


def ping(call: Call) -> Json:
    return {}


def server_time(call: Call) -> Json:
    return {"serverTime": ms(call.request.at_s)}


def system_status(call: Call) -> Json:
    return {"status": 0, "msg": "normal"}


def exchange_info(call: Call) -> Json:
    rules = call.exchange.rules
    coins = sorted({i.settle for i in call.market.instruments})
    return {
        "timezone": "UTC",
        "serverTime": ms(call.request.at_s),
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _rate_limit("REQUEST_WEIGHT", "MINUTE", 1, call.weight_limit),
            _rate_limit("ORDERS", "MINUTE", 1, 1200),
            _rate_limit("ORDERS", "SECOND", 10, 300),
        ],
        "exchangeFilters": [],
        "assets": [{"asset": name, "marginAvailable": True, "autoAssetExchange": "0"} for name in coins],
        "symbols": [_listing(instrument, rules) for instrument in call.market.instruments],
    }


def _rate_limit(kind: str, interval: str, number: int, limit: int) -> Json:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _listing(instrument: PaperInstrument, rules: EngineRules) -> Json:
    return {
        "symbol": instrument.symbol,
        "pair": instrument.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_MS,
        "onboardDate": LISTED_MS,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.settle,
        "pricePrecision": instrument.price_decimals,
        "quantityPrecision": instrument.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": _filters(instrument, rules),
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(instrument: PaperInstrument, rules: EngineRules) -> Json:
    tick, step = price_text(instrument, instrument.tick), quantity_text(instrument, instrument.step)
    most = f"{instrument.quantity_max:.0f}"
    band = rules.price_band
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
        {"filterType": "MAX_NUM_ORDERS", "limit": rules.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": rules.max_triggers},
        {"filterType": "MIN_NOTIONAL", "notional": f"{instrument.notional_min:g}"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": f"{1 + band:.4f}",
            "multiplierDown": f"{1 - band:.4f}",
            "multiplierDecimal": "4",
        },
    ]


def _each(call: Call, row: RowMaker) -> Json:
    """One row for the symbol asked for, or a list of all."""
    one = call.instrument_or_none()
    if one is not None:
        return row(call.market, one, call.request.at_s)
    return [row(call.market, instrument, call.request.at_s) for instrument in call.market.instruments]


def ticker_row(market: Market, instrument: PaperInstrument, at_s: float) -> Json:
    day, last = market.candles.last_day(market.index[instrument.symbol]), market.last_of(instrument.symbol)
    weighted = day.turnover / day.volume if day.volume else last
    return {
        "symbol": instrument.symbol,
        "priceChange": price_text(instrument, last - day.open),
        "priceChangePercent": f"{(last / day.open - 1) * 100:.3f}",
        "weightedAvgPrice": price_text(instrument, weighted),
        "lastPrice": price_text(instrument, last),
        "lastQty": quantity_text(instrument, instrument.step),
        "openPrice": price_text(instrument, day.open),
        "highPrice": price_text(instrument, day.high),
        "lowPrice": price_text(instrument, day.low),
        "volume": quantity_text(instrument, day.volume),
        "quoteVolume": f"{day.turnover:.2f}",
        "openTime": ms(at_s) - DAY_MS,
        "closeTime": ms(at_s),
        "firstId": 1,
        "lastId": day.trades,
        "count": day.trades,
    }


def book_row(market: Market, instrument: PaperInstrument, at_s: float) -> Json:
    bid = next(market.ladder(instrument.symbol, Side.SELL))
    ask = next(market.ladder(instrument.symbol, Side.BUY))
    return {
        "symbol": instrument.symbol,
        "bidPrice": price_text(instrument, bid.price),
        "bidQty": quantity_text(instrument, bid.quantity),
        "askPrice": price_text(instrument, ask.price),
        "askQty": quantity_text(instrument, ask.quantity),
        "time": ms(at_s),
        "lastUpdateId": market.steps,
    }


def price_row(market: Market, instrument: PaperInstrument, at_s: float) -> Json:
    price = price_text(instrument, market.last_of(instrument.symbol))
    return {"symbol": instrument.symbol, "price": price, "time": ms(at_s)}


def premium_row(market: Market, instrument: PaperInstrument, at_s: float) -> Json:
    row = market.index[instrument.symbol]
    index = coin(float(market.mid[row]))
    return {
        "symbol": instrument.symbol,
        "markPrice": coin(float(market.mark[row])),
        "indexPrice": index,
        "estimatedSettlePrice": index,
        "lastFundingRate": "0.00010000",
        "interestRate": "0.00010000",
        "nextFundingTime": (ms(at_s) // (DAY_MS // 3) + 1) * (DAY_MS // 3),
        "time": ms(at_s),
    }


def ticker(call: Call) -> Json:
    return _each(call, ticker_row)


def book_ticker(call: Call) -> Json:
    return _each(call, book_row)


def price(call: Call) -> Json:
    return _each(call, price_row)


def premium_index(call: Call) -> Json:
    return _each(call, premium_row)


def ladder_json(market: Market, instrument: PaperInstrument, side: Side, limit: int) -> Json:
    levels = list(market.ladder(instrument.symbol, side))[:limit]
    return [[price_text(instrument, v.price), quantity_text(instrument, v.quantity)] for v in levels]


def depth(call: Call) -> Json:
    instrument = call.instrument()
    limit = call.whole("limit", 500)
    return {
        "lastUpdateId": call.market.steps,
        "E": ms(call.request.at_s),
        "T": ms(call.request.at_s),
        "bids": ladder_json(call.market, instrument, Side.SELL, limit),
        "asks": ladder_json(call.market, instrument, Side.BUY, limit),
    }


def klines(call: Call) -> Json:
    instrument = call.instrument()
    interval_s = INTERVALS_S.get(call.text("interval"))
    if interval_s is None:
        raise WireError(-1120, "Invalid interval.")
    since, until = call.number_or_none("startTime"), call.number_or_none("endTime")
    rows = call.market.candles.rows(
        call.market.index[instrument.symbol],
        interval_s,
        None if since is None else since / 1000,
        None if until is None else until / 1000,
        max(1, min(KLINES_MAX, call.whole("limit", 500))),
    )
    return [kline_json(instrument, row, interval_s) for row in rows.tolist()]


def kline_json(instrument: PaperInstrument, row: list[float], interval_s: int) -> list[Json]:
    opened, *prices, volume, turnover, trades = row
    return [
        ms(opened),
        *(price_text(instrument, price) for price in prices),
        quantity_text(instrument, volume),
        ms(opened + interval_s) - 1,
        f"{turnover:.5f}",
        int(trades),
        # The world's takers buy as much as they sell.
        quantity_text(instrument, volume / 2),
        f"{turnover / 2:.5f}",
        "0",
    ]
