"""The stop over unmodified ccxt, against servers that can be asked what they really hold."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from core.book.attribution import StrategyRule
from core.domain import PORTFOLIO, Scope
from core.halt.desk import HaltDesk
from core.halt.latch import Latch, LatchFolder
from core.halt.model import HaltView, ProofState
from core.paper.faults import Fault, FaultKind
from tests.core.halt.conftest import Ground, GroundMaker


def _states(view: HaltView) -> dict[str, ProofState]:
    return {row.account: row.state for row in view.rows}


async def test_every_account_is_proven_empty_and_the_servers_agree(ground: GroundMaker) -> None:
    async with ground() as it:
        it.end_bots()
        it.site.running = False  # else the market would fill some of them first
        before = it.resting()
        assert all(before.values())
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        view = runner.view()
        assert view.proven
        assert it.resting() == dict.fromkeys(before, 0)
        assert view.orders_cancelled == sum(before.values())
        assert view.first_cancel_ms is not None
        assert view.proof_ms is not None
        assert view.proof_ms >= 1500.0


async def test_a_hanging_venue_reads_unknown_and_holds_up_no_other(ground: GroundMaker) -> None:
    async with ground() as it:
        it.end_bots()
        await it.prepare()
        it.site.add_fault(Fault(FaultKind.HANG, venue="south"))
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        await runner.wait(5.0)
        rows = {row.account: row for row in runner.view().rows}
        for name in ("alpha-1", "alpha-3"):
            assert rows[name].state is ProofState.VERIFIED
        for name in ("alpha-2", "alpha-4"):
            assert rows[name].state is ProofState.UNKNOWN
            assert rows[name].resting is None
            assert "did not answer" in rows[name].reason
        it.site.faults.clear()
        assert await runner.wait(15.0)
        assert not any(it.resting().values())


async def test_acknowledged_but_ignored_cancels_are_never_taken_for_proof(ground: GroundMaker) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        fault = it.site.add_fault(Fault(FaultKind.IGNORE_CANCELS))
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        for _ in range(30):
            await asyncio.sleep(0.1)
            assert runner.view().verified == 0
        assert _states(runner.view()) == {"alpha-1": ProofState.RESTING}
        it.site.faults.clear(fault)
        assert await runner.wait(15.0)
        assert not any(it.resting().values())


async def test_a_listing_that_is_one_second_old_does_not_pass_for_empty(ground: GroundMaker) -> None:
    async with ground(accounts=2, venues=1) as it:
        await it.prepare()
        it.site.add_fault(Fault(FaultKind.STALE, seconds=1.0))
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        await asyncio.sleep(0.4)
        it.end_bots()
        for _ in range(150):
            await asyncio.sleep(0.05)
            held = it.resting()
            wrong = [
                row.account for row in runner.view().rows if row.state is ProofState.VERIFIED and held[row.account]
            ]
            assert not wrong
        assert runner.view().proven


async def test_a_refused_key_reads_unknown_with_its_reason_and_the_others_are_proven(ground: GroundMaker) -> None:
    async with ground() as it:
        it.end_bots()
        await it.prepare()
        it.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-2"))
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert not await runner.wait(10.0, give_up_on_hopeless=True)
        rows = {row.account: row for row in runner.view().rows}
        assert rows.pop("alpha-2").state is ProofState.UNKNOWN
        assert all(row.state is ProofState.VERIFIED for row in rows.values())


async def test_a_scope_of_one_account_leaves_the_others_orders_alone(ground: GroundMaker) -> None:
    async with ground() as it:
        it.end_bots()
        it.site.running = False  # else the market would fill some of the others' orders
        before = it.resting()
        runner = it.desk.fire(Scope.parse("account:alpha-3"), "tester", "a test")
        assert await runner.wait(15.0)
        assert it.resting() == before | {"alpha-3": 0}


async def test_a_strategys_stop_takes_its_orders_and_leaves_all_others(ground: GroundMaker) -> None:
    rules = tuple(StrategyRule(name, client_order_id_pattern=f"{name}-*") for name in ("bas", "mom", "mm"))
    async with ground(accounts=2, venues=1, rules=rules) as it:
        it.end_bots()
        it.site.running = False
        before = _clients(it)
        assert {client.split("-")[0] for client in before} >= {"bas", "mom"}
        runner = it.desk.fire(Scope.parse("strategy:bas"), "tester", "a test")
        assert await runner.wait(15.0)
        assert _clients(it) == sorted(client for client in before if not client.startswith("bas-"))


async def test_orders_that_nobody_claims_make_a_strategys_stop_unknown(ground: GroundMaker) -> None:
    rules = (StrategyRule("bas", client_order_id_pattern="bas-*"),)
    async with ground(accounts=1, venues=1, rules=rules) as it:
        it.end_bots()
        it.site.running = False
        runner = it.desk.fire(Scope.parse("strategy:bas"), "tester", "a test")
        assert not await runner.wait(4.0)
        (row,) = runner.view().rows
        assert row.state is ProofState.UNKNOWN
        assert "unattributed orders rest" in row.reason


async def test_the_first_request_does_not_wait_for_a_slow_disk(
    ground: GroundMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        await it.prepare()
        write = LatchFolder.write

        let_go = threading.Event()

        def slowly(folder: LatchFolder, latch: Latch) -> None:
            let_go.wait(60.0)
            write(folder, latch)

        monkeypatch.setattr(LatchFolder, "write", slowly)
        try:
            runner = it.desk.fire(PORTFOLIO, "tester", "a test")
            assert await runner.wait(15.0), "proven, with nothing on the disk yet"
            assert not runner.on_disk
            assert not any(it.resting().values())
        finally:
            let_go.set()


async def test_a_book_that_cannot_be_listed_is_cancelled_all_the_same_and_never_read_as_verified(
    ground: GroundMaker,
) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        it.site.running = False
        fault = Fault(FaultKind.MALFORMED, method="GET", path="*openAlgoOrders*")
        it.site.add_fault(fault)
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert not await runner.wait(4.0)
        assert runner.view().verified == 0
        it.site.faults.clear()
        assert await runner.wait(15.0)
        assert not any(it.resting().values())


async def test_a_latch_that_cannot_be_written_delays_nothing_and_is_shown(ground: GroundMaker) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        await it.prepare()
        it.latches.write_text("a file where the folder should be")
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        view = runner.view()
        assert "cannot be written" in view.latch_error
        assert view.first_cancel_ms is not None
        it.latches.unlink()
        for _ in range(40):
            await asyncio.sleep(0.1)
            if not runner.view().latch_error:
                break
        assert not runner.view().latch_error
        assert list(it.latches.glob("*.latch.json"))


async def test_another_process_sweeps_on_what_was_latched_and_a_reset_ends_it(ground: GroundMaker) -> None:
    async with ground(accounts=2, venues=1) as it:
        it.end_bots()
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        second = _another(it)
        try:
            (latch,) = second.resume_latched()
            assert latch == runner.latch
            second.follow()
            it.site.venues[0].set_bots(True)
            for _ in range(20):
                it.site.step()
            await it.desk.reset(latch.halt_id, "tester", "all is well")
            for _ in range(30):
                await asyncio.sleep(0.1)
                if not second.runners:
                    break
            assert not second.runners
        finally:
            await second.close()


@pytest.mark.expected_logs("had vanished without a reset")
async def test_a_latch_file_that_vanishes_is_no_reset_and_is_written_again(ground: GroundMaker) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        it.desk.follow()
        (file,) = it.latches.glob("*.latch.json")
        file.unlink()
        for _ in range(30):
            await asyncio.sleep(0.1)
            if file.exists():
                break
        assert file.exists()
        assert it.desk.latched() == (runner.latch,)


async def test_what_a_stop_cancelled_is_kept_order_by_order(ground: GroundMaker) -> None:
    async with ground(accounts=1, venues=1) as it:
        it.end_bots()
        it.site.running = False
        before = it.resting()["alpha-1"]
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        await it.desk.close()
        saved = LatchFolder(it.latches).saved.read(runner.latch.halt_id)
        assert len(saved) == before
        assert {row.order.account for row in saved} == {"alpha-1"}
        assert all(row.order.is_open and not row.filled for row in saved)


def _clients(it: Ground) -> list[str]:
    """Client order ids of everything that rests."""
    return sorted(
        order.client_id
        for venue in it.site.venues
        for account in venue.exchange.accounts.values()
        for order in (*account.open_orders(), *account.open_triggers())
    )


def _another(it: Ground) -> HaltDesk:
    """A second process's desk over the same latch folder and the same venues."""
    first = it.desk
    folder = type(first._folder)(Path(it.latches))
    return HaltDesk(folder, first._targets_of, first._clock, first._settings, lambda: "h-second")
