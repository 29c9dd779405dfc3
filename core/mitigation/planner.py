"""How much of which position to close: pure arithmetic from positions to reduce-only orders.

A plan never adds to a position and never turns one round. It works on what the venue holds: where strategies hold
opposite sides of one position, only the net can be reduced, so rows against the venue's net are left out and named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.domain import UNATTRIBUTED, Leg, Side
from core.mitigation.model import Reduction
from core.mitigation.plan import EXPOSURE_METRICS, Plan, PlanInputs, PlanPosition, PlanTerms

AIM = 0.97
"""Exposure is brought to this part of the clearing level: marks move between the plan and the last fill."""
NET_METRICS = frozenset({"net_exposure"})
FUZZ = 1e-9
"""Relative slack against the rounding of binary fractions, far below any venue's step."""

GroupKey = tuple[str, str, Leg]


@dataclass(frozen=True, slots=True)
class _Group:
    """The rows of one position at a venue: one account, symbol and leg. Sums are taken once: there may be 100,000."""

    rows: list[PlanPosition]
    quantity: float
    notional: float
    venue: float
    scale: float
    """The largest row's magnitude, against which a sum is dust or not."""

    @classmethod
    def of(cls, rows: list[PlanPosition]) -> _Group:
        first = rows[0]
        if len(rows) == 1:
            return cls(rows, first.quantity, first.notional, first.venue_quantity, abs(first.quantity))
        quantity = math.fsum(row.quantity for row in rows)
        notional = math.fsum(row.notional for row in rows)
        return cls(rows, quantity, notional, first.venue_quantity, max(abs(row.quantity) for row in rows))


@dataclass(slots=True)
class _LeftOut:
    """Counts what is not touched by reason, so that a plan over thousands of positions stays readable."""

    reasons: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, reason: str, positions: int, notional: float) -> None:
        count, total = self.reasons.get(reason, (0, 0.0))
        self.reasons[reason] = (count + positions, total + (0.0 if math.isnan(notional) else abs(notional)))

    def sentences(self, currency: str) -> tuple[str, ...]:
        return tuple(
            f"{_count(count, 'position')} left out ({total:,.0f} {currency}): {reason}"
            for reason, (count, total) in self.reasons.items()
        )


def make_plan(inputs: PlanInputs, terms: PlanTerms) -> Plan:
    """The reductions that answer `terms`; without any where nothing may or can be reduced."""
    left_out = _LeftOut()
    groups = _groups(inputs.positions)
    workable = {key: group for key, group in groups.items() if _workable(group, left_out)}
    share = _share(terms, groups.values(), workable.values())
    reductions: list[Reduction] = []
    if share > FUZZ:
        for key in sorted(workable):
            reductions.extend(_reduce(workable[key], share, left_out))
    notional = math.fsum(abs(row.notional) for row in reductions)
    expected = _expected(terms, groups.values(), reductions)
    sentence = _sentence(terms, reductions, notional, expected, inputs.base_currency)
    return Plan(
        share=share,
        reductions=tuple(reductions),
        notional=notional,
        expected=expected,
        target=terms.clear_level,
        sentence=sentence,
        left_out=left_out.sentences(inputs.base_currency),
    )


def needed_share(terms: PlanTerms) -> float:
    """Share of the scope's whole exposure to close, 0 to 1; 0 where the figures do not say."""
    if terms.metric not in EXPOSURE_METRICS:
        return min(max(terms.reduce_share, 0.0), 1.0) if math.isfinite(terms.reduce_share) else 0.0
    value = abs(terms.value)
    if math.isnan(value) or not math.isfinite(terms.clear_level):
        return 0.0
    if math.isinf(value):  # nothing left to carry the exposure: all of it has to go
        return 1.0
    aim = AIM * max(terms.clear_level, 0.0)
    return 0.0 if value <= aim else 1.0 - aim / value


def _groups(positions: Iterable[PlanPosition]) -> dict[GroupKey, _Group]:
    rows: dict[GroupKey, list[PlanPosition]] = {}
    for row in positions:
        if row.quantity != 0.0:
            rows.setdefault((row.account, row.symbol, row.leg), []).append(row)
    return {key: _Group.of(group) for key, group in rows.items()}


def _workable(group: _Group, left_out: _LeftOut) -> bool:
    reason = _obstacle(group)
    if reason:
        left_out.add(reason, 1, group.notional)
    return not reason


def _obstacle(group: _Group) -> str:
    if not group.rows[0].may_act:
        return "the account is watched only"
    if not (math.isfinite(group.notional) and math.isfinite(group.quantity) and math.isfinite(group.venue)):
        return "no mark or no quantity is known"
    if abs(group.venue) <= FUZZ * group.scale:
        return "the venue holds no such position"
    if abs(group.quantity) <= FUZZ * group.scale:
        return "its strategies cancel each other out"
    if group.quantity * group.venue <= 0.0:
        return "it is opposite to what the venue holds, so closing it would enlarge the venue's position"
    return ""


