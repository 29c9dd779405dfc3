"""What no venue should ever say, said: nothing is breached by it, nothing breaks, and the unknown has a reason."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import FlowKind, Leg, LinkState, Scope, Side, Trust
from core.events.model import Cause
from core.risk.limits import Limit
from core.risk.metrics import METRIC_INFOS
from core.risk.model import Floats
from core.venues.messages import (
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
    InstrumentsUpdate,
    PositionUpdate,
    Source,
)
from tests.core.book.desk import BTC, ETH
from tests.core.risk.desk import RiskDesk

NAN, INF = math.nan, math.inf
NO_NUMBERS = (NAN, INF, -INF, 1e30, -1e30)
KINDS = ("portfolio", "venue:*", "account:*", "strategy:*")
LEVELS = {
    "drawdown": (0.05, 0.1, 0.2, 0.4),
    "drawdown_day": (0.05, 0.1, 0.2, 0.4),
    "daily_loss": (0.05, 0.1, 0.2, 0.4),
    "drawdown_7d": (0.05, 0.1, 0.2, 0.4),
    "drawdown_30d": (0.05, 0.1, 0.2, 0.4),
    "leverage": (3.0, 4.0, 5.0, 6.0),
    "margin_use": (0.5, 0.6, 0.7, 0.9),
    "equity": (500.0, 400.0, 300.0, 200.0),
}
LIMITS = [Limit(Scope.parse(kind), metric, levels) for kind in KINDS for metric, levels in LEVELS.items()]
HELD = {BTC: (10.0, 100.0), ETH: (-4.0, 50.0)}
SIGHT = [
    column for column, info in enumerate(METRIC_INFOS) if info.unit == "seconds" or info.name.startswith("coverage_")
]
"""How well a scope was seen, which absurd messages do change: ages, and the share of time that was covered."""


def a_desk() -> RiskDesk:
    """Three accounts at two venues, inside all their limits and trusted."""
    desk = RiskDesk(LIMITS)
    say(desk, 100.0, 50.0)
    for account in "abc":
        desk.link(LinkState.UP, account)
        desk.read(account, 1_000.0, HELD, took_s=0.0)
    for _ in range(3):
        tick(desk, 100.0, 50.0)
    assert desk.cell("portfolio", "equity").trust == Trust.TRUSTED
    assert desk.cell("portfolio", "equity").value == pytest.approx(3_000.0)
    assert not desk.raised
    return desk


def say(desk: RiskDesk, btc: float | None, eth: float | None) -> None:
    for symbol, price in ((BTC, btc), (ETH, eth)):
        if price is not None:
            desk.tick(price, symbol)


def tick(desk: RiskDesk, btc: float | None, eth: float | None, seconds: float = 1.0) -> None:
    desk.wait(seconds)
    say(desk, btc, eth)
    for account in "abc":
        desk.alive(account)
    desk.step()


def read_all(desk: RiskDesk) -> None:
    for account in "abc":
        desk.link(LinkState.UP, account)
        desk.read(account, 1_000.0, HELD, took_s=0.0)
    desk.step()


def _same(now: Floats, before: Floats) -> None:
    np.testing.assert_array_equal(np.delete(now, SIGHT, axis=1), np.delete(before, SIGHT, axis=1))


def trusted(desk: RiskDesk, scope: str = "account:a") -> bool:
    return desk.cell(scope, "equity").trust == Trust.TRUSTED


# -- prices -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [NAN, INF, -INF, 0.0, -0.0, -5.0, 1e12])
def test_what_is_no_price_at_all_is_not_heard(price: float) -> None:
    desk = a_desk()
    before = desk.step().value.copy()
    desk.tick(price)
    _same(desk.step().value, before)
    assert trusted(desk)


@pytest.mark.parametrize("price", [1e6, 1e-6, 301.0, 33.0])
def test_a_price_that_leaps_is_an_unknown_with_a_reason_until_the_next_one_is_sane(price: float) -> None:
    desk = a_desk()
    desk.tick(price)
    desk.step()
    assert desk.is_unknown("account:a", "equity")
    assert desk.is_unknown("portfolio", "drawdown")
    (reason,) = desk.book.why_unknown("a")
    assert reason == f"the mark of {BTC} leapt from 100 to {price:g}, and nothing confirms it yet"
    tick(desk, 100.0, 50.0)
    assert trusted(desk)
    assert desk.book.why_unknown("a") == ()
    assert desk.cell("account:a", "drawdown").value == 0.0
    assert not desk.raised


def test_a_price_that_leaps_and_stays_is_believed_after_a_second_reading() -> None:
    desk = a_desk()
    tick(desk, 32.0, 50.0)
    assert not trusted(desk)
    tick(desk, 31.0, 50.0)
    assert trusted(desk)
    assert desk.cell("account:a", "drawdown").value == pytest.approx(690.0 / 1_000.0)
    assert ("account:a", "drawdown") in {(str(event.scope), event.metric) for event in desk.raised}


def test_an_absurd_price_is_believed_only_when_the_venue_insists_for_a_minute() -> None:
    desk = a_desk()
    for _ in range(59):
        tick(desk, 0.001, 50.0)
        assert not trusted(desk)
    for _ in range(3):
        tick(desk, 0.001, 50.0)
    assert trusted(desk)
    assert desk.cell("account:a", "equity").value == pytest.approx(0.01, abs=1e-6)


def test_a_second_source_confirms_a_leap_at_once() -> None:
    desk = a_desk()
    desk.mark(100.0, "BTC/USDT", endpoint="elsewhere")
    desk.wait(11.0)
    desk.tick(20.0, "BTC/USDT", endpoint="elsewhere")
    tick(desk, 100.0, 50.0, 1.0)
    desk.tick(20.0, "BTC/USDT", endpoint="elsewhere")
    tick(desk, 20.0, 50.0)
    assert trusted(desk)
    assert desk.cell("account:a", "equity").value == pytest.approx(200.0)


def test_the_first_mark_is_measured_against_a_second_source() -> None:
    desk = RiskDesk(LIMITS)
    desk.mark(100.0, "BTC/USDT", endpoint="elsewhere")
    desk.tick(1e6)
    desk.mark(50.0, ETH)
    desk.read("a", 1_000.0, HELD)
    desk.step()
    assert desk.is_unknown("account:a", "equity")
    assert "leapt from 100 to 1e+06" in desk.book.why_unknown("a")[0]


def test_two_listings_of_one_symbol_that_disagree_are_unknown_and_never_a_move() -> None:
    desk = a_desk()
    for _ in range(5):
        tick(desk, 100.0, 50.0)
        desk.tick(1_000.0)
        desk.step()
        assert not trusted(desk)
    assert not desk.raised


def test_one_instrument_listed_twice_changes_nothing() -> None:
    desk = a_desk()
    before = desk.step().value.copy()
    row = Instrument("e", BTC, "BTC", "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, 0.001, 0.001, 5.0, 0.1)
    there = Instrument("f", BTC, "BTC", "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, 0.001, 0.001, 5.0, 0.1)
    desk.book.apply(InstrumentsUpdate("e", (row, row), desk.now_s))
    desk.book.apply(InstrumentsUpdate("f", (there,), desk.now_s))
    desk.mark(100.4, endpoint="f")
    _same(desk.step().value, before)
    assert trusted(desk)


def test_a_mark_that_is_missing_for_an_hour_is_unknown_and_no_breach_but_of_its_age() -> None:
    desk = a_desk()
    for _ in range(360):
        tick(desk, None, 50.0, 10.0)
    assert desk.is_unknown("account:a", "equity")
    assert not desk.raised
    unknown = {(str(event.scope), event.metric) for event in desk.open_events(Cause.UNKNOWN)}
    assert ("account:a", "drawdown") in unknown
    assert ("portfolio", "leverage") in unknown
    for _ in range(2):
        tick(desk, 99.0, 50.0)
    assert trusted(desk)
    assert desk.cell("account:a", "drawdown").value == pytest.approx(0.01)
    assert not desk.open_events(Cause.UNKNOWN)


def test_one_leg_of_a_hedge_that_is_seen_alone_reaches_no_height() -> None:
    desk = a_desk()
    for _ in range(62):
        tick(desk, None, 50.0)
    assert desk.is_unknown("account:a", "drawdown")
    tick(desk, None, 45.0)
    tick(desk, 98.0, 45.0)
    assert trusted(desk)
    assert desk.cell("account:a", "equity").value == pytest.approx(1_000.0)
    for scope in ("account:a", "portfolio"):
        for metric in ("drawdown", "drawdown_day"):
            assert desk.cell(scope, metric).value == pytest.approx(0.0, abs=1e-12)


# -- what is held -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", NO_NUMBERS)
def test_a_balance_that_nobody_can_have_is_unknown_and_moves_no_peak(amount: float) -> None:
    desk = a_desk()
    desk.wallet(amount)
    for _ in range(15):
        tick(desk, 100.0, 50.0)
        assert desk.is_unknown("account:a", "equity")
        assert desk.is_unknown("portfolio", "drawdown")
    assert desk.book.why_unknown("a") == (f"the venue tells {amount:g} of USDT, which nobody can hold",)
    assert ("account:a", "drawdown") in {(str(e.scope), e.metric) for e in desk.open_events(Cause.UNKNOWN)}
    desk.wallet(1_000.0)
    desk.step()
    assert trusted(desk)
    assert trusted(desk, "portfolio")
    assert desk.cell("portfolio", "equity").value == pytest.approx(3_000.0)
    assert desk.cell("portfolio", "drawdown").value == 0.0
    assert not desk.raised
    assert not desk.book.suspected_flows()


@pytest.mark.parametrize("quantity", NO_NUMBERS)
def test_a_position_that_nobody_can_have_is_unknown_until_it_is_told_anew(quantity: float) -> None:
    desk = a_desk()
    desk.position(quantity, 100.0)
    desk.step()
    assert desk.is_unknown("account:a", "leverage")
    assert "which nobody can hold" in desk.book.why_unknown("a")[0]
    desk.wait(1.0)
    read_all(desk)
    assert trusted(desk)
    assert not desk.raised


def test_an_absurd_row_of_a_reading_is_doubted_as_long_as_readings_have_it() -> None:
    desk = a_desk()
    for _ in range(2):
        tick(desk, 100.0, 50.0)
        desk.read("a", 1e30, HELD)
        desk.step()
        assert desk.is_unknown("account:a", "equity")
    tick(desk, 100.0, 50.0)
    desk.read("a", {}, HELD)
    desk.step()
    # The reading names no coin at all: the money is gone, as far as anybody can tell, but no longer beyond belief.
    assert desk.book.why_unknown("a") == ()


@pytest.mark.parametrize("entry", [None, 0.0, -0.0, NAN, INF, -3.0, 1e12, 1e8])
def test_a_position_without_an_entry_price_that_can_be_is_unknown(entry: float | None) -> None:
    desk = a_desk()
    desk.position(12.0, entry)
    desk.step()
    assert desk.is_unknown("account:a", "equity")
    assert f"the venue names no entry price for {BTC}" in desk.book.why_unknown("a")
    assert not desk.raised


@pytest.mark.parametrize("rate", [NAN, INF, -0.5, 1e9])
def test_a_margin_rate_that_cannot_be_is_unknown(rate: float) -> None:
    desk = a_desk()
    row = PositionUpdate(
        "a", BTC, Leg.NET, 10.0, 100.0, Source.STREAM, desk.now_s, rate, rate, liquidation_price=rate
    )  # fmt: skip
    desk.book.apply(row)
    desk.step()
    assert math.isnan(desk.cell("account:a", "margin_use").value)
    assert not [event for event in desk.raised if event.metric == "margin_use"]


def test_a_coin_without_any_market_is_unknown_and_says_so() -> None:
    desk = a_desk()
    desk.wait(1.0)
    desk.read("a", {"USDT": 1_000.0, "FOO": 5.0}, HELD)
    desk.step()
    assert desk.is_unknown("account:a", "equity")
    assert desk.book.why_unknown("a")[0].startswith("no market prices FOO against USD")
    assert not desk.raised


def test_an_account_that_disappears_is_unknown_and_the_others_are_not() -> None:
    desk = a_desk()
    desk.link(LinkState.DOWN, "a")
    desk.step()
    assert not trusted(desk)
    for _ in range(12):
        desk.wait(10.0)
        say(desk, 100.0, 50.0)
        for account in "bc":
            desk.alive(account)
        desk.step()
    assert desk.is_unknown("account:a", "equity")
    assert trusted(desk, "account:b")
    assert not desk.raised
    assert {str(event.scope) for event in desk.open_events(Cause.UNKNOWN)} >= {"account:a", "portfolio", "venue:north"}


# -- clocks -----------------------------------------------------------------------------------------------------------


def test_a_wall_clock_set_back_over_midnight_keeps_the_loss_of_the_day() -> None:
    desk = a_desk()
    for price in (97.0, 95.0):
        tick(desk, price, 50.0)
    loss = desk.cell("account:a", "daily_loss").value
    assert loss == pytest.approx(0.05)
    desk.clock.set_wall(-86_400.0)
    for _ in range(70):
        tick(desk, 95.0, 50.0)
        assert desk.cell("account:a", "daily_loss").value == loss
        assert desk.cell("account:a", "drawdown_day").value == loss
    desk.clock.set_wall(+86_400.0)
    for _ in range(30):
        tick(desk, 95.0, 50.0)
        assert desk.cell("account:a", "daily_loss").value == loss


def test_a_new_day_after_a_clock_was_set_back_begins_at_its_midnight() -> None:
    desk = a_desk()
    tick(desk, 95.0, 50.0)
    desk.clock.set_wall(-86_400.0)
    for _ in range(70):
        tick(desk, 95.0, 50.0)
    left_s = 86_400.0 - desk.clock.now() % 86_400.0
    for seconds in (left_s - 1.0, 2.0):
        for account in "abc":
            desk.read(account, 1_000.0, HELD, took_s=0.0)
        tick(desk, 95.0, 50.0, seconds)
    assert desk.cell("account:a", "daily_loss").value == 0.0
    assert desk.cell("account:a", "drawdown").value == pytest.approx(0.05)


@pytest.mark.parametrize("at_s", [NAN, -1e18, 0.0, 1e18])
def test_a_fill_dated_by_a_mad_venue_clock_changes_no_equity(at_s: float) -> None:
    desk = a_desk()
    before = desk.step().value.copy()
    desk.book.apply(a_fill(desk, 1e-6, 100.0, at_s))
    desk.wait(5.0)
    say(desk, 100.0, 50.0)
    read_all(desk)
    for scope in ("portfolio", "account:a"):
        row = desk.risk.scopes.index(Scope.parse(scope))
        now = np.delete(desk.step().value, SIGHT, axis=1)[row]
        np.testing.assert_allclose(now, np.delete(before, SIGHT, axis=1)[row], rtol=1e-6, atol=1e-5)
    assert not desk.raised


def a_fill(desk: RiskDesk, quantity: float, price: float, at_s: float, fee: float = 0.0) -> FillUpdate:
    return FillUpdate(
        "a", BTC, f"x{quantity}{price}{at_s}{fee}", "o", "mm-1", Side.BUY, quantity, price, fee, "USDT", at_s,
        Source.STREAM, desk.now_s,
    )  # fmt: skip


# -- sequences --------------------------------------------------------------------------------------------------------

Act = Callable[[RiskDesk], None]


def _marks(value: float) -> Act:
    return lambda desk: desk.tick(value)


def _fills(quantity: float, price: float, fee: float, at_s: float) -> Act:
    return lambda desk: desk.book.apply(a_fill(desk, quantity, price, at_s, fee))


def _flows(amount: float) -> Act:
    return lambda desk: desk.book.apply(
        FlowUpdate("a", f"{amount}", "USDT", amount, FlowKind.DEPOSIT, desk.clock.now(), desk.now_s)
    )


def _reads(amount: float) -> Act:
    return lambda desk: desk.read("a", amount, {BTC: (amount, amount), ETH: HELD[ETH]})


beyond = st.sampled_from([*NO_NUMBERS, 1e19])
no_price = st.sampled_from([NAN, INF, -INF, 0.0, -0.0, -1.0, 1e12, 1e7, 1e-4])
absurd = st.one_of(
    no_price.map(_marks),
    beyond.map(lambda amount: lambda desk: desk.wallet(amount)),
    beyond.map(lambda amount: lambda desk: desk.position(amount, 100.0)),
    no_price.filter(lambda price: price not in {1e7, 1e-4}).map(lambda price: lambda desk: desk.position(10.0, price)),
    beyond.map(_reads),
    beyond.map(_flows),
    st.builds(_fills, beyond, no_price, beyond, st.sampled_from([NAN, INF, 0.0])),
    st.builds(_fills, st.just(1.0), no_price, st.just(0.0), st.just(1_800_000_000.0)),
    st.just(lambda desk: desk.read("a", {"USDT": 1_000.0, "FOO": 5.0}, HELD)),
    st.just(lambda desk: desk.link(LinkState.DOWN)),
)
spans = st.lists(st.tuples(absurd, st.integers(1, 8)), min_size=1, max_size=4)
walks = st.lists(st.tuples(st.floats(0.97, 1.03), spans, st.sampled_from([0.0, -90_000.0, 90_000.0])), max_size=4)


@given(walks)
def test_after_absurd_messages_every_figure_is_that_of_a_book_that_never_saw_them(
    walk: list[tuple[float, list[tuple[Act, int]], float]],
) -> None:
    seen, spared = a_desk(), a_desk()
    price = 100.0
    for move, messages, clock_s in walk:
        price *= move
        for desk in (seen, spared):
            tick(desk, price, 50.0)
            read_all(desk)
            tick(desk, price, 50.0)
        seen.clock.set_wall(clock_s)
        for act, seconds in messages:
            for _ in range(seconds):
                act(seen)
                seen.step()
                _trusts_only_the_truth(seen, spared)
                for desk in (seen, spared):
                    desk.wait(1.0)
                    say(desk, None, 50.0)
                    desk.step()
        seen.clock.set_wall(-clock_s)
        for desk in (seen, spared):
            tick(desk, price, 50.0)
            read_all(desk)
    for _ in range(5):
        for desk in (seen, spared):
            tick(desk, price, 50.0)
            read_all(desk)
    _is_the_same(seen, spared)
    assert {(e.scope, e.metric) for e in seen.raised} <= {(e.scope, e.metric) for e in spared.raised}
    # What came back again and again is held open until it has been quiet for a while; nothing else is left.
    assert all(event.chattering for event in seen.open_events(Cause.UNKNOWN))


def _trusts_only_the_truth(seen: RiskDesk, spared: RiskDesk) -> None:
    """A figure that is trusted in spite of what was said is the one of the book that was told nothing."""
    ours, theirs = seen.matrix, spared.matrix
    assert ours is not None
    assert theirs is not None
    rows = np.flatnonzero(ours.trust == Trust.TRUSTED)
    mine, true = np.delete(ours.value[rows], SIGHT, axis=1), np.delete(theirs.value[rows], SIGHT, axis=1)
    np.testing.assert_allclose(np.where(np.isnan(mine), true, mine), true, rtol=1e-9, atol=1e-9)


def _is_the_same(seen: RiskDesk, spared: RiskDesk) -> None:
    ours, theirs = seen.step(), spared.step()
    np.testing.assert_array_equal(ours.trust, theirs.trust)
    np.testing.assert_array_equal(ours.severity, theirs.severity)
    mine, true = np.delete(ours.value, SIGHT, axis=1), np.delete(theirs.value, SIGHT, axis=1)
    np.testing.assert_allclose(mine, true, rtol=1e-9, atol=1e-9)
