"""Flows, funding, odd prices and odd clocks, from the book through the course to the metrics of every scope."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Scope, Trust
from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.risk.model import RiskMatrix
from core.risk.saving import load_course, save_course
from core.risk.settings import RiskSettings
from tests.core.book.desk import BTC, Desk

FALLS = ("drawdown", "drawdown_day", "daily_loss", "drawdown_7d", "drawdown_30d", "drawdown_velocity")
OWN = ("portfolio", "venue:north", "account:a", "account:b")


class Watched:
    """A desk with its course and its metrics, as the engine holds them."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.course = Course(self.desk.book.layout, RiskSettings())
        self.model = RiskModel(self.desk.book.scopes, [])
        self.matrix: RiskMatrix | None = None

    def cycle(self) -> None:
        view = self.desk.view()
        self.matrix = self.model.evaluate(view, self.desk.now_s, self.course.step(view))

    def of(self, scope: str, metric: str) -> float:
        assert self.matrix is not None
        return float(self.matrix.value[self.matrix.row(Scope.parse(scope)), self.matrix.column(metric)])

    def falls(self, scopes: tuple[str, ...] = OWN) -> dict[tuple[str, str], float]:
        self.cycle()
        return {(scope, metric): self.of(scope, metric) for scope in scopes for metric in FALLS}

    def restarted(self) -> Watched:
        after = Watched(self.desk.restarted())
        load_course(after.course, json.loads(json.dumps(save_course(self.course).encode(), allow_nan=False)))
        return after

    def confirm(self, wallet: float, account: str = "a", quantity: float = 2.0) -> None:
        self.desk.wait(3.0)
        self.desk.read(account, wallet, {BTC: (quantity, 100.0)} if quantity else {})
        self.cycle()


def ready(price: float = 100.0) -> Watched:
    """Three accounts of 1,000 each, two BTC long, after a day on which the price fell to 95."""
    at = Watched()
    at.desk.mark(100.0)
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    at.cycle()
    for _ in range(24):
        at.desk.wait(3_600.0)
        at.desk.mark(95.0)
        for account in "abc":
            at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
        at.cycle()
    at.desk.mark(price)
    at.desk.wait(1.0)
    return at


def same(before: dict[tuple[str, str], float], after: dict[tuple[str, str], float]) -> None:
    for key, value in before.items():
        # Velocity is the only one that time alone moves, by what a few seconds are of a quarter of an hour.
        assert after[key] == pytest.approx(value, abs=1e-9, rel=0.05 if key[1] == "drawdown_velocity" else 1e-9), key


@settings(deadline=None, max_examples=25)
@given(
    amount=st.floats(-950.0, 100_000.0).filter(lambda x: abs(x) > 20.0),
    told_first=st.booleans(),
    ledger=st.booleans(),
    price=st.floats(80.0, 110.0),
)
def test_a_deposit_or_withdrawal_moves_no_fall_of_any_scope(
    amount: float, told_first: bool, ledger: bool, price: float
) -> None:
    at = ready(price)
    before = at.falls()
    steps: list[Callable[[], None]] = [lambda: at.desk.wallet(1_000.0 + amount, reason="TRANSFER")]
    if ledger:
        flow = at.desk.flow(amount)
        steps.insert(0 if told_first else 1, lambda: at.desk.book.apply(flow))
    for step in steps:
        step()
        same(before, at.falls())
        at.desk.wait(0.5)
    at.confirm(1_000.0 + amount)
    same(before, at.falls())
    at = at.restarted()
    for account, wallet in (("a", 1_000.0 + amount), ("b", 1_000.0), ("c", 1_000.0)):
        at.desk.mark(price)
        at.desk.read(account, wallet, {BTC: (2.0, 100.0)})
    same(before, at.falls())


@settings(deadline=None, max_examples=25)
@given(amount=st.floats(20.0, 950.0), pause_s=st.floats(0.0, 5.0), price=st.floats(80.0, 110.0))
def test_a_transfer_between_own_accounts_trips_neither_side(amount: float, pause_s: float, price: float) -> None:
    at = ready(price)
    before = at.falls()
    for change, account in ((-amount, "a"), (amount, "b")):
        at.desk.wallet(1_000.0 + change, account)
        same(before, at.falls())
        at.desk.wait(pause_s)
    at.confirm(1_000.0 - amount, "a")
    at.confirm(1_000.0 + amount, "b")
    same(before, at.falls())


def test_funding_is_a_loss_of_its_account_in_every_window() -> None:
    at = ready(95.0)
    unit = 0.99
    at.desk.wallet(950.0, reason="FUNDING_FEE")
    after = at.falls(("account:a",))
    for metric in ("drawdown", "drawdown_7d", "drawdown_30d"):
        assert after["account:a", metric] == pytest.approx(1.0 - (unit - 0.05))
    assert after["account:a", "drawdown_velocity"] == pytest.approx((1.0 - (unit - 0.05) / unit) * 4.0, rel=0.01)