def _share(terms: PlanTerms, groups: Iterable[_Group], workable: Iterable[_Group]) -> float:
    """The share to close of what may be touched, so that the whole comes down by the share needed."""
    needed = needed_share(terms)
    if needed <= 0.0 or terms.metric not in EXPOSURE_METRICS:
        return needed
    if terms.metric in NET_METRICS:
        whole = math.fsum(_known(group.notional) for group in groups)
        part = math.fsum(group.notional for group in workable) * math.copysign(1.0, whole)
        whole = abs(whole)
    else:
        whole = math.fsum(abs(_known(group.notional)) for group in groups)
        part = math.fsum(abs(group.notional) for group in workable)
    # What may be touched can be against the net: closing it would make things worse.
    return min(1.0, needed * whole / part) if part > 0.0 else 0.0


def _reduce(group: _Group, share: float, left_out: _LeftOut) -> list[Reduction]:
    """One order per strategy on the venue's side, together the group's net times the share and never above the net."""
    sign = math.copysign(1.0, group.venue)
    with_venue = [row for row in group.rows if row.quantity * sign > 0.0]
    against = [row for row in group.rows if row.quantity * sign < 0.0]
    for row in against:
        left_out.add(f"{_whose(row)} is opposite to the venue's net position", 1, row.notional)
    held = math.fsum(abs(row.quantity) for row in with_venue)
    left = min(share * abs(group.quantity), abs(group.venue))
    whole = left >= abs(group.venue) * (1.0 - FUZZ)
    room = abs(group.venue)
    part = left / held
    reductions: list[Reduction] = []
    for row in with_venue:
        cap = min(abs(row.quantity), room)
        quantity = _to_step(part * abs(row.quantity), cap, row.quantity_step)
        closes = quantity >= room * (1.0 - FUZZ) or (whole and len(with_venue) == 1)
        if quantity <= 0.0 or (quantity < (row.quantity_min or 0.0) * (1.0 - FUZZ) and not closes):
            left_out.add("the part to close is below the venue's smallest order", 1, row.notional)
            continue
        room = 0.0 if quantity >= room * (1.0 - FUZZ) else room - quantity
        side = Side.SELL if sign > 0.0 else Side.BUY
        notional = abs(row.notional) * quantity / abs(row.quantity)
        held_now = abs(group.venue)
        reductions.append(
            Reduction(row.account, row.symbol, row.strategy, side, quantity, notional, held_now, row.mark)
        )
    return reductions


def _to_step(quantity: float, cap: float, step: float | None) -> float:
    """Round up to a whole step, so that the aim is reached, but never above `cap`."""
    if not step or step <= 0.0:
        return min(quantity, cap)
    rounded = _clean(math.ceil(quantity / step - FUZZ * 1e3), step)
    # A position that is no whole number of steps can still be closed whole: the venue takes reduce-only remainders.
    if rounded < cap:
        return rounded
    return cap if quantity >= cap * (1.0 - FUZZ) else min(cap, _clean(math.floor(cap / step + FUZZ * 1e3), step))


def _clean(steps: float, step: float) -> float:
    """`steps` x `step` without binary dust: venues refuse 0.30000000000000004."""
    return round(steps * step, 12)


def _expected(terms: PlanTerms, groups: Iterable[_Group], reductions: Sequence[Reduction]) -> float:
    if terms.metric not in EXPOSURE_METRICS:
        return math.nan
    notionals = [_known(group.notional) for group in groups]
    if terms.metric in NET_METRICS:
        before = math.fsum(notionals)
        cut = math.fsum(row.notional if row.side is Side.SELL else -row.notional for row in reductions)
        return terms.value * (before - cut) / before if before else math.nan
    before = math.fsum(abs(notional) for notional in notionals)
    cut = math.fsum(row.notional for row in reductions)
    return terms.value * max(0.0, before - cut) / before if before else math.nan


def _sentence(
    terms: PlanTerms, reductions: Sequence[Reduction], notional: float, expected: float, currency: str
) -> str:
    if not reductions:
        return f"nothing can be reduced for {terms.metric}"
    positions = len({(row.account, row.symbol, row.side) for row in reductions})
    accounts = len({row.account for row in reductions})
    text = f"cut {_count(positions, 'position')} in {_count(accounts, 'account')}, {notional:,.0f} {currency}"
    if math.isfinite(expected):
        text += f"; {terms.metric} {_figure(terms.value)} to {_figure(expected)}"
    return text


def _known(notional: float) -> float:
    return 0.0 if math.isnan(notional) else notional


def _whose(row: PlanPosition) -> str:
    return "the unattributed part" if row.strategy == UNATTRIBUTED else f"strategy {row.strategy}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000.0 else f"{value:.3g}"
