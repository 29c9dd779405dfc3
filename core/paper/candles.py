"""Candles: a history from before the start, made up by the seed alone, and what really happened since.

The made-up days share one factor as the live market does, so that betas and correlations can be measured on them. Each
day is drawn by its own number (days since the epoch): the same seed gives the same returns of a day whenever the site
starts, and the whole is hung up at the price at which the market opened.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.paper.instruments import PaperInstrument

Floats = npt.NDArray[np.float64]
T = TypeVar("T")

MINUTE_S = 60
DAY_S = 86_400
HOUR_MINUTES, DAY_MINUTES = 60, 1440
WEEK_START_S = 4 * DAY_S
"""The first Monday after the epoch: weekly candles begin on Mondays."""
HISTORY_DAYS = 730
LIVE_MINUTES = 7 * DAY_MINUTES
"""How many minutes of what really happened are kept."""
FACTOR_VOLATILITY = 0.035
"""Of the common factor, per square root of a day, on an ordinary day."""
CALM_SPREAD, CALM_DAYS = 0.45, 12
"""Volatility clusters: each day's is multiplied by exp(this times a mean of so many daily draws, standardised)."""
TAIL_FREEDOM = 5.0
DAY_LEVELS = 2_000.0
"""How many times the first level of the ladder is traded in a day."""
TRADE_NOTIONAL_SHARE = 0.02
"""An average trade, as a share of the first level."""
EPOCH_SHIFT = 2**20
"""Seeds of random generators may not be negative, days before the epoch are."""
CACHED_DAYS = 6
OPEN, HIGH, LOW, CLOSE, VOLUME, TURNOVER, TRADES = range(7)
"""Columns of a candle: four prices, base units, quote coin, number of trades (not whole while it runs)."""


@dataclass(frozen=True, slots=True)
class DayStats:
    """The last 24 hours of one instrument."""

    open: float
    high: float
    low: float
    volume: float
    """Base units."""
    turnover: float
    """Quote coin."""
    trades: int


