"""Every dead-man's switch against lines written by hand: what arms it, what takes it back, and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import ccxt.pro
import pytest

from core.clock import SystemClock
from core.errors import VenueRefused, VenueUnsupported
from core.venues.acting import CcxtActing
from core.venues.plans import PLANS
from core.venues.plans.deadman import Told
from core.venues.protocol import DeadManVenue
from core.venues.timers import granted_s
from tests.core.venues.plans.golden import Golden
from tests.core.venues.plans.golden_deadman import SWITCHES, GoldenSwitch
from tests.core.venues.plans.stub import StubVenue, acting_at
from tests.core.venues.plans.test_golden_lines import ALL, answers_of

CASES = {golden.title or golden.exchange: golden for golden in ALL}


def test_every_account_of_the_golden_lines_has_a_switch_or_a_reason_why_not() -> None:
    assert {switch.title for switch in SWITCHES} == set(CASES)


@pytest.fixture(params=SWITCHES, ids=[switch.title for switch in SWITCHES])
def switch(request: pytest.FixtureRequest) -> GoldenSwitch:
    found: GoldenSwitch = request.param
    return found


@pytest.fixture
def golden(switch: GoldenSwitch) -> Golden:
    return CASES[switch.title]


@pytest.fixture
async def ready(switch: GoldenSwitch, golden: Golden) -> AsyncIterator[tuple[StubVenue, CcxtActing]]:
    async with (
        StubVenue(golden.ok, answers_of(golden)).running() as venue,
        acting_at(venue, golden.exchange, golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        venue.answers |= {arm: switch.reply for arm, _ in switch.lines.values()}
        if golden.exchange == "hyperliquid":
            venue.answers["POST /exchange"] = switch.reply
        venue.asked.clear()
        yield venue, acting


def symbols_of(golden: Golden) -> list[str]:
    return [str(market["symbol"]) for market in golden.markets]


async def test_the_countdowns_are_these_and_any_other_is_refused_before_anything_is_sent(
    switch: GoldenSwitch, golden: Golden, ready: tuple[StubVenue, CcxtActing]
) -> None:
    venue, acting = ready
    assert isinstance(acting, DeadManVenue)
    terms = acting.timers.terms
    assert set(acting.timers.names(symbols_of(golden))) == set(switch.lines)
    assert bool(terms.none) != bool(switch.lines)
    assert switch.none in terms.none
    assert terms.confirmed is not switch.unconfirmed
    for symbol in switch.uncovered:
        assert not set(acting.timers.names([symbol])) & (set(switch.lines) - {"account"}), symbol
    for name in switch.uncovered if terms.each_symbol else ("no such product",):
        with pytest.raises(VenueUnsupported):
            await acting.timers.arm(name, 60)
    assert venue.asked == []


async def test_arming_and_taking_back_send_these_lines_alone(
    switch: GoldenSwitch, ready: tuple[StubVenue, CcxtActing]
) -> None:
    venue, acting = ready
    for name, (arm, disarm) in switch.lines.items():
        before_ms = int(SystemClock().now() * 1000)
        granted = await acting.timers.arm(name, 60)
        wanted = [line for line in (arm, switch.streamed.get(name, "")) if line]
        assert [_without_time(line, before_ms) for line in venue.asked] == wanted, name
        assert granted == (None if switch.granted is None else pytest.approx(switch.granted, abs=1.0))
        venue.asked.clear()
        assert await acting.timers.disarm(name) is bool(disarm)
        assert venue.asked == ([disarm] if disarm else []), name
        venue.asked.clear()


def _without_time(line: str, before_ms: int) -> str:
    """A time that is counted from now, as what it is counted by."""
    found = re.search(r'"time":(\d+)', line)
    if found is None:
        return line
    assert 0 <= int(found[1]) - 60_000 - before_ms < 20_000
    return line.replace(found[0], '"time":"NONCE+60000"')


def test_every_call_of_a_switch_exists_in_ccxt() -> None:
    for exchange, plan in PLANS.items():
        made = getattr(ccxt.pro, exchange)()
        for row in plan.deadman.countdowns:
            for call in (row.arm, row.disarm):
                assert call is None or call.name == "unschedule_cancel" or hasattr(made, call.name), (exchange, call)


def test_a_time_outside_the_venues_range_is_refused_in_words() -> None:
    okx, bitget = PLANS["okx"].deadman, PLANS["bitget"].deadman
    assert [okx.refuses(seconds) for seconds in (9, 10, 120)] == ["from 10 to 120 s are possible there", "", ""]
    assert "5 to 60 s" in bitget.refuses(61)
    assert "no dead-man's switch is known" in PLANS["phemex"].deadman.refuses(60)


async def test_a_wallet_that_the_account_never_opened_needs_no_switch() -> None:
    golden = CASES["gate"]
    gone = (400, {"label": "USER_NOT_FOUND", "message": "please transfer funds first to create futures account"})
    async with (
        StubVenue(golden.ok, answers_of(golden)).running() as venue,
        acting_at(venue, "gate", golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        venue.answers['POST /api/v4/futures/btc/countdown_cancel_all {"timeout":60}'] = gone
        assert await acting.timers.arm("swap BTC", 60) is None
        venue.answers['POST /api/v4/spot/countdown_cancel_all {"timeout":60}'] = (400, {"label": "INVALID_PARAM_VALUE"})
        with pytest.raises(VenueRefused):
            await acting.timers.arm("spot", 60)


async def test_hyperliquid_says_no_to_accounts_that_traded_too_little() -> None:
    golden = CASES["hyperliquid"]
    no = {"status": "err", "response": "Cannot set scheduled cancel time until enough volume traded."}
    async with (
        StubVenue(golden.ok, answers_of(golden) | {"POST /exchange": no}).running() as venue,
        acting_at(venue, "hyperliquid", golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        with pytest.raises(VenueRefused, match="enough volume"):
            await acting.timers.arm("account", 60)


@pytest.mark.parametrize(
    ("told", "reply", "granted"),
    [
        (Told(left_ms="a.b"), {"a": [{"b": "1500"}]}, 1.5),
        (Told(left_ms="a"), {"a": None}, None),
        (Told(end="e", now="n"), {"e": "soon", "n": 1}, None),
        (Told(end="e", now="n"), {"e": 5, "n": 9}, None),
        (Told(end="e", now="n"), {"e": "0", "n": "1795616428332"}, None),
        (Told(), {"e": 5}, None),
    ],
)
def test_a_reply_that_says_nothing_of_the_time_says_nothing(told: Told, reply: object, granted: float | None) -> None:
    assert granted_s(told, reply) == granted
