"""The whole risk model on a book that is only planned: the columns of the cycle, the costly ones, every limit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.book.planned import PlannedSums, sums_of, without
from core.book.view import BookView
from core.engine.what_if.ground import Finder, Found, Ground
from core.mitigation.model import Reduction
from core.mitigation.planning.evaluation import LimitKey
from core.risk.costly.covariance import Covariance, coin_covariance
from core.risk.costly.planned import Closed, inputs_after
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.judging import Judged, bases_of, judge, take_figures
from core.risk.limits.restricting import restricted
from core.risk.model import Floats, Ints
from core.risk.planned import cycle_columns, planned_frame


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to, for the scopes that it touches; shape (touched,) or (touched, metrics)."""

    found: Found
    scopes: Ints
    """Rows of the matrix, sorted."""
    limits: CompiledLimits
    """Of these scopes alone."""
    cells: Ints
    """Which cells of all limits those are."""
    before: Judged
    after: Judged
    value_before: Floats
    value_after: Floats
    now: PlannedSums
    then: PlannedSums


class Values(Mapping[LimitKey, float]):
    """Of limited figures: as planned where the plan touches them, as they are everywhere else."""

    def __init__(self, ground: Ground, outlook: Outlook | None) -> None:
        self._ground = ground
        self._outlook = outlook

    def __getitem__(self, key: LimitKey) -> float:
        outlook = self._outlook
        if outlook is not None and key[0] in outlook.limits.rows:
            cell = outlook.limits.cell(*key)
            if cell is not None:
                return float(outlook.after.quantity[cell])
        cell = self._ground.limits.cell(*key)
        if cell is None:
            raise KeyError(key)
        return float(self._ground.judged.quantity[cell])

    def __iter__(self) -> Iterator[LimitKey]:
        limits = self._ground.limits
        return ((limits.scopes[row], limits.subject(cell)) for cell, row in enumerate(limits.row.tolist()))

    def __len__(self) -> int:
        return len(self._ground.limits.row)


class Evaluation:
    """Of one ground; may be called in a thread, and again and again. Nothing that lives is touched.

    It is what the planner's `Evaluate` asks for.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._finder = Finder(ground)
        self._now: tuple[Ints, PlannedSums] | None = None
        self._covariance: Covariance | None = None

    def __call__(self, reductions: Sequence[Reduction], cost: float) -> Mapping[LimitKey, float]:
        """`cost`, base currency, comes off the equity of who trades, in proportion to the notional; NaN is nothing."""
        found = self._finder.find(tuple(reductions))
        if not len(found.account):
            return Values(self.ground, None)
        return Values(self.ground, self.outlook(found, shared_out(cost, found.notional)))

    def find(self, reductions: Sequence[Reduction]) -> Found:
        return self._finder.find(tuple(reductions))

    def outlook(self, found: Found, cost: Floats) -> Outlook:
        """`cost`: shape (parts,), base currency, NaN unknown and taken for nothing."""
        view, scopes = self.ground.view, found.scopes(self.ground.view)
        lost = _by_scope(view, found, cost)
        now = self._sums_now(scopes)
        then = sums_of(without(self.ground.book, found.parts), view, scopes)
        own, cells = restricted(self.ground.limits, scopes)
        value = [
            cycle_columns(planned_frame(view, self.ground.series, now, sums, scopes, taken))
            for sums, taken in ((now, np.zeros(len(scopes))), (then, lost[scopes]))
        ]
        closed = Closed(found.account, found.instrument, found.strategy, found.parts.quantity, np.nan_to_num(cost))
        costly = self._costly(own, closed, scopes, lost, now, then)
        before, after = (np.concatenate(pair, axis=1) for pair in zip(value, costly, strict=True))
        judged = self._judged(own, cells, scopes, before, after)
        return Outlook(found, scopes, own, cells, *judged, before, after, now, then)

    def _sums_now(self, scopes: Ints) -> PlannedSums:
        if self._now is None or not np.array_equal(self._now[0], scopes):
            self._now = scopes, sums_of(self.ground.book, self.ground.view, scopes)
        return self._now[1]

    def _costly(
        self, own: CompiledLimits, closed: Closed, scopes: Ints, lost: Floats, now: PlannedSums, then: PlannedSums
    ) -> tuple[Floats, Floats]:
        """Costly columns now and then, shape (touched, costly metrics); not computed where no limit looks at them."""
        ground, columns = self.ground, self.ground.costly
        first = len(own.metrics) - len(ground.model.metrics)
        looked_at = bool(((own.column >= first) | (own.of >= first)).any())
        if columns is None or not looked_at:
            nothing = np.full((len(scopes), len(ground.model.metrics)), np.nan)
            if columns is not None:
                nothing = columns.value[scopes]
            return nothing, nothing
        if self._covariance is None:
            self._covariance = coin_covariance(columns.frame.inputs)
        layout = ground.view.layout
        members = (scopes >= layout.first_account) & (scopes < layout.first_strategy)
        gross = np.zeros(len(layout.scopes))
        gross[scopes] = _known(then.gross - now.gross)
        margins = []
        for after, before in (
            (then.initial_margin, now.initial_margin),
            (then.maintenance_margin, now.maintenance_margin),
        ):
            moved = np.zeros(layout.accounts)
            moved[scopes[members] - layout.first_account] = _known(after - before)[members]
            margins.append(moved)
        inputs = inputs_after(columns.frame.inputs, closed, lost, gross, *margins)
        frame = ground.model.frame_of(inputs, columns.betas, self._covariance)
        return columns.value[scopes], ground.model.columns(frame)[scopes]

    def _judged(
        self, own: CompiledLimits, cells: Ints, scopes: Ints, before: Floats, after: Floats
    ) -> tuple[Judged, Judged]:
        """Without confirmations and delays: how figures stand, not which events there are."""
        trust = self.ground.view.trust[scopes]
        changes = np.flatnonzero(own.span_s > 0.0)
        since = self.ground.judged.quantity[cells[changes]]
        levels = [take_figures(own, value, trust) for value in (before, after)]
        moved = _turned(own, levels[1][0], changes) - _turned(own, levels[0][0], changes)
        levels[0][0][changes] = since
        levels[1][0][changes] = since + moved
        out = []
        for value, (level, seen) in zip((before, after), levels, strict=True):
            judged = judge(level, seen, own, bases_of(own, value, trust, seen))
            out.append(replace(judged, breach_in_s=np.full(len(cells), np.nan)))
        return out[0], out[1]


def shared_out(cost: float, notional: Floats) -> Floats:
    """Shape (parts,): one amount, in proportion to what trades; what has no price pays nothing."""
    worth = np.nan_to_num(notional)
    whole = float(worth.sum())
    if math.isnan(cost) or whole <= 0.0:
        return np.zeros(len(worth))
    out: Floats = cost * worth / whole
    return out


def _by_scope(view: BookView, found: Found, cost: Floats) -> Floats:
    """Shape (scopes,), base currency."""
    layout = view.layout
    cost = np.nan_to_num(cost)
    return layout.sums(
        np.bincount(found.account, weights=cost, minlength=layout.accounts).astype(np.float64),
        np.bincount(found.strategy, weights=cost, minlength=layout.strategies).astype(np.float64),
    )


def _turned(limits: CompiledLimits, level: Floats, cells: Ints) -> Floats:
    """Levels so that larger is worse, as changes are taken of them."""
    return limits.sign[cells] * np.where(limits.magnitude[cells], np.abs(level[cells]), level[cells])


def _known(moved: Floats) -> Floats:
    return np.where(np.isnan(moved), 0.0, moved)