def test_a_crash_is_as_fast_as_it_was() -> None:
    at = ready(95.0)
    at.cycle()
    for minute in range(15):
        at.desk.wait(60.0)
        at.desk.mark(95.0 - minute)
        for account in "abc":
            at.desk.alive(account)
        at.cycle()
    fallen = 1.0 - (1_000.0 + 2.0 * (81.0 - 100.0)) / (1_000.0 + 2.0 * (95.0 - 100.0))
    assert at.of("account:a", "drawdown_velocity") == pytest.approx(fallen * 4.0, rel=0.08)
    assert at.of("portfolio", "drawdown_velocity") == pytest.approx(fallen * 4.0, rel=0.08)


def test_losing_hours_are_counted_through_the_book() -> None:
    at = ready(95.0)
    at.cycle()
    for hour in range(5):
        at.desk.mark(94.0 - hour)
        at.cycle()
        at.desk.wait(3_600.0)
        at.desk.mark(94.0 - hour)
        at.cycle()
    assert at.of("account:a", "loss_run") == 5.0
    assert at.of("strategy:mm", "loss_run") == 0.0


def test_rolling_peaks_survive_a_restart_and_end_with_their_window() -> None:
    at = Watched()
    at.desk.mark(150.0)
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    at.cycle()
    at.desk.mark(100.0)
    at.cycle()
    fall = 1.0 - 1_000.0 / 1_100.0
    for days, week, month in ((0.0, fall, fall), (6.9, fall, fall), (8.0, 0.0, fall), (32.0, 0.0, 0.0)):
        later = at.restarted()
        later.desk.clock = at.desk.clock
        later.desk.wait(days * 86_400.0)
        later.desk.mark(100.0)
        for account in "abc":
            later.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
        later.cycle()
        assert later.of("account:a", "drawdown") == pytest.approx(fall)
        assert later.of("account:a", "drawdown_7d") == pytest.approx(week, abs=1e-9), days
        assert later.of("account:a", "drawdown_30d") == pytest.approx(month, abs=1e-9), days
        later.desk.wait(-days * 86_400.0)


def test_a_mark_that_is_missing_for_an_hour_is_no_fall_and_no_loss_when_it_comes_back() -> None:
    at = ready(95.0)
    before = at.falls()
    for _ in range(60):
        at.desk.wait(60.0)
        for account in "abc":
            at.desk.alive(account)
        at.cycle()
    assert at.desk.of("account:a", "trust") == Trust.UNKNOWN
    at.desk.mark(95.0)
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    after = at.falls()
    for scope in OWN:
        assert after[scope, "drawdown_velocity"] == pytest.approx(0.0, abs=1e-12)
        assert after[scope, "drawdown_7d"] == pytest.approx(before[scope, "drawdown_7d"])
        assert at.of(scope, "loss_run") == 0.0


@settings(deadline=None, max_examples=30)
@given(
    jumps=st.lists(st.sampled_from([-90_000.0, -3_600.0, -1.0, 0.0, 3_600.0, 90_000.0, 4e6]), min_size=1, max_size=12),
    prices=st.lists(st.sampled_from([95.0, 0.0, 1e12, 1e-9, math.nan]), min_size=12, max_size=12),
)
def test_clocks_that_jump_and_prices_that_are_absurd_make_no_breach(jumps: list[float], prices: list[float]) -> None:
    at = ready(95.0)
    before = at.falls()
    for jump, price in zip(jumps, prices, strict=False):
        at.desk.clock._now += jump
        at.desk.clock.advance(0.1)
        at.desk.tick(price)
        after = at.falls()
        for key, value in before.items():
            # A clock that says another day begins that day at the value it finds.
            if key[1] not in ("drawdown_day", "daily_loss"):
                assert not after[key] > value + 1e-9, key
        for scope in OWN:
            assert at.of(scope, "loss_run") == 0.0


def test_a_position_split_over_two_accounts_falls_as_one_for_the_portfolio() -> None:
    whole, split = Watched(), Watched()
    for at, shares in ((whole, (4.0, 0.0)), (split, (2.0, 2.0))):
        at.desk.mark(100.0)
        for account, quantity in zip("ab", shares, strict=True):
            at.desk.read(account, 1_000.0, {BTC: (quantity, 100.0)} if quantity else {})
        at.desk.read("c")
        at.cycle()
        for price in (104.0, 90.0, 97.0):
            at.desk.wait(600.0)
            at.desk.mark(price)
            at.cycle()
    for scope in ("portfolio", "venue:north"):
        for metric in (*FALLS, "loss_run", "gross_exposure", "net_exposure", "leverage"):
            assert split.of(scope, metric) == pytest.approx(whole.of(scope, metric), abs=1e-12), (scope, metric)
