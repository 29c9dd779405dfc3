"""The positions of a flatten: what closing each would cost, and while it runs how far each one is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Leg, Side
from core.halt.flatten.model import FlattenOutcome, FlattenRow, FlattenView, RowState
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.theme import Tone

COLUMNS = (
    Column("STATE", 112, bold=True),
    Column("ACCOUNT", 110),
    Column("INSTRUMENT", 152),
    Column("CLOSES", 92, figures=True),
    Column("WORTH", 96, figures=True, tip="At the mid price of the order book"),
    Column("COSTS", 88, figures=True, tip="Half the spread, the walk down the visible book, and the fee"),
    Column("NOTE", 200),
)
STATE, ACCOUNT, INSTRUMENT, CLOSES, WORTH, COSTS, NOTE = range(len(COLUMNS))
PLANNED, OBSTACLE = "would close", "stays"
MARKS = {
    RowState.WAITING: "○ waiting",
    RowState.SENDING: "▸ closing",
    RowState.FLAT: "✓ FLAT",
    RowState.LEFT: "▲ LEFT",
    RowState.UNKNOWN: "◆ UNKNOWN",
}
TONES = {
    RowState.WAITING: Tone.FAINT,
    RowState.SENDING: Tone.NORMAL,
    RowState.FLAT: Tone.OK,
    RowState.LEFT: Tone.CRITICAL,
    RowState.UNKNOWN: Tone.UNKNOWN,
}
_WORST_FIRST = (RowState.LEFT, RowState.UNKNOWN, RowState.SENDING, RowState.WAITING, RowState.FLAT)
Key = tuple[str, str, Side]
Row = tuple[FlattenRow | None, FlattenOutcome | None]
"""What was previewed, and what became of it; one of them is there."""


def rows_of(view: FlattenView) -> tuple[Row, ...]:
    """The preview's rows in its order, then what only turned up while it ran."""
    came: dict[Key, FlattenOutcome] = {(row.account, row.symbol, row.side): row for row in view.outcomes}
    planned = [(row, came.pop((row.account, row.symbol, row.side), None)) for row in view.plan.rows]
    return (*planned, *((None, row) for row in came.values()))


class FlattenTable(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows: tuple[Row, ...] = ()

    def show(self, view: FlattenView | None) -> None:
        self.rows = () if view is None else rows_of(view)
        self.take(tuple((*_named(row), _side(row)) for row in self.rows))

    def natural_order(self) -> Order:
        ranks = [_WORST_FIRST.index(came.state) if came is not None else 0 for _, came in self.rows]
        return np.argsort(np.array(ranks, dtype=np.intp), kind="stable")

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        if column in {WORTH, COSTS, CLOSES}:
            values = (self._figure(row, column) for row in range(len(self.rows)))
            return np.fromiter(values, np.float64, len(self.rows))
        words = np.array([self.text(row, column) for row in range(len(self.rows))], dtype=np.str_)
        return np.unique(words, return_inverse=True)[1].astype(np.float64)

    def _figure(self, row: int, column: int) -> float:
        planned, came = self.rows[row]
        if column == CLOSES:
            return _quantity((planned, came))
        value = None if planned is None else planned.notional if column == WORTH else planned.cost
        return float("nan") if value is None else value

    def text(self, row: int, column: int) -> str:
        planned, came = self.rows[row]
        account, symbol, leg = _named((planned, came))
        if column == STATE:
            return MARKS[came.state] if came is not None else OBSTACLE if planned and planned.obstacle else PLANNED
        if column == ACCOUNT:
            return account
        if column == INSTRUMENT:
            return symbol if leg is Leg.NET else f"{symbol} · {leg.value}"
        if column == CLOSES:
            return f"{_side((planned, came)).value} {figures.quantity(_quantity((planned, came)))}"
        if column == NOTE:
            return _note(planned, came)
        return figures.money(self._figure(row, column), planned.coin if planned is not None else "")

    def tone(self, row: int, column: int) -> Tone:
        planned, came = self.rows[row]
        if column == STATE:
            if came is not None:
                return TONES[came.state]
            return Tone.MEDIUM if planned is not None and planned.obstacle else Tone.NORMAL
        if column == COSTS:
            return Tone.UNKNOWN if planned is None or planned.unknown else Tone.NORMAL
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column == NOTE else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        planned, _ = self.rows[row]
        if column == COSTS and planned is not None and planned.cost is not None:
            parts = {"half the spread": planned.spread_cost, "depth": planned.depth_cost, "fee": planned.fee_cost}
            lines = [f"{name} {figures.money(cost, planned.coin)}" for name, cost in parts.items() if cost is not None]
            return "\n".join([*lines, planned.unknown] if planned.unknown else lines)
        return self.text(row, NOTE) if column == NOTE else ""


def _named(row: Row) -> tuple[str, str, Leg]:
    one = row[0] or row[1]
    assert one is not None
    return one.account, one.symbol, one.leg


def _side(row: Row) -> Side:
    one = row[0] or row[1]
    assert one is not None
    return one.side


def _quantity(row: Row) -> float:
    planned, came = row
    if planned is not None:
        return abs(planned.quantity)
    return (came.left if came is not None else None) or 0.0


def _note(planned: FlattenRow | None, came: FlattenOutcome | None) -> str:
    if came is not None:
        left = f"{figures.quantity(came.left)} left" if came.state is RowState.LEFT and came.left is not None else ""
        orders = figures.count(came.orders, "order") if came.orders else ""
        return " · ".join(part for part in (left, came.reason, orders) if part)
    if planned is None or planned.obstacle:
        return planned.obstacle if planned is not None else ""
    slices = f"{figures.number(planned.slices)} slices" if planned.slices > 1 else ""
    return " · ".join(part for part in (slices, planned.unknown) if part)
