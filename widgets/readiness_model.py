"""Who could be stopped now, account by account, as a table model; worst first."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.halt.deadman.switch import DeadManView
from core.halt.readiness.judgement import Guardianship, Readiness, ReadyState
from core.venues.protocol import Coverage
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, ranks
from widgets.deadman_words import SWITCH_TONES, switch_tip, switch_words
from widgets.marks import ready_mark
from widgets.theme import Tone

COLUMNS = (
    Column("STATE", 112, bold=True, tip="ARMED, DEGRADED (the reason says by what) or UNKNOWN"),
    Column("ACCOUNT", 120),
    Column("VENUE", 96),
    Column("PROVEN", 70, figures=True, tip="Since it was last shown that its key can do what a stop needs"),
    Column("KEY", 100, tip="What the key may do: as the venue says, or as an act has shown"),
    Column("CLOCK", 76, figures=True, tip="Our clock minus the venue's"),
    Column("COVERAGE", 96, tip="How well all orders are known at this venue"),
    Column("RESERVE", 88, figures=True, tip="Of this minute's request budget for the stop, what is left"),
    Column("GUARDIAN", 80, tip="The second process that can stop without this one"),
    Column("DEAD-MAN", 100, tip="The timer at the venue that cancels when nobody renews it"),
    Column("LAST DRILL", 106),
    Column("REASON", 200),
)
(STATE, ACCOUNT, VENUE, PROVEN, KEY, CLOCK, COVERAGE, RESERVE, GUARDIAN, DEADMAN, DRILL, REASON) = range(len(COLUMNS))
_COVERED = {Coverage.EXACT: Tone.NORMAL, Coverage.UNCONFIRMED: Tone.MEDIUM, Coverage.GENERIC: Tone.MEDIUM}
_GUARDED = {Guardianship.ALIVE: Tone.NORMAL, Guardianship.SILENT: Tone.CRITICAL, Guardianship.NONE: Tone.MEDIUM}


def rank_of(row: Readiness) -> int:
    """Worst first: what cannot be stopped, what nobody knows of, what is weaker, what is armed."""
    if row.state is ReadyState.UNKNOWN:
        return 1
    if not row.able:
        return 0
    return 3 if row.state is ReadyState.ARMED else 2


class ReadinessModel(ColumnModel):
    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows: tuple[Readiness, ...] = ()
        self.switches: tuple[DeadManView, ...] = ()
        self.now_s = math.nan
        self._rank = np.empty(0)

    def show(self, rows: tuple[Readiness, ...], switches: tuple[DeadManView, ...], now_s: float) -> None:
        """`switches` in the order of the rows; `now_s`: wall time of the snapshot."""
        same = rows is self.rows
        self.rows, self.switches, self.now_s = rows, switches, now_s
        if not same:
            self._rank = np.fromiter((rank_of(row) for row in rows), np.float64, len(rows))
            self.take(tuple(row.account for row in rows))

    def natural_order(self) -> Order:
        return np.argsort(self._rank, kind="stable")

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        if needle == "not armed":
            return self._rank < 3
        found = (needle in f"{row.account} {row.venue} {row.state} {row.reason}".lower() for row in self.rows)
        return np.fromiter(found, np.bool_, len(self.rows))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.rows)
        if column == STATE:
            return self._rank
        if column in {PROVEN, CLOCK, RESERVE, DRILL}:
            return np.fromiter((self._number(row, column) for row in self.rows), np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))

    def _number(self, row: Readiness, column: int) -> float:
        if column == PROVEN:
            return row.proven_age_s
        if column == CLOCK:
            return math.nan if row.clock_offset_ms is None else row.clock_offset_ms
        if column == RESERVE:
            return math.nan if row.reserve is None else row.reserve.left / row.reserve.whole
        return math.nan if row.drill is None else self.now_s - row.drill.at_s

    def text(self, row: int, column: int) -> str:
        ready = self.rows[row]
        plain = {ACCOUNT: ready.account, VENUE: ready.venue, COVERAGE: ready.coverage.value, REASON: ready.reason,
                 GUARDIAN: ready.guardian.value}  # fmt: skip
        if column in plain:
            return plain[column]
        if column == DEADMAN:
            return switch_words(self.switches[row])
        if column == STATE:
            return ready_mark(ready)[0]
        if column == PROVEN:
            return figures.seconds(ready.proven_age_s)
        if column == KEY:
            return _key(ready)
        if column == CLOCK:
            return figures.UNKNOWN if ready.clock_offset_ms is None else _signed_ms(ready.clock_offset_ms)
        if column == RESERVE:
            return "uncounted" if ready.reserve is None else figures.percent(self._number(ready, RESERVE))
        return self._drill(ready)

    def _drill(self, ready: Readiness) -> str:
        drill = ready.drill
        if drill is None:
            return figures.NEVER
        mark = "✓" if drill.passed else "▲"
        return f"{mark} {drill.kind} {figures.seconds(max(0.0, self.now_s - drill.at_s))}"

    def tone(self, row: int, column: int) -> Tone:
        ready = self.rows[row]
        if column == STATE:
            return ready_mark(ready)[1]
        if column == PROVEN:
            return Tone.NORMAL if ready.able else Tone.UNKNOWN
        if column == KEY:
            return _key_tone(ready)
        if column == DEADMAN:
            return SWITCH_TONES.get(self.switches[row].state, Tone.NORMAL)
        if column == COVERAGE:
            return _COVERED[ready.coverage]
        if column == GUARDIAN:
            return _GUARDED[ready.guardian]
        if column == CLOCK:
            return Tone.NORMAL if ready.clock_offset_ms is not None else Tone.UNKNOWN
        if column == RESERVE:
            short = ready.reserve is not None and ready.reserve.left < ready.reserve.needed
            return Tone.HIGH if short else Tone.NORMAL if ready.reserve is not None else Tone.FAINT
        if column == DRILL:
            return Tone.MEDIUM if ready.drill is None else Tone.NORMAL if ready.drill.passed else Tone.CRITICAL
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column == REASON else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        ready = self.rows[row]
        if column in {STATE, REASON}:
            return "\n".join((*ready.reasons, *ready.flags))
        if column == DEADMAN:
            return switch_tip(self.switches[row])
        if column == ACCOUNT:
            return f"{ready.account}\n{ready.exchange}"
        if column == DRILL and ready.drill is not None:
            return ready.drill.reason
        return self.text(row, column) if column in {KEY, VENUE} else ""


def _key(ready: Readiness) -> str:
    words = {True: "may cancel", False: "may not", None: figures.UNKNOWN}[ready.may_cancel]
    return f"{words}, withdraw" if ready.may_withdraw else words


def _key_tone(ready: Readiness) -> Tone:
    if ready.may_cancel is False:
        return Tone.CRITICAL
    if ready.may_withdraw:
        return Tone.HIGH
    return Tone.UNKNOWN if ready.may_cancel is None else Tone.NORMAL


def _signed_ms(value: float) -> str:
    sign = figures.MINUS if value < -0.5 else "+" if value > 0.5 else ""
    return f"{sign}{figures.number(round(abs(value)))}{figures.SPACE}ms"
