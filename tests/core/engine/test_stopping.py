"""Stops as the engine fires them, and the way back: checklist, re-based peak, orders that reappear."""

from __future__ import annotations

import pytest

from core.domain import PORTFOLIO, Protective, Scope
from core.engine.reappearing import REAPPEARING
from core.halt.model import HaltView
from core.intents import FireStop, PreviewRestore, RebasePeak, ResetStop, RestoreProtective
from tests.core.engine.ground import Ground, Running, until

ALPHA = Scope.parse("account:alpha-1")


def fall(ground: Ground) -> None:
    """Move prices against what alpha-1 holds."""
    market = ground.site.market
    held = {symbol: quantity for (name, symbol), quantity in ground.positions().items() if name == "alpha-1"}
    net = sum(quantity * market.mark_of(symbol) for symbol, quantity in held.items())
    ground.scale_prices(0.93 if net > 0.0 else 1.07)


def _halt(it: Running) -> HaltView:
    (halt,) = it.latest.halts
    return halt


def _check(it: Running, words: str) -> bool | None:
    (view,) = it.latest.returns
    (row,) = (row for row in view.rows if words in row.words)
    return row.met


async def test_a_fall_from_the_peak_stops_once_and_again_only_after_the_peak_was_rebased(ground: Ground) -> None:
    ground.limit("account:alpha-1", "drawdown", critical=0.01, policy={"critical": "stop"})
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        fall(ground)
        await until(lambda: bool(it.latest.halts) and _halt(it).proven)
        first = _halt(it)
        assert (first.scope, first.fired_by, first.metric) == (ALPHA, "limit", "drawdown")
        assert first.terms.protective is Protective.KEEP
        assert _check(it, "drawdown is back inside") is False
        assert _check(it, "every account proven") is True
        assert it.latest.returns[0].rebase == (
            "the drawdown of account:alpha-1 cannot recover while nothing trades: re-base its peak, or give it room"
        )
        it.engine.submit(ResetStop(first.halt_id, "ada", "the bot is off"))
        await until(lambda: not it.latest.halts)
        await it.cycles(10)
        assert not it.latest.halts, "a reset is no invitation to fire at the same breach again"
        it.engine.submit(RebasePeak(ALPHA, "ada", ""))
        await it.cycles(3)
        assert it.value("account:alpha-1", "drawdown") > 0.01, "without a reason nothing is re-based"
        it.engine.submit(RebasePeak(ALPHA, "ada", "the loss is taken"))
        await until(lambda: it.value("account:alpha-1", "drawdown") < 0.005)
        assert it.value("account:alpha-1", "drawdown_7d") < 0.005
        await it.cycles(5)
        fall(ground)
        await until(lambda: bool(it.latest.halts))
        assert _halt(it).halt_id != first.halt_id
    kinds = ground.kinds()
    assert kinds.count("stop.fired") == 2
    assert [kind for kind in kinds if kind in {"stop.checked", "stop.reset", "peak.rebased"}] == [
        "stop.checked", "stop.reset", "peak.rebased",
    ]  # fmt: skip
    (rebased,) = (record for record in ground.records() if record.kind == "peak.rebased")
    assert (rebased.actor, rebased.scope) == ("ada", "account:alpha-1")


async def test_orders_that_reappear_are_one_event_that_names_their_sources(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and _halt(it).proven)
        for venue in ground.site.venues:
            venue.set_bots(True)

        def told() -> list[str]:
            return [event.note for event in it.latest.events if event.metric == REAPPEARING]

        await until(lambda: bool(told()))
        (note,) = told()
        assert "appeared after the stop of portfolio" in note
        assert "-*) in alpha-" in note
        for venue in ground.site.venues:
            venue.set_bots(False)
        await until(lambda: _halt(it).proven)
        it.engine.submit(ResetStop(_halt(it).halt_id, "ada", "the bots are off"))
        await until(lambda: not it.latest.halts)
        await until(lambda: all(event.state.value == "cleared" for event in it.latest.events))


async def test_protective_orders_are_previewed_and_placed_again_and_the_journal_has_it(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        await until(lambda: all(row.protective_orders for row in it.latest.connections))
        held = sum(row.protective_orders or 0 for row in it.latest.connections)
        await until(lambda: (it.latest.outlook.protects or 0.0) > 0.0)
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and _halt(it).proven)
        assert not any(ground.resting(name) for name in ("alpha-1", "alpha-2"))
        halt_id = _halt(it).halt_id
        it.engine.submit(PreviewRestore(halt_id))
        await until(lambda: it.latest.restore is not None)
        plan = it.latest.restore
        assert plan is not None
        assert len(plan.rows) == held
        waiting = [row for row in plan.rows if row.order.trigger_price is not None]
        assert waiting
        assert all(not row.obstacle or row.obstacle.startswith("it would trigger at once") for row in waiting)
        it.engine.submit(RestoreProtective(halt_id, "ada"))
        await until(lambda: it.latest.restore is None)
        await it.cycles(20)
        now = ground.resting("alpha-1") + ground.resting("alpha-2")
        assert now == len(plan.possible)
    assert ground.kinds().count("stop.restored") == 1


@pytest.mark.expected_logs("what is at risk could not be told")
async def test_the_stop_is_handed_what_is_at_risk_and_its_time_is_foretold(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        targets = {target.account: target for target in it.parts.targets(PORTFOLIO)}
        exposure = targets["alpha-1"].exposure
        assert exposure is not None
        assert abs(exposure / it.value("account:alpha-1", "filled_exposure") - 1.0) < 0.1
        assert all(target.order is not None and target.order.is_counted for target in targets.values())
        assert {target.cost.listing for target in targets.values()} == {80.0}
        await until(lambda: (it.latest.outlook.expected_ms or 0.0) >= 1_500.0)
        it.parts.targets.exposures = lambda: {}["nobody"]
        assert len(it.parts.targets(PORTFOLIO)) == len(targets), "a stop is fired, whatever is wrong with the figures"
