"""Every rung of the ladder against paper exchanges: what it does is seen in their books, and what it says is true."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.domain import Policy, Scope, StopLevel
from core.engine.doing import Doing
from core.halt.model import ProofState
from core.intents import ApproveMitigation
from core.ladder import Rung
from core.mitigation.model import ENDED_STATES, Mitigation, MitigationState
from core.mitigation.recovery import RecoverySettings
from tests.core.engine.ground import Ground, Running, until
from tests.core.engine.test_sources import with_source
from tests.core.halt.source.bot import CommandBot

HERE = "account:alpha-1"


@pytest.fixture
def bot(tmp_path: Path) -> CommandBot:
    return CommandBot(tmp_path / "bot")


def breached(ground: Ground, *rungs: str, mode: str = "auto", **others: Any) -> None:
    """Leverage is beyond it from the first reading on, and no rung but a reduction changes that."""
    policy = {"high": {"do": list(rungs), "mode": mode, **others}}
    ground.limit(HERE, "leverage", high=1.5, policy=policy)


def ended(it: Running, rung: Rung) -> list[Mitigation]:
    rows = {row.mitigation_id: row for row in it.mitigations if row.rung is rung and row.state in ENDED_STATES}
    return list(rows.values())


async def first_of(it: Running, rung: Rung) -> Mitigation:
    await until(lambda: bool(ended(it, rung)), 40.0)
    return ended(it, rung)[0]


async def test_block_asks_the_source_to_pause_and_reads_back_whether_it_does(ground: Ground, bot: CommandBot) -> None:
    for place in range(len(ground.tables["strategies"])):
        with_source(ground, place, bot.table())
    breached(ground, "block")
    before, resting = ground.positions(), ground.resting("alpha-1")
    async with ground.engine() as it:
        done = await first_of(it, Rung.BLOCK)
        assert done.state is MitigationState.DONE
        assert done.verified
        assert "sources say that they are paused" in done.note
    assert bot.state == "paused"
    assert (ground.positions(), ground.resting("alpha-1")) == (before, resting)


async def test_block_without_a_source_says_so_and_the_next_rung_has_its_turn(ground: Ground) -> None:
    breached(ground, "block", "cancel")
    async with ground.engine() as it:
        failed = await first_of(it, Rung.BLOCK)
        assert failed.state is MitigationState.FAILED
        assert f"nothing that trades in {HERE} can be asked to pause; without a source: " in failed.note
        assert (await first_of(it, Rung.CANCEL)).verified
        assert len(ended(it, Rung.BLOCK)) == 1, "asking again makes no sense"


async def test_a_source_that_goes_on_fails_the_rung(
    ground: Ground, bot: CommandBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.rungs.OBEY_WITHIN_S", 1.0)
    bot.flag("deaf")
    for place in range(len(ground.tables["strategies"])):
        with_source(ground, place, bot.table())
    breached(ground, "block", tries=1)
    async with ground.engine() as it:
        failed = await first_of(it, Rung.BLOCK)
    assert failed.state is MitigationState.FAILED
    assert not failed.verified
    assert "0 of " in failed.note
    assert "not obeyed" in failed.note


async def test_cancel_takes_what_could_open_a_position_and_nothing_else(ground: Ground) -> None:
    breached(ground, "cancel")
    before, opening = ground.positions(), ground.opening("alpha-1")
    protective, others = ground.resting("alpha-1") - opening, ground.resting("alpha-2")
    assert opening
    async with ground.engine() as it:
        done = await first_of(it, Rung.CANCEL)
        assert done.verified
        assert f"{opening} orders cancelled in 1 accounts, 1 shown without" in done.note
        assert not it.latest.halts, "nothing is latched by it"
    assert ground.opening("alpha-1") == 0
    assert ground.resting("alpha-1") == protective
    assert ground.resting("alpha-2") == others
    assert ground.positions() == before


async def test_cancel_does_not_touch_an_account_that_is_only_watched(ground: Ground) -> None:
    ground.tables["accounts"][0]["mode"] = "watch"
    breached(ground, "cancel")
    resting = ground.resting("alpha-1")
    async with ground.engine() as it:
        failed = await first_of(it, Rung.CANCEL)
    assert f"no account of {HERE} may be acted on" in failed.note
    assert ground.resting("alpha-1") == resting


async def test_reduce_only_latches_a_stop_that_lets_the_next_rung_reduce(ground: Ground) -> None:
    breached(ground, "reduce-only", "restore")
    before = ground.positions()
    async with ground.engine() as it:
        latched = await first_of(it, Rung.REDUCE_ONLY)
        assert latched.verified
        (halt,) = it.latest.halts
        assert (halt.scope, halt.terms.level, halt.fired_by) == (Scope.parse(HERE), StopLevel.REDUCE_ONLY, "policy")
        restored = await first_of(it, Rung.RESTORE)
        assert restored.verified
        assert restored.follows == latched.mitigation_id
        await until(lambda: all(row.state is ProofState.VERIFIED for row in it.latest.halts[0].rows), 30.0)
        assert it.value(HERE, "leverage") < 1.5
    after = ground.positions()
    assert ground.opening("alpha-1") == 0
    assert all(abs(after.get(key, 0.0)) <= abs(quantity) for key, quantity in before.items())


async def test_scale_leaves_the_factor_of_every_position(ground: Ground) -> None:
    breached(ground, "scale", factor=0.5)
    before = ground.positions()
    async with ground.engine() as it:
        done = await first_of(it, Rung.SCALE)
        assert done.verified
    after = ground.positions()
    for key, quantity in before.items():
        if key[0] == "alpha-1":
            assert after.get(key, 0.0) / quantity == pytest.approx(0.5, abs=0.1)


async def test_flatten_closes_every_position_where_it_is_allowed(ground: Ground) -> None:
    ground.tables["mitigation"]["flatten"] = True
    breached(ground, "flatten")
    others = {key: held for key, held in ground.positions().items() if key[0] != "alpha-1"}
    async with ground.engine() as it:
        done = await first_of(it, Rung.FLATTEN)
        assert done.verified
    assert ground.positions() == others


async def test_a_proposed_stop_is_fired_once_a_person_approves_it(ground: Ground) -> None:
    breached(ground, "stop", mode="propose")
    async with ground.engine() as it:
        await until(lambda: any(row.rung is Rung.STOP for row in it.mitigations))
        await it.cycles(5)
        assert not it.latest.halts
        (proposed,) = it.latest.mitigations
        assert "fires the emergency stop" in proposed.summary
        it.engine.submit(ApproveMitigation(proposed.mitigation_id, "ada"))
        done = await first_of(it, Rung.STOP)
        assert (done.verified, done.approved_by) == (True, "ada")
        (halt,) = it.latest.halts
        assert (halt.scope, halt.fired_by) == (Scope.parse(HERE), "ada")


async def test_unarmed_every_rung_waits_for_a_person_and_says_why(ground: Ground) -> None:
    ground.tables["mitigation"]["automatic"] = False
    breached(ground, "cancel", "restore")
    resting = ground.resting("alpha-1")
    async with ground.engine() as it:
        await until(lambda: bool(it.mitigations))
        await it.cycles(10)
        (waits,) = it.latest.mitigations
        assert (waits.state, waits.mode) == (MitigationState.AWAITING, Policy.APPROVE)
        assert "not armed" in waits.held_back
        assert any("[mitigation] automatic = true arms them" in notice for notice in it.latest.notices)
        assert it.latest.automation is not None
        assert not it.latest.automation.armed
    assert ground.resting("alpha-1") == resting


# Over a restart


async def test_a_proposal_is_withdrawn_at_the_restart_and_made_anew_once(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "propose"})
    async with ground.engine() as it:
        await until(lambda: bool(it.mitigations))
        (first,) = it.latest.mitigations
    async with ground.engine() as it:
        await until(lambda: any(row.state is MitigationState.PROPOSED for row in it.mitigations))
        await it.cycles(10)
        rows = {row.mitigation_id: row.state for row in it.latest.mitigations}
        assert rows.pop(first.mitigation_id) is MitigationState.WITHDRAWN
        assert list(rows.values()) == [MitigationState.PROPOSED]
    kinds = [row.kind for row in ground.records() if row.kind in ("mitigation.proposed", "mitigation.withdrawn")]
    assert kinds == ["mitigation.proposed", "mitigation.withdrawn", "mitigation.proposed"]


async def test_what_was_set_going_and_never_sent_is_found_out_withdrawn_and_done_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process had died between the decision and the first order."""
    soon = functools.partial(RecoverySettings, doubt_s=0.5)
    monkeypatch.setattr("core.mitigation.recovery.RecoverySettings", soon)
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "auto"})
    before = ground.positions()
    run = Doing.run
    monkeypatch.setattr(Doing, "run", lambda *_: None)
    async with ground.engine() as it:
        await until(lambda: MitigationState.RUNNING in it.states(HERE))
        (lost,) = it.latest.mitigations
    assert ground.positions() == before
    monkeypatch.setattr(Doing, "run", run)
    async with ground.engine() as it:
        await until(lambda: MitigationState.DONE in it.states(HERE), 60.0)
        rows = {row.mitigation_id: row for row in it.latest.mitigations}
        assert rows[lost.mitigation_id].state is MitigationState.WITHDRAWN
        assert rows[lost.mitigation_id].note == "nothing of it was sent before Scram was restarted"
    kinds = [row.kind for row in ground.records()]
    assert kinds.count("mitigation.run") == 2
    assert kinds.count("mitigation.executed") == 2
    bodies = [orjson.loads(row.body) for row in ground.records() if row.kind == "mitigation.executed"]
    assert [body["recovered"] for body in bodies] == [True, False]
