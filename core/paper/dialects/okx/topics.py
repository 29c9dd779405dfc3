"""Market streams: which are due at a step, and what they say. A topic is the JSON of its subscription."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache

import orjson

from core.domain import Side
from core.paper.dialects.okx import market as rows
from core.paper.dialects.okx.words import amount, price, stamp
from core.paper.engine.exchange import Exchange
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

ROWS = {"tickers": rows.ticker_row, "mark-price": rows.mark_row, "funding-rate": rows.funding_row}
DEPTHS = {"books5": 5, "bbo-tbt": 1}
"""Channels that tell the first levels anew each time."""
CHECKED_LEVELS = 25
CANDLE = "candle"
HEAD, TAIL = b'{"arg":', b'},"'


@lru_cache(maxsize=4096)
def parsed(topic: str) -> Mapping[str, Json]:
    arg: Mapping[str, Json] = orjson.loads(topic)
    return arg


def frame(topic: str, data: Json, **more: Json) -> bytes:
    head = HEAD + topic.encode()
    for name, value in more.items():
        head += b"," + orjson.dumps(name) + b":" + orjson.dumps(value)
    return head + b',"data":' + orjson.dumps(data) + b"}"


def topic_of(told: bytes) -> str:
    """The subscription that a frame of `frame` repeats."""
    return told[len(HEAD) : told.index(TAIL) + 1].decode()


class MarketTopics:
    def __init__(self, exchange: Exchange, mark_period_s: float) -> None:
        self._exchange = exchange
        self._mark_period_s = mark_period_s

    def knows(self, arg: Mapping[str, Json]) -> bool:
        channel, symbol = str(arg.get("channel", "")), str(arg.get("instId", ""))
        if symbol not in self._exchange.market.index:
            return False
        if channel == "funding-rate":
            return self._exchange.market.instrument(symbol).is_perpetual
        known = channel in {"books", "trades", *DEPTHS, *ROWS}
        return known or (channel.startswith(CANDLE) and channel.removeprefix(CANDLE) in rows.BARS_S)

    def first(self, topic: str, at_s: float) -> list[bytes]:
        """What a subscription begins with: the whole book, of which later frames tell changes."""
        channel, instrument = self._read(topic)
        if channel == "books" and instrument is not None:
            return [frame(topic, [self._book(instrument, at_s, changes=False)], action="snapshot")]
        return []

    def frames(self, topic: str, at_s: float) -> list[bytes]:
        channel, instrument = self._read(topic)
        if instrument is None:
            return []
        if channel == "books":
            return [frame(topic, [self._book(instrument, at_s, changes=True)], action="update")]
        if channel in DEPTHS:
            return [frame(topic, [self._top(instrument, at_s, DEPTHS[channel])])]
        if channel == "trades":
            return [frame(topic, [self._trade(instrument, at_s)])]
        if not self._is_due():
            return []
        if channel in ROWS:
            return [frame(topic, [ROWS[channel](self._exchange, instrument, at_s)])]
        if channel.startswith(CANDLE):
            return [frame(topic, [self._candle(channel.removeprefix(CANDLE), instrument, at_s)])]
        return []

    def _read(self, topic: str) -> tuple[str, PaperInstrument | None]:
        """Channel and instrument; no instrument of a channel that is an account's own."""
        arg = parsed(topic)
        if not self.knows(arg):
            return "", None
        return str(arg["channel"]), self._exchange.market.instrument(str(arg["instId"]))

    def _is_due(self) -> bool:
        market = self._exchange.market
        return market.steps % max(1, round(self._mark_period_s / market.step_s)) == 0

    def _book(self, instrument: PaperInstrument, at_s: float, *, changes: bool) -> dict[str, Json]:
        """All levels, and of changes also those that are gone."""
        market, step = self._exchange.market, self._exchange.market.steps
        told = {name: rows.ladder(market, instrument, side) for name, side in (("asks", Side.BUY), ("bids", Side.SELL))}
        checksum = _checksum(told["bids"], told["asks"])
        if changes:
            for name, side in (("asks", Side.BUY), ("bids", Side.SELL)):
                gone = market.gone_levels(instrument.symbol, side)
                told[name] = [[price(instrument, at), "0", "0", "0"] for at in gone] + told[name]
        numbers = {"seqId": step, "prevSeqId": step - 1 if changes else -1}
        return {**told, "ts": stamp(at_s), "checksum": checksum, **numbers}

    def _top(self, instrument: PaperInstrument, at_s: float, most: int) -> dict[str, Json]:
        market = self._exchange.market
        asks, bids = (rows.ladder(market, instrument, side, most) for side in (Side.BUY, Side.SELL))
        return {"asks": asks, "bids": bids, "instId": instrument.symbol, "ts": stamp(at_s), "seqId": market.steps}

    def _trade(self, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
        market = self._exchange.market
        bid, ask = market.best(instrument.symbol)
        last = market.last_of(instrument.symbol)
        return {
            "instId": instrument.symbol,
            "tradeId": str(market.steps),
            "px": price(instrument, last),
            "sz": amount(instrument.step),
            "side": "buy" if last >= (bid + ask) / 2 else "sell",
            "ts": stamp(at_s),
            "count": "1",
        }

    def _candle(self, bar: str, instrument: PaperInstrument, at_s: float) -> Json:
        interval_s = rows.BARS_S[bar]
        row = self._exchange.market.candles(instrument.symbol, interval_s, None, None, 1)[0].tolist()
        return rows.candle_json(instrument, row, at_s - interval_s)


def _checksum(bids: list[list[str]], asks: list[list[str]]) -> int:
    """CRC32 over price and size of the first levels of both sides in turn, as a signed number.

    https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
    """
    pairs = zip(bids[:CHECKED_LEVELS], asks[:CHECKED_LEVELS], strict=False)
    text = ":".join(":".join((bid[0], bid[1], ask[0], ask[1])) for bid, ask in pairs)
    value = zlib.crc32(text.encode())
    return value - 2**32 if value >= 2**31 else value
