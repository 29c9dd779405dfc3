"""The ladder of what can be done about a breach, and what a policy asks for at one severity.

Each rung weighs heavier than the one before it. What a rung does, what it takes away and whether that can be taken back
is said here once, for the screen, the journal and the documentation alike.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain import Policy, Scope, Severity


class Rung(enum.IntEnum):
    NOTIFY = 0
    BLOCK = 1
    """Ask what trades in the scope to pause."""
    CANCEL = 2
    """Cancel the scope's resting orders that could open or enlarge a position."""
    REDUCE_ONLY = 3
    """Latch a reduce-only stop of the scope."""
    SCALE = 4
    """Scale every position of the scope by a factor."""
    RESTORE = 5
    """Bring the breached limits back inside at least cost."""
    LIQUIDITY = 6
    """Free margin: what frees most for its cost goes first."""
    FLATTEN = 7
    """Close every position of the scope."""
    STOP = 8
    """The emergency stop of the scope."""

    @property
    def word(self) -> str:
        """As the configuration writes it."""
        return self.name.lower().replace("_", "-")

    @property
    def trades(self) -> bool:
        """Whether it closes positions, by a plan of reductions."""
        return self in (Rung.SCALE, Rung.RESTORE, Rung.LIQUIDITY, Rung.FLATTEN)


RUNGS = {rung.word: rung for rung in Rung}


@dataclass(frozen=True, slots=True)
class RungWords:
    """Sentences for an operator."""

    does: str
    undoes: str
    """What is no longer there afterwards."""
    back: str
    """How it is taken back; "" where it cannot be."""

    @property
    def reversible(self) -> bool:
        return bool(self.back)


def words_of(rung: Rung, scope: Scope, factor: float = 0.5) -> RungWords:
    """What the rung would do to `scope`; `factor` is what `scale` leaves of a position."""
    opening = "orders that could open or enlarge a position"
    anew = ""
    match rung:
        case Rung.NOTIFY:
            return RungWords(f"tells of {scope} and touches nothing", "nothing", "there is nothing to take back")
        case Rung.BLOCK:
            return RungWords(
                f"asks what trades in {scope} to pause, and reads back whether it does",
                "new entries of what can be asked; resting orders and positions stay",
                "resume the sources",
            )
        case Rung.CANCEL:
            return RungWords(
                f"cancels every order of {scope} that could open or enlarge a position, until a listing shows none",
                f"resting {opening}; protective orders stay",
                anew,
            )
        case Rung.REDUCE_ONLY:
            return RungWords(
                f"latches a reduce-only stop of {scope}: orders that can only reduce stay, every other is swept",
                f"resting {opening}, and every new one until it is reset",
                "reset the stop, then resume",
            )
        case Rung.SCALE:
            return RungWords(
                f"scales every position of {scope} to {factor:.0%} of its size, reduce-only",
                f"{1.0 - factor:.0%} of every position",
                anew,
            )
        case Rung.RESTORE:
            return RungWords(
                f"closes of {scope} what brings its limits back inside at least cost, reduce-only",
                "parts of positions, as the plan lists them",
                anew,
            )
        case Rung.LIQUIDITY:
            return RungWords(
                f"frees margin of {scope}: closes first what frees most of it for its cost, isolated margin included",
                "parts of positions, as the plan lists them",
                anew,
            )
        case Rung.FLATTEN:
            return RungWords(f"closes every position of {scope}, reduce-only", "every position", anew)
        case Rung.STOP:
            return RungWords(
                f"fires the emergency stop of {scope}: its orders are cancelled, and so are new ones, until a reset",
                "every resting order that the stop does not spare, and every new one",
                "reset the stop, then resume; cancelled orders stay cancelled",
            )


class OnLapse(enum.StrEnum):
    """What becomes of an approval that nobody gave by the end of its countdown."""

    LAPSE = "lapse"
    RUN = "run"


MODE_RANK = {Policy.PROPOSE: 0, Policy.APPROVE: 1, Policy.AUTO: 2, Policy.STOP: 3}
"""How much a mode does by itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung, and who sets it going."""

    rung: Rung
    mode: Policy
    """`propose`, `approve` or `auto`."""

    def __str__(self) -> str:
        return self.rung.word if self.rung is Rung.NOTIFY else f"{self.mode.value} {self.rung.word}"


@dataclass(frozen=True, slots=True)
class Response:
    """What a policy asks for at one severity: steps, climbed one after the other while the breach stands."""

    steps: tuple[Step, ...]
    countdown_s: float | None = None
    """Of an approval; None: as `[mitigation]` says."""
    on_lapse: OnLapse | None = None
    """None: as `[mitigation]` says."""
    factor: float = 0.5
    """What `scale` leaves of every position, 0 to 1."""
    tries: int = 2
    """How often one step is tried before the next."""

    @classmethod
    def of(cls, policy: Policy) -> Response:
        """The short form: `stop` fires the emergency stop, every other restores at least cost in that mode."""
        if policy is Policy.STOP:
            return cls((Step(Rung.STOP, Policy.AUTO),))
        return cls((Step(Rung.RESTORE, policy),))

    @property
    def short(self) -> Policy | None:
        """The short form that says the same; None where none does."""
        return next((policy for policy in Policy if Response.of(policy) == self), None)

    @property
    def mode(self) -> Policy:
        """Of the first step, or `stop`."""
        first = self.steps[0]
        return Policy.STOP if first.rung is Rung.STOP and first.mode is Policy.AUTO else first.mode

    @property
    def may_stop(self) -> bool:
        """Whether it fires an emergency stop by itself, at once or in the end."""
        return any(step.rung is Rung.STOP and step.mode is Policy.AUTO for step in self.steps)

    @property
    def force(self) -> tuple[float, ...]:
        """How much it does by itself, to be compared: who does less leaves more room.

        First how high it climbs by itself, then how high with a person's approval, then how high it only proposes; then
        where it begins, what it leaves of a position, how soon, and how often it tries.
        """
        by_itself = Policy.APPROVE if self.on_lapse is OnLapse.RUN else Policy.AUTO
        waits_s = -(self.countdown_s or 0.0) if self.on_lapse is OnLapse.RUN else 0.0
        reach = (self._reach(by_itself), self._reach(Policy.APPROVE), self._reach(Policy.PROPOSE))
        return (*reach, float(self.steps[0].rung), -self.factor, waits_s, -float(self.tries))

    def _reach(self, at_least: Policy) -> float:
        """The highest rung in that mode or one that does more by itself; -1 where there is none."""
        rank = MODE_RANK[at_least]
        return max((float(row.rung) for row in self.steps if row.rung and MODE_RANK[row.mode] >= rank), default=-1.0)

    def __str__(self) -> str:
        if self.short is not None:
            return self.short.value
        told = ", then ".join(str(step) for step in self.steps)
        if self.countdown_s is not None:
            told += f", after {self.countdown_s:g} s"
        if self.on_lapse is OnLapse.RUN:
            told += ", unanswered it runs"
        return told


def response_to(policy: Mapping[Severity, Response], severity: Severity) -> Response | None:
    """What is asked for at a severity, or at the next milder one that has any: a worse breach never gets less done."""
    levels = [level for level in policy if level <= severity]
    return policy[max(levels)] if levels else None


NOTHING_FORCE = (-1.0, -1.0, -1.0)
"""The force of no policy at all: less than that of any."""
