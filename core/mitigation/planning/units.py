"""What a plan may cut, and what it may not and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from core.domain import UNATTRIBUTED, Scope, ScopeKind
from core.mitigation.planning.columns import Bools, Floats, Ints, PlanColumns, add_up

FUZZ = 1e-9
"""Relative slack against the rounding of binary fractions, far below any venue's step."""


@dataclass(slots=True)
class LeftOut:
    """Counts what is not touched by reason, so that a plan over thousands of positions stays readable."""

    reasons: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, reason: str, positions: int, notional: float) -> None:
        count, total = self.reasons.get(reason, (0, 0.0))
        self.reasons[reason] = (count + positions, total + (0.0 if np.isnan(notional) else abs(notional)))

    def sentences(self, currency: str) -> tuple[str, ...]:
        return tuple(
            f"{count:,} position{'' if count == 1 else 's'} left out ({total:,.0f} {currency}): {reason}"
            for reason, (count, total) in self.reasons.items()
        )


@dataclass(frozen=True, slots=True)
class Units:
    """One per venue position, or per strategy's part of one where strategies are told apart; shape (units,).

    Whatever is cut of a unit is taken from its rows in proportion to what they hold.
    """

    row: Ints
    """The first of its rows."""
    of_row: Ints
    """Shape (rows,): the unit that each row belongs to, -1 for none."""
    part: Floats
    """Shape (rows,): its share of the unit; 0 without one."""
    slot: Ints
    quantity: Floats
    """At most to be closed; unsigned."""
    notional: Floats
    """The same in base currency: the bound of what is cut."""
    room: Floats
    """Base currency: what the venue's position leaves to all units of its slot together."""
    towards: Floats
    """+1 where closing it takes from the long side of the exposure, -1 from the short side."""
    initial: Floats
    """Per base currency cut; NaN unknown."""
    maintenance: Floats
    beta: Floats
    step: Floats
    """Quantity; 0 for none."""
    least: Floats
    """Smallest order, quantity; 0 for none."""
    whole: Bools
    """Whether closing all of it leaves nothing at the venue."""
    partner: Bools
    """Lies outside of the scopes that are mended: a leg of a hedge that the plan may cut together with the other."""

    def __len__(self) -> int:
        return len(self.row)


def rows_in(columns: PlanColumns, scope: Scope) -> Bools:
    """Raises ValueError for what is no scope of measures."""
    match scope.kind:
        case ScopeKind.PORTFOLIO:
            return np.ones(len(columns), dtype=np.bool_)
        case ScopeKind.VENUE:
            return columns.venue.find(scope.name)
        case ScopeKind.ACCOUNT:
            return columns.account.find(scope.name)
        case ScopeKind.STRATEGY:
            return columns.strategy.find(scope.name)
        case ScopeKind.SYMBOL:
            raise ValueError(f"{scope} is a scope of stops only: nothing is measured by it")


def find_units(columns: PlanColumns, scopes: Iterable[Scope], left_out: LeftOut) -> Units:
    """The units of these scopes, the parts of strategies told apart where one of the scopes is a strategy."""
    scopes = tuple(scopes)
    mine = np.zeros(len(columns), dtype=np.bool_)
    for scope in scopes:
        mine |= rows_in(columns, scope)
    apart = any(scope.kind is ScopeKind.STRATEGY for scope in scopes)
    workable = mine & _workable(columns, mine, left_out)
    return units_of(columns, workable, np.zeros(len(columns), dtype=np.bool_), apart=apart)


def with_partners(columns: PlanColumns, units: Units, most: int) -> Units:
    """The same and other legs of their hedges elsewhere: at most `most`, the largest first."""
    mine = units.of_row >= 0
    able = ~mine & columns.may_act & (_obstacles(columns) == 0)
    towards = np.sign(np.nan_to_num(columns.notional))
    coins = len(columns.underlying.words)
    for side in (1.0, -1.0):
        has = np.zeros(coins, dtype=np.bool_)
        has[columns.underlying.code[units.row[units.towards == side]]] = True
        able &= (towards != -side) | has[columns.underlying.code]
    chosen = np.flatnonzero(able)
    chosen = chosen[np.argsort(-np.abs(columns.notional[chosen]), kind="stable")][:most]
    partner = np.zeros(len(columns), dtype=np.bool_)
    partner[chosen] = True
    apart = len(np.unique(units.slot)) < len(units)
    return units_of(columns, mine | partner, partner, apart=apart)


