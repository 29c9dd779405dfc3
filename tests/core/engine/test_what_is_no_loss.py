"""Money that leaves is no loss, a venue that is silent is no breach, and a peak outlives the process."""

from __future__ import annotations

import pytest

from core.events.model import OPEN_STATES, Cause
from core.paper.engine.model import Cause as Booked
from core.paper.faults import Fault, FaultKind
from tests.core.engine.ground import Ground, Running, until


def _move(ground: Ground, account: str, amount: float, cause: Booked) -> None:
    venue = ground.site.venue_of(account)
    venue.exchange.flow(venue.exchange.accounts[account], "USDT", amount, cause)


def _guard(ground: Ground) -> None:
    for scope in ("portfolio", "venue:*", "account:*", "strategy:*"):
        for metric in ("drawdown", "daily_loss"):
            ground.limit(scope, metric, low=0.01, critical=0.03, policy={"critical": "stop"})


def _unknown(it: Running) -> list[str]:
    """The scopes of which it is told now that a limit cannot be evaluated."""
    return [
        str(event.scope) for event in it.latest.events if event.cause is Cause.UNKNOWN and event.state in OPEN_STATES
    ]


async def test_a_withdrawal_lowers_the_equity_and_trips_no_limit(ground: Ground) -> None:
    _guard(ground)
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1", "account:alpha-2")
        before = it.value("account:alpha-1", "equity")
        amount = round(before * 0.15)
        _move(ground, "alpha-1", -amount, Booked.WITHDRAW)
        await until(lambda: it.value("account:alpha-1", "equity") < before - 0.9 * amount)
        await it.cycles(30)
        assert it.metrics_raised().isdisjoint({"drawdown", "daily_loss"})
        assert it.value("account:alpha-1", "drawdown") < 0.01
        assert it.value("portfolio", "drawdown") < 0.01
        assert not it.latest.halts


async def test_a_transfer_between_own_accounts_trips_no_limit_on_either_side(ground: Ground) -> None:
    _guard(ground)
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1", "account:alpha-2")
        here, there = it.value("account:alpha-1", "equity"), it.value("account:alpha-2", "equity")
        amount = round(here * 0.15)
        _move(ground, "alpha-1", -amount, Booked.TRANSFER)
        _move(ground, "alpha-2", amount, Booked.TRANSFER)
        await until(
            lambda: (
                it.value("account:alpha-1", "equity") < here - 0.9 * amount
                and it.value("account:alpha-2", "equity") > there + 0.9 * amount
            )
        )
        await it.cycles(30)
        assert it.metrics_raised().isdisjoint({"drawdown", "daily_loss"})
        assert it.value("portfolio", "drawdown") < 0.01
        assert not it.latest.halts


async def test_a_real_loss_beside_a_withdrawal_trips_the_limit(ground: Ground) -> None:
    ground.limit("account:alpha-1", "drawdown", high=0.05)
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        _move(ground, "alpha-1", -round(it.value("account:alpha-1", "equity") * 0.1), Booked.WITHDRAW)
        await it.cycles(10)
        ground.scale_prices(0.9)
        await until(lambda: "drawdown" in it.metrics_raised())


@pytest.mark.allowed_logs("south|alpha-2")
async def test_a_silent_venue_is_an_unknown_and_never_mended(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.event_desk.UNKNOWN_AFTER_S", 2.0)
    ground.tables["feed"] |= {"stale_after_s": 1.0, "unknown_after_s": 2.0}
    leverage = {"high": 5.0, "critical": 6.0, "policy": {"high": "auto", "critical": "stop"}}
    ground.limit("account:*", "leverage", **leverage)
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        await until(lambda: not _unknown(it))
        ground.site.add_fault(Fault(FaultKind.HALF_OPEN, venue="south"))
        ground.site.add_fault(Fault(FaultKind.STATUS, venue="south", status=503))
        await until(lambda: bool(_unknown(it)))
        assert _unknown(it) == ["account:alpha-2"]
        ground.scale_prices(0.8)
        await it.cycles(20)
        assert "account:alpha-2" not in {str(row.scope) for row in it.mitigations}
        assert not it.latest.halts
        asked = [row for row in ground.site.log.since(0) if row.account == "alpha-2" and row.method == "POST"]
        assert not [row.path for row in asked if "order" in row.path.lower()]


async def test_a_peak_outlives_the_process(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1")
        ground.scale_prices(0.95)
        await until(lambda: it.value("account:alpha-1", "drawdown") > 0.03)
        await it.cycles(15)
        held = {scope: it.value(scope, "drawdown") for scope in ("portfolio", "account:alpha-1", "venue:north")}
        assert not it.latest.notices
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1")
        await it.cycles(5)
        for scope, drawdown in held.items():
            assert it.value(scope, "drawdown") == pytest.approx(drawdown, abs=0.003)
        assert not it.latest.notices
    kinds = ground.kinds()
    assert [kind for kind in kinds if kind.startswith("engine.")] == ["engine.started", "engine.ended"] * 2


async def test_a_fresh_home_has_nothing_to_complain_of(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio")
        assert it.latest.notices == ()
        assert it.engine.report()["journal"]["intact"]
