"""Keeps hedges while they are cut: the legs in one account go together, and accounts that hedge each other in step.

What a pair cuts in one account is a unit; its legs are cut in proportion, slice by slice. Units that sell and units
that buy are the two sides of the pair. Neither side gets further than one step ahead of what the venues' books show of
the other, by worth, so that many accounts can go on side by side while nothing of a hedge is stripped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.domain import Side
from core.mitigation.held import Cut
from core.venues.closing import FUZZ

EVEN = 0.05
"""A unit whose legs even out but for this share of what it cuts hedges nobody else."""


@dataclass(slots=True)
class _Total:
    """One side of a pair, in worth (base currency)."""

    worth: float = 0.0
    begun: float = 0.0
    """Orders on their way included."""
    done: float = 0.0
    open: int = 0
    """Units that may still be cut further."""
    trouble: str = ""
    """Why one of its units ended before its time."""

    def share(self, amount: float) -> float:
        return amount / self.worth if self.worth > 0.0 else 1.0


@dataclass(slots=True)
class Unit:
    """What a plan cuts together in one account; most are a single cut that hedges nothing."""

    cuts: list[Cut]
    pair: str = ""
    worth: float = 0.0
    """Of what it sells less what it buys, unsigned."""
    sells: bool = False
    _begun: float = field(default=0.0)
    _done: float = field(default=0.0)
    _open: bool = field(default=False)

    @property
    def open(self) -> bool:
        return any(cut.open and not cut.final for cut in self.cuts)

    @property
    def stuck(self) -> Cut | None:
        """A cut of it that ended before its time."""
        return next((cut for cut in self.cuts if cut.final and cut.progress < 1.0 - FUZZ), None)

    def mean(self, shares: Iterable[float]) -> float:
        """Of its cuts' shares, by worth."""
        weights = [abs(cut.reduction.notional) or 1.0 for cut in self.cuts]
        return math.fsum(weight * share for weight, share in zip(weights, shares, strict=True)) / math.fsum(weights)


class Balance:
    def __init__(self, cuts: Sequence[Cut], step: float) -> None:
        """`step`: the share of its cuts by which one side may be ahead of the other."""
        self._step = step
        self.units = units_of(cuts)
        self._sides: dict[tuple[str, bool], _Total] = {}
        for unit in self.units:
            if unit.worth > 0.0:
                side = self._sides.setdefault((unit.pair, unit.sells), _Total())
                side.worth += unit.worth
        for unit in self.units:
            self.note(unit)

    def note(self, unit: Unit) -> None:
        """Something was sent or found out of it."""
        side = self._side(unit)
        if side is None:
            return
        begun = unit.worth * unit.mean(cut.progress for cut in unit.cuts)
        done = unit.worth * unit.mean(cut.done for cut in unit.cuts)
        side.begun += begun - unit._begun
        side.done += done - unit._done
        side.open += unit.open - unit._open
        unit._begun, unit._done, unit._open = begun, done, unit.open
        stuck = unit.stuck
        if stuck is not None:
            side.trouble = f"{stuck.reduction.symbol} of {stuck.account}: {stuck.refused or 'it ended before its time'}"

    def allowance(self, unit: Unit) -> float:
        """By which share of its cuts it may go on now; infinite where it hedges nothing."""
        own, other = self._side(unit), self._other(unit)
        if own is None or other is None:
            return math.inf
        ahead = 0.0 if other.open == 0 else self._step
        most = min(1.0, other.share(other.done) + ahead)
        return max(0.0, (most - own.share(own.begun)) * own.worth / unit.worth)

    def may_have_least(self, unit: Unit) -> bool:
        """Whether it may send a least order although that is more than its allowance: its side is not ahead."""
        own, other = self._side(unit), self._other(unit)
        if own is None or other is None:
            return True
        return other.open > 0 and own.share(own.begun) <= other.share(other.done) + FUZZ

    def why_over(self, unit: Unit) -> str:
        """Why it will never be allowed more than it is now, "" while it may be."""
        own, other = self._side(unit), self._other(unit)
        if own is None or other is None or other.open > 0 or other.share(other.done) >= 1.0 - FUZZ:
            return ""
        return f"what it hedges could not be cut further ({other.trouble or 'it was over'})"

    def _side(self, unit: Unit) -> _Total | None:
        return self._sides.get((unit.pair, unit.sells)) if unit.worth > 0.0 else None

    def _other(self, unit: Unit) -> _Total | None:
        return self._sides.get((unit.pair, not unit.sells))


def units_of(cuts: Sequence[Cut]) -> list[Unit]:
    by_key: dict[tuple[str, str], list[Cut]] = {}
    for cut in cuts:
        if not cut.reduction.quantity > 0.0:
            cut.end("the plan cuts nothing of it")
            continue
        key = (cut.account, cut.reduction.pair) if cut.reduction.pair else (cut.account, f"\0{cut.place}")
        by_key.setdefault(key, []).append(cut)
    return [_unit(group) for group in by_key.values()]


def _unit(cuts: list[Cut]) -> Unit:
    pair = cuts[0].reduction.pair
    if not pair:
        return Unit(cuts)
    signed = [abs(cut.reduction.notional) * (1.0 if cut.reduction.side is Side.SELL else -1.0) for cut in cuts]
    net = math.fsum(signed)
    even = abs(net) <= EVEN * math.fsum(map(abs, signed))
    return Unit(cuts, pair, 0.0 if even else abs(net), net > 0.0)
