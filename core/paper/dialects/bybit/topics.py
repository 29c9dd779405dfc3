"""Public streams of one category each: which topics are due at a step, and what they say."""

from __future__ import annotations

import orjson

from core.domain import Side
from core.paper.dialects.bybit.listing import Category, category_of, engine_symbol, wire_symbol
from core.paper.dialects.bybit.market import INTERVALS_S, book_json, candle_row, ladder_json, ticker_row
from core.paper.dialects.words import ms, price_text, quantity_text
from core.paper.engine.exchange import Exchange
from core.paper.instruments import PaperInstrument
from core.paper.quotes import LADDER_LEVELS
from core.paper.wire import Json

PATH = "/v5/public/"
DEPTHS = {1, 25, 50, 100, 200, 500, 1000}
STILL = {"symbol", "predictedDeliveryPrice", "basisRate", "basis", "deliveryFeeRate", "deliveryTime"}
"""Of a ticker: what no delta repeats."""


class PublicTopics:
    def __init__(self, exchange: Exchange, period_s: float) -> None:
        """`period_s`: how often tickers and candles speak."""
        self._exchange = exchange
        self._period_s = period_s

    def exists(self, category: Category, topic: str) -> bool:
        word, instrument = self._read(category, topic)
        if instrument is None:
            return False
        return self._body(word, instrument, 0.0, fresh=True) is not None

    def first(self, category: Category, topic: str, at_s: float) -> list[bytes]:
        """What a new listener is told at once: the whole, of which it then hears the changes."""
        return self._frames(category, topic, at_s, fresh=True)

    def frames(self, category: Category, topic: str, at_s: float) -> list[bytes]:
        return self._frames(category, topic, at_s, fresh=False) if self._is_due(topic) else []

    def _frames(self, category: Category, topic: str, at_s: float, *, fresh: bool) -> list[bytes]:
        word, instrument = self._read(category, topic)
        body = None if instrument is None else self._body(word, instrument, at_s, fresh=fresh)
        if body is None:
            return []
        kind, data = body
        return [orjson.dumps({"topic": topic, "type": kind, "ts": ms(at_s), "data": data, "cs": self._step})]

    @property
    def _step(self) -> int:
        return self._exchange.market.steps + 1

    def _is_due(self, topic: str) -> bool:
        if topic.startswith(("orderbook.", "publicTrade.")):
            return True
        period = max(1, round(self._period_s / self._exchange.market.step_s))
        return self._exchange.market.steps % period == 0

    def _read(self, category: Category, topic: str) -> tuple[str, PaperInstrument | None]:
        """The topic without its symbol, and what the symbol names."""
        word, _, symbol = topic.rpartition(".")
        market, name = self._exchange.market, engine_symbol(category, symbol)
        instrument = market.instrument(name) if name in market.index else None
        return word, instrument if instrument and category_of(instrument) is category else None

    def _body(self, word: str, instrument: PaperInstrument, at_s: float, *, fresh: bool) -> tuple[str, Json] | None:
        if word == "tickers":
            return self._ticker(instrument, fresh=fresh)
        if word == "publicTrade":
            return "snapshot", [self._trade(instrument, at_s)]
        name, _, rest = word.partition(".")
        if name == "kline" and rest in INTERVALS_S:
            return "snapshot", [self._candle(instrument, rest, at_s)]
        if name == "orderbook" and rest.isdigit() and int(rest) in DEPTHS:
            return self._book(instrument, int(rest), fresh=fresh)
        return None

    def _ticker(self, instrument: PaperInstrument, *, fresh: bool) -> tuple[str, Json]:
        row = ticker_row(self._exchange, instrument)
        if instrument.is_spot:
            return "snapshot", row
        row |= {"tickDirection": "PlusTick" if self._is_lifted(instrument) else "MinusTick"}
        if fresh:
            return "snapshot", row
        return "delta", {"symbol": row["symbol"]} | {name: row[name] for name in row if name not in STILL}

    def _is_lifted(self, instrument: PaperInstrument) -> bool:
        """Whether the last trade was at the offer."""
        market = self._exchange.market
        return market.last_of(instrument.symbol) >= float(market.mid[market.index[instrument.symbol]])

    def _book(self, instrument: PaperInstrument, depth: int, *, fresh: bool) -> tuple[str, Json]:
        # Of the best level alone the venue always tells the whole.
        if fresh or depth == 1:
            return "snapshot", book_json(self._exchange, instrument, depth)
        sides = {name: self._changes(instrument, side, depth) for name, side in (("b", Side.SELL), ("a", Side.BUY))}
        return "delta", {"s": wire_symbol(instrument), **sides, "u": self._step, "seq": self._step}

    def _changes(self, instrument: PaperInstrument, side: Side, depth: int) -> list[Json]:
        """Levels that are gone, and those that are there."""
        market = self._exchange.market
        gone: list[Json] = [
            [price_text(instrument, price), "0"] for price in market.gone_levels(instrument.symbol, side)
        ]
        return gone + ladder_json(market, instrument, side, min(depth, LADDER_LEVELS))

    def _trade(self, instrument: PaperInstrument, at_s: float) -> dict[str, Json]:
        return {
            "T": ms(at_s),
            "s": wire_symbol(instrument),
            "S": "Buy" if self._is_lifted(instrument) else "Sell",
            "v": quantity_text(instrument, instrument.step),
            "p": price_text(instrument, self._exchange.market.last_of(instrument.symbol)),
            "L": "ZeroPlusTick",
            "i": str(self._step),
            "BT": False,
        }

    def _candle(self, instrument: PaperInstrument, interval: str, at_s: float) -> dict[str, Json]:
        interval_s = INTERVALS_S[interval]
        rows = self._exchange.market.candles(instrument.symbol, interval_s, None, None, 1)
        opened, *prices, volume, turnover = candle_row(instrument, rows[0].tolist())
        named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
        return {
            "start": int(opened),
            "end": int(opened) + interval_s * 1000 - 1,
            "interval": interval,
            **named,
            "volume": volume,
            "turnover": turnover,
            "confirm": False,
            "timestamp": ms(at_s),
        }
