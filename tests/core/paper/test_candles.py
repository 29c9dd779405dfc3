"""Candles: a history that belongs to the market, and what happened since."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.domain import Side
from core.paper.candles import CLOSE, HIGH, LOW, OPEN, TURNOVER, VOLUME
from core.paper.instruments import DEFAULT_INSTRUMENTS
from core.paper.market import Market

START_S = 1_700_000_123.0
HOUR_S, DAY_S = 3600, 86_400


class Stage:
    """A market whose candles are kept by a clock that goes with its steps."""

    def __init__(self, seed: int = 1, start_s: float = START_S) -> None:
        self.market = Market(DEFAULT_INSTRUMENTS, seed, 0.1)
        self.now_s = start_s
        self.market.history.begin(start_s)
        self.lasts: list[float] = []

    def run(self, steps: int, step_s: float = 0.1) -> None:
        for _ in range(steps):
            self.market.step()
            self.now_s += step_s
            self.market.record(self.now_s)
            self.lasts.append(self.market.last_of("BTCUSDT"))

    def rows(
        self, interval_s: int, since_s: float | None = None, until_s: float | None = None, limit: int = 500
    ) -> np.ndarray:
        return self.market.candles("BTCUSDT", interval_s, since_s, until_s, limit)


@pytest.fixture(scope="module")
def played() -> Stage:
    stage = Stage()
    stage.run(2_000)
    return stage


@pytest.mark.parametrize("interval_s", [60, 300, HOUR_S, 4 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S])
def test_candles_join_without_gaps_and_their_prices_are_in_order(played: Stage, interval_s: int) -> None:
    rows = played.rows(interval_s, limit=100)
    assert len(rows) == 100
    assert np.all(np.diff(rows[:, 0]) == interval_s)
    prices = rows[:, 1:]
    assert np.all(prices[:, HIGH] >= prices[:, [OPEN, CLOSE]].max(axis=1))
    assert np.all(prices[:, LOW] <= prices[:, [OPEN, CLOSE]].min(axis=1))
    assert np.all(prices[1:, OPEN] == prices[:-1, CLOSE])
    assert np.all(prices[:, VOLUME] > 0)


@pytest.mark.parametrize("interval_s", [15 * 60, HOUR_S, 4 * HOUR_S, DAY_S])
def test_coarse_candles_are_made_of_the_fine_ones(played: Stage, interval_s: int) -> None:
    coarse = played.rows(interval_s, limit=3)
    fine = played.rows(60, since_s=float(coarse[0, 0]), limit=5_000)
    for row in coarse:
        part = fine[(fine[:, 0] >= row[0]) & (fine[:, 0] < row[0] + interval_s)][:, 1:]
        assert (row[1], row[4]) == (part[0, OPEN], part[-1, CLOSE])
        assert (row[2], row[3]) == (part[:, HIGH].max(), part[:, LOW].min())
        assert row[1 + TURNOVER] == pytest.approx(part[:, TURNOVER].sum())


def test_the_history_ends_where_the_market_opens_and_the_rest_is_what_happened(played: Stage) -> None:
    live_s = START_S // 60 * 60
    rows = played.rows(60, since_s=live_s)
    assert rows[0, 1 + OPEN] == played.market.instruments[0].start_price
    assert rows[-1, 1 + CLOSE] == played.lasts[-1]
    assert rows[:, 1 + HIGH].max() == max(*played.lasts, rows[0, 1 + OPEN])
    before = played.rows(60, until_s=live_s - 1, limit=1)
    assert before[0, 1 + CLOSE] == rows[0, 1 + OPEN]


def test_the_seed_decides_the_returns_of_a_day_whenever_the_site_starts() -> None:
    def returns(seed: int, start_s: float) -> np.ndarray:
        rows = Stage(seed, start_s).rows(DAY_S, since_s=START_S // DAY_S * DAY_S - 40 * DAY_S, limit=30)
        return np.log(rows[:, 1 + CLOSE] / rows[:, 1 + OPEN])

    assert returns(1, START_S) == pytest.approx(returns(1, START_S + 5 * DAY_S), abs=1e-3)
    assert returns(1, START_S) != pytest.approx(returns(2, START_S), abs=1e-3)


def test_days_move_together_as_the_live_market_does() -> None:
    market = Stage().market
    symbols = list(market.index)[:4]
    closes = np.column_stack([market.candles(symbol, DAY_S, None, None, 120)[:, 1 + CLOSE] for symbol in symbols])
    returns = np.diff(np.log(closes), axis=0)
    together = np.corrcoef(returns.T)
    assert together[np.triu_indices(4, 1)].min() > 0.6
    assert 0.015 < returns[:, 0].std() < 0.08


def test_windows_and_limits_are_answered_from_their_right_end(played: Stage) -> None:
    newest = played.rows(HOUR_S, limit=10)
    assert newest[-1, 0] == played.now_s // HOUR_S * HOUR_S
    since = float(newest[2, 0])
    assert played.rows(HOUR_S, since_s=since - 5, limit=3)[:, 0].tolist() == newest[2:5, 0].tolist()
    assert played.rows(HOUR_S, until_s=since, limit=2)[:, 0].tolist() == newest[1:3, 0].tolist()
    assert played.rows(HOUR_S, since_s=since, until_s=since + HOUR_S)[:, 0].tolist() == newest[2:4, 0].tolist()
    assert len(played.rows(HOUR_S, since_s=played.now_s + 10 * HOUR_S)) == 0
    assert 725 < len(played.rows(DAY_S, since_s=0.0, limit=5_000)) < 735


def test_a_market_that_stood_still_has_flat_candles_without_volume() -> None:
    stage = Stage()
    stage.run(1)
    stage.run(1, step_s=600.0)
    rows = stage.rows(60, since_s=START_S)[:, 1:]
    assert len(rows) == 10
    assert np.all(rows[:-1, OPEN] == stage.lasts[0])
    assert np.all(rows[:-1, VOLUME] == 0)


def test_the_last_day_is_the_sum_of_its_minutes(played: Stage) -> None:
    day = played.market.last_day("BTCUSDT")
    rows = played.rows(60, limit=1440)[:, 1:]
    assert (day.open, day.high, day.low) == (rows[0, OPEN], rows[:, HIGH].max(), rows[:, LOW].min())
    assert day.turnover == pytest.approx(rows[:, TURNOVER].sum())
    assert day.volume == pytest.approx(rows[:, VOLUME].sum())
    # Of the same order as what the ladder shows: a few thousand first levels a day.
    first = next(played.market.ladder("BTCUSDT", Side.BUY))
    assert 500 < day.turnover / (first.quantity * first.price) < 8_000


def test_a_step_trades_about_its_share_of_a_day() -> None:
    stage = Stage()
    traded = []
    for _ in range(3_000):
        stage.run(1)
        traded.append(stage.market.turnover.copy())
    share = np.mean(traded, axis=0) / [i.level_notional for i in DEFAULT_INSTRUMENTS] / 2_000 / (0.1 / DAY_S)
    assert share == pytest.approx(np.ones(len(share)), rel=0.1)


def test_many_days_of_live_minutes_stay_bounded() -> None:
    stage = Stage()
    for _ in itertools.repeat(None, 12):
        stage.run(1, step_s=DAY_S)
    assert len(stage.rows(60, since_s=START_S, limit=50_000)) == 7 * 1440
