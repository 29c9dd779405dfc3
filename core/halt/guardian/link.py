"""The line to the guardian from the side of a desk or a command: it comes back by itself, and nobody ever waits for it.

A desk's link beats as long as the desk's loop runs, which is the point of it. What stops are fired and how far they are
is told anew on every new line, so that a guardian which was started in the middle of one knows all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import ChannelError
from core.halt.guardian.channel import Caller, Line, call, read_address
from core.halt.guardian.messages import (
    ACCOUNTS_AT_ONCE,
    KNOWN_AT_ONCE,
    Fire,
    Goodbye,
    Heartbeat,
    Issued,
    Known,
    KnownAccount,
    Message,
    Noted,
    Query,
    Report,
    Reset,
    State,
    Taken,
)
from core.halt.latch import Latch
from core.halt.runner import HaltRunner
from core.signals import Signal
from core.tasks import spawn, stop_all

BEAT_S = 0.25
ALIVE_S = 3.0
"""A guardian that says nothing for so long, although it tells its state twice a second, is not there."""
CALL_AGAIN_S = 0.2
CALL_AGAIN_MAX_S = 2.0
HEED_WITHIN_S = 1.5
"""Longest that orders wait for the guardian's word that it spares them: it reads the latch itself within this."""
ANSWER_WITHIN_S = 2.0


class GuardianLink:
    def __init__(self, runtime: Path, clock: Clock, role: str) -> None:
        self._runtime = runtime
        self._clock = clock
        self.caller = Caller.me(role)
        self.heard: Signal[[State]] = Signal("guardian heard")
        self.state: State | None = None
        """The newest that was told."""
        self.reason = "no guardian was found yet"
        """Why there is none, "" while there is one."""
        self._heard_s = float("-inf")
        self._line: Line | None = None
        self._task: asyncio.Task[Any] | None = None
        self._tried = asyncio.Event()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Event] = {}
        self._told: dict[str, _Told] = {}
        self._known_told: dict[str, KnownAccount] = {}
        self._stops: Callable[[], Sequence[HaltRunner]] = tuple
        self._trouble: Callable[[], str] = str

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self, stops: Callable[[], Sequence[HaltRunner]], trouble: Callable[[], str]) -> None:
        """Call, and go on calling, until closed; `stops` and `trouble` are what there is to tell."""
        self._stops, self._trouble = stops, trouble
        self._task = spawn(self._keep_calling(), name="guardian link")

    async def first_try(self, within_s: float) -> None:
        """Return when a guardian has answered, or when it is clear that none does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._tried.wait()

    async def close(self, *, goodbye: bool = True) -> None:
        """Say goodbye and end; safe to call in any state."""
        if self._line is not None and goodbye:
            self._line.send(Goodbye())
        if self._task is not None:
            await stop_all([self._task])
            self._task = None

    # -- what is known --------------------------------------------------------------------------------------------

    @property
    def age_s(self) -> float:
        """Since the guardian's last word; infinite where it never said one."""
        return self._clock.monotonic() - self._heard_s

    @property
    def alive(self) -> bool:
        return self._line is not None and self.age_s < ALIVE_S

    # -- telling --------------------------------------------------------------------------------------------------

    def tell_stops(self) -> None:
        """What the guardian does not know yet of our stops; returns at once, and costs nothing to repeat."""
        line = self._line
        if line is None:
            return
        for runner in self._stops():
            self._tell_stop(line, runner)

    def tell_known(self, rows: Iterable[KnownAccount]) -> None:
        """Where orders rest and what is at risk, as far as the guardian has not been told so; returns at once."""
        if self._line is None:
            return
        new = [row for row in rows if self._known_told.get(row.account) != row]
        self._known_told.update((row.account, row) for row in new)
        for start in range(0, len(new), KNOWN_AT_ONCE):
            self._line.send(Known(tuple(new[start : start + KNOWN_AT_ONCE])))

    def tell_reset(self, latch: Latch) -> None:
        self._told.pop(latch.halt_id, None)
        self._send(Reset(latch.halt_id, latch.reset_by, latch.reset_reason))

    def noted(self, alarm: int) -> None:
        self._send(Noted(alarm))

    def ask_for_all(self) -> None:
        self._send(Query())

    async def issued(self, halt_id: str, client_order_ids: Sequence[str]) -> None:
        """Return when the guardian spares these orders, or must have read of them in the latch. Never raises."""
        if self._line is None:
            return
        number, heeded = next(self._numbers), asyncio.Event()
        self._waiting[number] = heeded
        self._send(Issued(number, halt_id, tuple(client_order_ids)))
        try:
            async with asyncio.timeout(HEED_WITHIN_S):
                await heeded.wait()
        except TimeoutError:
            return
        finally:
            del self._waiting[number]

    def _tell_stop(self, line: Line, runner: HaltRunner) -> None:
        latch = runner.latch
        told = self._told.get(latch.halt_id)
        if told is None or told.firings < latch.firings:
            told = self._told[latch.halt_id] = _Told(latch.firings)
            line.send(Fire(latch.to_json()))
        new = sorted(runner.answered - told.reported)
        told.reported.update(new)
        for accounts in _chunks(new):
            line.send(Report(latch.halt_id, accounts))

    def _send(self, message: Message) -> None:
        if self._line is not None:
            self._line.send(message)

    # -- the line -------------------------------------------------------------------------------------------------

    async def _keep_calling(self) -> None:
        wait_s = CALL_AGAIN_S
        while True:
            try:
                line = await self._call()
            except ChannelError as error:
                self.reason = str(error)
                self._tried.set()
                await self._clock.sleep(wait_s)
                wait_s = min(2 * wait_s, CALL_AGAIN_MAX_S)
                continue
            wait_s = CALL_AGAIN_S
            await self._converse(line)

    async def _call(self) -> Line:
        address = await asyncio.to_thread(read_address, self._runtime)
        if address is None:
            raise ChannelError("no guardian runs here")
        return await call(address, self.caller)

    async def _converse(self, line: Line) -> None:
        self._told.clear()
        self._known_told.clear()
        self._line = line
        beating = spawn(self._beat(line), name="heartbeat")
        try:
            while (message := await line.receive()) is not None:
                self._take(message)
            self.reason = "the guardian has ended"
        except ChannelError as error:
            self.reason = f"the line to the guardian broke: {error}"
        finally:
            self._line = None
            await stop_all([beating])
            await line.close()

    async def _beat(self, line: Line) -> None:
        for sequence in itertools.count(1):
            line.send(Heartbeat(sequence, self._trouble()))
            self.tell_stops()
            await self._clock.sleep(BEAT_S)

    def _take(self, message: Message) -> None:
        if isinstance(message, State):
            self.state, self.reason = message, ""
            self._heard_s = self._clock.monotonic()
            self._tried.set()
            self.heard.send(message)
        elif isinstance(message, Taken) and message.number in self._waiting:
            self._waiting[message.number].set()


