"""The venues' dead-man's switches as table models: account by account, and venue by venue."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.halt.deadman.switch import DeadManView, SwitchState
from core.snapshot import ConnectionView
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, ranks
from widgets.deadman_words import SWITCH_TONES, switch_key, switch_tip
from widgets.line_model import LineModel
from widgets.theme import Tone

MARKS = {
    SwitchState.LAPSED: "▲▲ LAPSED",
    SwitchState.FAILED: "▲ FAILED",
    SwitchState.NONE: "■ NONE",
    SwitchState.ARMING: "○ arming",
    SwitchState.ARMED: "● ARMED",
    SwitchState.IDLE: "idle",
    SwitchState.OFF: "off",
}
COLUMNS = (
    Column("STATE", 108, bold=True),
    Column("ACCOUNT", 140),
    Column("VENUE", 112),
    Column("LAPSES IN", 88, figures=True, tip="Until the venue cancels by itself, unless it is renewed before"),
    Column("ASKED FOR", 88, figures=True, tip="Seconds from a renewal to the cancel, as configured (deadman_s)"),
    Column("RUNNING", 80, figures=True, tip="Countdowns: one per product, or one per instrument"),
    Column("WHEN IT FIRES", 300, tip="What goes with it, and what else has to be known"),
    Column("WHY NOT", 220),
)
STATE, ACCOUNT, VENUE, LEFT, SECONDS, RUNNING, COVERS, WHY = range(len(COLUMNS))
ASKED_FOR = "asked for"
"""Handed to the filter: those alone that have or want a switch."""


def why_not(switch: DeadManView) -> str:
    if switch.state is SwitchState.OFF:
        return switch.reason or "none is asked for: deadman_s of the account"
    return switch.reason


class DeadmanModel(ColumnModel):
    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.views: tuple[ConnectionView, ...] = ()

    def show(self, views: tuple[ConnectionView, ...]) -> None:
        if views is not self.views:
            self.views = views
            self.take(tuple(view.account for view in views))

    def natural_order(self) -> Order:
        return np.argsort(self.sort_keys(STATE), kind="stable")

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        wanted = (view.deadman.state is not SwitchState.OFF for view in self.views)
        return np.fromiter(wanted, np.bool_, len(self.views))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.views)
        if column == STATE:
            return np.fromiter((switch_key(view.deadman) for view in self.views), np.float64, rows)
        if self.columns[column].figures:
            found = (self._number(view.deadman, column) for view in self.views)
            return np.fromiter((np.nan if value is None else value for value in found), np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))

    @staticmethod
    def _number(switch: DeadManView, column: int) -> float | None:
        return {LEFT: switch.left_s, SECONDS: switch.seconds or None, RUNNING: switch.countdowns}[column]

    def text(self, row: int, column: int) -> str:
        view = self.views[row]
        switch = view.deadman
        if column == STATE:
            return MARKS[switch.state]
        if switch.state is SwitchState.OFF and self.columns[column].figures:
            return ""
        if column == LEFT:
            return "" if switch.left_s is None else figures.seconds(switch.left_s)
        if column == SECONDS:
            return f"{figures.number(switch.seconds)} s"
        if column == RUNNING:
            return figures.number(switch.countdowns)
        # What all of them have in common is told by the head of the column.
        covers = switch.warning.removeprefix("When it fires, ")
        return {ACCOUNT: view.account, VENUE: view.venue, COVERS: covers}.get(column, why_not(switch))

    def tone(self, row: int, column: int) -> Tone:
        switch = self.views[row].deadman
        if column == STATE:
            return Tone.OK if switch.state is SwitchState.ARMED else SWITCH_TONES.get(switch.state, Tone.NORMAL)
        if column == LEFT and switch.left_s is not None and switch.left_s < switch.seconds / 4:
            return Tone.HIGH
        if column == WHY:
            return Tone.NORMAL if switch.is_worrying else Tone.FAINT
        return Tone.STRONG if column == ACCOUNT else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return switch_tip(self.views[row].deadman)


@dataclass(frozen=True, slots=True)
class VenueSwitches:
    """What is known of the switches at one venue."""

    venue: str
    accounts: int
    asked: int
    armed: int
    idle: int
    worrying: int
    least_left_s: float
    """Of those that run; NaN where none does."""
    without: int
    """Accounts for which the venue has none."""


def by_venue(views: Iterable[ConnectionView]) -> tuple[VenueSwitches, ...]:
    found: dict[str, list[DeadManView]] = {}
    for view in views:
        found.setdefault(view.venue, []).append(view.deadman)
    return tuple(_of_venue(venue, switches) for venue, switches in found.items())


def _of_venue(venue: str, switches: list[DeadManView]) -> VenueSwitches:
    states = [switch.state for switch in switches]
    return VenueSwitches(
        venue=venue,
        accounts=len(switches),
        asked=len(switches) - states.count(SwitchState.OFF),
        armed=states.count(SwitchState.ARMED),
        idle=states.count(SwitchState.IDLE),
        worrying=sum(switch.is_worrying for switch in switches),
        least_left_s=min((switch.left_s for switch in switches if switch.left_s is not None), default=math.nan),
        without=states.count(SwitchState.NONE),
    )


VENUES = (
    Column("VENUE", 150),
    Column("ASKED FOR", 120, tip="Accounts that are to have one, of all accounts there"),
    Column("ARMED", 80, figures=True),
    Column("IDLE", 80, figures=True, tip="Nothing rests that it would have to guard"),
    Column("TROUBLE", 86, figures=True, tip="Not there, or on its way out"),
    Column("FIRST LAPSES IN", 130, figures=True),
    Column("", 200),
)
NAME, ASKED, ARMED, IDLE, TROUBLE, FIRST, WORDS = range(len(VENUES))


class VenueSwitchModel(LineModel[VenueSwitches]):
    marks_figures = True

    def __init__(self) -> None:
        super().__init__(VENUES)

    def key_of(self, line: VenueSwitches) -> Hashable:
        return line.venue

    def number(self, line: VenueSwitches, column: int) -> float | None:
        return {ARMED: line.armed, IDLE: line.idle, TROUBLE: line.worrying, FIRST: line.least_left_s}.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == ASKED:
            return f"{figures.number(line.asked)} of {figures.number(line.accounts)}"
        if column == FIRST:
            return "" if math.isnan(line.least_left_s) else figures.seconds(line.least_left_s)
        if column == WORDS:
            gone = figures.count(line.without, "account")
            return f"■ none to be had for {gone}" if line.without else ""
        value = self.number(line, column)
        return line.venue if value is None else figures.number(int(value))

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == TROUBLE and line.worrying:
            return Tone.HIGH
        if column == WORDS:
            return Tone.MEDIUM
        return Tone.STRONG if column == NAME else Tone.NORMAL
