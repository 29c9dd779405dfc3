"""The synthetic market on its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.domain import Side
from core.errors import PaperError
from core.paper.instruments import DEFAULT_INSTRUMENTS
from core.paper.listings import Listing, coin_margined, spot_pairs
from core.paper.market import Market


def walk(seed: int, steps: int = 3_000) -> np.ndarray:
    market = Market(DEFAULT_INSTRUMENTS, seed, 0.1)
    rows = []
    for _ in range(steps):
        market.step()
        rows.append(np.log(market.mid))
    return np.diff(np.array(rows), axis=0)


def test_returns_are_correlated_and_fat_tailed() -> None:
    returns = walk(3)
    together = np.corrcoef(returns.T)
    assert np.median(together[np.triu_indices(len(together), 1)]) > 0.5
    standard = (returns[:, 0] - returns[:, 0].mean()) / returns[:, 0].std()
    assert (standard**4).mean() > 4
    assert abs(standard.mean()) < 0.1


def test_the_seed_decides_the_course() -> None:
    assert np.array_equal(walk(3, 200), walk(3, 200))
    assert not np.array_equal(walk(3, 200), walk(4, 200))


def test_quotes_are_on_the_tick_and_never_cross() -> None:
    market = Market(DEFAULT_INSTRUMENTS, 1, 0.1)
    for _ in range(300):
        market.step()
        assert (market.bid < market.ask).all()
        assert (market.bid <= market.mid + 1e-9).all()
        assert (market.mid <= market.ask + 1e-9).all()
    for instrument in market.instruments:
        for price in market.best(instrument.symbol):
            assert instrument.round_price(price) == pytest.approx(price, abs=1e-9)


@pytest.mark.parametrize("side", list(Side))
def test_the_ladder_gets_worse_and_deeper(side: Side) -> None:
    market = Market(DEFAULT_INSTRUMENTS, 1, 0.1)
    levels = list(market.ladder("ETHUSDT", side))
    prices = [level.price * side.sign for level in levels]
    assert prices == sorted(prices)
    assert levels[-1].quantity > levels[0].quantity


def test_a_book_kept_by_changes_is_the_ladder_whatever_happened_in_between() -> None:
    market = Market(DEFAULT_INSTRUMENTS, 1, 0.1)
    book = {level.price: level.quantity for level in market.ladder("ETHUSDT", Side.BUY)}
    for step in range(60):
        if step % 7 == 3:
            market.shock_price("ETHUSDT", 3_000.0 + step)
            book |= {level.price: level.quantity for level in market.ladder("ETHUSDT", Side.BUY)}
        market.step()
        for price in market.gone_levels("ETHUSDT", Side.BUY):
            book.pop(price, None)
        ladder = {level.price: level.quantity for level in market.ladder("ETHUSDT", Side.BUY)}
        book |= ladder
        assert book == ladder


def test_listings_follow_the_walk_with_ticks_and_units_of_their_own() -> None:
    market = Market(DEFAULT_INSTRUMENTS, 1, 0.1)
    coin = Listing(coin_margined(DEFAULT_INSTRUMENTS), market)
    spot = Listing(spot_pairs(DEFAULT_INSTRUMENTS), market)
    for _ in range(5):
        market.step()
    market.shock_price("BTCUSDT", 50_000.0)
    for listing, symbol in ((coin, "BTCUSD_PERP"), (spot, "BTCUSDT")):
        assert listing.mark_of(symbol) == 50_000
        assert listing.steps == 5
        assert listing.last_day(symbol) == market.last_day("BTCUSDT")
        first = next(listing.ladder(symbol, Side.BUY))
        assert listing.instrument(symbol).value(first.quantity, first.price) == pytest.approx(400_000, rel=0.01)
    assert (coin.worth_of("BTC"), coin.worth_of("USDT"), spot.worth_of("BTC")) == (50_000, 1, 50_000)
    with pytest.raises(PaperError, match="no price is made for XMR"):
        Listing([replace(DEFAULT_INSTRUMENTS[0], base="XMR")], market)
    with pytest.raises(PaperError, match="listed twice"):
        Market([DEFAULT_INSTRUMENTS[0]] * 2, 1, 0.1)


def test_a_price_can_be_put_anywhere_sensible() -> None:
    market = Market(DEFAULT_INSTRUMENTS, 1, 0.1)
    market.shock_price("BTCUSDT", 30_000.0)
    assert (market.mark_of("BTCUSDT"), market.last_of("BTCUSDT")) == (30_000.0, 30_000.0)
    for bad in (0.0, -5.0, float("nan")):
        with pytest.raises(PaperError):
            market.shock_price("BTCUSDT", bad)
    with pytest.raises(PaperError):
        market.instrument("NOSUCH")


def test_maintenance_margin_has_no_jump_between_brackets() -> None:
    for instrument in DEFAULT_INSTRUMENTS:
        for tier in instrument.tiers[1:]:
            below, above = instrument.maintenance(tier.floor - 0.01), instrument.maintenance(tier.floor)
            assert above == pytest.approx(below, abs=1.0)
