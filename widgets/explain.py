"""A metric and a cell in words, as help, headers and cells tell them."""

from __future__ import annotations

import math
import textwrap

from core.domain import Severity, Trust
from core.risk.model import Beat
from core.snapshot import MetricInfo, RiskMatrix, Snapshot
from widgets import figures
from widgets.marks import BLIND, TRUST_WORDS, scope_words, severity_mark
from widgets.reading import Reading, reading_at
from widgets.reasons import why_unknown

WRAP = 84
_SIGNS = {1: "larger is worse", -1: "smaller is worse", 0: "neither way is worse"}


def unit_words(info: MetricInfo) -> str:
    return figures.UNIT_WORDS.get(info.unit, "without a unit")


def sign_words(info: MetricInfo) -> str:
    words = _SIGNS.get(info.worse_is, _SIGNS[0])
    return f"{words}, whichever its sign" if info.by_magnitude else words


def beat_words(info: MetricInfo, matrix: RiskMatrix | None = None) -> str:
    if info.beat is Beat.CYCLE:
        return "each cycle"
    if matrix is None:
        return "on a slower beat"
    if not math.isfinite(matrix.costly_age_s):
        return "on a slower beat, not computed yet"
    return f"on a slower beat, {figures.seconds(matrix.costly_age_s)} ago"


def metric_tip(info: MetricInfo, matrix: RiskMatrix | None = None) -> str:
    """Formula, unit, sign, source and beat of one metric, wrapped for a tool tip."""
    lines = (
        f"{info.title} ({info.name})",
        info.formula or "no formula is given",
        f"Unit: {unit_words(info)}",
        f"Sign: {sign_words(info)}",
        f"Computed {beat_words(info, matrix)}",
        f"Source: {info.source or 'not named'}",
    )
    return "\n".join(textwrap.fill(line, WRAP) for line in lines)


def limit_words(snapshot: Snapshot, found: Reading) -> str:
    """`next threshold 8 %, from account:alpha-*, headroom 12 %`; `no limit`."""
    if math.isnan(found.threshold):
        return "no limit"
    origin = snapshot.limits.explain(found.scope, found.info.name) if snapshot.limits is not None else ""
    parts = [f"{_next(found)} threshold {found.limit_text(snapshot.base_currency)}", origin]
    parts.append(f"headroom {figures.percent(found.headroom)}")
    return ", ".join(part for part in parts if part)


def _next(found: Reading) -> str:
    return "highest" if found.severity == Severity.CRITICAL else "next"


def breach_words(found: Reading) -> str:
    if math.isnan(found.threshold):
        return ""
    words = figures.until_breach(found.breach_in_s, found.headroom)
    return f"time to breach {words}"


def cell_parts(snapshot: Snapshot, row: int, column: int) -> list[str]:
    """Value, limit, time to breach, age and trust of one figure, and why it is unknown where it is."""
    found = reading_at(snapshot.matrix, row, column)
    state = f"{severity_mark(found.severity)}" if found.severity else ""
    if found.severity == BLIND:
        state = "the limit cannot be evaluated"
    reason = why_unknown(snapshot, row, column)
    judged = "unknown because" if math.isnan(found.value) else "not to be relied upon:"
    parts = (
        f"{found.info.title} {found.text(snapshot.base_currency)}",
        state,
        limit_words(snapshot, found),
        breach_words(found),
        f"age {figures.seconds(found.age_s)}, {TRUST_WORDS[Trust(found.trust)]}",
        f"{judged} {reason}" if reason else "",
    )
    return [part for part in parts if part]


def cell_tip(snapshot: Snapshot, row: int, column: int) -> str:
    who = scope_words(snapshot.matrix.scopes[row])
    return "\n".join(textwrap.fill(line, WRAP) for line in (who, *cell_parts(snapshot, row, column)))


def cell_line(snapshot: Snapshot, row: int, column: int) -> str:
    who = scope_words(snapshot.matrix.scopes[row])
    return " · ".join((who, *cell_parts(snapshot, row, column)))
