"""Positions, resting orders, limits and members of one scope, as tables."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np

from core.domain import Leg, Scope, Severity
from core.snapshot import LimitInForce, MetricInfo, OrderLine, PositionLine, RiskMatrix
from widgets import figures
from widgets.columns import Column, Order
from widgets.line_model import LineModel
from widgets.marks import metric_words, scope_words, severity_mark, severity_tone
from widgets.standing import least_head, worst_of
from widgets.theme import Tone

POSITIONS = (
    Column("INSTRUMENT", 128),
    Column("ACCOUNT", 108),
    Column("SIDE", 74, tip="With its leg, where an account holds both sides"),
    Column("NOTIONAL", 84, figures=True, tip="Base currency at our marks"),
    Column("UNREALISED", 96, figures=True, tip="Base currency; a coin's cost is not known"),
    Column("TO LIQ.", 74, figures=True, tip="Distance of the mark to the liquidation price that the venue names"),
    Column("QUANTITY", 88, figures=True, tip="Base units; negative is short"),
    Column("MARK", 96, figures=True, tip="Quote units per base unit; of a coin, base currency"),
)
INSTRUMENT, ACCOUNT, SIDE, NOTIONAL, UNREALISED, DISTANCE, QUANTITY, MARK = range(len(POSITIONS))
NEAR_LIQUIDATION = 0.05


class PositionModel(LineModel[PositionLine]):
    def __init__(self) -> None:
        super().__init__(POSITIONS)

    def key_of(self, line: PositionLine) -> Hashable:
        return line.account, line.symbol, line.leg, line.is_coin

    def number(self, line: PositionLine, column: int) -> float | None:
        return {
            QUANTITY: line.quantity,
            MARK: line.mark,
            NOTIONAL: line.notional,
            UNREALISED: math.nan if line.is_coin else line.unrealised,
            DISTANCE: line.liquidation_distance,
        }.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == SIDE:
            side = "long" if line.quantity > 0 else "short"
            return side if line.leg is Leg.NET else f"{side} leg"
        if column == QUANTITY:
            return figures.quantity(line.quantity, plus=True)
        if column == MARK:
            return figures.price(line.mark)
        if column == NOTIONAL:
            return figures.money(line.notional, self.base, plus=True)
        if column == UNREALISED:
            return "" if line.is_coin else figures.money(line.unrealised, self.base, plus=True)
        if column == DISTANCE:
            return "" if line.is_coin else figures.percent(line.liquidation_distance)
        return line.symbol if column == INSTRUMENT else line.account

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        value = self.number(line, column)
        if value is not None and math.isnan(value):
            return Tone.UNKNOWN
        if column == UNREALISED and value:
            return Tone.GAIN if value > 0 else Tone.LOSS
        if column == DISTANCE and value is not None and value < NEAR_LIQUIDATION:
            return Tone.CRITICAL
        return Tone.STRONG if column == INSTRUMENT else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        entry, liquidation = figures.price(line.entry_price), figures.price(line.liquidation_price)
        prices = f"entry {entry}, mark {figures.price(line.mark)}\nliquidation {liquidation}"
        return f"{line.symbol} in {line.account}\n{prices}"


ORDERS = (
    Column("INSTRUMENT", 128),
    Column("ACCOUNT", 108),
    Column("SIDE", 52),
    Column("OPEN", 84, figures=True, tip="Base units still open"),
    Column("PRICE", 106, figures=True, tip="Limit price, or the trigger of an order that has none"),
    Column("AGE", 66, figures=True, tip="Since the venue accepted it"),
    Column("KIND", 118, tip="Which of the venue's order books holds it, and whether it only reduces"),
    Column("STRATEGY", 92),
)
OPEN, PRICE, AGE, KIND, STRATEGY = 3, 4, 5, 6, 7


class OrderModel(LineModel[OrderLine]):
    def __init__(self) -> None:
        super().__init__(ORDERS)

    def key_of(self, line: OrderLine) -> Hashable:
        return line.account, line.order_id, line.book

    def number(self, line: OrderLine, column: int) -> float | None:
        price = line.trigger_price if math.isnan(line.price) else line.price
        return {OPEN: line.quantity - line.filled, PRICE: price, AGE: self.now_s - line.at_s}.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        value = self.number(line, column)
        if column == AGE:
            return figures.seconds(math.nan if value is None else max(0.0, value))
        if value is not None:
            return figures.quantity(value) if column == OPEN else figures.price(value)
        if column == KIND:
            return f"{line.book}, reduces" if line.reduce_only else line.book
        return {INSTRUMENT: line.symbol, SIDE: line.side.value, STRATEGY: line.strategy}.get(column, line.account)

    def tone(self, row: int, column: int) -> Tone:
        value = self.number(self.lines[row], column)
        if value is not None and math.isnan(value):
            return Tone.UNKNOWN
        return Tone.STRONG if column == INSTRUMENT else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        trigger = "" if math.isnan(line.trigger_price) else f"\ntrigger {figures.price(line.trigger_price)}"
        return f"order {line.order_id} in {line.account}\nfilled {figures.quantity(line.filled)}{trigger}"


LIMITS = (
    Column("METRIC", 124),
    Column("LOW", 70, figures=True),
    Column("MEDIUM", 74, figures=True),
    Column("HIGH", 70, figures=True),
    Column("CRITICAL", 78, figures=True),
    Column("FROM", 112, tip="The pattern that the limit in force is written for"),
    Column("THEN", 300, tip="What follows a breach, by severity, besides its event"),
)
FIRST_LEVEL, ORIGIN, THEN = 1, 5, 6


class LimitModel(LineModel[LimitInForce]):
    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.infos: dict[str, MetricInfo] = {}

    def key_of(self, line: LimitInForce) -> Hashable:
        return line.subject

    def number(self, line: LimitInForce, column: int) -> float | None:
        return line.thresholds[column - FIRST_LEVEL]

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        info = self.infos.get(line.metric)
        if column == 0:
            return self._title(line)
        if column == THEN:
            return ", ".join(f"{policy} at {severity.word}" for severity, _, policy in line.levels if policy)
        if column == ORIGIN:
            return line.origin.removeprefix("from ")
        level = self.number(line, column)
        if level is None:
            return ""
        unit = "ratio" if line.share_of else info.unit if info is not None else ""
        return figures.limit(level, unit, self.base)

    def _title(self, line: LimitInForce) -> str:
        """`Gross exposure of equity`, `Drawdown in 5 min`."""
        known = self.infos.get(line.metric)
        title = known.title if known is not None else metric_words(line.metric)
        if line.share_of:
            title = f"{title} of {metric_words(line.share_of)}"
        return f"{title} in {figures.seconds(line.change_over_s)}" if line.change_over_s else title

    def tone(self, row: int, column: int) -> Tone:
        if FIRST_LEVEL <= column < ORIGIN:
            return severity_tone(int(Severity(column)))
        return Tone.STRONG if column == 0 else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        clear, delay = figures.percent(line.clear, trim=True), figures.seconds(line.on_delay_s)
        course = f"cleared {clear} inside the threshold, raised after {delay} beyond it"
        if line.off_delay_s:
            course += f", cleared after {figures.seconds(line.off_delay_s)} inside it"
        return "\n".join((f"{self.text(row, 0)}: {line.origin}", *line.terms, course))


MEMBERS = (Column("SCOPE", 170), Column("STATE", 106, bold=True), Column("LIMIT USED", 90, figures=True))


class MemberModel(LineModel[Scope]):
    """Links: a row opens the page of its scope."""

    def __init__(self) -> None:
        super().__init__(MEMBERS)
        self.matrix: RiskMatrix | None = None

    def key_of(self, line: Scope) -> Hashable:
        return line

    def natural_order(self) -> Order:
        return np.arange(len(self.lines), dtype=np.intp)

    def _row(self, row: int) -> slice | None:
        at = None if self.matrix is None else self.matrix.rows.get(self.lines[row])
        return None if at is None else slice(at, at + 1)

    def _state(self, row: int) -> int:
        at = self._row(row)
        return 0 if at is None or self.matrix is None else int(worst_of(self.matrix, at)[0])

    def _used(self, row: int) -> float:
        at = self._row(row)
        head = math.inf if at is None or self.matrix is None else float(least_head(self.matrix, at)[0])
        return math.nan if head == math.inf else 1.0 - head

    def sort_keys(self, column: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if column == 0:
            return np.asarray(super().sort_keys(column))
        measure = self._used if column == len(MEMBERS) - 1 else self._state
        return np.array([float(measure(row)) for row in range(len(self.lines))])

    def text(self, row: int, column: int) -> str:
        if column == 0:
            return scope_words(self.lines[row])
        if column == 1:
            return severity_mark(self._state(row))
        used = self._used(row)
        return "no limit" if math.isnan(used) else figures.percent(used)

    def tone(self, row: int, column: int) -> Tone:
        return Tone.ACCENT if column == 0 else severity_tone(self._state(row))

    def tip(self, row: int, column: int) -> str:
        return f"Open {scope_words(self.lines[row])}"
