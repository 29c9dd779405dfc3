"""What became of a plan: order by order, with what the venue says the positions are before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.mitigation.model import Reduction


@dataclass(frozen=True, slots=True)
class ReductionOutcome:
    reduction: Reduction
    client_order_ids: tuple[str, ...]
    """Every order sent for it; empty where none was."""
    sent: float
    """Quantity asked of the venue, after capping at the position as it is now."""
    filled: float
    """Quantity gone from the position; NaN where that could not be found out."""
    before: float
    """Magnitude of the position on this side before the first order; NaN where it could not be read."""
    after: float
    """The same, read again afterwards; NaN where it could not be read."""
    refused: str = ""
    """Why nothing, or not all of it, was done; "" where all was."""
    dust: float = 0.0
    """Left over because the venue takes no order that small."""


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    mitigation_id: str
    outcomes: tuple[ReductionOutcome, ...]
    ceased: str
    """Why it was told to stop; "" where it ran to its end."""
    confirmed: bool
    """The venues were read again and every order sent is there to see in the positions."""
    began_s: float
    """Monotonic."""
    ended_s: float
    drifted: str = ""
    """What moved so far from the plan that the rest of it was given up, for a new one; "" where nothing did."""
    late: bool = False
    """The time that it may take was over before everything was filled."""
    recovered: bool = False
    """The orders of a run that was ended by force were found again; nothing more was sent."""

    @property
    def orders(self) -> int:
        return sum(len(row.client_order_ids) for row in self.outcomes)

    @property
    def filled_any(self) -> bool:
        """Also true where it cannot be known: unknown is never taken for nothing."""
        return any(row.client_order_ids and not row.filled <= 0.0 for row in self.outcomes)

    @property
    def share_filled(self) -> float:
        """Of the planned notional, 0 to 1; what is not known counts as not filled."""
        known = [row for row in self.outcomes if row.reduction.notional > 0.0]
        planned = math.fsum(row.reduction.notional for row in known)
        if not planned:
            return 1.0
        parts = (row.reduction.notional * _part(row) for row in known)
        return math.fsum(parts) / planned

    @property
    def complete(self) -> bool:
        return self.confirmed and not self.ceased and not self.drifted and all(not row.refused for row in self.outcomes)

    @property
    def sentence(self) -> str:
        """For the operator: what was sent, what came of it, what did not and why."""
        done = sum(1 for row in self.outcomes if row.client_order_ids and not row.refused)
        text = f"{done:,} of {len(self.outcomes):,} reductions done"
        unknown = sum(1 for row in self.outcomes if row.client_order_ids and math.isnan(row.filled))
        if unknown:
            text += f", {unknown:,} not known"
        reasons = sorted({row.refused for row in self.outcomes if row.refused})
        if self.ceased:
            text += f"; ceased: {self.ceased}"
        elif self.drifted:
            text += f"; given up for a new plan: {self.drifted}"
        elif reasons:
            text += f"; {reasons[0]}" + (f" (and {len(reasons) - 1} other reasons)" if len(reasons) > 1 else "")
        return text


def _part(row: ReductionOutcome) -> float:
    """Of what was to be cut, 0 to 1; what is not known counts as nothing."""
    return min(1.0, row.filled / row.reduction.quantity) if row.filled > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class RungReport:
    """What became of a rung that closes no position."""

    mitigation_id: str
    verified: bool
    """What it was to reach was read back: a listing without such orders, a source that says it is paused."""
    sentence: str
    """For the operator: what was done, and what was not and why."""
    final: bool = False
    """It failed in a way that trying it again does not change."""
