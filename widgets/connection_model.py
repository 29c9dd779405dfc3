"""Every account's connection as a table model; what is in trouble first."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import LinkState
from core.snapshot import ConnectionView, LaneView
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, ranks
from widgets.deadman_words import SWITCH_TONES, switch_key, switch_tip, switch_words
from widgets.marks import LINK_MARKS, LINK_TONES
from widgets.theme import Tone

COLUMNS = (
    Column("LINK", 104, bold=True),
    Column("ACCOUNT", 132),
    Column("VENUE", 108),
    Column("MODE", 62, tip="watch: only the stop may act. act: mitigations may act too"),
    Column("FEED", 76, tip="streams: the venue tells what happens at once. polling: it is asked in turn"),
    Column("AGE", 70, figures=True, tip="Since the account's state was last confirmed"),
    Column("TRIP P50", 82, figures=True, tip="From a request's going out to its reply's coming in: half are faster"),
    Column("TRIP P99", 82, figures=True, tip="99 of 100 of the newest round trips are faster"),
    Column("BUDGET", 96, figures=True, tip="Of this minute's request weight, what is used at its venue by its way out"),
    Column("CLOCK", 88, figures=True, tip="Our clock minus the venue's"),
    Column("AGAIN", 66, figures=True, tip="How often the connection came up again since the start"),
    Column("DEAD MAN", 104, tip="At the venue: how long until it cancels everything by itself unless that is renewed"),
    Column("POSITIONS", 92, figures=True),
    Column("RESTING", 84, figures=True, tip="Resting orders"),
    Column("PROTECTIVE", 98, figures=True, tip="Of these, orders that only reduce a position"),
    Column("REASON", 200),
)
(
    LINK, ACCOUNT, VENUE, MODE, FEED, AGE, P50, P99, BUDGET, CLOCK, AGAIN, DEADMAN, POSITIONS, RESTING, PROTECTIVE,
    REASON,
) = range(len(COLUMNS))  # fmt: skip
_RANK = {LinkState.DOWN: 0, LinkState.CONNECTING: 1, LinkState.UP: 2}
NOT_UP = "\0not up"
"""Handed to the filter in front of what is searched for: those alone that are not up."""
FULL = 0.5
"""Share of a minute's weight from which on watching rests: the rest is the stop's."""
CLOCK_BEARABLE_MS = 1_000.0


def used_share(lane: LaneView | None) -> float:
    """Of a minute's request weight; NaN where nobody counts it."""
    return math.nan if lane is None or not lane.limit else lane.used / lane.limit


def budget_tone(lane: LaneView | None) -> Tone:
    share = used_share(lane)
    if math.isnan(share):
        return Tone.UNKNOWN
    shut = lane is not None and lane.shut_s > 0.0
    return Tone.CRITICAL if shut else Tone.MEDIUM if share > FULL else Tone.NORMAL


def offset_words(offset_ms: float | None) -> str:
    if offset_ms is None:
        return figures.UNKNOWN
    return figures.milliseconds(offset_ms) if offset_ms >= 0 else figures.MINUS + figures.milliseconds(-offset_ms)


def feed_words(streams: bool | None) -> str:
    return figures.UNKNOWN if streams is None else "streams" if streams else "polling"


