"""The venues' dead-man's switches: kept for the accounts that ask for one, shown, and told of in events."""

from __future__ import annotations

import asyncio
import logging

from core.domain import Scope, ScopeKind, Severity
from core.engine.cycle import Cycle
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.halt.deadman.keeper import DeadManKeeper
from core.halt.deadman.switch import OFF, DeadManView, SwitchState

log = logging.getLogger(__name__)

DEADMAN = "dead-man's switch"
"""Key of the event."""
LOOK_S = 0.5
BETWEEN_STARTS_S = 0.01


class DeadMen:
    def __init__(self, parts: Parts, recorder: Recorder, cycle: Cycle) -> None:
        self._parts = parts
        self._recorder = recorder
        self._cycle = cycle
        self._seconds = {row.name: row.deadman_s for row in parts.accounts if row.deadman_s is not None}
        self._keepers: dict[str, DeadManKeeper] = {}
        self._looked_s = float("-inf")
        self._watching = False
        self._lapses: dict[str, int] = {}
        """By account, the lapses that were told."""
        self._told: dict[str, SwitchState] = {}

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """One account after the other: each makes a connection, which costs milliseconds of the loop."""
        for name, seconds in self._seconds.items():
            if self._watching:
                return
            if name not in self._parts.keyless and name not in self._keepers:
                self._keepers[name] = self._keeper(name, seconds)
                self._keepers[name].start()
                await self._parts.clock.sleep(BETWEEN_STARTS_S)

    def _keeper(self, account: str, seconds: int) -> DeadManKeeper:
        parts = self._parts

        def symbols() -> set[str]:
            held = {position.symbol for position in parts.book.positions(account)}
            return held | {order.symbol for order in parts.book.resting_orders(account) or ()}

        return DeadManKeeper(account, seconds, lambda: parts.prepare(account), symbols, parts.clock)

    async def rest(self, *, watching: bool) -> None:
        """Another desk renews them while this one only watches: what was armed stays armed, and is its to renew."""
        self._watching = watching
        if not watching:
            await self.start()
            return
        keepers = list(self._keepers.values())
        self._keepers.clear()
        await asyncio.gather(*(keeper.close(disarm=False) for keeper in keepers))

    async def close(self, *, planned: bool) -> None:
        """End renewing. Planned: take back what is armed; otherwise the venue shall do what it is there for."""
        keepers = list(self._keepers.values())
        self._keepers.clear()
        self._seconds.clear()  # cycles go on for a while: nothing is shown or raised of them any more
        told = await asyncio.gather(*(keeper.close(disarm=planned) for keeper in keepers))
        left = [sentence for sentences in told for sentence in sentences]
        for sentence in left:
            log.warning("%s", sentence)
        if keepers:
            self._recorder.note("deadman.ended", None, {"taken_back": planned, "left": left})

    # -- what others see ------------------------------------------------------------------------------------------

    def view(self, account: str) -> DeadManView:
        seconds = self._seconds.get(account)
        if seconds is None:
            return OFF
        if account in self._parts.keyless:
            return DeadManView(SwitchState.FAILED, seconds, reason=str(self._parts.keyless[account]))
        keeper = self._keepers.get(account)
        if self._watching and keeper is None:
            return DeadManView(SwitchState.OFF, seconds, reason="the desk that acts renews it")
        return DeadManView(SwitchState.ARMING, seconds) if keeper is None else keeper.view()

    def views(self) -> dict[str, DeadManView]:
        """Of the accounts that ask for one."""
        return {name: self.view(name) for name in self._seconds}

    # -- every cycle ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Raise what somebody has to look at, and clear it when the switch is armed again."""
        now_s = self._parts.clock.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        for name, view in self.views().items():
            keeper = self._keepers.get(name)
            lapses = 0 if keeper is None else keeper.lapses
            if lapses > self._lapses.get(name, 0):
                self._lapses[name] = lapses
                self._raise(name, Severity.HIGH, lapsed(name, view))
            elif view.is_worrying and view.state is not SwitchState.LAPSED:
                self._raise(name, Severity.MEDIUM, failed(name, view))
            elif view.state in {SwitchState.ARMED, SwitchState.IDLE}:
                scope = Scope(ScopeKind.ACCOUNT, name)
                self._cycle.take_transitions(self._parts.events.clear(scope, DEADMAN, note="it is armed again"))
            self._record(name, view)

    def _raise(self, account: str, severity: Severity, note: str) -> None:
        scope = Scope(ScopeKind.ACCOUNT, account)
        self._cycle.take_transitions(self._parts.events.raise_system(scope, DEADMAN, severity, note))

    def _record(self, account: str, view: DeadManView) -> None:
        if self._told.get(account) is not view.state:
            self._told[account] = view.state
            body = {"seconds": view.seconds, "left_s": view.left_s, "reason": view.reason}
            self._recorder.note(f"deadman.{view.state.value}", Scope(ScopeKind.ACCOUNT, account), body)


def lapsed(account: str, view: DeadManView) -> str:
    why = f" ({view.reason})" if view.reason else ""
    return (
        f"the dead-man's switch of {account} was not renewed in time{why} and may have fired: "
        "its orders, stop-losses included, may be gone"
    )


def failed(account: str, view: DeadManView) -> str:
    if view.state is SwitchState.NONE:
        return f"{account} has no dead-man's switch: {view.reason}"
    return f"the dead-man's switch of {account} cannot be renewed: {view.reason}"
