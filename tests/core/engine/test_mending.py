"""What is done about a breach, by whom and when; seen at the servers that the orders were sent to."""

from __future__ import annotations

import orjson

from core.intents import ApproveMitigation, RejectMitigation
from core.mitigation.model import ENDED_STATES, MitigationState
from tests.core.engine.ground import Ground, until

HERE = "account:alpha-1"


def _shrunk(before: dict[tuple[str, str], float], after: dict[tuple[str, str], float], account: str) -> None:
    """Some positions of the account are smaller, none is larger and none on the other side."""
    rows = {key: quantity for key, quantity in before.items() if key[0] == account}
    assert rows
    for key, quantity in rows.items():
        left = after.get(key, 0.0)
        assert abs(left) <= abs(quantity)
        assert left * quantity >= 0
    assert any(abs(after.get(key, 0.0)) < abs(quantity) for key, quantity in rows.items())


def _others(rows: dict[tuple[str, str], float], account: str) -> dict[tuple[str, str], float]:
    return {key: quantity for key, quantity in rows.items() if key[0] != account}


async def test_an_automatic_reduction_acts_where_it_may_and_is_verified(ground: Ground) -> None:
    ground.tables["accounts"][1]["mode"] = "watch"
    ground.limit("account:*", "leverage", high=1.5, policy={"high": "auto"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: MitigationState.DONE in it.states(HERE))
        _shrunk(before, ground.positions(), "alpha-1")
        assert _others(ground.positions(), "alpha-1") == _others(before, "alpha-1")
        done = next(row for row in it.mitigations if row.state is MitigationState.DONE)
        assert done.verified
        assert done.after < 1.5 < done.before
        assert it.value(HERE, "leverage") < 1.5
        assert not it.states("account:alpha-2")
    kinds = [record.kind for record in ground.records() if record.scope == HERE]
    wanted = [
        "event.raised", "mitigation.confirming", "mitigation.running", "mitigation.run", "mitigation.executed",
        "mitigation.verifying", "mitigation.done",
    ]  # fmt: skip
    assert [kind for kind in kinds if kind in wanted] == wanted
    assert "event.cleared" in kinds[kinds.index("mitigation.run") :]


async def test_what_was_sent_is_in_the_journal_order_by_order(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "auto"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: MitigationState.DONE in it.states(HERE))
    (body,) = [orjson.loads(row.body) for row in ground.records() if row.kind == "mitigation.executed"]
    after = ground.positions()
    assert body["confirmed"]
    for outcome in body["outcomes"]:
        key = ("alpha-1", outcome["reduction"]["symbol"].split(":")[0].replace("/", ""))
        assert outcome["client_order_ids"]
        assert abs(abs(before[key]) - outcome["filled"] - abs(after.get(key, 0.0))) < 1e-9


async def test_an_automatic_act_waits_until_as_many_readings_agree_as_are_asked_for(ground: Ground) -> None:
    ground.tables["mitigation"]["confirm"] = "12 of 12"
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "auto"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: it.states(HERE).count(MitigationState.CONFIRMING) == 10)
        assert ground.positions() == before
        await until(lambda: MitigationState.RUNNING in it.states(HERE))
        waited = it.states(HERE).index(MitigationState.RUNNING)
        assert it.states(HERE)[:waited] == [MitigationState.CONFIRMING] * waited
        assert waited >= 11
        await until(lambda: it.states(HERE)[-1] in ENDED_STATES)
    assert ground.positions() != before


async def test_an_approval_that_nobody_gives_lapses_and_nothing_is_sent(ground: Ground) -> None:
    ground.tables["mitigation"]["countdown_s"] = 0.5
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "approve"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: MitigationState.LAPSED in it.states(HERE))
        await it.cycles(5)
    assert ground.positions() == before
    assert "mitigation.run" not in ground.kinds()
    assert "mitigation.lapsed" in ground.kinds()


async def test_an_approved_reduction_runs_once_and_the_journal_tells_who_approved(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "approve"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: MitigationState.AWAITING in it.states(HERE))
        await it.cycles(5)
        assert ground.positions() == before
        (waiting,) = it.latest.mitigations
        it.engine.submit(ApproveMitigation(waiting.mitigation_id, "ada"))
        it.engine.submit(ApproveMitigation(waiting.mitigation_id, "bob"))
        await until(lambda: MitigationState.DONE in it.states(HERE))
        assert any("running already" in notice for notice in it.latest.notices)
    _shrunk(before, ground.positions(), "alpha-1")
    records = ground.records()
    approved = next(row for row in records if row.kind == "operator.ApproveMitigation")
    ran = next(row for row in records if row.kind == "mitigation.running")
    assert (approved.actor, ran.actor) == ("ada", "ada")
    assert approved.seq < ran.seq
    assert [row.kind for row in records].count("mitigation.run") == 1


async def test_a_rejected_plan_is_not_carried_out_and_not_proposed_again(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "propose"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: MitigationState.PROPOSED in it.states(HERE))
        (waiting,) = it.latest.mitigations
        it.engine.submit(RejectMitigation(waiting.mitigation_id, "ada", "on purpose"))
        await it.cycles(10)
        assert {row.state for row in it.latest.mitigations} == {MitigationState.REJECTED}
    assert ground.positions() == before


async def test_a_stop_withdraws_what_waits_and_no_automatic_act_follows(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, critical=1.6, policy={"high": "auto", "critical": "stop"})
    before = ground.positions()
    async with ground.engine() as it:
        await until(lambda: bool(it.latest.halts) if it.engine.latest else False)
        (halt,) = it.latest.halts
        assert (str(halt.scope), halt.fired_by) == (HERE, "limit")
        await until(lambda: all(view.proven for view in it.latest.halts))
        await it.cycles(5)
        # An automatic stop leaves what can only reduce a position that stands, and nothing else.
        (row,) = it.latest.halts[0].rows
        assert ground.opening("alpha-1") == 0
        assert row.kept == ground.resting("alpha-1")
        assert ground.resting("alpha-2") > 0
    assert ground.positions() == before
    kinds = ground.kinds()
    assert kinds.index("stop.requested") < kinds.index("stop.fired") < kinds.index("stop.proof")
    assert "mitigation.run" not in kinds
