"""How much of the book could be stopped now, in one number: `can stop 99.2 % of exposure, proven 4 min ago`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.halt.readiness.judgement import Readiness, ReadyState, ago


@dataclass(frozen=True, slots=True)
class ReadyHeadline:
    share: float
    """Of the gross exposure, that of accounts whose stop is expected to work; of accounts where nothing is at stake."""
    exposed: bool
    """Whether the share is one of exposure."""
    accounts: int
    able: int
    """Accounts whose stop is expected to work."""
    armed: int
    degraded: int
    unknown: int
    unmeasured: int
    """Accounts whose exposure is not known: each counts as an average one that cannot be stopped."""
    oldest_age_s: float
    """Of the oldest proof that is counted."""

    @property
    def whole(self) -> bool:
        """Whether everything could be stopped, and nothing of it is weaker than it should be."""
        return self.accounts > 0 and self.armed == self.accounts and not self.unmeasured

    @property
    def percent(self) -> str:
        """Rounded down: what is not all never reads 100 %."""
        tenths = math.floor(self.share * 1000.0 + 1e-9)
        return "100 %" if tenths >= 1000 else f"{tenths / 10:.1f} %" if tenths else "0 %"

    @property
    def stops(self) -> str:
        """`can stop 99.2 % of exposure`."""
        if not self.accounts:
            return "no account is configured"
        return f"can stop {self.percent} of {'exposure' if self.exposed else 'accounts'}"

    @property
    def proven(self) -> str:
        """`proven 4 min ago`."""
        return f"proven {ago(self.oldest_age_s)}" if self.able else "nothing is proven"

    @property
    def words(self) -> str:
        return f"{self.stops}, {self.proven}" if self.accounts else self.stops


def headline(rows: Sequence[Readiness], gross: Sequence[float]) -> ReadyHeadline:
    """`gross`: exposure of each row's account in one currency, NaN where it is not known."""
    known = [(row.able, value) for row, value in zip(rows, gross, strict=True) if not math.isnan(value)]
    total = math.fsum(value for _, value in known)
    states = Counter(row.state for row in rows)
    return ReadyHeadline(
        share=_share(known, total, len(rows)),
        exposed=total > 0.0,
        accounts=len(rows),
        able=sum(row.able for row in rows),
        armed=states[ReadyState.ARMED],
        degraded=states[ReadyState.DEGRADED],
        unknown=states[ReadyState.UNKNOWN],
        unmeasured=len(rows) - len(known),
        oldest_age_s=max((row.proven_age_s for row in rows if row.able), default=math.inf),
    )


def _share(known: Sequence[tuple[bool, float]], total: float, accounts: int) -> float:
    """`known`: of accounts whose exposure is known, whether they could be stopped, and what is at stake there."""
    if not accounts:
        return 0.0
    if total <= 0.0:
        return sum(able for able, _ in known) / accounts
    return math.fsum(value for able, value in known if able) / total * len(known) / accounts
