"""What every scope comes to once some of it is cut: the metrics that follow from the positions alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.domain import Scope, ScopeKind
from core.mitigation.planning.columns import Floats, Ints, PlanColumns, add_up
from core.mitigation.planning.units import Units, rows_in
from core.risk.ratio import over, share


@dataclass(frozen=True, slots=True)
class Members:
    """All that one kind of scope holds, coins included; arrays of shape (entries,).

    Entries are venue positions; for strategies their parts of them.
    """

    kind: ScopeKind
    names: tuple[str, ...]
    scope: Ints
    """Index into `names`."""
    notional: Floats
    side: Floats
    """The sign of the quantity; 0 where even that is not known."""
    initial: Floats
    """Per base currency of notional."""
    maintenance: Floats
    beta: Floats
    underlying: Ints
    instrument: Ints
    venue: Ints
    settle: Ints
    slot: Ints
    row: Ints

    def sums(self, amount: Floats) -> Floats:
        """Shape (scopes of the kind,)."""
        return add_up(self.scope, amount, len(self.names))


GROUPS: Mapping[str, tuple[str, bool]] = {
    "largest_position_share": ("underlying", True),
    "largest_instrument_share": ("instrument", True),
    "largest_venue_share": ("venue", False),
    "largest_coin_share": ("settle", False),
    "underlying_herfindahl": ("underlying", True),
    "instrument_herfindahl": ("instrument", True),
    "venue_herfindahl": ("venue", False),
    "coin_herfindahl": ("settle", False),
}
"""What a concentration is measured over, and whether long and short cancel within one."""
SHARES = frozenset(name for name in GROUPS if name.startswith("largest"))
CURVED = frozenset(name for name in GROUPS if name.endswith("herfindahl"))
"""Follow from the positions, and are no ratio of sums."""
OVER_EQUITY: Mapping[str, str] = {"leverage": "gross", "margin_use": "initial", "maintenance_use": "maintenance"}
"""Ratios of a sum to the equity, and what is added up."""
SIGNED = frozenset({"net_exposure", "beta_net_exposure"})
"""Limits look at their magnitude."""


class Ledger:
    def __init__(self, columns: PlanColumns, equity: Mapping[Scope, float]) -> None:
        self._columns = columns
        self._equity = equity
        self._members: dict[ScopeKind, Members] = {}
        self._places: dict[ScopeKind, dict[str, int]] = {}
        self._equities: dict[ScopeKind, Floats] = {}
        self._weights: tuple[Units, dict[Scope, Floats]] | None = None

    @property
    def columns(self) -> PlanColumns:
        return self._columns

    def members(self, kind: ScopeKind) -> Members:
        if kind not in self._members:
            self._members[kind] = _members(self._columns, kind)
        return self._members[kind]

    def index(self, scope: Scope) -> int | None:
        """The place of a scope among its kind; None where it holds nothing."""
        if scope.kind not in self._places:
            self._places[scope.kind] = {name: place for place, name in enumerate(self.members(scope.kind).names)}
        return self._places[scope.kind].get(scope.name)

    def equity(self, kind: ScopeKind) -> Floats:
        """Shape (scopes of the kind,)."""
        if kind not in self._equities:
            names = self.members(kind).names
            self._equities[kind] = np.array([self.equity_of(Scope(kind, name)) for name in names])
        return self._equities[kind]

    def equity_of(self, scope: Scope) -> float:
        return self._equity.get(scope, math.nan)

    def weights(self, units: Units, scope: Scope) -> Floats:
        """Shape (units,): the part of each unit that is the scope's. Read-only."""
        if self._weights is None or self._weights[0] is not units:
            self._weights = (units, {})
        known = self._weights[1]
        if scope not in known:
            mine = rows_in(self._columns, scope) & (units.of_row >= 0)
            known[scope] = add_up(units.of_row[mine], units.part[mine], len(units))
        return known[scope]

    def cuts(self, kind: ScopeKind, units: Units, cut: Floats) -> Floats:
        """Shape (entries,): base currency taken from each entry of the kind."""
        held = self.members(kind)
        if kind is ScopeKind.STRATEGY:
            of_row = units.of_row[held.row]
            taken = np.where(of_row >= 0, cut[of_row] if len(cut) else 0.0, 0.0)
            return np.asarray(taken * units.part[held.row])
        slots = int(self._columns.slot.max(initial=-1)) + 1
        by_slot = add_up(units.slot, cut, slots)
        return np.asarray(by_slot[held.slot])

    def gross(self, kind: ScopeKind, taken: Floats | float = 0.0) -> Floats:
        held = self.members(kind)
        return held.sums(np.abs(held.notional) - taken)

    def value(self, kind: ScopeKind, metric: str, taken: Floats | float = 0.0, cost: Floats | float = 0.0) -> Floats:
        """Shape (scopes of the kind,): the metric with so much taken from each entry and spent by each scope.

        Raises KeyError for a metric that does not follow from the positions.
        """
        held = self.members(kind)
        left = held.notional - np.sign(held.notional) * taken
        if metric in GROUPS:
            return self._concentration(held, metric, left)
        if metric in OVER_EQUITY:
            return over(self.amount(kind, metric, taken), self.equity(kind) - cost)
        return _SUMS[metric](held, left, self.equity(kind) - cost)

    def amount(self, kind: ScopeKind, metric: str, taken: Floats | float = 0.0) -> Floats:
        """Shape (scopes of the kind,): what is set against the equity, as far as it is known.

        Where nobody tells any margin it goes with the gross.
        """
        held = self.members(kind)
        left = np.nan_to_num(np.abs(held.notional)) - taken
        name = OVER_EQUITY[metric]
        if name == "gross":
            return held.sums(left)
        rate: Floats = getattr(held, name)
        with_margin = held.sums(left * np.nan_to_num(rate))
        return np.where(with_margin > 0.0, with_margin, held.sums(left))

    def _concentration(self, held: Members, metric: str, left: Floats) -> Floats:
        scope, amount = self.grouped(held, metric, left)
        count = len(held.names)
        if metric in SHARES:
            largest = np.zeros(count)
            np.maximum.at(largest, scope, amount)
            return share(largest, held.sums(np.abs(left)))
        whole = add_up(scope, amount, count)
        squares = add_up(scope, amount * amount, count)
        return share(squares, whole * whole)

    def grouped(self, held: Members, metric: str, left: Floats) -> tuple[Ints, Floats]:
        """The scope of each group that a concentration is measured over, and what it holds, unsigned."""
        name, nets = GROUPS[metric]
        pair, place = self.groups(held, name)
        amount = add_up(place, left if nets else np.abs(left), len(pair))
        return pair, np.abs(amount)

    def groups(self, held: Members, name: str) -> tuple[Ints, Ints]:
        """Groups of one scope and one word of a column: the scope of each, and the group of every entry."""
        code: Ints = getattr(held, name)
        width = int(code.max(initial=0)) + 1
        keys, place = np.unique(held.scope * width + code, return_inverse=True)
        return keys // width, place


