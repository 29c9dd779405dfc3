"""Random schedules of faults over the three dialects: drawn from a seed, run against real servers, and reported."""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.model import HaltView, ProofState
from core.paper.faults import Fault, FaultKind
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate, Update
from tests.core.halt.conftest import PLENTY, Ground, ground_at
from tests.core.halt.dialects import DIALECTS, Orders, Witness, site_spec, venue_spec

STALE_S = 1.0
"""How old the oldest faulty listing is: less than the 1.5 s that a proof waits."""
FAULTY_S = 5.0
"""By when every fault that ends by itself has ended."""
PROVEN_WITHIN_S = 25.0
"""How long it may take from then on until everything that can be proven is: of time that this process really had."""
SAMPLE_S = 0.04
ROUTES = (
    "*",
    "*",
    "*openOrders*",
    "*openAlgoOrders*",
    "*orders-pending*",
    "*algo*",
    "*realtime*",
    "*ancel*",
    "*batch*",
)
METHODS = ("*", "*", "GET", "POST", "DELETE")
LASTING = (
    Fault(FaultKind.HANG),
    Fault(FaultKind.STATUS, status=500),
    Fault(FaultKind.REFUSE),
    Fault(FaultKind.REVOKE_KEY),
    Fault(FaultKind.MALFORMED, method="GET"),
    Fault(FaultKind.IGNORE_CANCELS),
    Fault(FaultKind.BUSY, seconds=1.0),
)
"""What nothing can be proven under while it lasts."""


@dataclass(frozen=True)
class Schedule:
    seed: int
    accounts: dict[str, str]
    """By account, its dialect; each dialect is one venue."""
    faults: tuple[tuple[float, Fault], ...]
    """Seconds after the act, and what begins then."""
    doomed: tuple[str, Fault] | None
    """An account that cannot be proven until the end, and why."""
    arrivals: tuple[tuple[float, str], ...]
    """Seconds after the act, and the account in which an order comes to rest."""
    acts: tuple[tuple[float, str], ...]
    """`fire` again, `restart` from the disk, a `second` process that follows."""
    streamed: bool
    """Whether the private streams tell the stop of orders."""
    timeout_s: float


@dataclass
class Report:
    schedule: Schedule
    proofs: int = 0
    wrong: list[str] = field(default_factory=list)
    """False proofs, and what could have been proven and was not."""


# -- drawing ----------------------------------------------------------------------------------------------------------


def draw(seed: int) -> Schedule:
    rng = random.Random(seed)
    accounts = {
        f"{dialect}-{number}": dialect for dialect in DIALECTS for number in range(1, rng.choice([1, 1, 2]) + 1)
    }
    names = sorted(accounts)
    doomed = (rng.choice(names), rng.choice(LASTING)) if rng.random() < 0.3 else None
    faults = [_fault(rng, names) for _ in range(rng.randint(2, 8))]
    until_s = rng.uniform(0.0, FAULTY_S)
    arrivals = [(rng.uniform(0.0, until_s), rng.choice(names)) for _ in range(rng.randint(0, 25))]
    acts = [(rng.uniform(0.3, FAULTY_S), act) for act in ("fire", "restart", "second") if rng.random() < 0.2]
    return Schedule(
        seed, accounts, tuple(sorted(faults, key=lambda row: row[0])), doomed, tuple(sorted(arrivals)),
        tuple(sorted(acts)), rng.random() < 0.25, rng.choice([0.8, 1.5, 3.0]),
    )  # fmt: skip


def _fault(rng: random.Random, names: list[str]) -> tuple[float, Fault]:
    begins_s = rng.choice([0.0, rng.uniform(0.0, FAULTY_S - 0.5)])
    fault = rng.choice(
        [
            Fault(FaultKind.LATENCY, seconds=rng.choice([0.1, 0.5, 2.0])),
            Fault(FaultKind.HANG),
            Fault(FaultKind.STATUS, status=rng.choice([500, 502, 503, 504])),
            Fault(FaultKind.REFUSE),
            Fault(FaultKind.BUSY, seconds=rng.choice([1.0, 2.0])),
            Fault(FaultKind.IGNORE_CANCELS, count=rng.choice([None, 1, 5, 20])),
            Fault(FaultKind.STALE, seconds=rng.uniform(0.2, STALE_S)),
            Fault(FaultKind.TRUNCATE, keep=rng.randint(1, 3)),
            Fault(FaultKind.MALFORMED),
            Fault(FaultKind.REVOKE_KEY),
            Fault(FaultKind.CLOCK_SKEW, seconds=rng.choice([-30.0, -3.0, 3.0, 30.0])),
            Fault(FaultKind.DROP_STREAMS, reset=rng.random() < 0.5),
            Fault(FaultKind.HALF_OPEN),
        ]
    )
    return begins_s, replace(
        fault,
        account=rng.choice(["*", *names]),
        venue=rng.choice(["*", *DIALECTS]),
        path=rng.choice(ROUTES),
        method=rng.choice(METHODS),
        duration_s=rng.uniform(0.2, FAULTY_S - begins_s),
    )


# -- running ----------------------------------------------------------------------------------------------------------


