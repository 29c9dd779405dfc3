"""The columns of every cycle for a book that is only planned, and only for the scopes that a plan touches."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from core.book.planned import PlannedSums
from core.book.view import BookView
from core.risk.frame import Frame, Series
from core.risk.liquidation import cross_distance
from core.risk.metrics import METRICS
from core.risk.model import Floats, Ints


def planned_frame(
    view: BookView, series: Series, now: PlannedSums, then: PlannedSums, scopes: Ints, cost: Floats
) -> Frame:
    """Arrays of the shape of `scopes` (rows of the matrix, sorted); `now` and `then` are sums of the same.

    What trading does not move at once (peaks, ages, rates of orders) stays; `cost`, base currency, comes off equity and
    unit value.
    """
    equity = view.equity[scopes] - cost
    worth, unit = view.worth[scopes], view.unit[scopes]
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(cost == 0.0, unit, unit - cost * unit / worth)
    return Frame(
        equity=equity,
        unit=unit,
        peak=view.peak[scopes],
        day_open=view.day_open[scopes],
        day_peak=view.day_peak[scopes],
        age_s=view.age_s[scopes],
        trust=view.trust[scopes],
        gross=then.gross,
        net=then.net,
        beta_net=then.beta_net,
        unrealised=then.unrealised,
        initial_margin=then.initial_margin,
        maintenance_margin=then.maintenance_margin,
        liquidation_distance=_distances(view, now, then, scopes, equity),
        largest_net=then.largest_net,
        squared_net=then.squared_net,
        absolute_net=then.absolute_net,
        resting=view.working.resting[scopes],
        filled_gross=then.gross + then.added,
        order_rate=view.working.order_rate[scopes],
        cancel_rate=view.working.cancel_rate[scopes],
        reject_rate=view.working.reject_rate[scopes],
        # Counted less often than the rest: what closes comes off the newest count.
        unprotected=np.maximum(view.working.unprotected[scopes] + then.unprotected - now.unprotected, 0.0),
        series=Series(*(getattr(series, field.name)[scopes] for field in fields(series))),
    )


def cycle_columns(frame: Frame) -> Floats:
    """Shape (scopes of the frame, metrics of every cycle)."""
    return np.stack([metric.compute(frame) for metric in METRICS], axis=1)


def _distances(view: BookView, now: PlannedSums, then: PlannedSums, scopes: Ints, equity: Floats) -> Floats:
    """As `liquidation.distances`. A venue names its price anew only when it has traded: until then it is taken to move
    as far as the own estimate of the account does."""
    layout = view.layout
    before = cross_distance(view.equity[scopes], now.maintenance_margin, now.net)
    own = cross_distance(equity, then.maintenance_margin, then.net)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = own / before
    by_venue = np.where(np.isfinite(moved), then.liquidation * moved, then.liquidation)
    by_venue = np.where(np.isposinf(own) & np.isfinite(before), np.nan, by_venue)
    found = np.where(np.isfinite(by_venue), by_venue, own)
    everywhere = cross_distance(view.equity, view.totals.maintenance_margin, view.totals.net)
    named = np.isfinite(view.totals.liquidation)
    everywhere[named] = view.totals.liquidation[named]
    members = slice(layout.first_account, layout.first_strategy)
    touched = (scopes >= members.start) & (scopes < members.stop)
    everywhere[scopes[touched]] = found[touched]
    worst = -layout.worst(-everywhere[members], np.zeros(layout.strategies))
    return np.where(scopes < layout.first_account, worst[scopes], found)
