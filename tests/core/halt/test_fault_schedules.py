"""Stops under random faults: whatever the venue does, no account reads verified while it holds an earlier order."""

from __future__ import annotations

import asyncio
import random

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.halt.model import ProofState
from core.halt.runner import HaltRunner
from core.paper.faults import Fault, FaultKind
from tests.core.halt.conftest import Ground, GroundMaker

SAMPLES_IN_THE_SUITE = 2
SAMPLES_IN_THE_SOAK = 100
STALE_S = 1.0
"""How old the oldest faulty listing is: less than the 1.5 s that a proof waits."""


def _random_fault(rng: random.Random) -> Fault:
    account = rng.choice(["*", "alpha-1", "alpha-2"])
    lasts_s = rng.uniform(0.2, 2.5)
    return rng.choice(
        [
            Fault(FaultKind.LATENCY, account=account, seconds=rng.uniform(0.05, 0.6), duration_s=lasts_s),
            Fault(FaultKind.HANG, account=account, duration_s=lasts_s),
            Fault(FaultKind.STATUS, account=account, status=503, duration_s=lasts_s),
            Fault(FaultKind.BUSY, account=account, seconds=1.0, duration_s=lasts_s),
            Fault(FaultKind.IGNORE_CANCELS, account=account, count=rng.randint(1, 20), duration_s=lasts_s),
            Fault(FaultKind.STALE, account=account, seconds=STALE_S, duration_s=lasts_s),
            Fault(FaultKind.MALFORMED, account=account, duration_s=lasts_s),
            Fault(FaultKind.CLOCK_SKEW, seconds=rng.uniform(-3.0, 3.0), duration_s=lasts_s),
        ]
    )


def _false_claims(it: Ground, runner: HaltRunner, now_s: float) -> list[str]:
    wrong = []
    for row in runner.view().rows:
        if row.state is not ProofState.VERIFIED:
            continue
        assert row.listing_began_at_s is not None
        account = it.site.venue_of(row.account).exchange.accounts[row.account]
        held = [*account.open_orders(), *account.open_triggers()]
        # What a listing may have been too old to show is only settled by the next one.
        early = [order for order in held if order.accepted_s < row.listing_began_at_s - STALE_S]
        if early:
            wrong.append(f"{row.account} at {now_s:.3f}: {len(early)} orders")
    return wrong


@pytest.mark.parametrize(
    "number",
    [
        *range(SAMPLES_IN_THE_SUITE),
        *(pytest.param(number, marks=pytest.mark.soak) for number in range(SAMPLES_IN_THE_SUITE, SAMPLES_IN_THE_SOAK)),
    ],
)
@pytest.mark.allowed_logs(".")
async def test_no_false_proof_under_a_random_schedule_of_faults(
    ground: GroundMaker, number: int, rng: random.Random
) -> None:
    rng = random.Random(rng.randrange(2**32) + number)
    clock = SystemClock()
    async with ground(accounts=2, venues=2, seed=rng.randrange(1000), timeout_s=0.8) as it:
        await it.prepare()
        faults = [(rng.uniform(0.0, 4.0), _random_fault(rng)) for _ in range(rng.randint(2, 6))]
        bots_end_s = rng.uniform(0.0, 3.0)
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        began_s = clock.monotonic()
        while clock.monotonic() - began_s < 6.0:
            since_s = clock.monotonic() - began_s
            for due in [due for due in faults if due[0] <= since_s]:
                faults.remove(due)
                it.site.add_fault(due[1])
            if since_s > bots_end_s:
                it.end_bots()
            assert _false_claims(it, runner, clock.now()) == []
            await asyncio.sleep(0.03)
        it.site.faults.clear()
        assert await runner.wait(20.0), [(row.account, row.state, row.reason) for row in runner.view().rows]
        assert _false_claims(it, runner, clock.now()) == []
        assert not any(it.resting().values())
