"""Severities, trust and states as word, shape and tone: never as colour alone."""

from __future__ import annotations

import re

from core.domain import LinkState, Protective, Scope, Severity, StopLevel, Trust
from core.events.model import Event, EventState
from core.halt.model import ProofState
from core.halt.readiness.judgement import Readiness, ReadyState
from core.halt.terms import StopTerms
from core.mitigation.model import MitigationState
from core.risk.standing import BLIND as BLIND
from core.risk.standing import INSIDE as INSIDE
from widgets.theme import Tone

SHAPES = {4: "▲▲", 3: "▲", 2: "■", 1: "●", BLIND: "◆", INSIDE: ""}
TONES = {
    4: Tone.CRITICAL,
    3: Tone.HIGH,
    2: Tone.MEDIUM,
    1: Tone.LOW,
    INSIDE: Tone.FAINT,
    BLIND: Tone.UNKNOWN,
}

TRUST_WORDS = {Trust.UNKNOWN: "unknown", Trust.STALE: "stale", Trust.UNSETTLED: "unsettled", Trust.TRUSTED: "trusted"}
TRUST_TONES = {
    Trust.UNKNOWN: Tone.UNKNOWN,
    Trust.STALE: Tone.MEDIUM,
    Trust.UNSETTLED: Tone.LOW,
    Trust.TRUSTED: Tone.FAINT,
}
LINK_MARKS = {LinkState.UP: "● up", LinkState.CONNECTING: "○ connecting", LinkState.DOWN: "▲ down"}
LINK_TONES = {LinkState.UP: Tone.OK, LinkState.CONNECTING: Tone.UNKNOWN, LinkState.DOWN: Tone.CRITICAL}
PROOF_MARKS = {ProofState.VERIFIED: "✓ VERIFIED", ProofState.UNKNOWN: "◆ UNKNOWN", ProofState.RESTING: "▲ RESTING"}
PROOF_TONES = {
    ProofState.VERIFIED: Tone.OK,
    ProofState.UNKNOWN: Tone.UNKNOWN,
    ProofState.RESTING: Tone.CRITICAL,
}
READY_MARKS = {ReadyState.ARMED: "● ARMED", ReadyState.DEGRADED: "■ DEGRADED", ReadyState.UNKNOWN: "◆ UNKNOWN"}
READY_TONES = {ReadyState.ARMED: Tone.OK, ReadyState.DEGRADED: Tone.MEDIUM, ReadyState.UNKNOWN: Tone.UNKNOWN}
MITIGATION_TONES = {
    MitigationState.PROPOSED: Tone.MEDIUM,
    MitigationState.AWAITING: Tone.HIGH,
    MitigationState.CONFIRMING: Tone.ACCENT,
    MitigationState.RUNNING: Tone.ACCENT,
    MitigationState.VERIFYING: Tone.ACCENT,
    MitigationState.FAILED: Tone.CRITICAL,
}
EVENT_TONES = {
    EventState.RAISED: Tone.STRONG,
    EventState.ACKNOWLEDGED: Tone.FAINT,
    EventState.MITIGATING: Tone.ACCENT,
    EventState.CLEARED: Tone.OK,
    EventState.RESOLVED: Tone.FAINT,
}


_SAYS = re.compile(r"[▲■●◆○✓▼]|[^\W\d_]{3,}")
"""A shape, or a word that is no unit."""
_TONE_SHAPES = {
    Tone.LOW: SHAPES[1], Tone.MEDIUM: SHAPES[2], Tone.HIGH: SHAPES[3], Tone.CRITICAL: SHAPES[4],
    Tone.UNKNOWN: SHAPES[BLIND],
}  # fmt: skip


def says_itself(text: str) -> bool:
    """Whether a text means the same without its colour."""
    return bool(_SAYS.search(text))


def marked(text: str, tone: Tone) -> str:
    """A figure with the shape of what its colour says: `▲ 85.9 %`."""
    shape = _TONE_SHAPES.get(tone, "")
    return f"{shape}\N{NO-BREAK SPACE}{text}" if shape and text and not says_itself(text) else text


def severity_mark(level: int) -> str:
    """`▲ HIGH`, `◆ UNKNOWN`, `inside`."""
    if level == BLIND:
        return f"{SHAPES[BLIND]} UNKNOWN"
    return f"{SHAPES[level]} {Severity(level).name}" if level > INSIDE else "inside"


def severity_tone(level: int) -> Tone:
    return TONES.get(level, Tone.UNKNOWN)


def ready_mark(row: Readiness) -> tuple[str, Tone]:
    """`● ARMED`; degraded so far that it cannot be stopped has a shape and a tone of its own."""
    if row.state is ReadyState.DEGRADED and not row.able:
        return "▲ DEGRADED", Tone.CRITICAL
    return READY_MARKS[row.state], READY_TONES[row.state]


def scope_words(scope: Scope) -> str:
    """`account okx-sub-114`, `portfolio`."""
    return scope.words


def terms_words(terms: StopTerms) -> str:
    """How far a stop goes: `everything cancelled`, `protective kept`, `reduce-only`."""
    if terms.level is StopLevel.REDUCE_ONLY:
        return "reduce-only"
    return "protective kept" if terms.protective is Protective.KEEP else "everything cancelled"


def metric_words(name: str) -> str:
    """A metric's name as words, where its title is not at hand."""
    return name.replace("_", " ")


def is_open(event: Event) -> bool:
    return event.state is not EventState.RESOLVED