async def run(schedule: Schedule, folder: Path) -> Report:
    report = Report(schedule)
    by_dialect = {dialect: [n for n, d in schedule.accounts.items() if d == dialect] for dialect in DIALECTS}
    spec = site_spec([venue_spec(dialect, dialect, names) for dialect, names in by_dialect.items()], PLENTY)
    async with ground_at(folder, spec=spec, timeout_s=schedule.timeout_s, seed=schedule.seed) as it:
        await it.prepare()
        await _Course(schedule, it, report).run()
    return report


class _Course:
    def __init__(self, schedule: Schedule, it: Ground, report: Report) -> None:
        self._schedule, self._it, self._report = schedule, it, report
        self._orders = Orders(it.site)
        self._witness = Witness(self._orders, self._old_s)
        self._clock = SystemClock()
        self._looked_s = float("-inf")
        self._desks = [it.desk]
        self._numbers = iter(range(10_000))

    def _old_s(self, account: str) -> float:
        return max(
            (
                fault.seconds
                for _, fault in self._schedule.faults
                if fault.kind is FaultKind.STALE and fnmatch.fnmatchcase(account, fault.account)
            ),
            default=0.0,
        )

    async def run(self) -> None:
        names, doomed = sorted(self._schedule.accounts), self._schedule.doomed
        for name in names:
            self._orders.lay(name)
        if doomed is not None:
            self._it.site.add_fault(replace(doomed[1], account=doomed[0]))
        async with self._streams():
            try:
                self._fire()
                await self._play()
                provable = {name for name in names if doomed is None or name != doomed[0]}
                await self._must_prove(provable)
                if doomed is not None:
                    self._must_not_prove(doomed[0])
                    self._it.site.faults.clear()
                    await self._must_prove(set(names))
            finally:
                for desk in self._desks:
                    await desk.close()
        self._report.proofs = self._witness.proofs
        self._report.wrong += [f"false proof: {text}" for text in self._witness.wrong]

    @contextlib.asynccontextmanager
    async def _streams(self) -> AsyncIterator[None]:
        def sink(update: Update) -> None:
            if isinstance(update, OrderUpdate):
                for desk in self._desks:
                    desk.hint(update)

        names = self._schedule.accounts if self._schedule.streamed else ()
        tasks = [spawn(self._it.hub.watching(name).run(sink), name=f"watch {name}") for name in names]
        try:
            yield
        finally:
            await stop_all(tasks)

    def _fire(self) -> None:
        self._desks[0].fire(PORTFOLIO, "tester", "a test")

    async def _play(self) -> None:
        due: list[tuple[float, Callable[[], object]]] = [
            *((at_s, lambda fault=fault: self._it.site.add_fault(fault)) for at_s, fault in self._schedule.faults),
            *((at_s, lambda name=name: self._orders.one(name)) for at_s, name in self._schedule.arrivals),
        ]
        due.sort(key=lambda row: row[0])
        acts = list(self._schedule.acts)
        began_s = self._clock.monotonic()
        while (since_s := self._clock.monotonic() - began_s) < FAULTY_S:
            while due and due[0][0] <= since_s:
                due.pop(0)[1]()
            while acts and acts[0][0] <= since_s:
                await self._act(acts.pop(0)[1])
            self._look()
            await asyncio.sleep(SAMPLE_S)
        for _, begin in due:
            begin()  # late by less than a sample

    async def _act(self, act: str) -> None:
        match act:
            case "fire":
                self._fire()
            case "restart":
                await self._desks[0].close()
                self._desks[0] = self._another()
                self._desks[0].resume_latched()
            case "second":
                self._desks.append(self._another())
                self._desks[-1].resume_latched()
                self._desks[-1].follow()

    def _another(self) -> HaltDesk:
        """A desk of a further process over the same latches."""
        first = self._it.desk
        folder = LatchFolder(self._it.latches)
        return HaltDesk(
            folder, first._targets_of, first._clock, first._settings, lambda: f"h-{self._report.schedule.seed}"
        )

    def _views(self) -> list[HaltView]:
        return [view for desk in self._desks for view in desk.views()]

    def _look(self) -> float:
        """How long ago the last look was, seconds."""
        for view in self._views():
            self._witness.look(view)
        before_s, self._looked_s = self._looked_s, self._clock.monotonic()
        return self._looked_s - before_s

    async def _must_prove(self, names: set[str]) -> None:
        """Every process proves them, within the bound."""
        left_s = PROVEN_WITHIN_S
        while left_s > 0.0:
            # A look that comes late has waited for the processor, as everybody has: only what was had is counted.
            left_s -= min(self._look(), 2 * SAMPLE_S)
            views = self._views()
            rows = [row for view in views for row in view.rows if row.account in names]
            left = [name for name in names if self._orders.held(name)]  # of what came after the proof's listing
            if views and not left and all(row.state is ProofState.VERIFIED for row in rows):
                return
            await asyncio.sleep(SAMPLE_S)
        self._report.wrong += [f"not proven in time: {row.account} {row.words}: {row.reason}" for row in rows]

    def _must_not_prove(self, name: str) -> None:
        for row in (row for view in self._views() for row in view.rows if row.account == name):
            if row.state is ProofState.VERIFIED or not row.reason:
                self._report.wrong.append(f"{name} cannot be proven, and reads {row.words}: {row.reason}")