class _Told:
    """What the guardian was told of one stop over the present line."""

    def __init__(self, firings: int) -> None:
        self.firings = firings
        self.reported: set[str] = set()


class BesideGuardian:
    """A desk stops at once and waits for nobody; only orders that it places itself wait for the guardian's leave."""

    def __init__(self, link: GuardianLink) -> None:
        self._link = link

    async def hold(self, halt_id: str, account: str) -> None:
        return

    async def issued(self, halt_id: str, client_order_ids: Sequence[str]) -> None:
        await self._link.issued(halt_id, client_order_ids)


async def ask_guardian(runtime: Path) -> State | None:
    """How a guardian stands, every account that it stops included; None where there is none. Raises ChannelError where
    one was there and does not answer."""
    address = await asyncio.to_thread(read_address, runtime)
    if address is None:
        return None
    line = await call(address, Caller.me("status"))
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            line.send(Query())
            while (message := await line.receive()) is not None:
                if isinstance(message, State) and message.whole:
                    return message
    except TimeoutError:
        raise ChannelError(f"the guardian (process {address.pid}) does not answer") from None
    finally:
        with contextlib.suppress(ChannelError):
            await line.close()
    raise ChannelError(f"the guardian (process {address.pid}) closed the line")


def _chunks(names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for start in range(0, len(names), ACCOUNTS_AT_ONCE):
        yield tuple(names[start : start + ACCOUNTS_AT_ONCE])
