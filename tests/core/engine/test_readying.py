"""Readiness and drills of a whole engine: what the snapshots say of them, and what intents about drills come to."""

from __future__ import annotations

from core.domain import Scope
from core.engine.readying import guardianship
from core.halt.guardian.view import GuardianView
from core.halt.readiness.judgement import DrillKind, Guardianship, ReadyState
from core.halt.readiness.view import ReadinessView
from core.intents import FireStop, PreviewDrill, RunDrill
from core.paper.faults import Fault, FaultKind
from tests.core.engine.ground import Ground, Running, until


def _ready(it: Running) -> ReadinessView:
    assert it.latest.readiness is not None
    return it.latest.readiness


async def test_what_could_be_stopped_is_known_soon_and_a_drill_shows_the_rest(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        await until(lambda: all(row.able for row in _ready(it).rows))
        await until(lambda: _ready(it).headline.exposed and not _ready(it).headline.unmeasured)
        head = _ready(it).headline
        assert head.words.startswith("can stop 100 % of exposure, proven ")
        row = _ready(it).rows[0]
        assert row.state is ReadyState.DEGRADED
        assert (row.may_cancel, row.may_withdraw) == (True, False)
        assert "never drilled" in row.reason
        assert "no guardian runs" in row.reason
        it.engine.submit(RunDrill(DrillKind.DRY, (), "ada"))
        await until(lambda: _ready(it).drill is not None and not _ready(it).drilling)
        report = _ready(it).drill
        assert report is not None
        assert (report.operator, report.failed, report.passed) == ("ada", 0, len(it.latest.connections))
        await until(lambda: all("never drilled" not in row.reason for row in _ready(it).rows))
    kinds = ground.kinds()
    assert "operator.RunDrill" in kinds
    assert "drill.ended" in kinds
    async with ground.engine() as again:
        await until(lambda: again.engine.latest is not None and _ready(again).drill is not None)
        await until(lambda: all("never drilled" not in row.reason for row in _ready(again).rows))


def test_a_guardian_that_is_not_asked_for_is_told_from_one_that_is_silent() -> None:
    assert guardianship(None) is Guardianship.NONE
    assert guardianship(GuardianView(alive=True)) is Guardianship.ALIVE
    assert guardianship(GuardianView(alive=False, reason="it was killed")) is Guardianship.SILENT


async def test_a_live_drill_is_previewed_run_and_leaves_no_latch(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(PreviewDrill(("alpha-1",)))
        await until(lambda: bool(_ready(it).preview))
        (seen,) = _ready(it).preview
        assert "post-only" in seen.words
        it.engine.submit(RunDrill(DrillKind.LIVE, ("alpha-1",), "ada"))
        await until(lambda: _ready(it).drill is not None and not _ready(it).drilling)
        report = _ready(it).drill
        assert report is not None
        assert [(row.account, row.passed, row.left) for row in report.rows] == [("alpha-1", True, "")]
        assert _ready(it).preview == ()
        assert it.latest.halts == ()


async def test_a_drill_that_cannot_be_run_is_a_notice_and_an_account_under_a_stop_is_left_alone(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(RunDrill(DrillKind.LIVE, (), "ada"))
        await until(lambda: any("the drill was not run" in sentence for sentence in it.latest.notices))
        it.engine.submit(FireStop(Scope.parse("account:alpha-1"), "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
        it.engine.submit(RunDrill(DrillKind.LIVE, ("alpha-1",), "ada"))
        await until(lambda: _ready(it).drill is not None and not _ready(it).drilling)
        report = _ready(it).drill
        assert report is not None
        assert "a stop holds it" in report.rows[0].reason
        assert next(row for row in _ready(it).rows if row.account == "alpha-1").able, "the stop itself has shown it"


async def test_a_key_that_is_refused_takes_its_exposure_out_of_what_could_be_stopped(ground: Ground) -> None:
    ground.tables["readiness"] = {"probe_s": 10.0, "unknown_after_s": 30.0}
    ground.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-1"))
    async with ground.engine() as it:
        await until(lambda: it.engine.latest is not None and _ready(it).headline.able > 0)
        await until(lambda: any("refuses the key" in row.reason for row in _ready(it).rows))
        row = next(row for row in _ready(it).rows if row.account == "alpha-1")
        assert (row.state, row.able) == (ReadyState.DEGRADED, False)
        assert _ready(it).headline.percent != "100 %"
