"""A person tries a plan out, changes it and approves it; what was shown is what the servers are sent, and no more."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import orjson

from core.domain import PORTFOLIO, Scope, Side
from core.engine.what_if.trying import same_cuts
from core.intents import ApprovePlan, ClosePreview, FireStop, PreviewPlan
from core.mitigation.by_hand import Cut, cuts_of
from core.mitigation.effect import PlanPreview
from core.mitigation.model import MitigationState, Reduction
from tests.core.engine.ground import Ground, Running, until

HERE = Scope.parse("account:alpha-1")


async def shown(it: Running, wanted: Callable[[PlanPreview], bool] = lambda preview: True) -> PlanPreview:
    """The preview, once there is one as wanted."""
    await until(lambda: it.latest.preview is not None and wanted(it.latest.preview))
    preview = it.latest.preview
    assert preview is not None
    return preview


async def steady(it: Running) -> PlanPreview:
    """The preview once two looks in a row cut the same: just after the start fills still find their strategies."""
    seen = await shown(it, lambda row: row.effect is not None)
    while True:
        then_s = seen.made_at_s
        again = await shown(it, lambda row, then_s=then_s: row.effect is not None and row.made_at_s > then_s)  # type: ignore[misc]
        if again.preview_id == seen.preview_id:
            return again
        seen = again


async def waiting(ground: Ground, it: Running) -> str:
    await until(lambda: MitigationState.PROPOSED in it.states(str(HERE)))
    return next(row.mitigation_id for row in it.latest.mitigations)


def of_account(rows: dict[tuple[str, str], float], account: str = "alpha-1") -> dict[tuple[str, str], float]:
    return {key: quantity for key, quantity in rows.items() if key[0] == account}


def server_symbol(symbol: str) -> str:
    return symbol.split(":")[0].replace("/", "")


async def test_a_changed_plan_is_sent_exactly_as_it_was_shown_and_the_journal_has_both(ground: Ground) -> None:
    ground.limit(str(HERE), "leverage", high=1.5, policy={"high": "propose"})
    before = ground.positions()
    async with ground.engine() as it:
        plan_id = await waiting(ground, it)
        it.engine.submit(PreviewPlan(plan_id))
        as_planned = await shown(it, lambda row: row.effect is not None)
        assert not as_planned.changed
        assert as_planned.effect is not None
        (planned,) = it.latest.mitigations
        first = cuts_of(planned.reductions)[0]
        it.engine.submit(PreviewPlan(plan_id, cuts=(replace(first, quantity=first.quantity / 2.0),)))
        await shown(it, lambda row: row.changed)
        preview = await steady(it)
        assert preview.approvable, preview.objection
        assert preview.effect is not None
        (cut,) = preview.effect.reductions
        assert 0.0 < cut.quantity <= first.quantity / 2.0
        shift = preview.effect.of(HERE, "leverage")
        assert shift is not None
        assert shift.after < shift.before
        it.engine.submit(ApprovePlan(preview.preview_id, "ada", "half will do"))
        await until(lambda: it.latest.mitigations[0].state in (MitigationState.DONE, MitigationState.FAILED))
        assert it.latest.preview is None
    after = ground.positions()
    key = ("alpha-1", server_symbol(cut.symbol))
    assert abs(abs(before[key]) - abs(after[key]) - cut.quantity) < 1e-9
    assert {place: after.get(place) for place in before if place != key} == {
        place: quantity for place, quantity in before.items() if place != key
    }
    records = ground.records()
    changed = next(row for row in records if row.kind == "mitigation.changed")
    body = orjson.loads(changed.body)
    assert changed.actor == "ada"
    assert len(body["before"]["reductions"]) == len(planned.reductions)
    assert [row["quantity"] for row in body["after"]["reductions"]] == [cut.quantity]
    assert "half will do" in body["after"]["note"]
    kinds = [row.kind for row in records]
    assert kinds.index("operator.ApprovePlan") < kinds.index("mitigation.changed") < kinds.index("mitigation.running")


async def test_a_draft_for_a_scope_is_carried_out_verified_and_touches_nobody_else(ground: Ground) -> None:
    before = ground.positions()
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=0.5))
        preview = await steady(it)
        assert preview.effect is not None
        assert preview.effect.after < preview.effect.before
        assert {row.account for row in preview.choices} == {"alpha-1"}
        it.engine.submit(ApprovePlan(preview.preview_id, "ada"))
        await until(lambda: any(row.state is MitigationState.DONE for row in it.latest.mitigations))
        (done,) = it.latest.mitigations
        assert done.drafted
        assert (done.verified, done.made_by, done.approved_by) == (True, "ada", "ada")
        assert done.after < done.before
        orders = it.latest.progress[done.mitigation_id]
        assert [row.reduction for row in orders] == list(done.reductions)
        assert [row.filled for row in orders] == [row.quantity for row in done.reductions]
    after = ground.positions()
    assert of_account(after, "alpha-2") == of_account(before, "alpha-2")
    for reduction in preview.effect.reductions:
        key = ("alpha-1", server_symbol(reduction.symbol))
        assert abs(abs(before[key]) - abs(after.get(key, 0.0)) - reduction.quantity) < 1e-9
        assert after.get(key, 0.0) * before[key] >= 0.0


async def test_a_stop_fired_after_the_plan_was_shown_keeps_it_from_being_sent(ground: Ground) -> None:
    before = ground.positions()
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=0.5))
        preview = await steady(it)
        it.engine.submit(FireStop(PORTFOLIO, "ada", "everything"))
        it.engine.submit(ApprovePlan(preview.preview_id, "ada"))
        await until(lambda: any("a stop was fired" in notice for notice in it.latest.notices))
        assert it.latest.mitigations == ()
        refused = await shown(it, lambda row: bool(row.refused))
        assert "a stop was fired" in refused.refused
    assert ground.positions() == before
    assert "mitigation.refused" in ground.kinds()
    assert "mitigation.running" not in ground.kinds()


async def test_what_is_shown_is_approved_and_nothing_that_came_after_it(ground: Ground) -> None:
    before = ground.positions()
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=0.5))
        half = await steady(it)
        it.engine.submit(PreviewPlan(scope=HERE, share=1.0))
        await shown(it, lambda row: row.preview_id != half.preview_id)
        it.engine.submit(ApprovePlan(half.preview_id, "ada"))
        await until(lambda: any("looked up anew" in notice for notice in it.latest.notices))
        await it.cycles(3)
        assert it.latest.mitigations == ()
    assert ground.positions() == before


async def test_a_position_that_changed_meanwhile_is_shown_anew_before_anything_is_approved(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=1.0))
        preview = await steady(it)
        assert preview.effect is not None
        first = preview.effect.reductions[0]
        # Somebody else closes a part of it, and the desk hears of that before it looks again.
        held = it.parts.book.positions("alpha-1")
        row = next(row for row in held if row.symbol == first.symbol)
        it.engine.take(replace(row, quantity=row.quantity / 2.0, received_s=it.parts.clock.monotonic()))
        it.engine.submit(ApprovePlan(preview.preview_id, "ada"))
        await until(lambda: any("what is held has changed" in notice for notice in it.latest.notices))
        assert it.latest.mitigations == ()


async def test_figures_that_have_grown_old_are_refused_with_a_sentence_and_looked_up_anew(ground: Ground) -> None:
    ground.tables["feed"]["reconcile_s"] = 600.0
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=0.5))
        preview = await steady(it)
        assert preview.effect is not None
        desk = it.parts.mitigations
        desk.take_settings(replace(desk.settings, figures_max_age_s=0.0))
        it.engine.submit(ApprovePlan(preview.preview_id, "ada"))
        await until(lambda: any("0 s are allowed" in notice for notice in it.latest.notices))
        again = await shown(it, lambda row: bool(row.refused) and row.made_at_s > preview.made_at_s)
        assert again.max_age_s == 0.0
        assert not again.approvable
        assert it.latest.mitigations == ()


async def test_a_draft_cuts_only_what_is_held_on_its_side_and_says_what_it_leaves_out(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE))
        held = (await shown(it)).choices[0]
        side = Side.SELL if held.held > 0.0 else Side.BUY
        wishes = (
            Cut("alpha-1", held.symbol, held.strategy, side, math.inf),
            Cut("alpha-1", held.symbol, held.strategy, side.opposite, 1.0),
            Cut("alpha-1", "NONE/USDT:USDT", held.strategy, side, 1.0),
        )
        it.engine.submit(PreviewPlan(scope=HERE, cuts=wishes))
        preview = await shown(it, lambda one: one.effect is not None)
        assert preview.effect is not None
        (cut,) = preview.effect.reductions
        assert (cut.side, cut.quantity) == (side, abs(held.held))
        assert sum("not held any more" in sentence for sentence in preview.left_out) == 1


def test_a_mark_that_moves_makes_no_other_plan_of_it() -> None:
    cut = Reduction("alpha-1", "BTC/USDT:USDT", "mm", Side.SELL, 1.0, 100.0, held=3.0, mark=100.0)
    assert same_cuts([cut], [replace(cut, notional=101.0, mark=101.0)])
    assert not same_cuts([cut], [replace(cut, quantity=1.1)])
    assert not same_cuts([cut], [cut, cut])
    assert not same_cuts([cut], [replace(cut, strategy="trend")])


async def test_nothing_is_looked_at_any_more_once_it_is_closed(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=0.5))
        await shown(it)
        it.engine.submit(ClosePreview())
        await until(lambda: it.latest.preview is None)
        await it.cycles(3)
        assert it.latest.preview is None


async def test_a_plan_over_an_account_that_is_only_watched_cuts_nothing_and_says_why(ground: Ground) -> None:
    ground.tables["accounts"][0]["mode"] = "watch"
    async with ground.engine() as it:
        await it.watched("portfolio", str(HERE))
        it.engine.submit(PreviewPlan(scope=HERE, share=1.0))
        preview = await shown(it)
        assert preview.effect is None
        assert not preview.approvable
        assert any("watched only" in sentence for sentence in preview.left_out)
