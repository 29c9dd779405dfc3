"""Closing positions as a person asks the engine for it, and what the journal tells of it afterwards."""

from __future__ import annotations

from core.domain import PORTFOLIO
from core.halt.flatten.model import FlattenStep, FlattenView
from core.intents import ArmFlatten, DisarmFlatten, EndFlatten, FireFlatten, FireStop, PreviewFlatten
from tests.core.engine.ground import Ground, Running, until


def _flatten(it: Running) -> FlattenView:
    view = it.latest.flatten
    assert view is not None
    return view


async def test_previewed_armed_fired_and_journaled_step_by_step(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        ground.site.running = False
        assert ground.positions()
        it.engine.submit(PreviewFlatten("h-none"))
        await until(lambda: any("no stop h-none is latched" in notice for notice in it.latest.notices))
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
        it.engine.submit(PreviewFlatten(it.latest.halts[0].halt_id))
        await until(lambda: it.latest.flatten is not None)
        plan = _flatten(it).plan
        assert len(plan.rows) == len(ground.positions())
        it.engine.submit(FireFlatten(plan.plan_id, "ada", "get out"))
        await until(lambda: any("nothing was closed: it is not armed" in notice for notice in it.latest.notices))
        it.engine.submit(ArmFlatten(plan.plan_id, "ada"))
        await until(lambda: _flatten(it).step is FlattenStep.ARMED)
        it.engine.submit(DisarmFlatten("ada"))
        await until(lambda: _flatten(it).step is FlattenStep.PREVIEWED)
        it.engine.submit(ArmFlatten(plan.plan_id, "ada"))
        it.engine.submit(FireFlatten(plan.plan_id, "ada", "get out"))
        await until(lambda: _flatten(it).step is FlattenStep.ENDED)
        report = _flatten(it).report
        assert report is not None
        assert report.complete, report.sentence
        assert ground.positions() == {}
        assert it.latest.halts[0].late == 0, "the stream tells of these orders, and the stop knows them"
        it.engine.submit(EndFlatten("ada"))
        await it.cycles(2)
    kinds = ground.kinds()
    wanted = [
        "flatten.previewed", "operator.FireFlatten", "flatten.refused", "operator.ArmFlatten", "flatten.armed",
        "operator.DisarmFlatten", "operator.ArmFlatten", "flatten.armed", "operator.FireFlatten", "flatten.fired",
        *["flatten.order"] * len(plan.rows), "flatten.ended", "operator.EndFlatten",
    ]  # fmt: skip
    assert [kind for kind in kinds if "latten" in kind] == wanted
    (ended,) = (record for record in ground.records() if record.kind == "flatten.ended")
    assert (ended.actor, ended.data()["reason"]) == ("ada", "get out")


async def test_a_desk_that_is_closed_while_it_closes_positions_says_what_nobody_read_back(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        ground.site.running = False
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
        it.engine.submit(PreviewFlatten(it.latest.halts[0].halt_id))
        await until(lambda: it.latest.flatten is not None)
        plan = _flatten(it).plan
        it.engine.submit(ArmFlatten(plan.plan_id, "ada"))
        it.engine.submit(FireFlatten(plan.plan_id, "ada", "get out"))
        await until(lambda: _flatten(it).step is FlattenStep.RUNNING)
    (ended,) = (record for record in ground.records() if record.kind == "flatten.ended")
    assert ended.data()["ended"] == "Scram was ended"
    assert {row["state"] for row in ended.data()["outcomes"]} == {"unknown"}
