"""Which accounts share an endpoint, what they share there, and how ccxt's options are laid over one another."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.secrets import Credentials
from core.tasks import spawn, stop_all
from core.venues.connect import Wires, dispose, merged
from core.venues.families import family_of
from core.venues.hub import UNCOUNTED_PACE_S, VenueHub
from core.venues.settings import AccountSettings, Endpoints

TABLES = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


def an_account(name: str, exchange: str = "binanceusdm", **ccxt: Any) -> AccountSettings:
    return AccountSettings(name, exchange, exchange, Credentials("key", "secret"), ccxt)


def a_hub(*accounts: AccountSettings) -> VenueHub:
    return VenueHub(accounts, ManualClock(), random.Random(1))


def test_the_same_settings_are_the_same_endpoint_in_whatever_order_they_are_written() -> None:
    names = Endpoints()
    assert names.name("binanceusdm", {"a": 1, "urls": {"x": 1, "y": 2}}) == "binanceusdm"
    assert names.name("binanceusdm", {"urls": {"y": 2, "x": 1}, "a": 1}) == "binanceusdm"


def test_other_settings_are_numbered_as_they_come_and_keep_their_number() -> None:
    names = Endpoints()
    given_names = [names.name(e, {"n": n}) for e, n in (("okx", 1), ("okx", 2), ("bybit", 1), ("okx", 3), ("okx", 2))]
    assert given_names == ["okx", "okx#2", "bybit", "okx#3", "okx#2"]


def test_accounts_of_one_endpoint_share_its_feed_and_others_have_their_own() -> None:
    hub = a_hub(an_account("a"), an_account("b"), an_account("c", timeout=1), an_account("d", "kraken"))
    assert hub.endpoints == ("binanceusdm", "binanceusdm#2", "kraken")
    assert hub.endpoint_of("a") == hub.endpoint_of("b") == "binanceusdm"
    assert hub.market_feed("binanceusdm") is hub.market_feed("binanceusdm")
    assert hub.market_feed("binanceusdm") is not hub.market_feed("binanceusdm#2")
    assert hub.acting("a") is hub.acting("a")
    assert hub.watching("a") is not hub.watching("b")


async def test_a_hub_that_was_never_used_closes_at_once() -> None:
    hub = a_hub(an_account("a"), an_account("d", "kraken"))
    hub.watching("a"), hub.acting("a"), hub.market_feed("kraken")
    await hub.close()
    await hub.close()


def test_listing_is_paced_by_the_share_of_the_reserve_that_an_account_has() -> None:
    # the books cost 40, 40 and 1 (TWAP), half of 2,400 a minute is 20 a second, shared by three
    hub = a_hub(*(an_account(name) for name in "abc"), an_account("d", "kraken"))
    assert hub.listing_pace_s("a") == pytest.approx(3 * 81 / 20)
    assert hub.listing_pace_s("d") == UNCOUNTED_PACE_S


def test_an_unknown_venue_is_generic_and_says_so() -> None:
    assert family_of("bitvavo").plan.generic
    assert not family_of("kraken").plan.generic


@given(under=TABLES, over=TABLES)
def test_what_lies_above_wins_and_nothing_else_is_lost(under: dict[str, Any], over: dict[str, Any]) -> None:
    def is_laid_over(result: Mapping[str, Any], under: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
        if set(result) != set(under) | set(over):
            return False
        for key, value in result.items():
            below, above = under.get(key), over.get(key)
            if isinstance(below, Mapping) and isinstance(above, Mapping):
                if not is_laid_over(value, below, above):
                    return False
            elif value != (above if key in over else below):
                return False
        return True

    before = repr((under, over))
    assert is_laid_over(merged(under, over), under, over)
    assert repr((under, over)) == before


def test_laying_over_leaves_the_family_as_it_was() -> None:
    family = family_of("binanceusdm")
    result = merged({"options": family.options}, {"options": {"fetchOpenOrders": {"warnWithoutSymbol": True}}})
    assert result["options"]["fetchOpenOrders"] == {"warnWithoutSymbol": True}
    assert family.options["fetchOpenOrders"] == {"warnWithoutSymbol": False}


async def test_a_connection_that_is_given_up_while_it_is_made_leaves_nothing_behind() -> None:
    settings = AccountSettings("alpha", "north", "binanceusdm", Credentials("key", "secret"))
    wires = Wires()
    made, session = await wires.build(settings, family_of("binanceusdm"), acting=True)
    await dispose(made, session)
    for steps in range(1, 4):
        building = spawn(wires.build(settings, family_of("binanceusdm"), acting=True), name="building")
        for _ in range(steps):
            await asyncio.sleep(0)
        await stop_all([building])
        if not building.cancelled():
            await dispose(*building.result())
        gc.collect()  # ccxt would complain of what is dropped with its session, and the test would fail for it
    await wires.close()
