"""Public endpoints: what is listed, prices, books, candles, funding rates, risk limits."""

from __future__ import annotations

from core.domain import Side
from core.paper.dialects.bybit.codes import PARAMS, WireError
from core.paper.dialects.bybit.context import Call
from core.paper.dialects.bybit.listing import Category, category_of, instrument_row, wire_symbol
from core.paper.dialects.words import coin, ms, price_text, quantity_text
from core.paper.engine.exchange import Exchange
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes
from core.paper.wire import Json

INSTRUMENTS, INSTRUMENTS_MAX = 500, 1000
CANDLES, CANDLES_MAX = 200, 1000
RATES_MAX = 200
LIMITS = 15
"""Symbols on a page of risk limits."""
DEPTH_MAX = {Category.SPOT: 200, Category.LINEAR: 500, Category.INVERSE: 500, Category.OPTION: 25}
DAY_S = 86_400
INTERVALS_S = {str(n): 60 * n for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)} | {"D": DAY_S, "W": 7 * DAY_S}


def server_time(call: Call) -> Json:
    at_s = call.request.at_s
    return {"timeSecond": str(int(at_s)), "timeNano": str(int(at_s * 1e6) * 1000)}


def instruments_info(call: Call) -> Json:
    # Nothing here is before its launch or after its end.
    is_trading = call.params.get("status", "Trading") == "Trading"
    rows = call.chosen() if is_trading else []
    places = call.market.index
    page, cursor = call.page(rows, lambda row: (places[row.symbol],), INSTRUMENTS, INSTRUMENTS_MAX)
    is_last = not page or page[-1] is max(rows, key=lambda row: places[row.symbol])
    told = [instrument_row(instrument, call.exchange.funding.period_s) for instrument in page]
    return {"category": call.category().value, "list": told, "nextPageCursor": "" if is_last else cursor}


def tickers(call: Call) -> Json:
    rows = [ticker_row(call.exchange, instrument) for instrument in call.chosen()]
    return {"category": call.category().value, "list": rows}


def ticker_row(exchange: Exchange, instrument: PaperInstrument) -> dict[str, Json]:
    market, symbol = exchange.market, instrument.symbol
    day, last = market.last_day(symbol), market.last_of(symbol)
    bid, ask = next(market.ladder(symbol, Side.SELL)), next(market.ladder(symbol, Side.BUY))
    volume, turnover = traded(instrument, day.volume, day.turnover)
    index = price_text(instrument, float(market.mid[market.index[symbol]]))
    row: dict[str, Json] = {
        "symbol": wire_symbol(instrument),
        "bid1Price": price_text(instrument, bid.price),
        "bid1Size": quantity_text(instrument, bid.quantity),
        "ask1Price": price_text(instrument, ask.price),
        "ask1Size": quantity_text(instrument, ask.quantity),
        "lastPrice": price_text(instrument, last),
        "prevPrice24h": price_text(instrument, day.open),
        "price24hPcnt": f"{last / day.open - 1:.6f}",
        "highPrice24h": price_text(instrument, max(day.high, last)),
        "lowPrice24h": price_text(instrument, min(day.low, last)),
        "turnover24h": turnover,
        "volume24h": volume,
    }
    if instrument.is_spot:
        return row | {"usdIndexPrice": index}
    return row | {
        "indexPrice": index,
        "markPrice": price_text(instrument, market.mark_of(symbol)),
        "prevPrice1h": price_text(instrument, last),
        # The walk knows no world that holds positions: as much as is traded in a day stands for it.
        "openInterest": volume,
        "openInterestValue": turnover,
        "fundingRate": f"{market.funding_rate_of(symbol):.8f}",
        "nextFundingTime": str(ms(exchange.funding.next_s)),
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "basis": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
    }


