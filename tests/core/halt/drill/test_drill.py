"""Drills over unmodified ccxt, against servers that can be asked what they hold and what they were sent."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DrillError
from core.halt.drill import live
from core.halt.drill.report import DrillFolder, DrillReport, DrillRow
from core.halt.readiness.judgement import DrillKind, ReadyState
from core.paper.faults import Fault, FaultKind
from core.paper.site import make_spec
from tests.core.halt.conftest import PLENTY, GroundMaker
from tests.core.halt.drill.drilling import SETTLE_S, DrillGround, drills_on

DIALECTS = ("alpha-1", "inverse-1", "lots-1", "unified-1", "wallet-1")
"""An account of each: Binance USD-M, COIN-M, OKX, Bybit, Binance spot."""
ORDER = "/fapi/v1/order"
Drilling = Callable[..., contextlib.AbstractAsyncContextManager[DrillGround]]


@pytest.fixture
def drilling(ground: GroundMaker, tmp_path: Path) -> Drilling:
    @contextlib.asynccontextmanager
    async def make(
        *, every_dialect: bool = False, timeout_s: float = 1.0, **more: object
    ) -> AsyncIterator[DrillGround]:
        kinds = {"coin_margined": 1, "spot": 1, "bybit": 1, "okx": 1} if every_dialect else {}
        spec = replace(make_spec(1, 1, 7, "calm", **kinds), weight_limit=PLENTY)
        async with ground(spec=spec, timeout_s=4.0 if every_dialect else timeout_s) as it:
            await it.prepare()
            made = drills_on(it, tmp_path)
            try:
                yield made
            finally:
                it.site.faults.clear()
                await made.drills.close()

    return make


def only(report: DrillReport) -> DrillRow:
    (row,) = report.rows
    return row


# -- dry --------------------------------------------------------------------------------------------------------------


async def test_a_dry_drill_lists_twice_makes_every_cancel_ready_and_sends_none(drilling: Drilling) -> None:
    async with drilling(every_dialect=True) as it:
        before = it.orders()
        report = await it.run(DrillKind.DRY)
        assert sorted(row.account for row in report.rows) == sorted(DIALECTS)
        assert [row.reason for row in report.rows if not row.passed] == []
        for row in report.rows:
            assert row.orders == len(before[row.account])
            assert row.held_back, row.account
            assert row.whole_ms is not None
            assert row.whole_ms >= SETTLE_S * 1_000.0, "the second listing begins late enough to prove something"
        assert it.changes() == []
        assert it.orders() == before
        listings = [entry for entry in it.it.site.log.since(it.began) if entry.path.endswith("openOrders")]
        assert len([entry for entry in listings if entry.account == "alpha-1"]) == 2
        assert not list(it.it.latches.glob("*.latch.json"))


async def test_its_report_is_kept_and_read_back_by_the_next_start(drilling: Drilling, tmp_path: Path) -> None:
    async with drilling() as it:
        report = await it.run(DrillKind.DRY)
        assert it.folder.newest() == (report,)
        again = drills_on(it.it, tmp_path)
        assert again.drills.read_back() == ()
        assert again.drills.last == report
        again.ready.step()
        assert not any("never drilled" in row.reason for row in again.ready.rows())
        await again.drills.close()


async def test_what_passes_by_itself_fails_no_drill_and_what_does_not_is_named(drilling: Drilling) -> None:
    async with drilling() as it:
        it.it.site.add_fault(Fault(FaultKind.STATUS, path="*openOrders", status=503, count=2))
        assert only(await it.run(DrillKind.DRY)).passed
        it.it.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-1"))
        row = only(await it.run(DrillKind.DRY))
        assert row.passed is False
        assert "the venue refuses the key" in row.reason
        it.ready.step()
        assert "its dry drill failed" in it.ready.rows()[0].reason


async def test_a_venue_that_hangs_fails_its_own_drill(drilling: Drilling) -> None:
    async with drilling(timeout_s=0.3) as it:
        it.it.site.add_fault(Fault(FaultKind.HANG, path="*openAlgoOrders"))
        row = only(await it.run(DrillKind.DRY))
        assert row.passed is False
        assert "did not answer" in row.reason


# -- live -------------------------------------------------------------------------------------------------------------


async def test_a_live_drill_places_one_order_stops_exactly_it_and_touches_no_other(drilling: Drilling) -> None:
    async with drilling(every_dialect=True) as it:
        before = it.orders()
        report = await it.run(DrillKind.LIVE, "*")
        assert [row.reason for row in report.rows if not row.passed] == []
        assert it.orders() == before
        for row in report.rows:
            assert row.left == ""
            assert row.first_cancel_ms is not None
            assert row.gone_ms is not None
            assert row.proof_ms is not None
            assert 0.0 <= row.first_cancel_ms <= row.gone_ms <= row.proof_ms
            assert row.proof_ms >= SETTLE_S * 1_000.0
            posted = [entry for entry in it.changes() if entry.account == row.account]
            said = [str(entry.params) for entry in posted]
            assert sum(row.client_order_id in text for text in said) >= 1
            assert len(posted) <= 3, "placed, cancelled, and perhaps cancelled once more"
        assert not list(it.it.latches.glob("*.latch.json"))
        it.ready.step()
        assert all(row.may_cancel for row in it.ready.rows())


async def test_the_order_is_far_below_the_market_and_never_takes(drilling: Drilling) -> None:
    async with drilling() as it:
        await it.run(DrillKind.LIVE, "alpha-1")
        (placed,) = [entry for entry in it.changes() if entry.method == "POST"]
        bid, _ = it.it.site.venue("north").exchange.market.best(placed.params["symbol"])
        assert placed.params["timeInForce"] == "GTX"
        assert placed.params["side"] == "BUY"
        assert float(placed.params["price"]) <= 0.9 * bid


async def test_cancels_that_are_acknowledged_and_ignored_are_sent_again_until_the_order_is_gone(
    drilling: Drilling,
) -> None:
    async with drilling() as it:
        before = it.orders()
        it.it.site.add_fault(Fault(FaultKind.IGNORE_CANCELS, count=3))
        row = only(await it.run(DrillKind.LIVE, "alpha-1"))
        assert (row.passed, row.left) == (True, "")
        assert it.orders() == before


async def test_an_order_that_cannot_be_taken_off_is_said_loudly(
    drilling: Drilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "DEADLINE_S", 2.0)
    async with drilling() as it:
        before = it.orders()
        it.it.site.add_fault(Fault(FaultKind.IGNORE_CANCELS))
        row = only(await it.run(DrillKind.LIVE, "alpha-1"))
        assert row.passed is False
        assert row.client_order_id in row.left
        assert "cancel it by hand" in row.reason
        resting = set(it.orders()["alpha-1"]) - set(before["alpha-1"])
        assert {client for _, client in resting} == {row.client_order_id}


UNAVAILABLE = Fault(FaultKind.STATUS, method="POST", path=ORDER, status=503)
LATE = Fault(FaultKind.LATENCY, method="POST", path=ORDER, seconds=1.5, count=1)


@pytest.mark.parametrize("fault", [UNAVAILABLE, LATE])
async def test_a_placing_without_an_answer_is_looked_for_until_nothing_of_it_can_rest(
    drilling: Drilling, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(live, "LINGER_S", 2.0)
    async with drilling(timeout_s=0.5) as it:
        before = it.orders()
        it.it.site.add_fault(fault)
        row = only(await it.run(DrillKind.LIVE, "alpha-1"))
        assert row.passed is False
        assert "the placing had no answer" in row.reason
        came_through = fault.kind is FaultKind.LATENCY
        assert ("was found and cancelled" if came_through else "does not rest") in row.reason
        assert it.orders() == before


async def test_an_account_that_is_watched_only_or_held_by_a_stop_is_left_alone_with_a_sentence(
    ground: GroundMaker, tmp_path: Path
) -> None:
    async with ground(accounts=3, venues=1) as it:
        made = drills_on(it, tmp_path, watched=("alpha-1",), is_stopped=lambda account: account == "alpha-2")
        report = await made.run(DrillKind.LIVE, "alpha-1", "alpha-2")
        reasons = {row.account: row.reason for row in report.rows}
        assert 'mode = "act" allows that' in reasons["alpha-1"]
        assert "a stop holds it" in reasons["alpha-2"]
        assert (report.not_tried, report.passed, report.failed) == (2, 0, 0)
        assert made.changes() == []
        dry = await made.run(DrillKind.DRY)
        assert {row.account: row.passed for row in dry.rows} == {"alpha-1": True, "alpha-2": None, "alpha-3": True}
        await made.drills.close()


async def test_a_preview_places_nothing_and_says_what_would_be(drilling: Drilling) -> None:
    async with drilling() as it:
        (seen,) = await it.drills.preview(("alpha-*",))
        assert "25 % below the best bid" in seen.words
        assert "post-only" in seen.words
        assert it.changes() == []


async def test_a_live_drill_whose_report_cannot_be_kept_places_nothing(drilling: Drilling) -> None:
    async with drilling() as it:
        it.folder.folder.write_text("a file where the folder should be")
        row = only(await it.run(DrillKind.LIVE, "alpha-1"))
        assert row.passed is None
        assert "nothing was placed: the report of the drill cannot be kept" in row.reason
        assert it.changes() == []
        assert "cannot be kept" in it.drills.trouble


async def test_a_drill_that_is_called_off_begins_nothing_more(drilling: Drilling) -> None:
    async with drilling() as it:
        it.drills.start(DrillKind.LIVE, ("*",), "tester")
        it.drills.call_off()
        report = await it.drills.wait()
        assert report is not None
        assert report.called_off
        assert only(report).reason == "called off"
        assert it.changes() == []


async def test_one_drill_at_a_time_with_a_name_and_with_a_choice(drilling: Drilling) -> None:
    async with drilling() as it:
        with pytest.raises(DrillError, match="none is chosen"):
            it.drills.start(DrillKind.LIVE, (), "tester")
        with pytest.raises(DrillError, match="operator's name"):
            it.drills.start(DrillKind.DRY, (), " ")
        with pytest.raises(DrillError, match='no configured account is called "beta"'):
            it.drills.start(DrillKind.LIVE, ("alpha-1", "beta"), "tester")
        it.drills.start(DrillKind.DRY, (), "tester")
        with pytest.raises(DrillError, match="a dry drill runs already"):
            it.drills.start(DrillKind.DRY, (), "tester")


async def test_closing_in_the_middle_of_a_live_drill_still_takes_its_order_off(drilling: Drilling) -> None:
    async with drilling() as it:
        before = it.orders()
        it.drills.start(DrillKind.LIVE, ("alpha-1",), "tester")
        clock = it.it.site.clock
        for _ in range(200):
            if it.orders() != before:
                break
            await clock.sleep(0.005)
        await it.drills.close()
        assert it.orders() == before
        assert it.drills.last is not None
        assert only(it.drills.last).passed


def test_a_killed_process_leaves_word_of_the_order_that_may_rest(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path / "drills")
    rows = (DrillRow("alpha-1", "north", "binanceusdm", client_order_id="scrd1x1"), DrillRow("beta-1", "okx", "okx"))
    begun = DrillReport("0123456789ab", DrillKind.LIVE, "ada", 1_795_000_000.0, None, rows)
    folder.write(begun)
    (read,) = folder.newest()
    assert read == begun
    outcomes = [read.outcome(row) for row in read.rows]
    assert outcomes[0] is not None
    assert outcomes[0].passed is False
    assert "scrd1x1 may still rest" in outcomes[0].reason
    assert outcomes[1] is None


def test_reports_that_cannot_be_understood_are_passed_over(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path)
    (tmp_path / "20260101-dry-1.drill.json").write_text('{"drill_id": 1')
    (tmp_path / "20260101-dry-2.drill.json").write_text('{"rows": [{"account": 1, "strange": 2}]}')
    assert folder.newest() == ()


async def test_a_drill_that_failed_keeps_an_account_from_being_armed(drilling: Drilling) -> None:
    async with drilling() as it:
        it.it.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-1"))
        await it.run(DrillKind.DRY)
        it.ready.step()
        assert it.ready.rows()[0].state is not ReadyState.ARMED


async def test_an_account_in_hedge_mode_is_drilled_live_too(ground: GroundMaker, tmp_path: Path) -> None:
    spec = replace(make_spec(1, 1, 7, "calm", hedged=1), weight_limit=PLENTY)
    async with ground(spec=spec) as it:
        await it.prepare()
        made = drills_on(it, tmp_path)
        before = made.orders()
        row = only(await made.run(DrillKind.LIVE, "alpha-1"))
        assert (row.passed, row.reason) == (True, "")
        assert made.orders() == before
        await made.drills.close()
