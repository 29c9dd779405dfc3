"""Orders that appeared after a stop, and how long each of them lived."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.halt.model import HaltView, LateOrder
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("ACCOUNT", 106),
    Column("SYMBOL", 104),
    Column("STRATEGY", 92),
    Column("LIVED", 102, figures=True, tip="From the venue's acceptance to the cancel's reply"),
)
LEAST_PX = 96
"""Of the table: what else stands beside it on the board needs the height of a small screen."""
ACCOUNT, SYMBOL, STRATEGY, LIVED = range(len(COLUMNS))


class LateModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.orders: tuple[LateOrder, ...] = ()

    def show(self, orders: tuple[LateOrder, ...]) -> None:
        self.orders = orders
        self.take(tuple((order.account, order.order_id) for order in orders))

    def natural_order(self) -> Order:
        resting = np.fromiter((order.delay_ms is not None for order in self.orders), np.float64, len(self.orders))
        seen = np.fromiter((order.seen_at_s for order in self.orders), np.float64, len(self.orders))
        return np.lexsort((-seen, resting))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        return np.fromiter((order.seen_at_s for order in self.orders), np.float64, len(self.orders))

    def text(self, row: int, column: int) -> str:
        order = self.orders[row]
        rests = "kept" if order.kept else "still rests"
        lived = rests if order.delay_ms is None else figures.milliseconds(order.delay_ms)
        return (order.account, order.symbol, order.strategy, lived)[column]

    def tone(self, row: int, column: int) -> Tone:
        if column == LIVED:
            alarming = self.orders[row].delay_ms is None and not self.orders[row].kept
            return Tone.CRITICAL if alarming else Tone.NORMAL
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        order = self.orders[row]
        ids = f"order {order.order_id}\nclient {order.client_order_id}\npattern {order.pattern}"
        return f"strategy {order.strategy}\n{ids}\nseen {figures.clock(order.seen_at_s)}"


class LateOrders(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("late_orders", "Reappearing orders", parent)
        self.model = LateModel()
        self.table = Table(self.model, "late_rows", "Orders that appeared after the stop", self)
        self.table.empty_words = "No order appeared after the stop"
        self.table.size_columns(stretched=SYMBOL)
        self.table.spare(STRATEGY, below_px=380)
        self.table.setMinimumHeight(LEAST_PX)
        self.body.addWidget(self.table)

    def show_halt(self, halt: HaltView | None) -> None:
        orders = halt.late_orders if halt is not None else ()
        self.model.show(orders)
        self.table.flush()
        resting = sum(order.delay_ms is None and not order.kept for order in orders)
        # The list holds the newest; the rows of the board count all.
        total = max(len(orders), sum(row.late for row in halt.rows)) if halt is not None else 0
        words = f"{figures.number(total)} since the stop"
        self.note.say(f"{words} · {figures.number(resting)} still rest" if resting else words if orders else "")
