"""Every account's link to its venue."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.domain import LinkState
from core.halt.deadman.switch import DeadManView, SwitchState
from core.snapshot import ConnectionView, Snapshot
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.marks import LINK_MARKS, LINK_TONES
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("LINK", 100, bold=True),
    Column("VENUE", 122),
    Column("ACCOUNT", 148),
    Column("MODE", 74, tip="watch: only the stop may act. act: mitigations may act too"),
    Column("AGE", 74, figures=True, tip="Since the account's state was last confirmed"),
    Column("POSITIONS", 96, figures=True),
    Column("RESTING", 92, figures=True, tip="Resting orders"),
    Column("PROTECTIVE", 104, figures=True, tip="Of these, orders that only reduce a position"),
    Column("DEAD MAN", 112, tip="At the venue: how long until it cancels everything by itself unless that is renewed"),
    Column("REASON", 200),
)
LINK, VENUE, ACCOUNT, MODE, AGE, POSITIONS, RESTING, PROTECTIVE, DEADMAN, REASON = range(len(COLUMNS))
_RANK = {LinkState.DOWN: 0, LinkState.CONNECTING: 1, LinkState.UP: 2}
_TROUBLE_FIRST = (
    SwitchState.LAPSED, SwitchState.FAILED, SwitchState.NONE, SwitchState.ARMING, SwitchState.ARMED, SwitchState.IDLE,
    SwitchState.OFF,
)  # fmt: skip
SWITCH_TONES = {
    SwitchState.LAPSED: Tone.HIGH,
    SwitchState.FAILED: Tone.MEDIUM,
    SwitchState.NONE: Tone.MEDIUM,
    SwitchState.OFF: Tone.FAINT,
    SwitchState.IDLE: Tone.FAINT,
}


class ConnectionModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.views: tuple[ConnectionView, ...] = ()

    def show(self, views: tuple[ConnectionView, ...]) -> None:
        self.views = views
        self.take(tuple(view.account for view in views))

    def natural_order(self) -> Order:
        return np.argsort(self.sort_keys(LINK), kind="stable")

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.views)
        if column == LINK:
            return np.fromiter((_RANK[view.link] for view in self.views), np.float64, rows)
        if column == AGE:
            return np.fromiter((view.age_s for view in self.views), np.float64, rows)
        if column in {POSITIONS, RESTING, PROTECTIVE}:
            counts = (self._count(view, column) for view in self.views)
            return np.fromiter((np.nan if count is None else count for count in counts), np.float64, rows)
        if column == DEADMAN:
            return np.fromiter((_switch_key(view.deadman) for view in self.views), np.float64, rows)
        words = np.array([self.text(row, column) for row in range(rows)], dtype=np.str_)
        return np.unique(words, return_inverse=True)[1].astype(np.float64)

    @staticmethod
    def _count(view: ConnectionView, column: int) -> int | None:
        return {POSITIONS: view.positions, RESTING: view.resting_orders, PROTECTIVE: view.protective_orders}[column]

    def text(self, row: int, column: int) -> str:
        view = self.views[row]
        if column == LINK:
            return LINK_MARKS[view.link]
        if column == AGE:
            return figures.seconds(view.age_s)
        if column in {POSITIONS, RESTING, PROTECTIVE}:
            return figures.number(self._count(view, column))
        if column == DEADMAN:
            return switch_words(view.deadman)
        reason = " · ".join(part for part in (view.reason, *view.notes) if part)
        return {VENUE: view.venue, ACCOUNT: view.account, MODE: view.mode.value, REASON: reason}[column]

    def tone(self, row: int, column: int) -> Tone:
        view = self.views[row]
        if column == LINK:
            return LINK_TONES[view.link]
        if column == AGE:
            return Tone.NORMAL if math.isfinite(view.age_s) else Tone.UNKNOWN
        if column in {POSITIONS, RESTING, PROTECTIVE}:
            return Tone.UNKNOWN if self._count(view, column) is None else Tone.NORMAL
        if column == DEADMAN:
            return SWITCH_TONES.get(view.deadman.state, Tone.NORMAL)
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column == REASON else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        if column == DEADMAN:
            return switch_tip(self.views[row].deadman)
        return self.text(row, column) if column in {ACCOUNT, REASON} else ""


def switch_words(switch: DeadManView) -> str:
    """`ARMED 38 s`, `FAILED 12 s`, `LAPSED`, `off`."""
    word = switch.state.value
    if switch.state in {SwitchState.OFF, SwitchState.IDLE}:
        return word
    return word.upper() if switch.left_s is None else f"{word.upper()} {figures.number(round(switch.left_s))} s"


def switch_tip(switch: DeadManView) -> str:
    """What it is doing, why, and what goes when it fires; one sentence a line."""
    if switch.state is SwitchState.OFF:
        return "No dead-man's switch is asked for (deadman_s)"
    lines = [
        (
            f"{figures.number(switch.seconds)} s from the last renewal, "
            f"{figures.count(switch.countdowns, 'countdown')} running"
        )
    ]
    lines += [part for part in (switch.reason, switch.warning) if part]
    return "\n".join(lines)


def _switch_key(switch: DeadManView) -> float:
    """By state, the worst first, and within it by the time that is left."""
    left_s = 0.0 if switch.left_s is None else min(switch.left_s, 99_999.0)
    return _TROUBLE_FIRST.index(switch.state) + left_s / 100_000.0


class ConnectionsPanel(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("connections_panel", "Connections", parent)
        self.model = ConnectionModel()
        self.table = Table(self.model, "connections", "Connections", self)
        self.table.empty_words = "No account is configured"
        self.table.size_columns(stretched=REASON)
        self.table.elide_right(REASON)
        self.table.make_sortable()
        self.body.addWidget(self.table)

    def draw(self, snapshot: Snapshot) -> None:
        self.model.show(snapshot.connections)
        self.table.flush()
        up = sum(view.link is LinkState.UP for view in snapshot.connections)
        whole = len(snapshot.connections)
        self.note.say(
            f"{figures.number(up)} of {figures.count(whole, 'account')} up",
            Tone.FAINT if up == whole else Tone.CRITICAL,
        )
