"""A guardian over venues in memory, its channel a real one, and desks and commands that call it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO, Scope
from core.halt.desk import HaltDesk
from core.halt.guardian.arms import ArmsState, Changed
from core.halt.guardian.guardian import Guardian
from core.halt.guardian.holding import Holding
from core.halt.guardian.link import BesideGuardian, GuardianLink
from core.halt.guardian.messages import KnownAccount
from core.halt.guardian.watch import GuardPolicy
from core.halt.model import ProofState
from core.halt.paired import PairedLatches
from core.halt.target import HaltTarget, StopSettings
from core.halt.terms import USUAL
from tests.core.halt.scripted import ScriptedVenue

QUICK = StopSettings(settle_s=0.2, sweep_s=0.1, quiet_s=0.1)
"""These tests are about who stops an account, not about the proof."""


@dataclass
class Given:
    """Arms that are what a test says."""

    state: ArmsState
    closed: bool = False
    known: list[KnownAccount] = field(default_factory=list)

    def know(self, rows: Iterable[KnownAccount]) -> None:
        self.known += rows

    async def keep_ready(self, changed: Changed) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed = True


@dataclass
class Post:
    """The guardian's venues and whoever is beside it."""

    home: Path
    policy: GuardPolicy
    clock: SystemClock
    guardians: dict[str, ScriptedVenue] = field(default_factory=dict)
    """Each account as the guardian reaches it."""
    desks: dict[str, ScriptedVenue] = field(default_factory=dict)
    """Each account as a desk reaches it: who is asked shows who acts."""
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    guardian: Guardian = field(init=False)
    arms: Given = field(init=False)

    def acted(self) -> set[str]:
        """Accounts that the guardian has asked anything about."""
        return {name for name, venue in self.guardians.items() if venue.listings or not venue.resting}

    def proven(self) -> set[str]:
        return {
            row.account
            for runner in self.guardian.halts.runners
            for row in runner.view().rows
            if row.state is ProofState.VERIFIED
        }

    def targets(self, venues: dict[str, ScriptedVenue]) -> Callable[..., tuple[HaltTarget, ...]]:
        def of(scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
            names = [name for name in venues if scope in (PORTFOLIO, Scope.parse(f"account:{name}"))]
            return tuple(venues[name].target() for name in names)

        return of

    def halts(self, own: str, other: str, venues: dict[str, ScriptedVenue], beside: object) -> HaltDesk:
        latches = PairedLatches(self.home / own, self.home / other)
        return HaltDesk(
            latches, self.targets(venues), self.clock, QUICK, lambda: f"h-{next(self.numbers)}", beside  # type: ignore[arg-type]
        )  # fmt: skip

    def new_guardian(self, *, child: bool = False, sleepless: Callable[[], float] | None = None) -> Guardian:
        holding = Holding()
        halts = self.halts("guardian", "desk", self.guardians, holding)
        self.arms = Given(ArmsState(self.policy, USUAL, len(self.guardians), (), 0))
        more = {} if sleepless is None else {"sleepless": sleepless}
        return Guardian(halts, holding, self.arms, self.clock, self.home, child=child, **more)

    @contextlib.asynccontextmanager
    async def desk(self, role: str = "desk") -> AsyncIterator[Beside]:
        """A desk (or a command) with its own way to the same orders, linked; left with a goodbye."""
        link = GuardianLink(self.home, self.clock, role)
        halts = self.halts("desk", "guardian", self.desks, BesideGuardian(link))
        beside = Beside(link, halts)
        halts.was_reset.connect(link.tell_reset)
        halts.fired.connect(lambda _: link.tell_stops())
        halts.follow()
        link.start(lambda: halts.runners, lambda: beside.trouble)
        await link.first_try(5.0)
        assert link.alive, link.reason
        try:
            yield beside
        finally:
            await link.close()
            await halts.close()


@dataclass
class Beside:
    link: GuardianLink
    halts: HaltDesk
    trouble: str = ""

    async def crash(self) -> None:
        """The process is gone: its line closes without a goodbye, and nothing of it runs on."""
        assert self.link._line is not None
        self.link._line._writer.transport.abort()
        assert self.link._task is not None
        self.link._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.link._task
        self.link._task = None
        await self.halts.close()

    def freeze(self) -> None:
        """Its loop stands still: the line stays open and carries nothing."""
        for task in asyncio.all_tasks():
            if task.get_name() == "heartbeat":
                task.cancel()


Making = Callable[..., contextlib.AbstractAsyncContextManager[Post]]


@pytest.fixture
def post(tmp_path: Path) -> Making:
    @contextlib.asynccontextmanager
    async def make(
        policy: GuardPolicy | None = None, *, child: bool = False, sleepless: Callable[[], float] | None = None
    ) -> AsyncIterator[Post]:
        clock = SystemClock()
        it = Post(tmp_path, policy or GuardPolicy(takeover_s=0.5), clock)
        for name in ("alpha-1", "alpha-2", "alpha-3"):
            it.guardians[name] = ScriptedVenue(clock, account=name)  # type: ignore[arg-type]
            it.desks[name] = ScriptedVenue(clock, account=name)  # type: ignore[arg-type]
            it.guardians[name].put()
            it.desks[name].put()
        it.guardian = it.new_guardian(child=child, sleepless=sleepless)
        await it.guardian.start()
        try:
            yield it
        finally:
            await it.guardian.close()

    return make


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline_s = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline_s, "it did not come about in time"
        await asyncio.sleep(0.02)
