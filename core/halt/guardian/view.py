"""What a desk knows of the guardian, as it shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.halt.guardian.watch import GuardPolicy


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An account that the guardian stops itself, because nobody told in time that its stop is under way."""

    halt_id: str
    account: str
    words: str
    """How the guardian's own proof stands: `VERIFIED`, `RESTING 4`, `UNKNOWN`."""


@dataclass(frozen=True, slots=True)
class GuardianView:
    """The second process, as the desk last heard of it."""

    alive: bool
    """Whether it answers now; without it the desk stops and proves alone."""
    age_s: float = math.inf
    """Since its last word; infinite where it never said one."""
    pid: int | None = None
    reason: str = ""
    """Why it is not alive, "" when it is."""
    accounts: int = 0
    """Accounts that it knows of."""
    ready: int = 0
    """Of these, accounts whose acting side it has prepared."""
    unready: tuple[str, ...] = ()
    """Names of some that are not prepared yet."""
    borrowed: int = 0
    """Accounts for which it has no credentials of its own and would use the desk's."""
    took_over: tuple[TakenOver, ...] = ()
    took_over_all: int = 0
    """How many there are; `took_over` may name fewer."""
    latches: tuple[str, ...] = ()
    """Ids of the stops that its own latch file holds."""
    latch_error: str = ""
    """Why a latch of its own is not on disk, "" where all are."""
    policy: GuardPolicy | None = None
    """What it does when a desk fails, and when it takes over a stop; None where nobody has said."""
    alarms: tuple[str, ...] = ()
    """What it has seen happen to a desk, a sentence each, the newest first."""
