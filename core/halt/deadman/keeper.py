"""The dead-man's switch of one account: armed, renewed well before it would fire, and taken back when we leave.

The venue cancels everything once nobody renews it: after a crash, a lost line, a frozen desk. It goes on being renewed
while a stop is latched, because what a stop keeps or places again would be cancelled with the rest.

What is claimed to be left is counted from before a renewal was sent, so that the venue's own time is never shorter.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.errors import ScramError, VenueBusy, VenueClock, VenueDenied, VenueRefused, VenueUnsupported
from core.halt.deadman.switch import DeadManView, SwitchState, warning_of
from core.tasks import spawn, stop_all
from core.venues.protocol import ActingVenue, DeadManSwitch, DeadManVenue

log = logging.getLogger(__name__)

RENEWALS = 3
"""Renewals within one time: two may fail before it runs out."""
LOOK_S = 0.5
"""Between two looks at what the account holds, and at the time."""
RETRY_S, RETRY_MAX_S = 0.5, 5.0
DEFINITE_S = 60.0
"""Before a venue that said no is asked again; while a countdown runs it is asked as often as otherwise."""
ROOM_S = 30.0
"""Longest that one which does not run yet waits for room in the request budget before that is said."""
AT_ONCE = 10
"""Renewals of one account on the wire at a time."""
CLOSE_S = 8.0
"""Longest that leaving waits for all that is under way and for taking back."""
AFTERMATH_S = 1.0
"""So long a renewal that was given up may still be on its way: what is taken back meanwhile is taken back again."""
DEFINITE = (VenueDenied, VenueRefused, VenueUnsupported)
NOT_TAKEN = (*DEFINITE, VenueBusy, VenueClock)
"""After these nothing is on its way; after any other error the request may have arrived, or arrive yet."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """By both clocks: the monotonic one stands still while a machine sleeps, the wall clock may be set."""

    monotonic_s: float
    wall_s: float

    def left_s(self, clock: Clock) -> float:
        return min(self.monotonic_s - clock.monotonic(), self.wall_s - clock.now())


@dataclass(slots=True, eq=False)
class _Countdown:
    """One countdown at the venue, as we know it."""

    name: str
    wanted_s: float
    """When something was last held that it guards (monotonic)."""
    until: _Moment | None = None
    """Before this it does not fire; None: it was never armed, or was taken back."""
    error: str = ""
    lapsed: bool = False
    leaving: bool = False
    unsure: bool = False
    """Whether it may run without our knowing: a request to arm it was given up, and may have arrived."""
    adrift_until_s: float = float("-inf")
    """Until then such a request may still arrive (monotonic)."""
    holding: asyncio.Task[Any] | None = None
    request: asyncio.Task[Any] | None = None


class DeadManKeeper:
    def __init__(
        self,
        account: str,
        seconds: int,
        acquire: Callable[[], Awaitable[ActingVenue]],
        symbols_of: Callable[[], Iterable[str]],
        clock: Clock,
    ) -> None:
        """`symbols_of`: instruments in which orders rest or positions stand, as far as anybody knows."""
        self.account = account
        self.lapses = 0
        """How often a time ran out, in this run."""
        self._seconds = seconds
        self._acquire = acquire
        self._symbols_of = symbols_of
        self._clock = clock
        self._switch: DeadManSwitch | None = None
        self._trouble = ""
        self._rows: dict[str, _Countdown] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[Any]] = []

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._tasks.append(spawn(self._run(), name=f"dead-man's switch {self.account}"))

    async def close(self, *, disarm: bool) -> tuple[str, ...]:
        """End renewing; with `disarm` take back what runs, as the last thing that is sent.

        Returns a sentence for each countdown that could not be taken back: its orders go when its time is up.
        """
        await stop_all(self._tasks)
        self._tasks.clear()
        rows = list(self._rows.values())
        for row in rows:
            row.leaving = True
        if not disarm:
            await stop_all([task for row in rows for task in (row.holding, row.request) if task is not None])
            return ()
        ending = {spawn(self._end(row, patient=True), name=f"disarm {self.account} {row.name}"): row for row in rows}
        if ending:
            await asyncio.wait(ending, timeout=CLOSE_S)
            await stop_all([task for task in ending if not task.done()])
        await stop_all([task for row in rows if (task := row.request) is not None and not task.done()])
        return tuple(self._left_armed(row) for row in rows if self._left_s(row) or row.unsure)

    # -- what others see ------------------------------------------------------------------------------------------

    def view(self) -> DeadManView:
        rows = list(self._rows.values())
        running = [left_s for row in rows if (left_s := self._left_s(row)) > 0.0]
        state, reason = self._state(rows)
        return DeadManView(
            state=state,
            seconds=self._seconds,
            left_s=min(running) if running and min(running) < math.inf else None,
            reason=reason,
            countdowns=len(running),
            warning="" if self._switch is None else warning_of(self._switch.terms),
        )

    def _state(self, rows: list[_Countdown]) -> tuple[SwitchState, str]:
        if self._switch is None:
            return (SwitchState.FAILED if self._trouble else SwitchState.ARMING), self._trouble
        if none := self._switch.terms.none:
            return SwitchState.NONE, none
        if not rows:
            return SwitchState.IDLE, "no order is known to rest"
        gone = [row for row in rows if row.lapsed or (row.until is not None and self._left_s(row) <= 0.0)]
        if gone:
            return SwitchState.LAPSED, gone[0].error or "it was not renewed in time"
        failed = [row for row in rows if row.error]
        if failed:
            several = f"{failed[0].name}: " if len(rows) > 1 else ""
            return SwitchState.FAILED, several + failed[0].error
        if any(row.until is None for row in rows):
            return SwitchState.ARMING, ""
        return SwitchState.ARMED, ""

    def _left_s(self, row: _Countdown) -> float:
        """Until it fires; 0 where it does not run."""
        return 0.0 if row.until is None else max(0.0, row.until.left_s(self._clock))

    # -- keeping --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        switch = await self._find()
        if switch is None:
            return
        while True:
            self._look(switch)
            await self._clock.sleep(LOOK_S)

    async def _find(self) -> DeadManSwitch | None:
        """The switch of the account, as soon as its acting side can be had; None where it has nothing of the kind."""
        retry_s = RETRY_S
        while True:
            try:
                acting = await self._acquire()
            except ScramError as error:
                self._trouble = str(error)
                await self._clock.sleep(retry_s)
                retry_s = min(retry_s * 2, RETRY_MAX_S)
                continue
            if not isinstance(acting, DeadManVenue):
                self._trouble = f"nothing is known of a dead-man's switch at {acting.exchange}"
                return None
            self._trouble, self._switch = "", acting.timers
            return self._switch

    def _look(self, switch: DeadManSwitch) -> None:
        now_s = self._clock.monotonic()
        for name in () if switch.terms.none else switch.names(self._symbols_of()):
            row = self._rows.setdefault(name, _Countdown(name, now_s))
            row.wanted_s = now_s
            if row.holding is None and not row.leaving:
                row.holding = spawn(self._hold(switch, row), name=f"renew {self.account} {name}")
        for row in self._rows.values():
            if (
                self._note_lapse(row)
                and not row.error
                and row.holding is not None
                and row.request
                and row.request.done()
            ):
                row.holding.cancel()  # the machine slept: it is to be armed again now, and not when the timer wakes
                row.holding = None
            if now_s - row.wanted_s > self._seconds and not row.leaving:
                # Left to run out it could take an order that is placed just before.
                row.leaving = True
                self._tasks.append(spawn(self._let_go(row), name=f"let go {self.account} {row.name}"))
        self._tasks = [task for task in self._tasks if not task.done()]

    async def _hold(self, switch: DeadManSwitch, row: _Countdown) -> None:
        retry_s = RETRY_S
        while not row.leaving:
            error = await self._in_its_turn(switch, row)
            if error is None:
                retry_s = RETRY_S
                due_s = self._left_s(row) - self._seconds * (RENEWALS - 1) / RENEWALS
                pause_s = min(max(due_s, RETRY_S), self._seconds)
            else:
                pause_s = self._pause_s(row, error, retry_s)
                retry_s = min(retry_s * 2, RETRY_MAX_S)
            await self._clock.sleep(pause_s)

    async def _in_its_turn(self, switch: DeadManSwitch, row: _Countdown) -> ScramError | None:
        """Renew it where the request budget has room beside the stop's reserve, and in need without."""
        left_s = self._left_s(row)
        patience_s = min(max(0.0, left_s - self._seconds / RENEWALS), self._seconds) if left_s else ROOM_S
        try:
            counted = await switch.room(row.name, patience_s)
        except ScramError as error:
            row.error = str(error)
            return error
        if not counted and not left_s:
            row.error = "the request budget leaves no room for it"
            return ScramError(row.error)
        row.request = spawn(self._renew(switch, row, counted=counted), name=f"renewal {self.account} {row.name}")
        # Shielded: whoever ends this has to know whether the request arrived before taking it back.
        return await asyncio.shield(row.request)

    def _pause_s(self, row: _Countdown, error: ScramError, retry_s: float) -> float:
        if isinstance(error, DEFINITE) and not self._left_s(row):
            return DEFINITE_S
        wish_s = error.retry_after_s if isinstance(error, VenueBusy) else None
        return max(retry_s, wish_s or 0.0)

    async def _renew(self, switch: DeadManSwitch, row: _Countdown, *, counted: bool) -> ScramError | None:
        async with self._turns:
            if row.leaving:
                return None
            sent = _Moment(self._clock.monotonic(), self._clock.now())
            try:
                granted_s = await switch.arm(row.name, self._seconds, counted=counted)
            except ScramError as error:
                row.error = str(error)
                if not isinstance(error, NOT_TAKEN):
                    self._set_adrift(row)
                return error
            except Exception:
                log.exception("a renewal of the dead-man's switch of %s broke", self.account)
                row.error = "Scram's own fault in renewing it"
                self._set_adrift(row)
                return ScramError(row.error)
        self._note_lapse(row)
        runs_s: float = self._seconds if granted_s is None else min(granted_s, self._seconds)
        if switch.terms.at_disconnect:
            runs_s = math.inf  # no time runs there: it is said again now and then, and holds until it is taken back
        row.until = _Moment(sent.monotonic_s + runs_s, sent.wall_s + runs_s)
        row.error, row.lapsed, row.unsure = "", False, False
        return None

    def _set_adrift(self, row: _Countdown) -> None:
        row.unsure, row.adrift_until_s = True, self._clock.monotonic() + AFTERMATH_S

    def _note_lapse(self, row: _Countdown) -> bool:
        """Whether its time has run out since it was last looked at."""
        if row.until is None or row.lapsed or self._left_s(row) > 0.0:
            return False
        row.lapsed = True
        self.lapses += 1
        return True

    # -- leaving --------------------------------------------------------------------------------------------------

    async def _let_go(self, row: _Countdown) -> None:
        await self._end(row, patient=False)
        if row.until is None and not row.unsure:
            self._rows.pop(row.name, None)
            return
        # It still runs: renewed on, until it can be taken back.
        row.wanted_s, row.leaving, row.holding = self._clock.monotonic(), False, None
        if self._switch is not None:
            row.holding = spawn(self._hold(self._switch, row), name=f"renew {self.account} {row.name}")

    async def _end(self, row: _Countdown, *, patient: bool) -> None:
        """Take one back: after whatever is under way, which would arm it again. `patient`: until it is done."""
        if row.holding is not None:
            await stop_all([row.holding])
        if row.request is not None:
            await asyncio.wait([row.request])
        if self._switch is None or (row.until is None and not row.unsure):
            return
        while True:
            try:
                taken = await self._switch.disarm(row.name)
            except ScramError as error:
                row.error = str(error)
                if isinstance(error, DEFINITE) or not patient:
                    return
                await self._clock.sleep(RETRY_S)
                continue
            if not taken:
                row.error = "the venue has no request for that"
                return
            row.until, row.lapsed, row.error, row.unsure = None, False, "", False
            adrift_s = row.adrift_until_s - self._clock.monotonic()
            if adrift_s <= 0.0:
                return
            await self._clock.sleep(adrift_s)

    def _left_armed(self, row: _Countdown) -> str:
        why = f" ({row.error})" if row.error else ""
        return (
            f"the dead-man's switch of {self.account} was not taken back for {row.name}{why}: "
            f"the venue cancels what it covers within {self._seconds} s"
        )
