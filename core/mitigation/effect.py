"""What a plan of reductions would do to every limit that it touches, before anybody sends it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.domain import Scope, Severity, Trust
from core.mitigation.by_hand import Choice
from core.mitigation.model import Reduction
from core.risk.limits.model import INSIDE, NEAR, UNKNOWN


@dataclass(frozen=True, slots=True)
class LimitShift:
    """One limit of one scope before and after; values, threshold and clearing level have the metric's unit."""

    scope: Scope
    metric: str
    """The limit's subject: the metric, or its change (`drawdown_in_300s`)."""
    before: float
    """NaN is unknown."""
    after: float
    threshold: float
    """The next one after the plan, or the gravest beyond it."""
    clear_level: float
    """Where the limit counts as cleared again."""
    outcome_before: str
    """`inside`, `near`, `breached` or `unknown`; without confirmations and delays, which are of events alone."""
    outcome_after: str
    severity_before: Severity | None
    severity_after: Severity | None
    trust: Trust
    age_s: float
    """Of the oldest figure that both values rest on."""
    headroom: float
    """After the plan: share of the way to `threshold` that is left, negative beyond it; NaN unknown."""
    course: int
    """+1 where the plan makes it worse, -1 where it makes it better, 0 where it stays as it is or is unknown."""
    cleared: bool
    """After the plan the value is beyond the clearing level."""


@dataclass(frozen=True, slots=True)
class NetGrowth:
    """Net exposure in one underlying that a plan would let grow: the other side of it is cut. Base currency, signed."""

    scope: Scope
    underlying: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one plan, by re-evaluating the whole risk model on the book as it would be after it."""

    reductions: tuple[Reduction, ...]
    limits: tuple[LimitShift, ...]
    """Of every touched scope and its parents, the worst after the plan first."""
    limits_all: int
    """How many there are; of very many, only the worst are listed."""
    grown: tuple[NetGrowth, ...]
    """At accounts and in the whole portfolio, the largest growth first."""
    notional: float
    """Base currency, unsigned: what the reductions add up to at the marks; NaN unknown."""
    cost: float
    """Base currency: what equity is taken to lose by it; NaN where that is not known, and then nothing is taken off."""
    before: float
    """Of the metric that the plan is about, in its scope; NaN unknown, or where none was named."""
    after: float
    base_currency: str
    figures_s: float
    """Monotonic: the moment that the figures speak of."""
    age_s: float
    """How old the data of the touched accounts was at that moment, the oldest of it."""
    costly_age_s: float
    """How old the costly columns were at that moment (inf before the first of them)."""
    trust: Trust
    """The lowest of the touched accounts."""

    def of(self, scope: Scope, metric: str) -> LimitShift | None:
        """On the limit of `metric` (its subject) in a scope; None where none is in force or none is listed."""
        return next((row for row in self.limits if row.scope == scope and row.metric == metric), None)

    def age_at_s(self, now_s: float) -> float:
        """How old its figures are by `now_s` (monotonic)."""
        return max(0.0, now_s - self.figures_s) + self.age_s

    @property
    def worse(self) -> tuple[LimitShift, ...]:
        return tuple(row for row in self.limits if row.course > 0)

    @property
    def cost_known(self) -> bool:
        return not math.isnan(self.cost)

    @property
    def sentence(self) -> str:
        """What becomes of the limits: "2 limits back inside, 1 breached anew"."""
        back = sum(row.severity_before is not None and row.outcome_after in (INSIDE, NEAR) for row in self.limits)
        anew = sum(row.severity_before is None and row.severity_after is not None for row in self.limits)
        left = sum(row.severity_before is not None and row.severity_after is not None for row in self.limits)
        unknown = sum(row.outcome_after == UNKNOWN for row in self.limits)
        parts = (
            (back, "back inside"), (anew, "breached anew"), (left, "still breached"), (unknown, "that nobody can tell"),
        )  # fmt: skip
        told = [f"{number:,} {words}" for number, words in parts if number]
        return f"limits: {', '.join(told)}" if told else "no limit is crossed, neither way"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person has to see before approving: hedges that are stripped, limits that are breached by it."""
        told = [
            f"net {row.underlying} exposure of {row.scope} grows from {row.before:,.0f} to {row.after:,.0f} "
            f"{self.base_currency}: one side of a hedge is cut"
            for row in self.grown
        ]
        told += [
            f"{row.metric} of {row.scope} would be breached ({row.severity_after.word})"
            for row in self.limits
            if row.severity_after is not None and row.severity_after > (row.severity_before or 0)
        ]
        return tuple(told)


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """A plan that somebody looks at, changes or drafts: looked up anew every few seconds while they do."""

    preview_id: str
    """An approval names it: of other reductions there is another one."""
    mitigation_id: str
    """The waiting plan that it shows or changes; "" of a draft."""
    scope: Scope
    metric: str
    """What tells whether it helped."""
    changed: bool
    """Whether it is not as the desk planned it."""
    choices: tuple[Choice, ...]
    """What is cut first, then the largest positions of the scope that could be."""
    choices_all: int
    summary: str
    left_out: tuple[str, ...]
    effect: Effect | None
    """None before anything could be evaluated, and of a plan that cuts nothing."""
    objection: str
    """Why it cannot be approved as things stand; "" where nothing speaks against it."""
    refused: str
    """Why the newest approval of it was refused; "" where none was."""
    made_at_s: float
    """Wall time."""
    max_age_s: float
    """Figures older than this are not approved on."""

    @property
    def approvable(self) -> bool:
        return self.effect is not None and not self.objection
