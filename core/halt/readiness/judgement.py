"""Whether an account could be stopped now: judged from facts that each have an age. Free of any I/O.

ARMED: its key listed every book over the real route a moment ago and may cancel, each book is covered by calls with a
source, clock and budget leave room, the guardian lives and a drill succeeded. DEGRADED: something of that is weaker;
such an account can still be stopped unless its key is refused or may not cancel. UNKNOWN: nobody can say. What was
shown longer ago than it may be counts as never shown; what speaks against a stop stands until something newer does not.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field

from core.venues.protocol import Coverage

DAY_S = 86_400.0


class ReadyState(enum.StrEnum):
    ARMED = "armed"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


class Guardianship(enum.StrEnum):
    """What is known of the second process that can stop without the first."""

    ALIVE = "alive"
    SILENT = "silent"
    NONE = "none"
    """None is configured."""


class DrillKind(enum.StrEnum):
    DRY = "dry"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Drilled:
    """How an account's last drill ended."""

    kind: DrillKind
    passed: bool
    at_s: float
    """Wall time at which it ended."""
    reason: str = ""
    """Why it did not pass."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Request weight of this minute that the stop may still spend at this account's address."""

    left: float
    whole: float
    needed: float
    """What two full listings of this account cost, which is most of its proof."""


@dataclass(frozen=True, slots=True)
class ReadyTerms:
    unknown_after_s: float = 600.0
    """Facts that are kept fresh by asking are none when they are older."""
    drill_within_s: float = 30 * DAY_S
    """A drill, and what only an act can show, counts for so long."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one account. Ages in seconds, infinite for never."""

    account: str
    venue: str
    exchange: str
    obstacle: str = ""
    """Why nobody can act on it at all: no key, a broken row."""
    prepared: bool = False
    """Whether its acting side is made ready."""
    listed_age_s: float = math.inf
    """Since its key last listed every book in full, by the calls of its plan."""
    acted_age_s: float = math.inf
    """Since its acting side last had an answer to something it had signed."""
    trouble: str = ""
    """Why the last attempt failed, "" when it did not."""
    denied: bool = False
    """Whether it failed because the venue refuses the key."""
    may_cancel: bool | None = None
    """What the venue says of the key."""
    may_withdraw: bool | None = None
    rights_age_s: float = math.inf
    cancelled_age_s: float = math.inf
    """Since a cancel was last seen to work."""
    tells_time: bool = False
    clock_offset_ms: float | None = None
    clock_bound_ms: float = math.inf
    clock_age_s: float = math.inf
    coverage: Coverage = Coverage.GENERIC
    unconfirmed: tuple[str, ...] = ()
    doubt: str = ""
    """Why the venue's word on which books the account has could not be had."""
    reserve: Reserve | None = None
    """None where the venue's budget is not counted."""
    guardian: Guardianship = Guardianship.NONE
    drill: Drilled | None = None
    drill_age_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Readiness:
    """One account's row."""

    account: str
    venue: str
    exchange: str
    state: ReadyState
    able: bool
    """Whether a stop of it is expected to work."""
    reasons: tuple[str, ...]
    """Why it is not armed, the gravest first."""
    proven_age_s: float
    """Since it was last shown that its key can do what a stop needs; infinite if never."""
    may_cancel: bool | None = None
    may_withdraw: bool | None = None
    clock_offset_ms: float | None = None
    coverage: Coverage = Coverage.GENERIC
    reserve: Reserve | None = None
    guardian: Guardianship = Guardianship.NONE
    drill: Drilled | None = None
    flags: tuple[str, ...] = field(default=())
    """What the operator should know and what weakens no stop."""

    @property
    def reason(self) -> str:
        return "; ".join((*self.reasons, *self.flags))


def judge(facts: Evidence, terms: ReadyTerms) -> Readiness:
    """A worse fact never makes the state better, and one that is too old never counts."""
    may_cancel = _may_cancel(facts, terms)
    unable, unknown = _unable(facts, may_cancel), _unknown(facts, terms)
    weak = [] if facts.obstacle else _weak(facts, terms, may_cancel)
    if unable:
        state = ReadyState.DEGRADED
    elif unknown:
        state = ReadyState.UNKNOWN
    else:
        state = ReadyState.DEGRADED if weak else ReadyState.ARMED
    fresh_clock = facts.clock_age_s <= terms.unknown_after_s
    may_withdraw = facts.may_withdraw if facts.rights_age_s <= terms.unknown_after_s else None
    return Readiness(
        account=facts.account,
        venue=facts.venue,
        exchange=facts.exchange,
        state=state,
        able=not unable and not unknown,
        reasons=(*unable, *unknown, *weak),
        proven_age_s=max(facts.listed_age_s, facts.acted_age_s),
        may_cancel=may_cancel,
        may_withdraw=may_withdraw,
        clock_offset_ms=facts.clock_offset_ms if fresh_clock else None,
        coverage=facts.coverage,
        reserve=facts.reserve,
        guardian=facts.guardian,
        drill=facts.drill,
        flags=("its key may withdraw: use one that cannot",) if may_withdraw else (),
    )


