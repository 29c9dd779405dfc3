"""What may be asked on the page of the limits; parts of `core.intents`."""

from __future__ import annotations

from dataclasses import dataclass

from core.limit_page import Draft, LineId


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """Write a change of the limits into the configuration and put it in force."""

    draft: Draft
    operator: str
    reason: str = ""
    """What leaves more room needs one."""


@dataclass(frozen=True, slots=True)
class ConfirmLimits:
    """A second person agrees to a change of the limits that another asked for."""

    pending_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class WithdrawLimits:
    """A change of the limits that waits for a second person is not wanted any more."""

    pending_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class OpenLimits:
    """Paint the page of the limits into the snapshots, with the scopes of one of them."""

    chosen: LineId | None = None


@dataclass(frozen=True, slots=True)
class TryLimits:
    """Show what a change of the limits would do to today's book, and go on showing it; an empty draft ends that."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class CloseLimits:
    """Nobody looks at the page of the limits any more."""


LimitAct = ChangeLimits | ConfirmLimits | WithdrawLimits
"""Changes the configuration's limits."""
LimitLook = OpenLimits | TryLimits | CloseLimits
"""Asks for the page of the limits."""
