"""Public endpoints that all of Binance's venues share: prices, books, candles, volumes."""

from __future__ import annotations

from collections.abc import Callable

from core.domain import Side
from core.paper.dialects.binance.codes import WireError
from core.paper.dialects.binance.context import Call
from core.paper.dialects.binance.words import coin, ms, pair, price_text, quantity_text
from core.paper.engine.exchange import Exchange
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes
from core.paper.wire import Json

DAY_MS = 86_400_000
KLINES_MAX = 1500
INTERVALS_S = {
    **{f"{n}m": 60 * n for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": 3600 * n for n in (1, 2, 4, 6, 8, 12)},
    "1d": 86_400,
    "3d": 3 * 86_400,
    "1w": 7 * 86_400,
}

RowMaker = Callable[[Exchange, PaperInstrument, float], dict[str, Json]]


def ping(call: Call) -> Json:
    return {}


def server_time(call: Call) -> Json:
    return {"serverTime": ms(call.request.at_s)}


def system_status(call: Call) -> Json:
    return {"status": 0, "msg": "normal"}


def nothing(call: Call) -> Json:
    """Lists that a local exchange has nothing to put on."""
    return []


def rate_limits(call: Call) -> list[Json]:
    def limit(kind: str, interval: str, number: int, most: int) -> Json:
        return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": most}

    return [
        limit("REQUEST_WEIGHT", "MINUTE", 1, call.weight_limit),
        limit("ORDERS", "MINUTE", 1, 1200),
        limit("ORDERS", "SECOND", 10, 300),
    ]


def size_filters(instrument: PaperInstrument) -> list[dict[str, Json]]:
    tick, step = price_text(instrument, instrument.tick), quantity_text(instrument, instrument.step)
    most = f"{instrument.quantity_max:.0f}"
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
    ]


def each(call: Call, row: RowMaker) -> Json:
    """One row for the symbol asked for, or a list of all; the COIN-M venue always gives a list."""
    one = call.instrument_or_none()
    if one is not None and not one.is_inverse:
        return row(call.exchange, one, call.request.at_s)
    rows = [one] if one is not None else call.market.instruments
    return [row(call.exchange, instrument, call.request.at_s) for instrument in rows]


def _named(instrument: PaperInstrument) -> dict[str, Json]:
    return {"symbol": instrument.symbol} | ({"pair": pair(instrument)} if instrument.is_inverse else {})


def _traded(instrument: PaperInstrument, volume: float, turnover: float) -> tuple[str, str]:
    """A volume as the venue counts it: quantity and the other side of it (quote coin, or base coin where inverse)."""
    if instrument.is_inverse:
        return quantity_text(instrument, turnover / instrument.contract_size), coin(volume)
    return quantity_text(instrument, volume), f"{turnover:.5f}"


def ticker_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    market = exchange.market
    day, last = market.last_day(instrument.symbol), market.last_of(instrument.symbol)
    weighted = day.turnover / day.volume if day.volume else last
    volume, value = _traded(instrument, day.volume, day.turnover)
    row: dict[str, Json] = {
        **_named(instrument),
        "priceChange": price_text(instrument, last - day.open),
        "priceChangePercent": f"{(last / day.open - 1) * 100:.3f}",
        "weightedAvgPrice": price_text(instrument, weighted),
        "lastPrice": price_text(instrument, last),
        "lastQty": quantity_text(instrument, instrument.step),
        "openPrice": price_text(instrument, day.open),
        "highPrice": price_text(instrument, max(day.high, last)),
        "lowPrice": price_text(instrument, min(day.low, last)),
        "volume": volume,
        "baseVolume" if instrument.is_inverse else "quoteVolume": value,
        "openTime": ms(at_s) - DAY_MS,
        "closeTime": ms(at_s),
        "firstId": 1,
        "lastId": day.trades,
        "count": day.trades,
    }
    if instrument.is_spot:
        book = book_row(exchange, instrument, at_s)
        row |= {name: book[name] for name in ("bidPrice", "bidQty", "askPrice", "askQty")}
        row["prevClosePrice"] = row["openPrice"]
    return row


def book_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    market = exchange.market
    bid = next(market.ladder(instrument.symbol, Side.SELL))
    ask = next(market.ladder(instrument.symbol, Side.BUY))
    return {
        **_named(instrument),
        "bidPrice": price_text(instrument, bid.price),
        "bidQty": quantity_text(instrument, bid.quantity),
        "askPrice": price_text(instrument, ask.price),
        "askQty": quantity_text(instrument, ask.quantity),
        "time": ms(at_s),
        "lastUpdateId": market.steps,
    }


def price_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    price = price_text(instrument, exchange.market.last_of(instrument.symbol))
    # The COIN-M venue calls the pair "ps" here and nowhere else.
    own = {"ps": pair(instrument)} if instrument.is_inverse else {}
    return {"symbol": instrument.symbol, **own, "price": price, "time": ms(at_s)}


def premium_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    market = exchange.market
    index = coin(float(market.mid[market.index[instrument.symbol]]))
    return {
        **_named(instrument),
        "markPrice": coin(market.mark_of(instrument.symbol)),
        "indexPrice": index,
        "estimatedSettlePrice": index,
        "lastFundingRate": f"{market.funding_rate_of(instrument.symbol):.8f}",
        "interestRate": f"{instrument.interest_rate:.8f}",
        "nextFundingTime": ms(exchange.funding.next_s),
        "time": ms(at_s),
    }


def ticker(call: Call) -> Json:
    return each(call, ticker_row)


def book_ticker(call: Call) -> Json:
    return each(call, book_row)


def price(call: Call) -> Json:
    return each(call, price_row)


def premium_index(call: Call) -> Json:
    return each(call, premium_row)


def ladder_json(market: Quotes, instrument: PaperInstrument, side: Side, limit: int) -> Json:
    levels = list(market.ladder(instrument.symbol, side))[:limit]
    return [[price_text(instrument, v.price), quantity_text(instrument, v.quantity)] for v in levels]


def depth(call: Call) -> Json:
    instrument = call.instrument()
    limit = call.whole("limit", 500)
    return {
        **_named(instrument),
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
    rows = call.market.candles(
        instrument.symbol,
        interval_s,
        None if since is None else since / 1000,
        None if until is None else until / 1000,
        max(1, min(KLINES_MAX, call.whole("limit", 500))),
    )
    return [kline_json(instrument, row, interval_s) for row in rows.tolist()]


def kline_json(instrument: PaperInstrument, row: list[float], interval_s: int) -> list[Json]:
    opened, *prices, volume, turnover, trades = row
    quantity, value = _traded(instrument, volume, turnover)
    # The world's takers buy as much as they sell.
    bought, bought_value = _traded(instrument, volume / 2, turnover / 2)
    texts = [price_text(instrument, price) for price in prices]
    closed = ms(opened + interval_s) - 1
    return [ms(opened), *texts, quantity, closed, value, int(trades), bought, bought_value, "0"]
