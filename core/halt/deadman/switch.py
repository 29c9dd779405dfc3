"""What a dead-man's switch says of itself, and what has to be known before one is armed."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.venues.protocol import SwitchTerms


class SwitchState(enum.StrEnum):
    OFF = "off"
    """Not asked for."""
    NONE = "none"
    """The venue has none for this account."""
    IDLE = "idle"
    """Nothing rests and no position stands that it would have to guard."""
    ARMING = "arming"
    ARMED = "armed"
    FAILED = "failed"
    """The last renewal failed; the time that is left goes on running, where there is any."""
    LAPSED = "lapsed"
    """The time ran out without a renewal: it may have fired."""


@dataclass(frozen=True, slots=True)
class DeadManView:
    state: SwitchState
    seconds: int = 0
    """What was asked for; 0 when off."""
    left_s: float | None = None
    """Until the venue cancels unless it is renewed: never more than there is. None where nothing runs."""
    reason: str = ""
    countdowns: int = 0
    """How many run: one per product, or per instrument."""
    warning: str = ""
    """What goes when it fires, and what else has to be known."""

    @property
    def is_worrying(self) -> bool:
        """Whether somebody has to look: it is not there, or on its way out."""
        if self.state is SwitchState.FAILED:
            return self.left_s is None or self.left_s < self.seconds / 2
        return self.state in {SwitchState.LAPSED, SwitchState.NONE}


OFF = DeadManView(SwitchState.OFF)


def warning_of(terms: SwitchTerms) -> str:
    """In sentences; "" where there is no switch."""
    if terms.none:
        return ""
    also = {
        True: "stop-losses and take-profits go with them",
        False: "orders that wait for a trigger stay",
        None: "whether stop-losses and take-profits go with them is not documented: count on it",
    }
    whose = (
        "Orders go when the connection that placed them ends, whoever placed them"
        if terms.at_disconnect
        else "When it fires, the venue cancels every order that it covers, whoever placed it"
    )
    sentences = [f"{whose}; {also[terms.triggers]}", *terms.traps]
    if terms.late_s >= 1.0:
        sentences.append(f"it fires up to {terms.late_s:g} s later than it says")
    if not terms.confirmed:
        sentences.append("how it is called there is not confirmed")
    return ". ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
