"""What a plan cuts, position by position: to be changed while it waits, to be followed while it runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain import Side
from core.mitigation.by_hand import Choice, Key
from core.mitigation.model import Mitigation
from core.mitigation.report import ReductionOutcome
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.theme import Tone

COLUMNS = (
    Column("ACCOUNT", 96),
    Column("INSTRUMENT", 124),
    Column("STRATEGY", 84),
    Column("SIDE", 44),
    Column("HELD", 80, figures=True, tip="What the strategy holds of the position, base units"),
    Column("CUT", 80, figures=True, tip="What the plan closes of it; 0 leaves it alone"),
    Column("NOTIONAL", 76, figures=True),
    Column("COST", 76, figures=True, tip="Expected: half the spread, the visible order book, the fee"),
    Column("OF BOOK", 70, figures=True, tip="What is cut as a share of the visible order book on its side"),
    Column("FILLED", 78, figures=True, tip="Gone from the position, as the venue's own books show it"),
    Column("NOTE", 160),
)
ACCOUNT, INSTRUMENT, STRATEGY, SIDE, HELD, CUT, NOTIONAL, COST, OF_BOOK, FILLED, NOTE = range(len(COLUMNS))


@dataclass(frozen=True, slots=True)
class CutLine:
    account: str
    symbol: str
    strategy: str
    side: Side
    held: float
    cut: float
    notional: float
    cost: float
    of_book: float
    filled: float
    note: str
    again: int = 0
    """Counts lines of the same position: a plan may cut one in two parts."""

    @property
    def key(self) -> Key:
        return (self.account, self.symbol, self.strategy, self.side)

    @property
    def identity(self) -> tuple[Key, int]:
        return self.key, self.again


def of_choices(choices: Sequence[Choice]) -> tuple[CutLine, ...]:
    return _told_apart(
        CutLine(
            row.account, row.symbol, row.strategy, row.side, row.held, row.cut, row.cut_notional, row.cost,
            row.depth_share, math.nan, row.note,
        )
        for row in choices
    )  # fmt: skip


def of_plan(plan: Mitigation, progress: Sequence[ReductionOutcome]) -> tuple[CutLine, ...]:
    """As it runs or ran."""
    told: Mapping[Key, ReductionOutcome] = {
        (row.reduction.account, row.reduction.symbol, row.reduction.strategy, row.reduction.side): row
        for row in progress
    }
    lines = []
    for row in plan.reductions:
        outcome = told.get((row.account, row.symbol, row.strategy, row.side))
        filled = math.nan if outcome is None else outcome.filled
        note = "" if outcome is None else _told(outcome)
        held = math.copysign(row.held, row.side.opposite.sign)
        lines.append(
            CutLine(
                row.account, row.symbol, row.strategy, row.side, held, row.quantity, row.notional, math.nan, math.nan,
                filled, note,
            )
        )  # fmt: skip
    return _told_apart(lines)


def _told_apart(lines: Iterable[CutLine]) -> tuple[CutLine, ...]:
    seen: Counter[Key] = Counter()
    out = []
    for line in lines:
        again = seen[line.key]
        seen[line.key] += 1
        out.append(replace(line, again=again) if again else line)
    return tuple(out)


def _told(outcome: ReductionOutcome) -> str:
    orders = len(outcome.client_order_ids)
    if outcome.refused:
        return outcome.refused
    return f"{figures.count(orders, 'order')} sent" if orders else ""


class CutModel(LineModel[CutLine]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.followed = False
        """Whether it shows how far orders are."""

    def key_of(self, line: CutLine) -> Hashable:
        return line.identity

    def number(self, line: CutLine, column: int) -> float | None:
        return {
            HELD: line.held, CUT: line.cut, NOTIONAL: line.notional, COST: line.cost, OF_BOOK: line.of_book,
            FILLED: line.filled,
        }.get(column)  # fmt: skip

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        value = self.number(line, column)
        if value is None:
            words = {ACCOUNT: line.account, INSTRUMENT: line.symbol, STRATEGY: line.strategy, SIDE: line.side.value}
            return words.get(column, line.note)
        if column == FILLED and not self.followed:
            return ""
        if column in (NOTIONAL, COST, OF_BOOK) and (not line.cut or (self.followed and math.isnan(value))):
            return ""
        if column == OF_BOOK:
            return figures.percent(value)
        return figures.money(value, self.base) if column in (NOTIONAL, COST) else figures.quantity(value)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        value = self.number(line, column)
        if column == NOTE:
            return Tone.MEDIUM if line.note else Tone.FAINT
        if value is not None and math.isnan(value):
            return Tone.UNKNOWN
        if column == OF_BOOK and value is not None and value > 1.0:
            return Tone.HIGH
        if not line.cut:
            return Tone.FAINT
        return Tone.STRONG if column in (INSTRUMENT, CUT) else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        place = f"{line.symbol} in {line.account} ({line.strategy})"
        return f"{place}\n{line.note}" if line.note else place
