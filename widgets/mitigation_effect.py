"""What a plan does to every limit that it touches: before and after, the worst first."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

from core.domain import Severity, Trust
from core.mitigation.effect import LimitShift
from core.mitigation.model import Answered, Mitigation
from core.snapshot import MetricInfo
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.marks import BLIND, scope_words, severity_mark, severity_tone
from widgets.mitigation_words import subject
from widgets.theme import Tone

COLUMNS = (
    Column("SCOPE", 98, tip="Its kind stands in the tip of every row"),
    Column("LIMIT ON", 128),
    Column("BEFORE", 72, figures=True),
    Column("AFTER", 72, figures=True),
    Column("NEXT AT", 70, figures=True, tip="The next threshold after the plan, or the gravest beyond it"),
    Column("CLEARS AT", 82, figures=True),
    Column("ENDS", 106, bold=True, tip="How the limit stands after the plan, without confirmations and delays"),
    Column("COURSE", 68, tip="Whether the plan makes it worse or better"),
    Column("AGE", 54, figures=True, tip="Of the oldest figure that this rests on"),
)
SCOPE, LIMIT, BEFORE, AFTER, NEXT, CLEARS, ENDS, COURSE, AGE = range(len(COLUMNS))
COURSES = {1: "▲ worse", -1: "▼ better", 0: "same"}


class EffectModel(LineModel[LimitShift]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.infos: Mapping[str, MetricInfo] = {}

    def key_of(self, line: LimitShift) -> Hashable:
        return (line.scope, line.metric)

    def number(self, line: LimitShift, column: int) -> float | None:
        return {
            BEFORE: line.before, AFTER: line.after, NEXT: line.threshold, CLEARS: line.clear_level, AGE: line.age_s,
        }.get(column)  # fmt: skip

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        title, unit = subject(self.infos, line.metric)
        if column == AGE:
            return "" if math.isnan(line.age_s) else figures.seconds(line.age_s)
        if column in (BEFORE, AFTER):
            return figures.figure(line.before if column == BEFORE else line.after, unit, self.base)
        if column in (NEXT, CLEARS):
            return figures.limit(line.threshold if column == NEXT else line.clear_level, unit, self.base)
        words = {SCOPE: line.scope.name or scope_words(line.scope), LIMIT: title, COURSE: COURSES[line.course]}
        return words.get(column) or _mark(line.outcome_after, line.severity_after)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == ENDS:
            return _tone(line.outcome_after, line.severity_after)
        if column == BEFORE:
            return _tone(line.outcome_before, line.severity_before, calm=Tone.NORMAL)
        if column == COURSE:
            return {1: Tone.HIGH, -1: Tone.OK}.get(line.course, Tone.FAINT)
        if column == AFTER:
            return _tone(line.outcome_after, line.severity_after, calm=Tone.STRONG)
        return Tone.STRONG if column == LIMIT else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        was = _mark(line.outcome_before, line.severity_before)
        then = _mark(line.outcome_after, line.severity_after)
        cleared = "cleared" if line.cleared else "not cleared yet"
        return f"{self.text(row, LIMIT)} of {scope_words(line.scope)}: {was}, then {then}, {cleared}"


def of_plan(plan: Mitigation) -> tuple[LimitShift, ...]:
    """What a plan answers, once nobody tries it out any more: as it was expected, or as it was found in the end."""
    rows = plan.answers or (
        (Answered(plan.event_id, plan.scope, plan.metric, plan.severity, plan.before, plan.target, plan.expected),)
    )
    return tuple({(row.scope, row.metric): _answered(plan, row) for row in rows}.values())


def _answered(plan: Mitigation, row: Answered) -> LimitShift:
    own = (row.scope, row.metric) == (plan.scope, plan.metric)
    found = plan.after if own and not math.isnan(plan.after) else row.expected
    # That something is inside is claimed of what was read back and of nothing else.
    outcome = "inside" if plan.verified else "unknown"
    course = 0 if math.isnan(found) or found == row.before else -1
    return LimitShift(
        scope=row.scope,
        metric=row.metric,
        before=row.before,
        after=found,
        threshold=math.nan,
        clear_level=row.target,
        outcome_before="inside" if plan.drafted else "breached",
        outcome_after=outcome,
        severity_before=None if plan.drafted else row.severity,
        severity_after=None,
        trust=Trust.TRUSTED if plan.verified else Trust.UNKNOWN,
        age_s=math.nan,
        headroom=math.nan,
        course=course,
        cleared=plan.verified,
    )


def _mark(outcome: str, severity: Severity | None) -> str:
    if severity is not None:
        return severity_mark(int(severity))
    return severity_mark(BLIND) if outcome == "unknown" else outcome


def _tone(outcome: str, severity: Severity | None, calm: Tone = Tone.OK) -> Tone:
    if severity is not None:
        return severity_tone(int(severity))
    if outcome == "unknown":
        return Tone.UNKNOWN
    return Tone.LOW if outcome == "near" else calm
