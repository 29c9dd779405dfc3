"""Whatever breaks around or inside a cycle, the engine beats on and the stop stops."""

from __future__ import annotations

import math

import orjson
import pytest

from core.domain import PORTFOLIO, LinkState, Scope
from core.events.model import Cause
from core.intents import AcknowledgeEvent, FireStop, ResetStop
from core.snapshot import Snapshot
from core.venues.messages import SubAccountsUpdate
from tests.core.engine.ground import Ground, Running, until


async def _stops(ground: Ground, it: Running) -> None:
    it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
    await until(lambda: all(runner.view().proven for runner in it.parts.halts.runners))
    assert ground.resting("alpha-1") == ground.resting("alpha-2") == 0


@pytest.mark.expected_logs("a receiver of snapshot ready failed")
async def test_a_receiver_that_raises_harms_neither_the_others_nor_the_beat(ground: Ground) -> None:
    async with ground.engine() as it:
        seen: list[int] = []

        def fail(snapshot: Snapshot) -> None:
            raise RuntimeError("a broken window")

        it.engine.snapshot_ready.connect(fail)
        it.engine.snapshot_ready.connect(lambda snapshot: seen.append(snapshot.cycle))
        await until(lambda: len(seen) > 5)
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        await _stops(ground, it)


@pytest.mark.expected_logs("a cycle failed")
async def test_a_cycle_that_fails_is_told_and_stops_neither_the_beat_nor_the_stop(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio")
        shown = it.latest.cycle

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(it.parts.risk, "evaluate", fail)
            await _stops(ground, it)
            assert it.latest.cycle <= shown + 2
        await until(lambda: it.latest.cycle > shown + 10)
        assert any("a cycle failed (ZeroDivisionError)" in notice for notice in it.latest.notices)
        assert it.latest.halts[0].proven
    kinds = ground.kinds()
    assert kinds.index("stop.fired") < kinds.index("stop.proof")


async def test_a_stop_by_the_operator_and_its_reset_are_journaled_with_name_and_reason(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio")
        await _stops(ground, it)
        await it.cycles(15)
        (halt,) = it.latest.halts
        it.engine.submit(ResetStop(halt.halt_id, "bob", " "))
        await until(lambda: any("was not reset" in notice for notice in it.latest.notices))
        assert it.latest.halts
        it.engine.submit(ResetStop(halt.halt_id, "bob", "all is well"))
        await until(lambda: not it.latest.halts)
    records = [row for row in ground.records() if row.kind.startswith(("stop.", "operator."))]
    kinds = [row.kind for row in records]
    assert sorted(kinds[:2]) == ["operator.FireStop", "stop.fired"]
    assert [kind for kind in kinds if kind != "stop.checked"][-3:] == [*["operator.ResetStop"] * 2, "stop.reset"]
    assert records[-1].actor == "bob"
    reset = orjson.loads(records[-1].body)
    assert (reset["before"]["reset_reason"], reset["after"]["reset_reason"]) == ("", "all is well")
    proof = [orjson.loads(row.body) for row in records if row.kind == "stop.proof"][-1]
    assert (proof["verified"], proof["accounts"], proof["unproven"]) == (2, 2, [])


async def test_an_event_is_journaled_from_raise_to_acknowledgement(ground: Ground) -> None:
    ground.limit("account:alpha-1", "leverage", medium=1.0)
    async with ground.engine() as it:
        await until(lambda: bool(it.latest.events) if it.engine.latest else False)
        (event,) = it.latest.events
        it.engine.submit(AcknowledgeEvent(event.event_id, "ada"))
        await until(lambda: it.latest.events[0].acknowledged_by == "ada")
        assert not it.latest.mitigations
    kinds = [row.kind for row in ground.records() if row.scope == "account:alpha-1" or row.kind.startswith("operator")]
    assert kinds == ["event.raised", "operator.AcknowledgeEvent", "event.acknowledged"]


@pytest.mark.allowed_logs("alpha-2")
async def test_an_account_without_a_key_is_told_and_the_others_are_watched(ground: Ground) -> None:
    ground.tables["accounts"][1]["credentials"] = "env:NOBODY"
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        await until(lambda: it.latest.connections[0].link is LinkState.UP)
        rows = {row.account: row for row in it.latest.connections}
        assert rows["alpha-1"].positions
        assert "NOBODY" in rows["alpha-2"].reason
        assert rows["alpha-2"].resting_orders is None
        assert math.isnan(it.value("account:alpha-2", "equity"))
        assert math.isnan(it.value("portfolio", "equity"))
        it.engine.submit(FireStop(Scope.parse("venue:*"), "ada", "a test"))
        await until(lambda: any(row.state == "verified" for halt in it.latest.halts for row in halt.rows))
        (halt,) = it.latest.halts
        assert (halt.verified, halt.unknown) == (1, 1)
        assert not halt.proven


async def test_what_a_scope_went_through_is_known_after_a_restart(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        ground.scale_prices(0.97)
        await until(lambda: abs(it.value("portfolio", "drawdown_7d")) > 1e-6)
        await it.cycles(3)
        fallen = it.value("portfolio", "drawdown_7d")
        points = len(it.parts.course.history(0).at_s)
        assert points >= 1
        # A point is taken now and then: the newest may be of before the fall.
        await until(lambda: it.latest.history.equity[-1] == pytest.approx(it.value("portfolio", "equity"), rel=0.05))
    async with ground.engine() as it:
        await it.watched()
        await it.cycles(3)
        assert it.value("portfolio", "drawdown_7d") == pytest.approx(fallen, abs=1e-3)
        assert it.value("portfolio", "loss_run") == 0.0


async def test_accounts_that_nobody_watches_are_an_event(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        it.engine.take(SubAccountsUpdate("alpha-1", ("alpha-2", "stranger"), it.parts.clock.monotonic()))
        found = it.parts.events.find(Scope.parse("account:alpha-1"), "unseen_accounts", Cause.SYSTEM)
        assert found is not None
        assert "2 exist under alpha-1" in found.note
        assert "stranger" in found.note
    assert "event.raised" in ground.kinds()
