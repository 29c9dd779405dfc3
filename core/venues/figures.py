"""ccxt's tickers, order books, candles and greeks into our messages: base units everywhere, nonsense is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.venues.messages import CandlesUpdate, DepthUpdate, GreeksUpdate
from core.venues.normalise import contract_size_of, is_inverse, number
from core.venues.protocol import MarketView

Row = Mapping[str, Any]

PRICES = ("vwap", "average", "last", "close", "markPrice")
"""What turnover over volume is held against, the nearest first."""
NEAR = 2.0
"""Turnover over volume is the day's mean price, which is within this factor of the last one on all but absurd days."""
MOST_DELTA = 2.0
"""Beyond it a delta is of whole contracts, or of nothing known."""


def base_volume(ticker: Row, market: Row, *, in_contracts: bool = False) -> float | None:
    """Base units traded in 24 hours; None where what the venue counts cannot be told.

    Venues count base units, contracts, or (Bybit's inverse contracts) the quote coin as `baseVolume`. Turnover over
    volume is a price only for the right reading; `in_contracts` decides where no turnover is told.
    """
    volume = _base_volume(ticker, market, in_contracts)
    return volume if volume is not None and math.isfinite(volume) else None


def _base_volume(ticker: Row, market: Row, in_contracts: bool) -> float | None:
    size, inverse = contract_size_of(market), is_inverse(market)
    volume, turnover = _positive(ticker, "baseVolume"), _positive(ticker, "quoteVolume")
    price = next((value for key in PRICES if (value := _positive(ticker, key)) is not None), None)
    if volume is None:
        if _number(ticker.get("baseVolume")) == 0.0:
            return 0.0
        # Hyperliquid tells the turnover alone.
        return None if turnover is None or price is None or inverse else turnover / price
    if market.get("type") == "option":
        # Its turnover is of premiums, or of strikes, and says nothing of what the volume counts.
        return volume * size if in_contracts or size == 1.0 else None
    if turnover is not None and price is not None:
        readings = [(volume, turnover), (volume * size, turnover)]
        if inverse:
            readings += [(turnover, volume), (turnover, volume * size)]
        ratios = [(quote / base / price, base) for base, quote in readings if base > 0.0]
        near = [(max(ratio, 1 / ratio), base) for ratio, base in ratios if ratio > 0.0]
        off, base = min(near, default=(math.inf, 0.0))
        return base if off < NEAR else None
    if in_contracts and market.get("contract"):
        if inverse:
            return None if price is None else volume * size / price
        return volume * size
    return volume if size == 1.0 and not inverse else None


def depth_from(book: Row, endpoint: str, market: Row, received_s: float) -> DepthUpdate:
    """Levels without a positive finite price and amount are left out."""
    bids, asks = _levels(book.get("bids"), market), _levels(book.get("asks"), market)
    return DepthUpdate(
        endpoint,
        str(market["symbol"]),
        tuple(sorted(bids, reverse=True)),
        tuple(sorted(asks)),
        received_s,
    )


def market_view(book: Row, market: Row, read_s: float) -> MarketView:
    depth, inverse = depth_from(book, "", market, read_s), is_inverse(market)
    step, least = (
        number((market.get("precision") or {}).get("amount")),
        (market.get("limits") or {}).get("amount") or {},
    )
    size = contract_size_of(market)
    coin = market.get("settle") if market.get("type") == "option" else market.get("quote")

    def held(levels: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        return tuple((price, quantity * price if inverse else quantity) for price, quantity in levels)

    return MarketView(
        symbol=str(market["symbol"]),
        coin=str(coin or market["quote"]),
        inverse=inverse,
        bids=held(depth.bids),
        asks=held(depth.asks),
        quantity_step=None if step is None else step * size,
        quantity_min=(number(least.get("min")) or 0.0) * size,
        read_s=read_s,
        notional_min=number(((market.get("limits") or {}).get("cost") or {}).get("min")) or 0.0,
    )


def _levels(rows: Any, market: Row) -> list[tuple[float, float]]:
    size, inverse = contract_size_of(market), is_inverse(market)
    levels: list[tuple[float, float]] = []
    for row in rows or ():
        price, amount = _entry(row, 0), _entry(row, 1)
        if price is not None and amount is not None:
            quantity = amount * size / price if inverse else amount * size
            if 0.0 < quantity < math.inf:
                levels.append((price, quantity))
    return levels


def candles_from(
    rows: Sequence[Any], endpoint: str, symbol: str, period_s: float, now_s: float, received_s: float
) -> CandlesUpdate:
    """The closed ones of ccxt's rows; `now_s` is wall time. A bar is closed once its period is over."""
    closes: dict[float, float] = {}
    for row in rows:
        opened_ms, close = _entry(row, 0), _entry(row, 4)
        if opened_ms is not None and close is not None and opened_ms / 1000.0 + period_s <= now_s:
            closes[opened_ms / 1000.0] = close
    opens = sorted(closes)
    return CandlesUpdate(
        endpoint, symbol, period_s, tuple(opens), tuple(closes[opened] for opened in opens), received_s
    )


def greeks_from(row: Row, endpoint: str, symbol: str, received_s: float) -> GreeksUpdate | None:
    """None where the venue tells no delta that is one."""
    info = row.get("info")
    own = info if isinstance(info, Mapping) else {}
    # OKX's plain figures are per coin of premium; its Black-Scholes ones are what every other venue tells.
    delta = _number(own.get("deltaBS", row.get("delta")))
    if delta is None or abs(delta) > MOST_DELTA:
        return None
    return GreeksUpdate(
        endpoint,
        symbol,
        delta,
        gamma=_number(own.get("gammaBS", row.get("gamma"))),
        vega=_number(own.get("vegaBS", row.get("vega"))),
        underlying_price=_positive(row, "underlyingPrice"),
        received_s=received_s,
    )


def _number(value: Any) -> float | None:
    try:
        return number(value)
    except (TypeError, ValueError):
        return None


def _positive(row: Row, key: str) -> float | None:
    value = _number(row.get(key))
    return value if value is not None and value > 0.0 else None


def _entry(row: Any, at: int) -> float | None:
    """The positive number at a place of a list-like row."""
    try:
        value = _number(row[at])
    except (TypeError, IndexError, KeyError):
        return None
    return value if value is not None and value > 0.0 else None
