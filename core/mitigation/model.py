"""A mitigation: a plan of reductions with its expected effect, approved by a person or run by policy, then verified."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from core.domain import Policy, Scope, Severity, Side
from core.ladder import OnLapse, Rung, RungWords, words_of


class MitigationState(enum.StrEnum):
    PROPOSED = "proposed"
    """Waits for a person, without a deadline."""
    AWAITING = "awaiting"
    """Waits for a person until `lapses_at_s`, then lapses."""
    CONFIRMING = "confirming"
    """Automatic; waits for the third trusted reading."""
    RUNNING = "running"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    """The breach went away, or a stop fired, before it ran; or what is left of it is planned anew."""


WAITING_STATES = frozenset({MitigationState.PROPOSED, MitigationState.AWAITING})
ENDED_STATES = frozenset(
    {
        MitigationState.DONE,
        MitigationState.FAILED,
        MitigationState.REJECTED,
        MitigationState.LAPSED,
        MitigationState.WITHDRAWN,
    }
)


@dataclass(frozen=True, slots=True)
class Reduction:
    """A part of one position that a plan closes, by as many reduce-only orders as its size asks for."""

    account: str
    symbol: str
    strategy: str
    """Whose position it reduces; `unattributed` for the rest."""
    side: Side
    quantity: float
    notional: float
    """Base currency, at the marks of the plan."""
    held: float = math.nan
    """Magnitude of the venue's whole position on this side when planned; NaN where it was not told."""
    mark: float = math.nan
    """Quote currency per base unit, when planned; NaN where it was not told."""
    pair: str = ""
    """Cuts with the same name go together, slice by slice, in proportion: the legs of a hedge. "" goes alone."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One breach that a mitigation answers."""

    event_id: str
    scope: Scope
    metric: str
    severity: Severity
    before: float
    """The metric's value when planned."""
    target: float
    """The clearing level it is to come back to."""
    expected: float = math.nan
    """The metric's value if the plan fills at the marks; NaN where reduction does not move it at once."""


@dataclass(frozen=True, slots=True)
class Mitigation:
    mitigation_id: str
    event_id: str
    scope: Scope
    metric: str
    severity: Severity
    rung: Rung
    mode: Policy
    """As it is carried out: an automatic one that was held back waits for a person (`held_back`)."""
    state: MitigationState
    share: float
    """Share of every position to close, 0 to 1."""
    reductions: tuple[Reduction, ...]
    before: float
    """The metric's value when planned."""
    expected: float
    """The metric's value if the plan fills at the marks; NaN where reduction does not move it at once."""
    target: float
    """The clearing level it is to come back to."""
    after: float
    """The metric re-evaluated after the venue was read again; NaN until then."""
    verified: bool
    """The venue was re-read after the orders, the reductions were there, and the metric is inside its limit (or, for a
    metric that reductions cannot bring back, the exposure fell as planned)."""
    created_at_s: float
    lapses_at_s: float | None
    ended_at_s: float | None
    note: str = ""
    summary: str = ""
    """The plan in one sentence: how much is cut where, and what that does to the metric."""
    left_out: tuple[str, ...] = ()
    """One sentence per reason why something of the scope is not touched."""
    approved_by: str = ""
    """The operator whose approval set it going; "" where policy did."""
    answers: tuple[Answered, ...] = ()
    """All breaches that it answers; `event_id`, `scope` and `metric` are those of the first."""
    notional: float = 0.0
    """Base currency, unsigned: what its reductions add up to."""
    cost: float = float("nan")
    """Base currency: what carrying it out is expected to cost; NaN where that is not known."""
    countdown_s: float | None = None
    """How long a person has to answer; None where it waits without an end, or for nobody."""
    on_lapse: OnLapse = OnLapse.LAPSE
    held_back: str = ""
    """Why what the policy would do by itself waits for a person; "" where nothing holds it back."""
    attempt: int = 1
    """Which try of its rung it is."""
    follows: str = ""
    """The id of the mitigation whose failure made this one climb; "" where it is the first of its event."""
    factor: float = 0.5
    """What `scale` leaves of every position."""
    began_at_s: float | None = None
    """Wall time at which it was set going."""
    made_by: str = ""
    """The operator who drafted it by hand (then it answers no event, and `event_id` is "") or changed it; "" where it
    is as it was planned."""
    revision: int = 0
    """Counts up whenever its reductions are made anew, so that an approval says which of them it means."""

    @property
    def events(self) -> tuple[str, ...]:
        """The ids of all events that it answers."""
        return tuple(row.event_id for row in self.answers) or ((self.event_id,) if self.event_id else ())

    @property
    def moves_its_metric(self) -> bool:
        """Whether reductions move any of the figures that it answers at once, so that these tell whether it helped."""
        return any(math.isfinite(row.expected) for row in self.answers) or math.isfinite(self.expected)

    @property
    def words(self) -> RungWords:
        """What its rung does, takes away, and how that is taken back."""
        return words_of(self.rung, self.scope, self.factor)

    @property
    def drafted(self) -> bool:
        """Whether a person asked for it, and no breach."""
        return not self.event_id