def traded(instrument: PaperInstrument, volume: float, turnover: float) -> tuple[str, str]:
    """A volume as the venue counts it: quantity and the other side of it (quote coin, or base coin where inverse)."""
    if instrument.is_inverse:
        return quantity_text(instrument, turnover / instrument.contract_size), coin(volume)
    return quantity_text(instrument, volume), f"{turnover:.4f}"


def ladder_json(market: Quotes, instrument: PaperInstrument, side: Side, limit: int) -> list[Json]:
    levels = list(market.ladder(instrument.symbol, side))[:limit]
    return [[price_text(instrument, v.price), quantity_text(instrument, v.quantity)] for v in levels]


def book_json(exchange: Exchange, instrument: PaperInstrument, limit: int) -> dict[str, Json]:
    market = exchange.market
    return {
        "s": wire_symbol(instrument),
        "b": ladder_json(market, instrument, Side.SELL, limit),
        "a": ladder_json(market, instrument, Side.BUY, limit),
        "u": market.steps + 1,
        "seq": market.steps + 1,
    }


def orderbook(call: Call) -> Json:
    instrument = call.instrument()
    most = DEPTH_MAX[category_of(instrument)]
    limit = max(1, min(most, call.whole("limit", 1 if instrument.is_spot else 25)))
    at_ms = ms(call.request.at_s)
    return book_json(call.exchange, instrument, limit) | {"ts": at_ms, "cts": at_ms}


def kline(call: Call) -> Json:
    instrument, interval_s = call.instrument(), INTERVALS_S.get(call.text("interval"))
    if interval_s is None:
        raise WireError(PARAMS, "Invalid period!")
    since, until = call.number_or_none("start"), call.number_or_none("end")
    rows = call.market.candles(
        instrument.symbol,
        interval_s,
        None if since is None else since / 1000,
        None if until is None else until / 1000,
        max(1, min(CANDLES_MAX, call.whole("limit", CANDLES))),
    )
    told = [candle_row(instrument, row) for row in reversed(rows.tolist())]
    return {"symbol": wire_symbol(instrument), "category": call.category().value, "list": told}


def candle_row(instrument: PaperInstrument, row: list[float]) -> list[Json]:
    opened, *prices, volume, turnover, _ = row
    return [
        str(ms(opened)),
        *(price_text(instrument, price) for price in prices),
        *traded(instrument, volume, turnover),
    ]


def funding_history(call: Call) -> Json:
    instrument = call.contract()
    since, until, limit = call.window(RATES_MAX, RATES_MAX)
    rows = [
        {
            "symbol": wire_symbol(instrument),
            "fundingRate": f"{rate.rate:.8f}",
            "fundingRateTimestamp": str(ms(rate.at_s)),
        }
        for rate in reversed(call.exchange.funding.history)
        if rate.symbol == instrument.symbol and since <= rate.at_s * 1000 <= until
    ]
    return {"category": call.category().value, "list": rows[:limit]}


def risk_limit(call: Call) -> Json:
    """Tiers of all contracts of a category, or of one."""
    rows = [row for row in call.chosen() if not row.is_spot]
    places = call.market.index
    page, cursor = call.page(rows, lambda row: (places[row.symbol],), LIMITS, LIMITS)
    is_last = not page or page[-1] is max(rows, key=lambda row: places[row.symbol])
    told = [tier for instrument in page for tier in _tiers(instrument)]
    return {"category": call.category().value, "list": told, "nextPageCursor": "" if is_last else cursor}


def _tiers(instrument: PaperInstrument) -> list[Json]:
    return [
        {
            "id": number,
            "symbol": wire_symbol(instrument),
            "riskLimitValue": f"{tier.cap:.8g}",
            "maintenanceMargin": f"{tier.maintenance_rate:g}",
            "initialMargin": f"{1 / tier.max_leverage:.6g}",
            "isLowestRisk": int(number == 1),
            "maxLeverage": f"{tier.max_leverage:.2f}",
            "mmDeduction": f"{tier.deduction:.8g}",
        }
        for number, tier in enumerate(instrument.tiers, start=1)
    ]