class Candles:
    """One-minute candles of every instrument; coarser ones are made of them."""

    def __init__(self, instruments: Sequence[PaperInstrument], seed: int) -> None:
        self._seed = seed
        self._beta: Floats = np.array([i.beta for i in instruments])
        self._own: Floats = np.array([i.own_volatility for i in instruments])
        self._level: Floats = np.array([i.level_notional for i in instruments])
        self._start: Floats = np.array([i.start_price for i in instruments])
        self._decimals = [i.price_decimals for i in instruments]
        self._first_minute = 0
        """Minute (since the epoch) of the first live candle."""
        self._live: list[Floats] = [self._flat(self._start)]
        self._dropped = 0
        self._day_opens: dict[int, Floats] = {0: np.log(self._start)}
        self._shapes: OrderedDict[int, tuple[Floats, Floats]] = OrderedDict()
        self._minutes: OrderedDict[int, Floats] = OrderedDict()
        self._hours: dict[int, Floats] = {}
        self._day_before: Floats | None = None
        self._last_day: Floats | None = None
        """What `last_day` tells, by instrument; None when it must be made anew."""

    def begin(self, at_s: float) -> None:
        """Hang the history up at the opening prices; to be called before any recording."""
        self._first_minute = int(at_s // MINUTE_S)
        self._day_before = self._last_day = None
        self._live = [self._flat(self._start)]
        self._dropped = 0
        day, offset = divmod(self._first_minute, DAY_MINUTES)
        path = self._shape(day)[0]
        # The path holds the log price at the end of each minute; the market opened at the end of the one before.
        level = path[offset - 1] if offset else np.zeros_like(self._start)
        self._day_opens = {day: np.log(self._start) - level}

    def record(self, last: Floats, turnover: Floats, at_s: float) -> None:
        """Take in what was last traded, and for how much (quote coin) since the call before."""
        self._last_day = None
        newest = self._first_minute + self._dropped + len(self._live) - 1
        for _ in range(min(int(at_s // MINUTE_S) - newest, LIVE_MINUTES)):
            self._live.append(self._flat(self._live[-1][:, CLOSE]))
        if len(self._live) > LIVE_MINUTES:
            gone = len(self._live) - LIVE_MINUTES
            del self._live[:gone]
            self._dropped += gone
        row = self._live[-1]
        np.maximum(row[:, HIGH], last, out=row[:, HIGH])
        np.minimum(row[:, LOW], last, out=row[:, LOW])
        row[:, CLOSE] = last
        row[:, VOLUME] += turnover / last
        row[:, TURNOVER] += turnover
        row[:, TRADES] += turnover / (TRADE_NOTIONAL_SHARE * self._level)

    def rows(self, index: int, interval_s: int, since_s: float | None, until_s: float | None, limit: int) -> Floats:
        """Candles of one instrument, oldest first: shape (n, 8), the opening second and then the seven columns.

        Without `since_s` the newest `limit` up to `until_s`, with it the oldest from there on, as venues answer. The
        last one may still be under way.
        """
        now_s = self._end_minute * MINUTE_S
        shift = WEEK_START_S if interval_s == 7 * DAY_S else 0
        until = min(now_s - 1, until_s if until_s is not None else now_s)
        last = (until - shift) // interval_s
        first = last - limit + 1
        if since_s is not None:
            first = max(-(-(since_s - shift) // interval_s), self._oldest_s // interval_s)
            last = min(last, first + limit - 1)
        count = int(last - first) + 1
        if count <= 0:
            return np.empty((0, 8))
        begin_s = int(first * interval_s + shift)
        return _merged(self._span(index, begin_s, begin_s + count * interval_s, interval_s), interval_s)

    def last_day(self, index: int) -> DayStats:
        """The 24 hours up to now."""
        if self._last_day is None:
            # All instruments at once, as a ticker stream asks for all of them at every beat.
            rows = np.stack(self._live[-DAY_MINUTES:])
            if len(rows) < DAY_MINUTES:
                rows = np.concatenate([self._old_part(), rows])
            sums = rows[:, :, VOLUME:].sum(axis=0)
            prices = [rows[0, :, OPEN], rows[:, :, HIGH].max(axis=0), rows[:, :, LOW].min(axis=0)]
            self._last_day = np.column_stack([*prices, sums])
        first, high, low, volume, turnover, trades = self._last_day[index].tolist()
        return DayStats(first, high, low, volume, turnover, int(trades))

    @property
    def _end_minute(self) -> int:
        return self._first_minute + self._dropped + len(self._live)

    @property
    def _oldest_s(self) -> int:
        return (self._first_minute // DAY_MINUTES - HISTORY_DAYS) * DAY_S

    def _old_part(self) -> Floats:
        """What of the last 24 hours lies before the start, shape (minutes, instruments, 7)."""
        if self._day_before is None:
            day, offset = divmod(self._first_minute, DAY_MINUTES)
            self._day_before = np.concatenate([self._minutes_of(day - 1)[offset:], self._minutes_of(day)[:offset]])
        return self._day_before[len(self._live) :]

    def _span(self, index: int, begin_s: int, end_s: int, interval_s: int) -> Floats:
        """Rows of one instrument from `begin_s` on, by the hour where whole hours do, else by the minute."""
        hourly = interval_s % (HOUR_MINUTES * MINUTE_S) == 0
        size_s = HOUR_MINUTES * MINUTE_S if hourly else MINUTE_S
        begin_s = max(begin_s, self._oldest_s)
        live_s = self._first_minute * MINUTE_S
        parts: list[Floats] = []
        for day in range(begin_s // DAY_S, -(-min(end_s, live_s) // DAY_S)):
            rows = self._hours_of(day)[:, index] if hourly else self._minutes_of(day)[:, index]
            parts.append(np.column_stack([day * DAY_S + size_s * np.arange(len(rows)), rows]))
        old = np.concatenate(parts) if parts else np.empty((0, 8))
        live = self._live_rows(index)
        if hourly:
            # The hour in which the market opened has minutes of both kinds.
            torn_s = live_s // size_s * size_s
            minutes = np.concatenate([self._span(index, torn_s, live_s, MINUTE_S), live]) if torn_s < live_s else live
            old, live = old[old[:, 0] < torn_s], minutes
        rows = np.concatenate([old[old[:, 0] < live_s], live])
        return rows[(rows[:, 0] >= begin_s) & (rows[:, 0] < end_s)]

    def _live_rows(self, index: int) -> Floats:
        rows = np.stack(self._live)[:, index]
        opened = (self._first_minute + self._dropped + np.arange(len(rows))) * MINUTE_S
        return np.column_stack([opened, rows])

    # -- what is made up -------------------------------------------------------------------------------------------

    def _hours_of(self, day: int) -> Floats:
        if day not in self._hours:
            blocks = self._minutes_of(day).reshape(-1, HOUR_MINUTES, len(self._start), 7)
            self._hours[day] = np.concatenate(
                [
                    blocks[:, 0, :, OPEN : OPEN + 1],
                    blocks[:, :, :, HIGH : HIGH + 1].max(axis=1),
                    blocks[:, :, :, LOW : LOW + 1].min(axis=1),
                    blocks[:, -1, :, CLOSE : CLOSE + 1],
                    blocks[:, :, :, VOLUME:].sum(axis=1),
                ],
                axis=2,
            )
        return self._hours[day]

    def _minutes_of(self, day: int) -> Floats:
        """Candles of a made-up day, shape (1440, instruments, 7)."""
        if day in self._minutes:
            self._minutes.move_to_end(day)
            return self._minutes[day]
        path, reach = self._shape(day)
        level = self._open_of(day)
        close = np.exp(level + path)
        opened = np.concatenate([np.exp(level)[None], close[:-1]])
        close, opened = self._on_tick(close), self._on_tick(opened)
        top, bottom = np.maximum(opened, close), np.minimum(opened, close)
        rows = np.empty((DAY_MINUTES, len(self._start), 7))
        rows[..., OPEN], rows[..., CLOSE] = opened, close
        rows[..., HIGH] = self._on_tick(top * (1 + reach))
        rows[..., LOW] = self._on_tick(bottom * (1 - reach))
        # Much is traded when much moves.
        busy = 0.4 + 0.6 * reach / max(float(reach.mean()), 1e-12)
        rows[..., TURNOVER] = DAY_LEVELS * self._level / DAY_MINUTES * busy
        rows[..., VOLUME] = rows[..., TURNOVER] / close
        rows[..., TRADES] = rows[..., TURNOVER] / (TRADE_NOTIONAL_SHARE * self._level)
        _keep(self._minutes, day, rows)
        return rows

    def _open_of(self, day: int) -> Floats:
        """Log prices at the beginning of a day, found backwards from the day of the start."""
        known = min(self._day_opens)
        while known > day:
            known -= 1
            self._day_opens[known] = self._day_opens[known + 1] - self._shape(known)[0][-1]
        return self._day_opens[day]

    def _shape(self, day: int) -> tuple[Floats, Floats]:
        """Log price at the end of each minute against the day's opening, and how far each candle's wicks reach."""
        if day in self._shapes:
            self._shapes.move_to_end(day)
            return self._shapes[day]
        chance = np.random.default_rng([self._seed, 0xCA4D, day + EPOCH_SHIFT])
        scale = self._calm(day) / np.sqrt(DAY_MINUTES * TAIL_FREEDOM / (TAIL_FREEDOM - 2))
        draws = chance.standard_t(TAIL_FREEDOM, (DAY_MINUTES, len(self._start) + 1)) * scale
        moves = self._beta * FACTOR_VOLATILITY * draws[:, :1] + self._own * draws[:, 1:]
        spread = np.hypot(self._beta * FACTOR_VOLATILITY, self._own) * scale
        reach = np.abs(moves) * 0.5 + spread * chance.exponential(0.4, moves.shape)
        _keep(self._shapes, day, (np.cumsum(moves, axis=0), reach))
        return self._shapes[day]

    def _calm(self, day: int) -> float:
        """How wild a day is against an ordinary one."""
        draws = [
            float(np.random.default_rng([self._seed, 0xCA13, day - back + EPOCH_SHIFT]).standard_normal())
            for back in range(CALM_DAYS)
        ]
        return float(np.exp(CALM_SPREAD * sum(draws) / np.sqrt(CALM_DAYS) - CALM_SPREAD**2))

    def _on_tick(self, prices: Floats) -> Floats:
        return np.column_stack([np.round(prices[:, i], places) for i, places in enumerate(self._decimals)])

    @staticmethod
    def _flat(prices: Floats) -> Floats:
        row = np.zeros((len(prices), 7))
        row[:, OPEN : CLOSE + 1] = prices[:, None]
        return row


def _merged(rows: Floats, interval_s: int) -> Floats:
    """Rows put together into candles of `interval_s`."""
    if not len(rows):
        return rows
    shift = WEEK_START_S if interval_s == 7 * DAY_S else 0
    opened = (rows[:, 0] - shift) // interval_s
    starts = np.flatnonzero(np.diff(opened, prepend=opened[0] - 1))
    ends = np.append(starts[1:], len(rows)) - 1
    return np.column_stack(
        [
            opened[starts] * interval_s + shift,
            rows[starts, 1 + OPEN],
            np.maximum.reduceat(rows[:, 1 + HIGH], starts),
            np.minimum.reduceat(rows[:, 1 + LOW], starts),
            rows[ends, 1 + CLOSE],
            np.add.reduceat(rows[:, 1 + VOLUME :], starts, axis=0),
        ]
    )


def _keep(cache: OrderedDict[int, T], day: int, value: T) -> None:
    cache[day] = value
    while len(cache) > CACHED_DAYS:
        cache.popitem(last=False)
