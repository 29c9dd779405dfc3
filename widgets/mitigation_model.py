"""Mitigations as a table model: what waits for a person, what runs, what has ended."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

from core.mitigation.model import ENDED_STATES, WAITING_STATES, Mitigation
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.marks import scope_words, severity_mark, severity_tone
from widgets.mitigation_words import state_words, subject, urgency, what
from widgets.theme import Tone

COLUMNS = (
    Column("SEVERITY", 104, bold=True),
    Column("SCOPE", 154),
    Column("METRIC", 104),
    Column("WHAT", 210, tip="The rung of the ladder, and how much it cuts"),
    Column("NOTIONAL", 82, figures=True),
    Column("COST", 72, figures=True, tip="Expected: spread, the visible order book, fees"),
    Column("BEFORE", 70, figures=True),
    Column("AFTER", 76, figures=True, tip="Expected while it waits or runs; what was found once it has ended"),
    Column("STATE", 150, tip="With the time until it runs or lapses by itself, and a word for which"),
    Column("AGE", 62, figures=True, tip="Since it was made"),
)
SEVERITY, SCOPE, METRIC, WHAT, NOTIONAL, COST, BEFORE, AFTER, STATE, AGE = range(len(COLUMNS))


class MitigationModel(LineModel[Mitigation]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.infos: Mapping[str, MetricInfo] = {}

    def show_plans(self, snapshot: Snapshot, *, ended: bool) -> None:
        """Those that live, or those that have ended."""
        self.infos = {info.name: info for info in snapshot.matrix.metrics}
        plans = (plan for plan in snapshot.mitigations if (plan.state in ENDED_STATES) == ended)
        self.show(tuple(sorted(plans, key=urgency)), snapshot.base_currency, snapshot.at_s)

    def key_of(self, line: Mitigation) -> Hashable:
        return line.mitigation_id

    def plan(self, key: object) -> Mitigation | None:
        return next((line for line in self.lines if line.mitigation_id == key), None)

    @property
    def waiting(self) -> int:
        return sum(line.state in WAITING_STATES for line in self.lines)

    def number(self, line: Mitigation, column: int) -> float | None:
        if column == AGE:
            return self.now_s - line.created_at_s
        return {NOTIONAL: line.notional, COST: line.cost, BEFORE: line.before, AFTER: self._after(line)}.get(column)

    def _after(self, line: Mitigation) -> float:
        return line.expected if math.isnan(line.after) else line.after

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == SEVERITY:
            return "draft" if line.drafted else severity_mark(int(line.severity))
        if column == STATE:
            return state_words(line, self.now_s)[0]
        title, unit = subject(self.infos, line.metric)
        if column in (BEFORE, AFTER):
            value = self.number(line, column)
            return "" if value is None or math.isnan(value) else figures.figure(value, unit, self.base)
        if column in (NOTIONAL, COST):
            value = self.number(line, column)
            return figures.money(value or 0.0, self.base) if line.reductions else ""
        words = {SCOPE: scope_words(line.scope), METRIC: title.lower(), WHAT: what(line)}
        return words.get(column) or figures.lasting(self.now_s - line.created_at_s)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == SEVERITY:
            return Tone.ACCENT if line.drafted else severity_tone(int(line.severity))
        if column == STATE:
            return state_words(line, self.now_s)[1]
        if column == COST and math.isnan(line.cost):
            return Tone.UNKNOWN
        return Tone.STRONG if column in (SCOPE, WHAT) else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        return "\n".join(part for part in (line.summary, line.held_back, line.note, *line.left_out) if part)
