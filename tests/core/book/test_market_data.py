"""Market figures in the book: numbered as the marks are, unknown where nothing was told, returns without invention."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.book.accounts import AccountEntry
from core.book.book import Book
from core.book.columns import NEVER
from core.book.depth import DEPTH_LEVELS
from core.book.market_data import FRESH_S, MarketData
from core.book.marks import Marks
from core.clock import ManualClock
from core.venues.messages import (
    CandlesUpdate,
    DepthUpdate,
    GreeksUpdate,
    Instrument,
    InstrumentKind,
    InstrumentsUpdate,
    MarkUpdate,
    SubAccountsUpdate,
    VolumeUpdate,
)

HOUR = 3600.0
NOW = 1_700_000_000.0 // HOUR * HOUR + 60.0
ENDPOINT = "binanceusdm"
BTC, ETH, COIN_M, DATED = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USD:BTC", "BTC/USDT:USDT-261225"
CALL = "BTC/USD:BTC-261225-100000-C"


class Desk:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.marks = Marks("USD", ("USDT", "USDC"))
        self.market = MarketData(self.marks, self.clock, keep=200)

    def mark(self, symbol: str, price: float, endpoint: str = ENDPOINT) -> None:
        self.marks.apply(MarkUpdate(endpoint, symbol, price, self.clock.monotonic()))

    def candles(self, symbol: str, *closes: float | None, ends_s: float = NOW, endpoint: str = ENDPOINT) -> None:
        """The last of them ended with the full hour up to `ends_s`."""
        last_s = ends_s // HOUR * HOUR
        rows = [(last_s - (len(closes) - at) * HOUR, close) for at, close in enumerate(closes) if close is not None]
        self.market.apply(
            CandlesUpdate(
                endpoint, symbol, HOUR, tuple(row[0] for row in rows), tuple(row[1] for row in rows),
                self.clock.monotonic(),
            )
        )  # fmt: skip

    def volume(self, symbol: str, volume: float, endpoint: str = ENDPOINT) -> None:
        self.market.apply(VolumeUpdate(endpoint, symbol, volume, self.clock.monotonic()))

    def returns(self, *coins: str, count: int = 3, period_s: float = HOUR, **how: float | None) -> list[list[float]]:
        """Per coin, rounded."""
        numbers = [self.marks.coin(name) for name in coins]
        _, found = self.market.returns(numbers, period_s, count, self.clock.now(), **how)
        return [[round(value, 9) for value in column] for column in found.T.tolist()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- figures ----------------------------------------------------------------------------------------------------------


def test_what_nobody_told_is_unknown_and_as_old_as_can_be(desk: Desk) -> None:
    desk.mark(BTC, 60_000.0)
    row = desk.marks.row(ENDPOINT, BTC)
    figures, depth = desk.market.figures, desk.market.depth(np.array([row]))
    assert math.isnan(figures.volume[row])
    assert math.isnan(figures.delta[row])
    assert (figures.volume_s[row], figures.greeks_s[row], depth.said_s[0]) == (NEVER, NEVER, NEVER)
    assert np.isnan(depth.bid_quantity).all()
    assert depth.ask_cost.shape == (1, DEPTH_LEVELS)


def test_depth_is_cumulative_per_side_and_unknown_beyond_what_is_visible(desk: Desk) -> None:
    desk.mark(ETH, 3_000.0)
    bids, asks = ((99.0, 1.0), (98.0, 2.0)), ((101.0, 4.0),)
    desk.market.apply(DepthUpdate(ENDPOINT, BTC, bids, asks, 5.0))
    depth = desk.market.depth(np.array([desk.marks.row(ENDPOINT, ETH), desk.marks.row(ENDPOINT, BTC)]))
    assert depth.bid_quantity[1, :3].tolist()[:2] == [1.0, 3.0]
    assert depth.bid_cost[1, :2].tolist() == [99.0, 99.0 + 196.0]
    assert (depth.ask_quantity[1, 0], depth.ask_cost[1, 0]) == (4.0, 404.0)
    assert np.isnan(depth.bid_quantity[1, 2:]).all()
    assert np.isnan(depth.bid_quantity[0]).all()
    assert depth.said_s.tolist() == [NEVER, 5.0]


LEVELS = st.lists(st.tuples(st.floats(1.0, 1e5), st.floats(1e-3, 1e3)), min_size=1, max_size=70)


@given(LEVELS, LEVELS)
def test_what_leaving_costs_is_each_level_against_the_mid(
    below: list[tuple[float, float]], above: list[tuple[float, float]]
) -> None:
    desk = Desk()
    bids = tuple(sorted(((1e5 - price, size) for price, size in below if price < 1e5), reverse=True))
    asks = tuple(sorted((1e5 + price, size) for price, size in above))
    for symbol in (BTC, COIN_M):
        desk.market.apply(DepthUpdate(ENDPOINT, symbol, bids, asks, 1.0))
    rows = np.array([desk.marks.row(ENDPOINT, BTC), desk.marks.row(ENDPOINT, COIN_M)])
    found = desk.market.depth(rows).against_mid(desk.marks.table.inverse[rows])
    if not bids:
        assert all(np.isnan(side).all() for side in found)
        return
    mid = (bids[0][0] + asks[0][0]) / 2
    for quantity, loss, levels in ((found[0], found[1], bids), (found[2], found[3], asks)):
        seen = levels[:DEPTH_LEVELS]
        coins, dollars = sum(size for _, size in seen), sum(price * size for price, size in seen)
        last = len(seen) - 1
        assert quantity[0, last] == pytest.approx(coins)
        assert quantity[1, last] == pytest.approx(dollars)
        assert loss[0, last] == pytest.approx(sum(abs(price - mid) * size for price, size in seen), rel=1e-6, abs=1e-4)
        inverse = sum(abs(mid / price - 1) * price * size for price, size in seen)
        assert loss[1, last] == pytest.approx(inverse, rel=1e-6, abs=1e-4)
        assert np.isnan(quantity[:, last + 1 :]).all()
        assert np.isnan(loss[:, last + 1 :]).all()


def test_a_book_that_emptied_is_empty_and_one_of_a_hundred_levels_is_cut(desk: Desk) -> None:
    many = tuple((1_000.0 - at, 1.0) for at in range(100))
    desk.market.apply(DepthUpdate(ENDPOINT, BTC, many, many, 5.0))
    row = np.array([desk.marks.row(ENDPOINT, BTC)])
    assert desk.market.depth(row).bid_quantity[0, -1] == DEPTH_LEVELS
    desk.market.apply(DepthUpdate(ENDPOINT, BTC, (), many, 4.0))  # older than what is known
    assert desk.market.depth(row).bid_quantity[0, 0] == 1.0
    desk.market.apply(DepthUpdate(ENDPOINT, BTC, (), many, 6.0))
    assert np.isnan(desk.market.depth(row).bid_quantity).all()
    assert desk.market.depth(row).said_s[0] == 6.0


def test_many_instruments_keep_their_own_figures(desk: Desk) -> None:
    symbols = [f"C{number}/USDT:USDT" for number in range(150)]
    for number, symbol in enumerate(symbols):
        desk.volume(symbol, float(number))
        desk.market.apply(DepthUpdate(ENDPOINT, symbol, ((1.0, number + 1.0),), (), 1.0))
    rows = np.array([desk.marks.row(ENDPOINT, symbol) for symbol in symbols])
    assert desk.market.figures.volume[rows].tolist() == [float(number) for number in range(150)]
    assert desk.market.depth(rows).bid_quantity[:, 0].tolist() == [number + 1.0 for number in range(150)]


@pytest.mark.parametrize("volume", [float("nan"), float("inf"), -5.0])
def test_a_volume_that_is_none_is_unknown(desk: Desk, volume: float) -> None:
    desk.volume(BTC, 10.0)
    desk.volume(BTC, volume)
    assert math.isnan(desk.market.figures.volume[desk.marks.row(ENDPOINT, BTC)])


# -- options ----------------------------------------------------------------------------------------------------------


def exposure(desk: Desk, symbol: str) -> float:
    return float(desk.marks.notional_per_unit(desk.marks.rates())[desk.marks.row(ENDPOINT, symbol)])


def greeks(desk: Desk, delta: float, underlying: float | None) -> None:
    desk.market.apply(GreeksUpdate(ENDPOINT, CALL, delta, 1e-5, None, underlying, 1.0))


def test_an_option_counts_with_its_delta_and_never_with_its_premium(desk: Desk) -> None:
    desk.mark(BTC, 60_000.0)
    desk.mark(CALL, 0.05)
    assert math.isnan(exposure(desk, CALL))
    greeks(desk, 0.4, 61_000.0)
    assert exposure(desk, CALL) == pytest.approx(0.4 * 61_000.0)
    greeks(desk, -0.4, None)
    assert exposure(desk, CALL) == pytest.approx(-0.4 * 60_000.0)
    greeks(desk, float("nan"), 61_000.0)
    assert math.isnan(exposure(desk, CALL))


def test_an_option_paid_in_its_coin_pays_linearly_in_that_coin(desk: Desk) -> None:
    desk.mark(CALL, 0.05)
    desk.marks.learn(
        Instrument(ENDPOINT, CALL, "BTC", "USD", "BTC", InstrumentKind.OPTION, 1.0, False, None, None, None, None)
    )
    row = desk.marks.row(ENDPOINT, CALL)
    assert desk.marks.level(row) == 0.05
    assert desk.marks.levels()[row] == 0.05
    assert desk.marks.table.option[row]


# -- returns ----------------------------------------------------------------------------------------------------------


def test_returns_stand_on_one_grid_and_a_gap_stays_one(desk: Desk) -> None:
    desk.candles(BTC, 100.0, 110.0, 121.0, 108.9)
    desk.candles(ETH, 10.0, None, 12.0, 12.0)
    times, _ = desk.market.returns([0], HOUR, 3, NOW)
    assert times.tolist() == [NOW - 60 - 2 * HOUR, NOW - 60 - HOUR, NOW - 60]
    btc, eth = desk.returns("BTC", "ETH")
    assert btc == [0.1, 0.1, -0.1]
    np.testing.assert_array_equal(eth, [np.nan, np.nan, 0.0])
    assert all(math.isnan(value) for value in desk.returns("SOL")[0])


def test_the_bar_that_is_not_over_says_nothing_yet(desk: Desk) -> None:
    desk.candles(BTC, 100.0, 110.0)
    desk.clock.advance(HOUR)
    np.testing.assert_array_equal(desk.returns("BTC")[0], [np.nan, 0.1, np.nan])


def test_a_longer_period_is_taken_from_the_same_prices(desk: Desk) -> None:
    closes = [100.0 * 1.01**at for at in range(80)]
    desk.candles(BTC, *closes)
    (daily,) = desk.returns("BTC", count=2, period_s=24 * HOUR)
    assert daily == pytest.approx([1.01**24 - 1] * 2)
    with pytest.raises(ValueError, match="no multiple"):
        desk.returns("BTC", period_s=1.5 * HOUR)


@given(st.permutations(list(range(24))))
def test_candles_that_come_out_of_order_say_the_same(order: list[int]) -> None:
    straight, jumbled = Desk(), Desk()
    closes = [100.0 + at for at in range(24)]
    straight.candles(BTC, *closes)
    for at in order:
        jumbled.candles(BTC, closes[at], ends_s=NOW - (23 - at) * HOUR)
    assert jumbled.returns("BTC", count=23) == straight.returns("BTC", count=23)


def test_the_most_traded_linear_market_speaks_for_a_coin(desk: Desk) -> None:
    desk.candles(BTC, 100.0, 110.0)
    desk.candles("BTC/USDC:USDC", 100.0, 120.0, endpoint="okx")
    for symbol, closes in ((COIN_M, (1.0, 5.0)), (DATED, (1.0, 6.0)), ("BTC/EUR", (1.0, 7.0)), (CALL, (1.0, 8.0))):
        desk.candles(symbol, *closes)
        desk.volume(symbol, 1e9)
    desk.volume(BTC, 10.0)
    assert desk.returns("BTC", count=1) == [[0.1]]
    desk.volume("BTC/USDC:USDC", 11.0, "okx")
    assert desk.returns("BTC", count=1) == [[0.2]]
    coin = desk.marks.coin("BTC")
    assert desk.market.source(coin, HOUR, 1, NOW) == ("okx", "BTC/USDC:USDC")
    assert desk.market.source(desk.marks.coin("SOL"), HOUR, 1, NOW) is None


def test_a_market_without_a_past_does_not_speak_because_it_is_large(desk: Desk) -> None:
    desk.candles(BTC, 100.0, 110.0, 121.0, 133.1)
    desk.candles("BTC/USDT", None, None, None, 5.0, endpoint="binance")
    desk.volume("BTC/USDT", 1e9, "binance")
    assert desk.returns("BTC") == [[0.1, 0.1, 0.1]]


def test_an_instrument_listed_twice_is_one(desk: Desk) -> None:
    listed = Instrument(ENDPOINT, BTC, "BTC", "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, None, None, None, None)
    desk.marks.learn(listed)
    desk.candles(BTC, 100.0, 110.0)
    desk.marks.learn(listed)
    desk.candles(BTC, 100.0, 110.0)
    assert desk.returns("BTC", count=1) == [[0.1]]
    assert desk.marks.table.size == 1


def test_absurd_prices_are_no_returns_unless_they_are_asked_for(desk: Desk) -> None:
    desk.candles(BTC, 100.0, 1e12, 100.0, 110.0)
    np.testing.assert_array_equal(desk.returns("BTC")[0], [np.nan, np.nan, 0.1])
    assert desk.returns("BTC", most_ratio=None)[0][0] == pytest.approx(1e10, rel=1e-6)
    desk.candles(ETH, 100.0, 0.0, 100.0, 110.0)
    np.testing.assert_array_equal(desk.returns("ETH", most_ratio=None)[0], [np.nan, np.nan, 0.1])


def test_candles_that_do_not_fit_together_are_not_taken(desk: Desk) -> None:
    desk.market.apply(CandlesUpdate(ENDPOINT, BTC, HOUR, (NOW, NOW + HOUR), (1.0,), 1.0))
    assert desk.market.source(desk.marks.coin("BTC"), HOUR, 2, NOW) is None


# -- our own marks ----------------------------------------------------------------------------------------------------


def sample(desk: Desk, **prices: float) -> None:
    """Move to a little after the next full hour, with these marks fresh, and take them."""
    desk.clock.advance(HOUR - desk.clock.now() % HOUR + 1.0)
    for coin, price in prices.items():
        desk.mark(f"{coin}/USDT:USDT", price)
    desk.market.note_marks(desk.clock.now())


def test_where_no_venue_gives_candles_our_own_marks_do(desk: Desk) -> None:
    for price in (100.0, 110.0, 121.0):
        sample(desk, BTC=price)
    np.testing.assert_array_equal(desk.returns("BTC")[0], [np.nan, 0.1, 0.1])


def test_a_mark_that_is_missing_for_an_hour_leaves_a_gap_and_no_calm(desk: Desk) -> None:
    sample(desk, BTC=100.0, ETH=10.0)
    sample(desk, ETH=11.0)
    sample(desk, BTC=121.0, ETH=11.0)
    sample(desk, BTC=121.0, ETH=11.0)
    btc, eth = desk.returns("BTC", "ETH")
    np.testing.assert_array_equal(btc, [np.nan, np.nan, 0.0])
    assert eth == [0.1, 0.0, 0.0]


def test_marks_are_taken_once_a_step_and_not_long_after_it(desk: Desk) -> None:
    sample(desk, BTC=100.0)
    sample(desk, BTC=110.0)
    desk.mark(BTC, 500.0)
    desk.market.note_marks(desk.clock.now())
    assert desk.returns("BTC", count=1) == [[0.1]]
    desk.clock.advance(HOUR + FRESH_S)
    desk.mark(BTC, 121.0)
    desk.market.note_marks(desk.clock.now())
    assert math.isnan(desk.returns("BTC", count=1)[0][0])


def test_a_clock_that_steps_back_writes_no_history_anew(desk: Desk) -> None:
    sample(desk, BTC=100.0)
    sample(desk, BTC=110.0)
    at_s = desk.clock.now()
    desk.mark(BTC, 999.0)
    desk.market.note_marks(at_s - HOUR)
    desk.market.note_marks(at_s)
    assert desk.returns("BTC", count=1) == [[0.1]]


def test_cash_has_no_returns_of_nothing(desk: Desk) -> None:
    desk.marks.coin("USDT")
    for price in (100.0, 110.0):
        sample(desk, BTC=price)
    assert math.isnan(desk.returns("USDT", count=1)[0][0])


def test_candles_have_the_word_and_marks_fill_their_gaps(desk: Desk) -> None:
    for price in (200.0, 210.0, 231.0):
        sample(desk, BTC=price)
    now_s = desk.clock.now()
    desk.candles(BTC, 100.0, 120.0, None, ends_s=now_s)
    btc = desk.returns("BTC", count=2)[0]
    assert btc == [0.2, 0.1]


# -- what is to be asked for, and the book ----------------------------------------------------------------------------


def test_what_is_wanted_is_what_is_held_and_what_prices_it(desk: Desk) -> None:
    desk.mark(BTC, 60_000.0)
    desk.mark(ETH, 3_000.0)
    held = [
        desk.marks.row(ENDPOINT, ETH), desk.marks.row(ENDPOINT, COIN_M), desk.marks.row("deribit", CALL),
        desk.marks.holding("USDT"), desk.marks.holding("SOL"),
    ]  # fmt: skip
    assert desk.market.wanted(np.array(held)) == {ENDPOINT: (ETH, COIN_M, BTC), "deribit": (CALL,)}
    assert desk.market.wanted(np.array([desk.marks.holding("BTC")])) == {ENDPOINT: (BTC,)}
    assert desk.market.wanted(np.array([], dtype=np.int64)) == {}


def test_the_book_takes_what_is_told_of_the_market_and_of_accounts() -> None:
    clock = ManualClock(NOW)
    book = Book([AccountEntry("alpha", "north", ENDPOINT)], [], "USD", ("USDT",), clock)
    listed = Instrument(ENDPOINT, BTC, "BTC", "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, None, None, None, None)
    book.apply(InstrumentsUpdate(ENDPOINT, (listed,), 1.0))
    book.apply(VolumeUpdate(ENDPOINT, BTC, 12.0, 1.0))
    book.apply(DepthUpdate(ENDPOINT, BTC, ((1.0, 2.0),), (), 1.0))
    book.apply(CandlesUpdate(ENDPOINT, BTC, HOUR, (NOW - 60 - HOUR,), (1.0,), 1.0))
    book.apply(GreeksUpdate("deribit", CALL, 0.5, None, None, None, 1.0))
    book.apply(SubAccountsUpdate("alpha", ("one", "two"), 1.0))
    book.apply(SubAccountsUpdate("nobody", ("three",), 1.0))
    assert book.market.figures.volume[0] == 12.0
    assert book.market.depth(np.array([0])).bid_quantity[0, 0] == 2.0
    assert book.market.figures.delta[1] == 0.5
    assert book.sub_accounts == {"alpha": ("one", "two")}
    assert book.counts.updates == 7
