"""From cuts of venue positions to reduce-only orders of strategies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from core.domain import Side
from core.mitigation.model import Reduction
from core.mitigation.planning.columns import Floats, Ints
from core.mitigation.planning.lots import ROUND, grid_of
from core.mitigation.planning.solving import Draft
from core.mitigation.planning.units import FUZZ, LeftOut


def reductions_of(draft: Draft, left_out: LeftOut) -> tuple[Reduction, ...]:
    """By account and symbol; what lots leave over of a part goes to the largest part."""
    units, columns = draft.units, draft.ledger.columns
    small = (grid_of(units, units.notional).cap <= 0.0) & (units.notional > 0.0)
    for unit in np.flatnonzero(small).tolist():
        left_out.add("the part to close is below the venue's smallest order", 1, float(units.notional[unit]))
    chosen = np.flatnonzero(draft.cut > 0.0).tolist()
    rows_of, pairs = _rows_of(draft, chosen), _pairs(draft)
    out: list[Reduction] = []
    for unit in chosen:
        worth = float(units.notional[unit] / units.quantity[unit])
        step, least = float(units.step[unit]), float(units.least[unit])
        quantity = _clean(float(draft.cut[unit]) / worth, step, float(units.quantity[unit]))
        rows = rows_of[unit]
        held = np.abs(columns.quantity[rows])
        for row, part in zip(rows.tolist(), _parts(quantity, held, step, least), strict=True):
            if part <= 0.0:
                continue
            side = Side.SELL if columns.venue_quantity[row] > 0.0 else Side.BUY
            out.append(
                Reduction(
                    columns.account.at(row), columns.symbol_at(row), columns.strategy.at(row), side, part, part * worth,
                    held=abs(float(columns.venue_quantity[row])), mark=float(columns.mark[row]), pair=pairs[unit],
                )
            )  # fmt: skip
    # The largest part first: what is left then closes the position, and may be smaller than any other order.
    out.sort(key=lambda row: (row.account, row.symbol, row.side, -row.quantity, row.strategy))
    return tuple(out)


def _rows_of(draft: Draft, unit: Sequence[int]) -> dict[int, Ints]:
    """The rows of these units."""
    of_row = draft.units.of_row
    rows = np.flatnonzero(of_row >= 0)
    rows = rows[np.argsort(of_row[rows], kind="stable")]
    starts = np.searchsorted(of_row[rows], np.arange(len(draft.units) + 1)).tolist()
    return {one: rows[starts[one] : starts[one + 1]] for one in unit}


def _pairs(draft: Draft) -> list[str]:
    """Shape (units,): the underlying where both its long and its short side are cut, in one account or in several."""
    units, columns = draft.units, draft.ledger.columns
    underlying = columns.underlying.code[units.row]
    sides = np.zeros((2, len(columns.underlying.words)), dtype=np.bool_)
    for number, side in enumerate((1.0, -1.0)):
        sides[number, underlying[(draft.cut > 0.0) & (units.towards == side)]] = True
    both = sides[0] & sides[1]
    return [columns.underlying.words[code] if both[code] else "" for code in underlying.tolist()]


def _parts(quantity: float, held: Floats, step: float, least: float) -> Iterator[float]:
    """What each row gives of a unit's quantity: in proportion, in whole steps, no part below the smallest order."""
    total = float(held.sum())
    if len(held) == 1:
        yield min(quantity, float(held[0]))
        return
    whole = quantity >= total * (1.0 - FUZZ)
    parts = held * (quantity / total)
    if step > 0.0 and not whole:
        parts = np.floor(parts / step + ROUND) * step
    parts = np.where(parts < least * (1.0 - FUZZ), 0.0, parts) if not whole else parts
    order = np.argsort(-held, kind="stable")
    for row in order.tolist():  # the largest first takes what is left over, as far as it holds so much
        rest = quantity - float(parts.sum())
        room = float(held[row] - parts[row])
        more = min(rest, room)
        if step > 0.0 and more < rest * (1.0 - FUZZ):
            more = math.floor(more / step + ROUND) * step
        if more > FUZZ * quantity and parts[row] + more >= least * (1.0 - FUZZ):
            parts[row] += more
    for part in parts.tolist():
        yield _clean(part, step, math.inf)


def _clean(quantity: float, step: float, cap: float) -> float:
    """Whole steps without binary dust: venues refuse 0.30000000000000004. What is no multiple stays as it is."""
    if quantity >= cap * (1.0 - FUZZ):
        return cap
    lots = round(quantity / step) if step > 0.0 else 0
    return round(lots * step, 12) if lots and abs(lots * step - quantity) <= ROUND * step else quantity
