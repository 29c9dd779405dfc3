"""The desk's side of the guardian: it is told of every stop, listened to, kept running, and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.clock import Clock
from core.config import Config
from core.domain import PORTFOLIO, Severity
from core.engine.guard_policy import policy_of
from core.engine.halting import Exposures, KnownOrders
from core.engine.record import Recorder
from core.events.desk import EventDesk
from core.events.transitions import Transition
from core.halt.desk import HaltDesk
from core.halt.guardian.child import GuardianChild
from core.halt.guardian.link import GuardianLink
from core.halt.guardian.messages import AlarmState, KnownAccount, State
from core.halt.guardian.view import GuardianView, TakenOver
from core.halt.guardian.watch import GuardPolicy
from core.halt.latch import Latch
from core.halt.model import HaltView
from core.places import Places
from core.tasks import spawn, stop_all

GONE = "guardian"
ALARM = "guardian alarm"
"""Keys of the events that say that it is gone, and what it has seen happen to a desk."""
GONE_AFTER_S = 5.0
FIRST_WITHIN_S = 30.0
"""A guardian that has to be started takes a while to load."""
NAMED = 5
KNOWN_EVERY_S = 2.0
SYMBOLS_TOLD = 40
"""More are told only where orders rest: every one that is tried in vain costs a request."""


@dataclass(frozen=True, slots=True)
class GuardianPost:
    """What the configuration asks for: a guardian to speak to, and one to start where none runs."""

    link: GuardianLink
    child: GuardianChild | None
    policy: GuardPolicy | None = None
    """What it does when a desk fails, as the configuration was at the start of this one."""


def guardian_post(
    config: Config, environ: Mapping[str, str], places: Places, clock: Clock, command: Sequence[str],
    whisper: Callable[[], str] = lambda: "",
) -> GuardianPost | None:  # fmt: skip
    """`command`: how one is started, () where somebody else sees to that; `whisper`: see `GuardianChild`."""
    if not config.guardian.enabled:
        return None
    link = GuardianLink(places.runtime, clock, "desk")
    child = GuardianChild(command, environ, places.logs, link, clock, whisper) if command else None
    return GuardianPost(link, child, policy_of(config.guardian))


def known_accounts(accounts: Iterable[str], known: KnownOrders, exposures: Exposures) -> Iterator[KnownAccount]:
    """Where orders rest, and where they are likely to; exposures to two digits: a price that moves is no news."""
    at_risk = exposures()
    for name in accounts:
        symbols = {order.symbol for order in known.resting_orders(name) or ()}
        likely = sorted(known.known_symbols(name) - symbols)
        symbols.update(likely[: max(0, SYMBOLS_TOLD - len(symbols))])
        exposure = at_risk.get(name)
        yield KnownAccount(name, tuple(sorted(symbols)), None if exposure is None else float(f"{exposure:.1e}"))


class Guarding:
    def __init__(
        self,
        post: GuardianPost | None,
        halts: HaltDesk,
        events: EventDesk,
        clock: Clock,
        recorder: Recorder,
        notice: Callable[[str], None],
        take_transitions: Callable[[Iterable[Transition]], None],
        known: Callable[[], Iterable[KnownAccount]] = tuple,
    ) -> None:
        """`known`: what there is to tell of accounts, so that the guardian cancels where orders rest at once."""
        self._post = post
        self._known = known
        self._known_told_s = float("-inf")
        self._halts = halts
        self._events = events
        self._clock = clock
        self._recorder = recorder
        self._notice = notice
        self._take_transitions = take_transitions
        self._tasks: list[asyncio.Task[Any]] = []
        self._missing_since_s = clock.monotonic()
        self._was_here = False
        self._is_gone = False
        self._alarm = 0
        self._taken: set[tuple[str, str]] = set()

    def start(self) -> None:
        if self._post is None:
            return
        link = self._post.link
        link.heard.connect(self._hear)
        # Beside the stop, which runs by then; what is said here waits for nobody.
        self._halts.fired.connect(lambda _: link.tell_stops())
        self._halts.was_reset.connect(self._reset)
        link.start(lambda: self._halts.runners, self._latch_trouble)
        if self._post.child is not None:
            self._tasks.append(spawn(self._post.child.keep(), name="guardian child"))

    async def close(self, *, planned: bool = True) -> None:
        """Say goodbye where this end was `planned`; with stops latched the guardian sweeps on, else our child ends."""
        if self._post is None:
            return
        await stop_all(self._tasks)
        self._tasks.clear()
        await self._post.link.close(goodbye=planned)
        if self._post.child is not None:
            self._post.child.leave()

    @property
    def sweeps_on(self) -> int | None:
        """The guardian's process, where it goes on with what is stopped when this desk ends."""
        state = self._post.link.state if self._post is not None else None
        alive = self._post is not None and self._post.link.alive
        return state.pid if alive and state is not None and self._halts.latched() else None

    # -- every cycle ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Tell what is new of our stops, and of a guardian that comes and goes."""
        if self._post is None:
            return
        link, now_s = self._post.link, self._clock.monotonic()
        link.tell_stops()
        if link.alive:
            self._missing_since_s, self._was_here = now_s, True
            if now_s - self._known_told_s >= KNOWN_EVERY_S:
                self._known_told_s = now_s
                link.tell_known(self._known())
            if self._is_gone:
                self._is_gone = False
                self._take_transitions(self._events.clear(PORTFOLIO, GONE, note="the guardian is here again"))
            return
        patience_s = GONE_AFTER_S if self._was_here else FIRST_WITHIN_S
        if not self._is_gone and now_s - self._missing_since_s >= patience_s:
            self._is_gone = True
            note = f"{self._why_gone()}: this desk stops and proves alone"
            self._recorder.note("guardian.gone", PORTFOLIO, {"why": note})
            self._take_transitions(self._events.raise_system(PORTFOLIO, GONE, Severity.HIGH, note))

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands about the guardian now."""
        if self._post is None:
            return ()
        if self._is_gone:
            return (f"no guardian: {self._why_gone()}; this desk stops and proves alone",)
        state = self._post.link.state
        return () if state is None else tuple(f"guardian: {sentence}" for sentence in state.problems)

    def view(self) -> GuardianView | None:
        if self._post is None:
            return None
        link, state = self._post.link, self._post.link.state
        if state is None:
            return GuardianView(alive=False, reason=self._why_gone(), policy=self._post.policy)
        errors = (stop.latch_error for stop in state.stops if stop.latch_error)
        return GuardianView(
            alive=link.alive,
            age_s=link.age_s,
            pid=state.pid,
            reason="" if link.alive else self._why_gone(),
            accounts=state.accounts,
            ready=state.ready,
            unready=state.unready,
            borrowed=state.borrowed,
            took_over=tuple(
                TakenOver(stop.halt_id, row.account, row.words) for stop in state.stops for row in stop.rows
            ),
            took_over_all=sum(stop.taken for stop in state.stops),
            latches=tuple(stop.halt_id for stop in state.stops if stop.on_disk),
            latch_error=next(errors, ""),
            policy=self._post.policy,
            alarms=tuple(alarm.words for alarm in reversed(state.alarms)),
        )

    def shown(self, halts: tuple[HaltView, ...]) -> tuple[HaltView, ...]:
        """The boards with what the guardian has taken over on them."""
        view = self.view()
        if view is None or not view.alive:
            return halts
        taken = {(row.halt_id, row.account): row.words for row in view.took_over}
        return tuple(
            replace(
                halt,
                latched_by_guardian=halt.halt_id in view.latches,
                rows=tuple(
                    replace(row, guardian=words) if (words := taken.get((halt.halt_id, row.account))) else row
                    for row in halt.rows
                ),
            )
            for halt in halts
        )

    # -- what comes -----------------------------------------------------------------------------------------------

    def _hear(self, state: State) -> None:
        for alarm in state.alarms:
            if alarm.number > self._alarm:
                self._raise_alarm(alarm)
        taken = {(stop.halt_id, row.account) for stop in state.stops for row in stop.rows}
        new = sorted(account for _, account in taken - self._taken)
        self._taken = taken
        if new:
            more = f" and {len(new) - NAMED:,} more" if len(new) > NAMED else ""
            words = f"the guardian stops {', '.join(new[:NAMED])}{more} too: this desk had not reported them in time"
            self._recorder.note("guardian.took-over", PORTFOLIO, {"accounts": new})
            self._notice(words)

    def _raise_alarm(self, alarm: AlarmState) -> None:
        """It stays on the screen until somebody has acknowledged it."""
        self._alarm = alarm.number
        note = f"the guardian saw that {alarm.words}"
        self._recorder.note("guardian.alarm", PORTFOLIO, {"number": alarm.number, "at_s": alarm.at_s, "words": note})
        self._notice(note)
        self._take_transitions(self._events.raise_system(PORTFOLIO, ALARM, Severity.HIGH, note))
        self._take_transitions(self._events.clear(PORTFOLIO, ALARM, note=note))
        if self._post is not None:
            self._post.link.noted(alarm.number)

    def _reset(self, latch: Latch) -> None:
        if self._post is not None:
            self._post.link.tell_reset(latch)

    def _latch_trouble(self) -> str:
        errors = (runner.latch_error for runner in self._halts.runners if runner.latch_error)
        return next(errors, self._halts.trouble)

    def _why_gone(self) -> str:
        post = self._post
        if post is None:
            return ""
        trouble = post.child.trouble if post.child is not None else ""
        silent = f"the guardian says nothing for {post.link.age_s:.0f} s" if not post.link.reason else ""
        return trouble or post.link.reason or silent
