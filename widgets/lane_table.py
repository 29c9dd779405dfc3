"""What every venue counts together: how many accounts stand behind it, its budget, its clock, its round trips."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from core.domain import LinkState
from core.snapshot import ConnectionView, LaneView
from widgets import figures
from widgets.columns import Column
from widgets.connection_model import budget_tone, lane_words, offset_words, used_share
from widgets.line_model import LineModel
from widgets.theme import Tone

COLUMNS = (
    Column("VENUE AND WAY OUT", 150),
    Column("UP", 142, tip="Accounts whose connection is up"),
    Column("STREAMS", 122, tip="Accounts that streams serve; the others are asked in turn"),
    Column("WEIGHT THIS MINUTE", 158, figures=True, tip="What was spent, by whomever, of what the venue allows"),
    Column("USED", 96, figures=True, tip="Half of every minute is kept for the stop"),
    Column("CLOCK", 84, figures=True, tip="Our clock minus the venue's"),
    Column("TRIP P50", 84, figures=True, tip="The median of its accounts' medians"),
    Column("TRIP P99", 84, figures=True, tip="Of its slowest account"),
    Column("AGAIN", 70, figures=True, tip="How often connections came up again since the start, all together"),
    Column("", 200),
)
NAME, UP, STREAMS, WEIGHT, USED, CLOCK, P50, P99, AGAIN, WORDS = range(len(COLUMNS))


@dataclass(frozen=True, slots=True)
class LaneLine:
    lane: LaneView
    accounts: int = 0
    up: int = 0
    streaming: int = 0
    p50_ms: float = math.nan
    p99_ms: float = math.nan
    reconnects: int = 0


def lines_of(lanes: Iterable[LaneView], views: Iterable[ConnectionView]) -> tuple[LaneLine, ...]:
    """One per lane, in their order."""
    behind: dict[str, list[ConnectionView]] = {lane.lane: [] for lane in lanes}
    for view in views:
        behind.get(view.measured.lane, []).append(view)
    lines = []
    for lane in lanes:
        rows = behind[lane.lane]
        medians = sorted(row.measured.round_trip_p50_ms for row in rows if row.measured.requests)
        slowest = max((row.measured.round_trip_p99_ms for row in rows if row.measured.requests), default=math.nan)
        lines.append(
            LaneLine(
                lane=lane,
                accounts=len(rows),
                up=sum(row.link is LinkState.UP for row in rows),
                streaming=sum(row.measured.streams is True for row in rows),
                p50_ms=medians[len(medians) // 2] if medians else math.nan,
                p99_ms=slowest,
                reconnects=sum(row.measured.reconnects for row in rows),
            )
        )
    return tuple(lines)


class LaneModel(LineModel[LaneLine]):
    marks_figures = True

    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: LaneLine) -> Hashable:
        return line.lane.lane

    def number(self, line: LaneLine, column: int) -> float | None:
        return {
            WEIGHT: line.lane.used,
            USED: used_share(line.lane),
            CLOCK: line.lane.clock_offset_ms,
            P50: line.p50_ms,
            P99: line.p99_ms,
            AGAIN: line.reconnects,
        }.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        lane = line.lane
        if column == UP:
            return f"{figures.number(line.up)} of {figures.number(line.accounts)}"
        if column == STREAMS:
            return f"{figures.number(line.streaming)} of {figures.number(line.accounts)}"
        if column == WEIGHT:
            most = figures.number(lane.limit) if lane.limit else "no count"
            return f"{figures.number(round(lane.used))} of {most}"
        if column == USED:
            return figures.percent(used_share(lane))
        if column == CLOCK:
            return offset_words(lane.clock_offset_ms)
        if column in {P50, P99}:
            return figures.milliseconds(self.number(line, column))
        return {NAME: lane.lane, AGAIN: figures.number(line.reconnects)}.get(column, _trouble(lane))

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == UP:
            return Tone.NORMAL if line.up == line.accounts else Tone.CRITICAL
        if column in {USED, WEIGHT}:
            return budget_tone(line.lane)
        if column == WORDS:
            return Tone.CRITICAL if line.lane.shut_s > 0.0 else Tone.MEDIUM
        value = self.number(line, column)
        if self.columns[column].figures and (value is None or math.isnan(value)):
            return Tone.UNKNOWN
        return Tone.STRONG if column == NAME else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        lane = self.lines[row].lane
        if column == CLOCK and lane.clock_offset_ms is not None and math.isfinite(lane.clock_age_s):
            return f"measured {figures.seconds(lane.clock_age_s)} ago"
        return lane_words(lane)


def _trouble(lane: LaneView) -> str:
    if lane.shut_s > 0.0:
        return f"▲ asked to rest for {figures.seconds(lane.shut_s)}"
    return "■ a stop waits for its turn" if lane.stop_waits else ""