class ConnectionModel(ColumnModel):
    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.views: tuple[ConnectionView, ...] = ()
        self.lanes: Mapping[str, LaneView] = {}

    def show(self, views: tuple[ConnectionView, ...], lanes: tuple[LaneView, ...] = ()) -> None:
        self.lanes = {lane.lane: lane for lane in lanes}
        if views is self.views:
            return
        self.views = views
        self.take(tuple(view.account for view in views))

    def lane_of(self, view: ConnectionView) -> LaneView | None:
        return self.lanes.get(view.measured.lane)

    def natural_order(self) -> Order:
        return np.argsort(self.sort_keys(LINK), kind="stable")

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        only, words = needle.startswith(NOT_UP), needle.removeprefix(NOT_UP).strip()
        found = (
            (not only or view.link is not LinkState.UP)
            and (not words or words in f"{view.account} {view.venue} {view.mode} {view.link} {view.reason}".lower())
            for view in self.views
        )
        return np.fromiter(found, np.bool_, len(self.views))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.views)
        if column == LINK:
            return np.fromiter((_RANK[view.link] for view in self.views), np.float64, rows)
        if column == DEADMAN:
            return np.fromiter((switch_key(view.deadman) for view in self.views), np.float64, rows)
        if self.columns[column].figures:
            found = (self.number(view, column) for view in self.views)
            return np.fromiter((np.nan if value is None else value for value in found), np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))

    def number(self, view: ConnectionView, column: int) -> float | None:
        """What a column of figures is sorted by; NaN and None where it is not known."""
        measured = view.measured
        if column == BUDGET:
            return used_share(self.lane_of(view))
        return {
            AGE: view.age_s,
            P50: measured.round_trip_p50_ms,
            P99: measured.round_trip_p99_ms,
            CLOCK: measured.clock_offset_ms,
            AGAIN: measured.reconnects if measured.lane else None,
            POSITIONS: view.positions,
            RESTING: view.resting_orders,
            PROTECTIVE: view.protective_orders,
        }[column]

    def text(self, row: int, column: int) -> str:
        view = self.views[row]
        if not self.columns[column].figures:
            return self._words(view, column)
        value = self.number(view, column)
        if column == AGE:
            return figures.seconds(view.age_s)
        if column in {P50, P99}:
            return figures.milliseconds(value)
        if column == BUDGET:
            return figures.percent(math.nan if value is None else value)
        if column == CLOCK:
            return offset_words(value)
        return figures.number(None if value is None else int(value))

    def _words(self, view: ConnectionView, column: int) -> str:
        if column == LINK:
            return LINK_MARKS[view.link]
        if column == DEADMAN:
            return switch_words(view.deadman)
        if column == REASON:
            return " · ".join(part for part in (view.reason, *view.notes) if part)
        if column == FEED:
            return feed_words(view.measured.streams)
        return {VENUE: view.venue, ACCOUNT: view.account}.get(column, view.mode.value)

    def tone(self, row: int, column: int) -> Tone:
        view = self.views[row]
        if column == LINK:
            return LINK_TONES[view.link]
        if column == DEADMAN:
            return SWITCH_TONES.get(view.deadman.state, Tone.NORMAL)
        if column == BUDGET:
            return budget_tone(self.lane_of(view))
        if self.columns[column].figures:
            value = self.number(view, column)
            if value is None or not math.isfinite(value):
                return Tone.UNKNOWN
            return Tone.MEDIUM if column == CLOCK and abs(value) > CLOCK_BEARABLE_MS else Tone.NORMAL
        if column == FEED and view.measured.streams is None:
            return Tone.UNKNOWN
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column == REASON else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        view = self.views[row]
        if column == DEADMAN:
            return switch_tip(view.deadman)
        if column == BUDGET:
            return lane_words(self.lane_of(view))
        return self.text(row, column) if column in {ACCOUNT, REASON} else ""


def lane_words(lane: LaneView | None) -> str:
    """`1,204 of 2,400 a minute at binanceusdm`, and what else has to be known of it."""
    if lane is None:
        return "no connection, no budget"
    if not lane.limit:
        return f"{lane.lane}: nobody has written down what this venue counts; its own limiter paces the watching"
    per = "a minute" if lane.period_s == 60.0 else f"in {figures.seconds(lane.period_s)}"
    words = f"{figures.number(round(lane.used))} of {figures.number(lane.limit)} {per} at {lane.lane}"
    if lane.shut_s > 0.0:
        words += f"; it wants to be asked nothing for {figures.seconds(lane.shut_s)}"
    return f"{words}; a stop waits for its turn" if lane.stop_waits else words
