"""Tickers, order books, candles and greeks into messages: base units at every venue, or unknown."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.venues.figures import base_volume, candles_from, depth_from, greeks_from

LINEAR: dict[str, Any] = {"symbol": "BTC/USDT:USDT", "contract": True, "type": "swap", "contractSize": 1.0}
LOTS = {**LINEAR, "contractSize": 0.01}
INVERSE = {**LINEAR, "symbol": "BTC/USD:BTC", "contractSize": 100.0, "inverse": True}
INVERSE_1 = {**INVERSE, "contractSize": 1.0}
OPTION = {"symbol": "BTC/USD:BTC-261225-100000-C", "contract": True, "type": "option", "contractSize": 1.0}
SPOT = {"symbol": "BTC/USDT", "type": "spot"}
JUNK = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})


@pytest.mark.parametrize(
    ("ticker", "market", "in_contracts", "volume"),
    [
        # The day's turnover says which it is: 500 coins, at 60,000 each, were 30 million.
        ({"baseVolume": 500.0, "quoteVolume": 30e6, "last": 61_000.0}, LINEAR, False, 500.0),
        ({"baseVolume": 50_000.0, "quoteVolume": 30e6, "last": 61_000.0}, LOTS, False, 500.0),
        ({"baseVolume": 500.0, "quoteVolume": 30e6, "last": 61_000.0}, LOTS, False, 500.0),
        ({"baseVolume": 500.0, "quoteVolume": 30e6, "last": 61_000.0}, SPOT, False, 500.0),
        # Binance COIN-M tells coins; Bybit's inverse contracts are counted in dollars, their turnover in coins.
        ({"baseVolume": 500.0, "quoteVolume": 30e6, "last": 61_000.0}, INVERSE, False, 500.0),
        ({"baseVolume": 30e6, "quoteVolume": 500.0, "last": 61_000.0}, INVERSE_1, False, 500.0),
        ({"baseVolume": 300_000.0, "quoteVolume": 500.0, "last": 61_000.0}, INVERSE, False, 500.0),
        # A coin of about a dollar: both readings are near, and the nearer one is right.
        ({"baseVolume": 1_200.0, "quoteVolume": 1_000.0, "vwap": 1.2}, INVERSE_1, False, 1_000.0),
        # OKX tells contracts and no turnover.
        ({"baseVolume": 50_000.0, "last": 61_000.0}, LOTS, True, 500.0),
        ({"baseVolume": 300_000.0, "last": 60_000.0}, INVERSE, True, 500.0),
        ({"baseVolume": 500.0}, SPOT, True, 500.0),
        # Hyperliquid tells the turnover alone.
        ({"quoteVolume": 30e6, "markPrice": 60_000.0}, LINEAR, False, 500.0),
        ({"baseVolume": 0.0, "quoteVolume": 0.0, "last": 61_000.0}, LINEAR, False, 0.0),
        # An option's turnover is of premiums.
        ({"baseVolume": 500.0, "quoteVolume": 3e4, "last": 0.05}, OPTION, False, 500.0),
        ({"baseVolume": 500.0, "last": 0.05}, {**OPTION, "contractSize": 0.01}, True, 5.0),
        ({"baseVolume": 500.0, "last": 0.05}, {**OPTION, "contractSize": 0.01}, False, None),
        # Nothing to tell lots from coins by.
        ({"baseVolume": 500.0}, LOTS, False, None),
        ({"baseVolume": 500.0}, INVERSE, True, None),
        ({"baseVolume": 500.0, "quoteVolume": 3e12, "last": 61_000.0}, LINEAR, False, None),
        ({"last": 61_000.0}, LINEAR, False, None),
        ({}, LINEAR, False, None),
    ],
)
def test_a_volume_is_in_coins_whatever_the_venue_counts(
    ticker: dict[str, Any], market: dict[str, Any], in_contracts: bool, volume: float | None
) -> None:
    found = base_volume(ticker, market, in_contracts=in_contracts)
    assert found == (None if volume is None else pytest.approx(volume))


@given(st.dictionaries(st.sampled_from(["baseVolume", "quoteVolume", "last", "vwap"]), JUNK))
def test_a_ticker_of_junk_is_unknown_or_a_number(ticker: dict[str, Any]) -> None:
    for market in (LINEAR, LOTS, INVERSE, SPOT):
        volume = base_volume(ticker, market)
        assert volume is None or (math.isfinite(volume) and volume >= 0.0)


def test_depth_is_in_coins_and_best_first() -> None:
    book = {"bids": [[98.0, 5.0], [99.0, 10.0]], "asks": [[103.0, 1.0], [101.0, 2.0], [102.0, 3.0]]}
    depth = depth_from(book, "okx", LOTS, 1.0)
    assert [tuple(level) for level in depth.bids] == [(99.0, pytest.approx(0.1)), (98.0, pytest.approx(0.05))]
    assert [price for price, _ in depth.asks] == [101.0, 102.0, 103.0]
    inverse = depth_from({"bids": [[50_000.0, 7.0]], "asks": []}, "binancecoinm", INVERSE, 1.0)
    assert inverse.bids == ((50_000.0, pytest.approx(7 * 100 / 50_000)),)
    assert inverse.asks == ()


@given(st.lists(st.lists(JUNK, max_size=3) | JUNK, max_size=6))
def test_levels_of_junk_are_left_out(rows: list[Any]) -> None:
    depth = depth_from({"bids": [*rows, [99.0, 1.0]], "asks": rows or None}, "okx", LINEAR, 1.0)
    assert (99.0, 1.0) in depth.bids
    assert all(price > 0.0 and quantity > 0.0 for price, quantity in (*depth.bids, *depth.asks))


def test_only_candles_that_are_closed_are_told_sorted_and_once() -> None:
    hours = {3: 12.0, 1: 10.0, 2: 11.0}
    rows = [[hour * 3_600_000, 1, 1, 1, close, 0] for hour, close in hours.items()]
    rows.append([3_600_000, 1, 1, 1, 10.5, 0])
    candles = candles_from(rows, "okx", "BTC/USDT", 3600.0, now_s=14_399.0, received_s=1.0)
    assert candles.opens_at_s == (3600.0, 7200.0)
    assert candles.close == (10.5, 11.0)
    assert candles_from(rows, "okx", "BTC/USDT", 3600.0, 14_400.0, 1.0).close[-1] == 12.0


@given(st.lists(st.lists(JUNK, max_size=6) | JUNK, max_size=6))
def test_candles_of_junk_are_left_out(rows: list[Any]) -> None:
    candles = candles_from([*rows, [3_600_000, 1, 1, 1, 11.0, 0]], "okx", "BTC/USDT", 3600.0, 8_000.0, 1.0)
    assert 3600.0 in candles.opens_at_s
    assert list(candles.opens_at_s) == sorted(set(candles.opens_at_s))
    assert all(math.isfinite(close) and close > 0.0 for close in candles.close)


def test_greeks_are_per_coin_or_unknown() -> None:
    told = greeks_from({"delta": "0.4", "gamma": 1e-5, "vega": None, "underlyingPrice": 6e4}, "deribit", "X", 1.0)
    assert told is not None
    assert (told.delta, told.gamma, told.vega, told.underlying_price) == (0.4, 1e-5, None, 6e4)
    okx = greeks_from({"delta": 0.35, "info": {"deltaBS": "0.4", "gammaBS": "", "vegaBS": "7"}}, "okx", "X", 1.0)
    assert okx is not None
    assert (okx.delta, okx.gamma, okx.vega, okx.underlying_price) == (0.4, None, 7.0, None)
    for row in ({}, {"delta": None}, {"delta": "nan"}, {"delta": 40.0}, {"delta": []}):
        assert greeks_from(row, "okx", "X", 1.0) is None