def _may_cancel(facts: Evidence, terms: ReadyTerms) -> bool | None:
    """A yes grows old. A no stands until the venue, or a cancel that worked, says otherwise."""
    worked = facts.cancelled_age_s <= terms.drill_within_s
    if facts.may_cancel is False:
        return worked and facts.cancelled_age_s < facts.rights_age_s
    return True if worked or (facts.may_cancel and facts.rights_age_s <= terms.unknown_after_s) else None


def _unable(facts: Evidence, may_cancel: bool | None) -> list[str]:
    """Why a stop of it is known not to work."""
    if facts.obstacle:
        return [f"cannot be stopped: {facts.obstacle}"]
    found = []
    if facts.trouble and facts.denied:
        found.append(f"cannot be stopped: {facts.trouble}")
    if may_cancel is False:
        found.append("cannot be stopped: the venue says that its key may not cancel")
    return found


def _unknown(facts: Evidence, terms: ReadyTerms) -> list[str]:
    """Why nobody can say whether a stop of it would work."""
    if facts.obstacle:
        return []
    found = []
    if facts.trouble and not facts.denied:
        found.append(facts.trouble)
    elif not facts.prepared:
        found.append("its acting side is not ready yet")
    for age_s, what in (
        (facts.listed_age_s, "its orders were {} listed in full"),
        (facts.acted_age_s, "its acting side {} had an answer"),
    ):
        if math.isinf(age_s):
            found.append(what.format("never"))
        elif age_s > terms.unknown_after_s:
            found.append(f"{what.format('last')} {ago(age_s)}")
    return found


def _weak(facts: Evidence, terms: ReadyTerms, may_cancel: bool | None) -> list[str]:
    """What a stop of it could do without, and what therefore keeps it from being armed."""
    found = _weak_coverage(facts)
    if may_cancel is None:
        found.append("whether its key may cancel is not known: a live drill shows it")
    found += _weak_clock(facts, terms)
    reserve = facts.reserve
    if reserve is not None and reserve.left < reserve.needed:
        found.append(
            f"of the stop's request budget {max(0.0, reserve.left):,.0f} are left, {reserve.needed:,.0f} needed"
        )
    if facts.guardian is Guardianship.SILENT:
        found.append("the guardian does not answer")
    elif facts.guardian is Guardianship.NONE:
        found.append("no guardian runs: nothing stops it when this desk is gone")
    return found + _weak_drill(facts, terms)


def _weak_coverage(facts: Evidence) -> list[str]:
    found = []
    if facts.coverage is Coverage.GENERIC:
        found.append("generic coverage: only what ccxt declares is listed and cancelled")
    elif facts.coverage is Coverage.UNCONFIRMED:
        found.append(f"unconfirmed: {', '.join(facts.unconfirmed) or 'calls that rest on memory'}")
    if facts.doubt:
        found.append(f"which books it has is not known: {facts.doubt}")
    return found


def _weak_clock(facts: Evidence, terms: ReadyTerms) -> list[str]:
    """Requests go out corrected by what was measured; half of the venue's patience is left for what drifts since."""
    if not facts.tells_time:
        return []
    if facts.clock_offset_ms is None or facts.clock_age_s > terms.unknown_after_s:
        return ["how far the clocks differ is not known"]
    if abs(facts.clock_offset_ms) > facts.clock_bound_ms / 2.0:
        return [
            f"our clock is {facts.clock_offset_ms:+,.0f} ms off, and the venue bears {facts.clock_bound_ms:,.0f} ms"
        ]
    return []


def _weak_drill(facts: Evidence, terms: ReadyTerms) -> list[str]:
    drill = facts.drill
    if drill is None:
        return ["never drilled"]
    if not drill.passed:
        return [f"its {drill.kind} drill failed {ago(facts.drill_age_s)}: {drill.reason}"]
    if facts.drill_age_s > terms.drill_within_s:
        return [f"last drilled {ago(facts.drill_age_s)}"]
    return []


def ago(age_s: float) -> str:
    """`40 s ago`, `4 min ago`, `3 h ago`, `12 d ago`, `never`."""
    if math.isinf(age_s):
        return "never"
    for unit_s, word, most in ((1.0, "s", 120.0), (60.0, "min", 7_200.0), (3_600.0, "h", 2 * DAY_S)):
        if age_s < most:
            return f"{max(0.0, age_s) // unit_s:.0f} {word} ago"
    return f"{age_s // DAY_S:,.0f} d ago"
