"""Courses of a crash, recorded or made: five-minute candles, and the path of prices within them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BAR_S = 300.0
DAY_S = 86_400.0
POINTS = 4
"""A bar is walked open, low, high, close where it rises, and open, high, low, close where it falls."""
STEP_S = BAR_S / POINTS

Bar = tuple[float, float, float, float]
"""Open, high, low, close."""


@dataclass(frozen=True)
class Candles:
    name: str
    began_s: float
    """Wall time at which the first bar opens."""
    bars: dict[str, list[Bar]]
    """By base coin, all of one length."""
    volume_day: Mapping[str, float] = field(default_factory=dict)
    """By base coin what is traded of it in a day on average, base units; empty where nobody told."""

    @property
    def coins(self) -> list[str]:
        return sorted(self.bars)

    @property
    def length(self) -> int:
        return len(next(iter(self.bars.values())))

    def steps(self) -> list[dict[str, float]]:
        """Coin -> price, every `STEP_S`."""
        out: list[dict[str, float]] = []
        for number in range(self.length):
            paths = {coin: _path(bars[number]) for coin, bars in self.bars.items()}
            out += [{coin: path[point] for coin, path in paths.items()} for point in range(POINTS)]
        return out

    def around_the_low(self, hours_before: float, hours_after: float) -> Candles:
        """The part around the lowest price of Bitcoin."""
        lows = [bar[2] for bar in self.bars["BTC"]]
        low = lows.index(min(lows))
        first = max(0, low - round(hours_before * 3600.0 / BAR_S))
        last = low + round(hours_after * 3600.0 / BAR_S)
        part = {coin: bars[first:last] for coin, bars in self.bars.items()}
        return Candles(self.name, self.began_s + first * BAR_S, part, self.volume_day)


def _path(bar: Bar) -> tuple[float, float, float, float]:
    opened, high, low, closed = bar
    return (opened, low, high, closed) if closed >= opened else (opened, high, low, closed)


def read_candles(path: Path) -> Candles:
    """A parquet file of `ts` (UTC, milliseconds, of a bar's opening), `symbol`, open, high, low, close, volume."""
    import polars as pl

    table = pl.read_parquet(path).with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "ts")
    moments = table["ts"].n_unique()
    bars: dict[str, list[Bar]] = {}
    volume_day: dict[str, float] = {}
    for (symbol,), rows in table.group_by(["symbol"], maintain_order=True):
        coin = str(symbol).partition("/")[0]
        listed = rows.select("open", "high", "low", "close").rows()
        if len(listed) == moments:
            bars[coin] = listed
            if "volume" in rows.columns:
                volume_day[coin] = float(rows["volume"].mean()) * DAY_S / BAR_S  # type: ignore[arg-type]
    return Candles(path.stem, int(table["ts"].min()) / 1000.0, bars, volume_day)  # type: ignore[arg-type]


def made_candles(seed: int, coins: int = 40, hours: float = 48.0) -> Candles:
    """A crash by one common factor: calm, a fall by half within two hours and most of it back, with noise all along."""
    chance = random.Random(seed)
    length = round(hours * 3600.0 / BAR_S)
    names = ["BTC", "ETH", *(f"C{number}" for number in range(coins - 2))]
    betas = [1.0, 1.15, *(chance.uniform(0.8, 1.4) for _ in names[2:])]
    prices = [math.exp(chance.uniform(-2.0, 10.0)) for _ in names]
    bars: dict[str, list[Bar]] = {name: [] for name in names}
    fall, back = length // 2, length // 2 + 24
    for number in range(length):
        drift = math.log(0.5) / 24 if fall <= number < back else 0.012 if back <= number < back + 30 else 0.0
        noise = 0.012 if fall <= number < back + 60 else 0.002
        common = drift + chance.gauss(0.0, noise)
        for at, name in enumerate(names):
            opened = prices[at]
            closed = opened * math.exp(betas[at] * common + chance.gauss(0.0, noise / 2))
            high = max(opened, closed) * math.exp(abs(chance.gauss(0.0, noise / 2)))
            low = min(opened, closed) * math.exp(-abs(chance.gauss(0.0, noise / 2)))
            bars[name].append((opened, high, low, closed))
            prices[at] = closed
    return Candles(f"made from {seed}", 1_700_000_100.0, bars)