def units_of(columns: PlanColumns, rows: Bools, partner: Bools, *, apart: bool) -> Units:
    """One unit per slot of these rows, or per row: also where the smallest order is more than a lot, since what is cut
    of a slot could not be shared out then."""
    at = np.flatnonzero(rows)
    step, least = np.maximum(np.nan_to_num(columns.step), 0.0), _least(columns)
    alone = apart | (least[at] > step[at] * (1.0 + FUZZ))
    # A row of a partner is never merged with one that is in a scope.
    key = np.where(alone, at, len(columns) + columns.slot[at] * 2 + partner[at])
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    row = at[first]
    of_row = np.full(len(columns), -1, dtype=np.int64)
    of_row[at] = place
    held = np.abs(columns.quantity[at])
    total = add_up(place, held, len(row))
    part = np.zeros(len(columns))
    part[at] = held / total[place]
    venue = np.abs(columns.venue_quantity[row])
    # Sums of a position's parts differ from it by the dust of binary fractions.
    quantity = np.where(total >= venue * (1.0 - FUZZ), venue, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.abs(columns.notional[row] / columns.quantity[row])
        size = np.abs(columns.notional[row])
        initial, maintenance = columns.initial[row] / size, columns.maintenance[row] / size
    return Units(
        row=row,
        of_row=of_row,
        part=part,
        slot=columns.slot[row],
        quantity=quantity,
        notional=quantity * worth,
        room=venue * worth,
        towards=np.sign(columns.notional[row]),
        initial=initial,
        maintenance=maintenance,
        beta=columns.beta[row],
        step=step[row],
        least=least[row],
        whole=quantity >= venue * (1.0 - FUZZ),
        partner=partner[row],
    )


def _least(columns: PlanColumns) -> Floats:
    """Shape (rows,): the smallest order, by quantity or by value; 0 for none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        by_value = columns.notional_min / np.abs(columns.notional / columns.quantity)
    return np.fmax(np.nan_to_num(columns.least), np.nan_to_num(by_value, posinf=0.0))


_REASONS = (
    "",
    "no mark or no quantity is known",
    "the venue holds no such position",
    "it is opposite to what the venue holds, so closing it would enlarge the venue's position",
)


def _obstacles(columns: PlanColumns) -> Ints:
    """Shape (rows,): the number of the reason for which a row cannot be cut, 0 where it can."""
    venue, quantity = columns.venue_quantity, columns.quantity
    unknown = ~(np.isfinite(columns.notional) & np.isfinite(quantity) & np.isfinite(venue))
    scale = np.zeros(int(columns.slot.max(initial=-1)) + 1)
    np.maximum.at(scale, columns.slot, np.abs(np.nan_to_num(quantity)))
    nothing = np.abs(venue) <= FUZZ * scale[columns.slot]
    out: Ints = np.select([unknown, nothing, ~(quantity * venue > 0.0)], [1, 2, 3], default=0).astype(np.int64)
    # What has no notional cannot be told apart from nothing, and frees nothing.
    out[(out == 0) & (columns.notional == 0.0)] = 1
    out[columns.is_coin] = len(_REASONS)
    return out


def _workable(columns: PlanColumns, mine: Bools, left_out: LeftOut) -> Bools:
    """Which rows can be cut; of the others among `mine` it is said why not."""
    reason = _obstacles(columns)
    able = reason == 0
    held = mine & ~columns.is_coin
    watched = held & ~columns.may_act
    _tell(columns, watched, "the account is watched only", left_out)
    for number, words in enumerate(_REASONS[1:3], start=1):
        _tell(columns, held & columns.may_act & (reason == number), words, left_out)
    against = held & columns.may_act & (reason == 3)
    beside = np.zeros(int(columns.slot.max(initial=-1)) + 1, dtype=np.bool_)
    beside[columns.slot[held & able]] = True
    shared = against & beside[columns.slot]
    _tell(columns, against & ~shared, _REASONS[3], left_out)
    for row in np.flatnonzero(shared).tolist():
        name = columns.strategy.at(row)
        whose = "the unattributed part" if name == UNATTRIBUTED else f"strategy {name}"
        left_out.add(f"{whose} is opposite to the venue's net position", 1, float(columns.notional[row]))
    return np.asarray(able & columns.may_act)


def _tell(columns: PlanColumns, rows: Bools, reason: str, left_out: LeftOut) -> None:
    """Counted by position at a venue, not by strategy."""
    at = np.flatnonzero(rows)
    if len(at):
        notional = float(np.nansum(np.abs(columns.notional[at])))
        left_out.add(reason, len(np.unique(columns.slot[at])), notional)
