"""Public endpoints: time, prices, books, candles, funding."""

from __future__ import annotations

from core.domain import Side
from core.paper.dialects.okx.codes import WireError
from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.instruments import check_inst_type, inst_type
from core.paper.dialects.okx.listing import chosen
from core.paper.dialects.okx.words import amount, price, stamp
from core.paper.engine.exchange import Exchange
from core.paper.engine.funding import FundingRate
from core.paper.instruments import PaperInstrument
from core.paper.quotes import LADDER_LEVELS, Quotes
from core.paper.wire import Json

BOOK_MAX, BOOK_DEFAULT = 400, 1
CANDLES_MAX = 300
RATE_BOUND = "0.00375"
BARS_S = {
    **{f"{n}m": 60 * n for n in (1, 3, 5, 15, 30)},
    **{f"{n}H": 3600 * n for n in (1, 2, 4)},
    # Long bars have a second name for those that are cut by UTC; here all are.
    **{f"{n}H{cut}": 3600 * n for n in (6, 12) for cut in ("", "utc")},
    **{f"{n}D{cut}": 86_400 * n for n in (1, 2, 3) for cut in ("", "utc")},
    **{f"1W{cut}": 7 * 86_400 for cut in ("", "utc")},
}


def server_time(call: Call) -> Json:
    return [{"ts": stamp(call.request.at_s)}]


def nothing(call: Call) -> Json:
    """Lists that a local exchange has nothing to put on."""
    return []


def traded(instrument: PaperInstrument, volume: float, turnover: float) -> tuple[float, float]:
    """A volume (base units) and turnover (quote coin) as OKX counts: contracts and coins, on spot coins and quote."""
    if instrument.is_spot:
        return volume, turnover
    contracts = (turnover if instrument.is_inverse else volume) / instrument.contract_size
    return contracts, volume


def ticker_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    market = exchange.market
    day, last = market.last_day(instrument.symbol), market.last_of(instrument.symbol)
    bid, ask = (next(market.ladder(instrument.symbol, side)) for side in (Side.SELL, Side.BUY))
    quantity, value = traded(instrument, day.volume, day.turnover)
    return {
        "instType": inst_type(instrument),
        "instId": instrument.symbol,
        "last": price(instrument, last),
        "lastSz": amount(instrument.step),
        "askPx": price(instrument, ask.price),
        "askSz": amount(ask.quantity),
        "bidPx": price(instrument, bid.price),
        "bidSz": amount(bid.quantity),
        "open24h": price(instrument, day.open),
        "high24h": price(instrument, max(day.high, last)),
        "low24h": price(instrument, min(day.low, last)),
        "volCcy24h": amount(value),
        "vol24h": amount(quantity),
        "sodUtc0": price(instrument, day.open),
        "sodUtc8": price(instrument, day.open),
        "ts": stamp(at_s),
    }


def mark_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    return {
        "instType": "MARGIN" if instrument.is_spot else inst_type(instrument),
        "instId": instrument.symbol,
        "markPx": amount(exchange.market.mark_of(instrument.symbol)),
        "ts": stamp(at_s),
    }


def funding_row(exchange: Exchange, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
    funding, market = exchange.funding, exchange.market
    row = market.index[instrument.symbol]
    return {
        "formulaType": "withRate",
        "fundingRate": amount(market.funding_rate_of(instrument.symbol)),
        "fundingTime": stamp(funding.next_s),
        "impactValue": "",
        "instId": instrument.symbol,
        "instType": inst_type(instrument),
        "interestRate": amount(instrument.interest_rate),
        "maxFundingRate": RATE_BOUND,
        "method": "current_period",
        "minFundingRate": f"-{RATE_BOUND}",
        "nextFundingRate": "",
        "nextFundingTime": stamp(funding.next_s + funding.period_s),
        "premium": amount(float(market.mid[row] / market.mark[row]) - 1),
        "settFundingRate": "",
        "settState": "settled",
        "ts": stamp(at_s),
    }


def tickers(call: Call) -> Json:
    check_inst_type(call.text("instType"))
    return [ticker_row(call.exchange, each, call.request.at_s) for each in chosen(call)]


def ticker(call: Call) -> Json:
    return [ticker_row(call.exchange, call.instrument(), call.request.at_s)]


def mark_price(call: Call) -> Json:
    kind, at_s = call.params.get("instType", ""), call.request.at_s
    if call.params.get("instId"):
        return [mark_row(call.exchange, call.instrument(), at_s)]
    check_inst_type(call.text("instType"))
    rows = [each for each in call.market.instruments if kind == ("MARGIN" if each.is_spot else inst_type(each))]
    return [mark_row(call.exchange, each, at_s) for each in rows]


def funding_rate(call: Call) -> Json:
    wanted = call.text("instId")
    rows = call.market.instruments if wanted == "ANY" else (call.listed(wanted),)
    return [funding_row(call.exchange, each, call.request.at_s) for each in rows if each.is_perpetual]


def funding_rate_history(call: Call) -> Json:
    symbol = call.instrument().symbol
    paid = [rate for rate in call.exchange.funding.history if rate.symbol == symbol]
    return [_paid_row(rate) for rate in call.page(paid, lambda rate: int(rate.at_s * 1000))]


def _paid_row(rate: FundingRate) -> dict[str, Json]:
    told = amount(rate.rate)
    return {
        "formulaType": "withRate",
        "fundingRate": told,
        "fundingTime": stamp(rate.at_s),
        "instId": rate.symbol,
        "instType": "SWAP",
        "method": "current_period",
        "realizedRate": told,
    }


def ladder(market: Quotes, instrument: PaperInstrument, side: Side, most: int = LADDER_LEVELS) -> list[list[str]]:
    """Price, size, a deprecated zero, and the number of orders."""
    levels = list(market.ladder(instrument.symbol, side))[:most]
    return [[price(instrument, level.price), amount(level.quantity), "0", "1"] for level in levels]


def books(call: Call) -> Json:
    instrument = call.instrument()
    most = max(1, min(BOOK_MAX, call.whole("sz", BOOK_DEFAULT)))
    asks, bids = (ladder(call.market, instrument, side, most) for side in (Side.BUY, Side.SELL))
    return [{"asks": asks, "bids": bids, "ts": stamp(call.request.at_s), "seqId": call.market.steps}]


def candles(call: Call) -> Json:
    """The newest first; `after` and `before` (ms, both exclusive) bound when bars open."""
    instrument = call.instrument()
    interval_s = BARS_S.get(call.params.get("bar") or "1m")
    if interval_s is None:
        raise WireError("51000", "Parameter bar error", 400)
    after, before = call.number_or_none("after"), call.number_or_none("before")
    limit = max(1, min(CANDLES_MAX, call.whole("limit", 100)))
    until_s = None if after is None else (after - 1) / 1000
    rows = call.market.candles(instrument.symbol, interval_s, None, until_s, limit).tolist()
    found = [candle_json(instrument, row, call.request.at_s - interval_s) for row in reversed(rows)]
    return [row for row in found if before is None or int(row[0]) > before]


def candle_json(instrument: PaperInstrument, row: list[float], closed_s: float) -> list[str]:
    """`closed_s` is when the newest closed bar has opened at the latest."""
    opened, *prices, volume, turnover, _ = row
    quantity, value = traded(instrument, volume, turnover)
    sizes = [amount(quantity), amount(value), amount(turnover)]
    return [stamp(opened), *(price(instrument, each) for each in prices), *sizes, "1" if opened <= closed_s else "0"]
