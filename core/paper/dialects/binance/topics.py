"""Market streams: which are due at a step, and what they say."""

from __future__ import annotations

import orjson

from core.domain import Side
from core.paper.dialects.binance import market as rows
from core.paper.dialects.binance.words import ms, price_text, quantity_text
from core.paper.engine.exchange import Exchange
from core.paper.instruments import PaperInstrument
from core.paper.quotes import LADDER_LEVELS
from core.paper.wire import Json


class MarketTopics:
    def __init__(self, exchange: Exchange, mark_period_s: float) -> None:
        self._exchange = exchange
        self._mark_period_s = mark_period_s

    def frames(self, topic: str, at_s: float) -> list[bytes]:
        name, _, stream = topic.partition("@")
        if name.startswith("!"):
            stream, chosen = name[1:], self._exchange.market.instruments
        elif name.upper() in self._exchange.market.index:
            chosen = (self._exchange.market.instrument(name.upper()),)
        else:
            return []
        word = stream.split("@")[0]
        if not self._due(word):
            return []
        bodies = [self._body(word, instrument, at_s) for instrument in chosen]
        bodies = [body for body in bodies if body is not None]
        if name.startswith("!") and word != "bookTicker":
            return [orjson.dumps(bodies)] if bodies else []
        return [orjson.dumps(body) for body in bodies]

    def _due(self, word: str) -> bool:
        if word == "bookTicker" or word.startswith("depth") or word == "aggTrade":
            return True
        period = max(1, round(self._mark_period_s / self._exchange.market.step_s))
        return self._exchange.market.steps % period == 0

    def _body(self, word: str, instrument: PaperInstrument, at_s: float) -> Json:
        market, symbol = self._exchange.market, instrument.symbol
        head = {"E": ms(at_s), "s": symbol}
        if word == "markPrice":
            row = rows.premium_row(self._exchange, instrument, at_s)
            rest = {"p": row["markPrice"], "i": row["indexPrice"], "P": row["estimatedSettlePrice"]}
            return {"e": "markPriceUpdate", **head, **rest, "r": row["lastFundingRate"], "T": row["nextFundingTime"]}
        if word == "bookTicker":
            row = rows.book_row(self._exchange, instrument, at_s)
            sides = {"b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"], "A": row["askQty"]}
            return {"e": "bookTicker", "u": market.steps, **head, "T": ms(at_s), **sides}
        if word in {"ticker", "miniTicker"}:
            return self._ticker(word, instrument, at_s, head)
        if word.startswith("kline_"):
            return self._kline(word[6:], instrument, head)
        if word == "aggTrade":
            price, quantity = price_text(instrument, market.last_of(symbol)), quantity_text(instrument, instrument.step)
            trade = {"p": price, "q": quantity, "f": market.steps, "l": market.steps, "T": ms(at_s), "m": False}
            return {"e": "aggTrade", **head, "a": market.steps, **trade}
        if word.startswith("depth"):
            sides = {name: self._levels(word, instrument, side) for name, side in (("b", Side.SELL), ("a", Side.BUY))}
            step = market.steps
            return {"e": "depthUpdate", **head, "T": ms(at_s), "U": step, "u": step, "pu": step - 1, **sides}
        return None

    def _levels(self, word: str, instrument: PaperInstrument, side: Side) -> Json:
        """The first levels of `depth20`, or what a book kept by changes has to take in: all, and which are gone."""
        market = self._exchange.market
        if word[5:]:
            return rows.ladder_json(market, instrument, side, int(word[5:]))
        gone = [[price_text(instrument, price), "0"] for price in market.gone_levels(instrument.symbol, side)]
        return gone + rows.ladder_json(market, instrument, side, LADDER_LEVELS)

    def _kline(self, interval: str, instrument: PaperInstrument, head: dict[str, Json]) -> Json:
        market, interval_s = self._exchange.market, rows.INTERVALS_S.get(interval)
        if interval_s is None:
            return None
        candles = market.candles(instrument.symbol, interval_s, None, None, 1)
        row = rows.kline_json(instrument, candles[0].tolist(), interval_s)
        names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        rest = {"s": instrument.symbol, "i": interval, "f": 1, "L": row[8], "x": False}
        return {"e": "kline", **head, "k": dict(zip(names, row, strict=True)) | rest}

    def _ticker(self, word: str, instrument: PaperInstrument, at_s: float, head: dict[str, Json]) -> Json:
        row = rows.ticker_row(self._exchange, instrument, at_s)
        short = {
            "c": row["lastPrice"],
            "o": row["openPrice"],
            "h": row["highPrice"],
            "l": row["lowPrice"],
            "v": row["volume"],
            "q": row["baseVolume" if instrument.is_inverse else "quoteVolume"],
        }
        if word == "miniTicker":
            return {"e": "24hrMiniTicker", **head, **short}
        return {
            "e": "24hrTicker",
            **head,
            **short,
            "p": row["priceChange"],
            "P": row["priceChangePercent"],
            "w": row["weightedAvgPrice"],
            "Q": row["lastQty"],
            "O": row["openTime"],
            "C": row["closeTime"],
            "F": row["firstId"],
            "L": row["lastId"],
            "n": row["count"],
        }