def _members(columns: PlanColumns, kind: ScopeKind) -> Members:
    if kind is ScopeKind.STRATEGY:
        row = np.arange(len(columns))
        notional = columns.notional
    else:
        _, row = np.unique(columns.slot, return_index=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            notional = columns.notional[row] * (columns.venue_quantity[row] / columns.quantity[row])
    names = {
        ScopeKind.VENUE: columns.venue,
        ScopeKind.ACCOUNT: columns.account,
        ScopeKind.STRATEGY: columns.strategy,
    }.get(kind)
    scope = np.zeros(len(row), dtype=np.int64) if names is None else names.code[row]
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.abs(columns.notional[row])
        initial = np.where(columns.is_coin[row], 0.0, columns.initial[row] / size)
        maintenance = np.where(columns.is_coin[row], 0.0, columns.maintenance[row] / size)
    return Members(
        kind=kind,
        names=("",) if names is None else names.words,
        scope=scope,
        notional=notional,
        side=np.sign(np.nan_to_num(columns.venue_quantity[row])),
        initial=initial,
        maintenance=maintenance,
        beta=columns.beta[row],
        underlying=columns.underlying.code[row],
        instrument=columns.symbol.code[row],
        venue=columns.venue.code[row],
        settle=columns.settle.code[row],
        slot=columns.slot[row],
        row=row,
    )


_SUMS: Mapping[str, Callable[[Members, Floats, Floats], Floats]] = {
    "gross_exposure": lambda held, left, _: held.sums(np.abs(left)),
    # What rests comes on top, whatever is cut: the figure falls by as much as the position does.
    "filled_exposure": lambda held, left, _: held.sums(np.abs(left)),
    "net_exposure": lambda held, left, _: held.sums(left),
    "long_exposure": lambda held, left, _: held.sums(np.maximum(left, 0.0)),
    "short_exposure": lambda held, left, _: held.sums(np.maximum(-left, 0.0)),
    "beta_net_exposure": lambda held, left, _: held.sums(left * held.beta),
    "free_margin": lambda held, left, equity: equity - held.sums(np.abs(left) * held.initial),
}
FOLLOWS = frozenset(_SUMS) | frozenset(GROUPS) | frozenset(OVER_EQUITY)
"""Metrics that the ledger can tell: those that `EXPOSURE_METRICS` names."""
