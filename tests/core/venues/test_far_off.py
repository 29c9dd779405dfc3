"""The order of a live drill is the least that a venue takes, and as far from the market as it lets it be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import VenueRefused
from core.venues.far_off import DISTANCE, LEAST_DISTANCE, bid_of, choose, price_of, quantity_of
from core.venues.plans.binance import BINANCE, BINANCE_USD_M
from core.venues.plans.plan import Book


def market(base: str = "XRP", quote: str = "USDT", kind: str = "swap", **more: Any) -> dict[str, Any]:
    """As ccxt has it, with the limits of Binance's XRPUSDT."""
    symbol = f"{base}/{quote}" + (f":{quote}" if kind == "swap" else "")
    return {
        "symbol": symbol, "base": base, "quote": quote, "type": kind, "active": True, "contractSize": 1.0,
        "linear": kind == "swap" or None, "inverse": None, "precision": {"amount": 0.1, "price": 0.0001},
        "limits": {"amount": {"min": 0.1}, "price": {"min": 0.0143}, "cost": {"min": 5.0}}, "info": {}, **more,
    }  # fmt: skip


def books(plan: Any) -> tuple[Book, ...]:
    return tuple(plan.books)


def test_contracts_in_dollars_come_before_pairs_and_small_coins_before_large_ones() -> None:
    known = [market("BTC"), market("XRP", kind="spot"), market("DOGE"), market("XRP", active=False), market("PEPE")]
    found = choose(known, books(BINANCE))
    assert found is not None
    assert (found[0]["symbol"], found[1].name) == ("DOGE/USDT:USDT", "linear regular")


def test_an_account_without_a_book_for_it_has_none() -> None:
    assert choose([market("XRP", kind="spot")], books(BINANCE_USD_M)) is None
    assert choose([], books(BINANCE)) is None


def test_inverse_contracts_are_taken_where_their_coin_is_held() -> None:
    coins = [market(base, "USD", linear=False, inverse=True, symbol=f"{base}/USD:{base}") for base in ("XRP", "BTC")]
    found = choose(coins, books(BINANCE), ("BTC/USD:BTC",))
    assert found is not None
    assert found[0]["symbol"] == "BTC/USD:BTC"


@given(st.floats(1e-6, 1e6), st.floats(0.0, 1.0))
def test_the_price_is_at_least_a_tenth_away_and_never_below_what_the_venue_takes(bid: float, lowest: float) -> None:
    one = market(limits={"price": {"min": lowest * bid}})
    try:
        price = price_of(one, bid)
    except VenueRefused:
        assert lowest * 1.01 > 1.0 - LEAST_DISTANCE - 1e-9
        return
    assert bid * (1.0 - DISTANCE) * (1 - 1e-9) <= price <= bid * (1.0 - LEAST_DISTANCE) * (1 + 1e-9)
    assert price > lowest * bid or lowest == 0.0


def test_the_share_of_the_price_that_a_pair_bids_at_least_is_kept_to() -> None:
    rule = {"filters": [{"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "1.2", "bidMultiplierDown": "0.8"}]}
    assert price_of(market(kind="spot", info=rule), 100.0) == pytest.approx(80.8)
    rule["filters"][0]["bidMultiplierDown"] = "0.95"
    with pytest.raises(VenueRefused, match="takes no order 10 % below its best bid"):
        price_of(market(kind="spot", info=rule), 100.0)


@given(st.floats(1e-4, 1e5), st.sampled_from([0.001, 0.1, 1.0, 10.0]), st.floats(0.1, 100.0))
def test_the_quantity_is_whole_steps_and_just_worth_what_the_venue_wants(
    price: float, step: float, cost: float
) -> None:
    one = market(precision={"amount": step}, limits={"amount": {"min": step}, "cost": {"min": cost}})
    quantity = quantity_of(one, price)
    assert quantity * price >= cost * (1 - 1e-9)
    assert quantity == pytest.approx(round(quantity / step) * step)
    assert quantity == pytest.approx(step) or (quantity - step) * price <= cost * 1.01 * (1 + 1e-9)


def test_a_market_without_a_price_or_a_least_size_is_no_place_for_it() -> None:
    with pytest.raises(VenueRefused, match="has no price now"):
        bid_of({"bid": None, "last": 0}, market())
    with pytest.raises(VenueRefused, match="does not say what its least order is"):
        quantity_of(market(limits={}, precision={}), 1.0)
    assert bid_of({"bid": 99.0, "last": 90.0}, market()) == 90.0
