"""What the tray says of the whole book in one shape and a few words, decided from a snapshot alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import LinkState, Severity
from core.events.model import Event
from core.snapshot import Snapshot
from widgets import figures
from widgets.marks import BLIND, SHAPES, severity_mark, severity_tone
from widgets.theme import Tone


@dataclass(frozen=True, slots=True)
class TrayState:
    words: str
    shape: str = ""
    """"" while all is calm."""
    tone: Tone = Tone.NORMAL


NOTHING_KNOWN = TrayState("nothing is known yet", SHAPES[BLIND], Tone.UNKNOWN)
STANDS_STILL = TrayState("UNKNOWN, the desk stands still", SHAPES[BLIND], Tone.UNKNOWN)


def state_of(snapshot: Snapshot | None, asking: Sequence[Event]) -> TrayState:
    """A stop that is latched before all else, then the worst that asks for a person, then what cannot be seen."""
    if snapshot is None:
        return NOTHING_KNOWN
    asks = f"; {_asking_words(asking)}" if asking else ""
    if snapshot.halts:
        rows = sum(len(halt.rows) for halt in snapshot.halts)
        proven = sum(halt.verified for halt in snapshot.halts)
        return TrayState(
            f"STOP LATCHED, {figures.number(proven)} of {figures.number(rows)} accounts proven{asks}",
            "■",
            Tone.CRITICAL,
        )
    if asking:
        worst = int(asking[0].urgency)
        return TrayState(_asking_words(asking), SHAPES[worst], severity_tone(worst))
    up = sum(view.link is LinkState.UP for view in snapshot.connections)
    if not up:
        words = "no account can be reached" if snapshot.connections else "no account is watched"
        return TrayState(f"UNKNOWN, {words}", SHAPES[BLIND], Tone.UNKNOWN)
    return TrayState("nothing high or critical asks for you")


def _asking_words(asking: Sequence[Event]) -> str:
    """`▲▲ CRITICAL, 3 critical and 12 high ask for you`."""
    critical = sum(event.urgency is Severity.CRITICAL for event in asking)
    counts = [f"{figures.number(critical)} critical"] if critical else []
    if len(asking) > critical:
        counts.append(f"{figures.number(len(asking) - critical)} high")
    return f"{severity_mark(int(asking[0].urgency))}, {' and '.join(counts)} ask for you"
