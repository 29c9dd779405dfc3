from __future__ import annotations

import pytest

from core.domain import Trust
from tests.core.book.desk import BTC, Desk


def running() -> Desk:
    desk = Desk()
    desk.mark(100.0)
    for account in "abc":
        desk.read(account)
    desk.fill(2.0, 100.0)
    desk.position(2.0)
    desk.view()
    desk.mark(150.0)
    desk.view()
    desk.mark(125.0)
    desk.view()
    return desk


def test_peaks_survive_a_restart() -> None:
    before = running()
    falls = {scope: before.drawdown(scope) for scope in ("portfolio", "venue:north", "account:a", "strategy:mm")}
    assert falls["account:a"] == pytest.approx(1 - 1_050 / 1_100)
    after = before.restarted()
    assert after.of("account:a", "trust") == Trust.UNKNOWN
    after.wait(30.0)
    after.mark(125.0)
    for account in "abc":
        after.read(account, held={BTC: (2.0, 100.0)} if account == "a" else {})
    for scope, fall in falls.items():
        assert after.drawdown(scope) == pytest.approx(fall)
    assert after.parts() == {"mm": 2.0}


def test_a_loss_while_nobody_looked_counts() -> None:
    after = running().restarted()
    after.wait(30.0)
    after.read(held={BTC: (2.0, 100.0)})
    after.mark(100.0)
    assert after.drawdown("account:a") == pytest.approx(1 - 1_000 / 1_100)


def test_a_withdrawal_while_nobody_looked_does_not() -> None:
    before = running()
    fall = before.drawdown("account:a")
    after = before.restarted()
    after.wait(30.0)
    after.read(wallet=500.0, held={BTC: (2.0, 100.0)})
    after.mark(125.0)
    assert after.drawdown("account:a") == pytest.approx(fall)
    assert after.of("account:a", "trust") == Trust.UNSETTLED


def test_fills_and_flows_seen_before_are_not_taken_again() -> None:
    before = Desk()
    before.mark(100.0)
    before.read()
    fill, flow = before.a_fill(2.0), before.flow(500.0)
    for update in (fill, flow):
        before.book.apply(update)
    before.wallet(1_500.0)
    before.position(2.0)
    before.view()
    after = before.restarted()
    after.wait(10.0)
    after.mark(100.0)
    after.read(wallet=1_500.0, held={BTC: (2.0, 100.0)}, fills=(fill,), flows=(flow,))
    assert after.parts() == {"mm": 2.0}
    assert after.drawdown("account:a") == pytest.approx(0.0, abs=1e-12)


def test_the_opening_of_the_day_survives_the_same_day_and_moves_on_at_midnight() -> None:
    before = running()
    opening = before.of("account:a", "day_open")
    after = before.restarted()
    assert after.of("portfolio", "day_open") == pytest.approx(1.0)
    after.mark(125.0)
    after.read(held={BTC: (2.0, 100.0)})
    assert after.of("account:a", "day_open") == opening == pytest.approx(1.0)
    after.wait(86_400.0)
    after.mark(110.0)
    after.read(held={BTC: (2.0, 100.0)})
    assert after.of("account:a", "day_open") == pytest.approx(1.05)
    assert after.of("account:a", "day_peak") == pytest.approx(1.05)
    assert after.of("account:a", "peak") == pytest.approx(1.1)


def test_a_state_of_another_base_currency_is_not_taken_up() -> None:
    other = Desk(base="EUR")
    other.book.restore(running().book.state())
    assert other.book.positions("a") == ()
