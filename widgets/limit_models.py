"""The tables of the page of the limits: all of them, the scopes of one, the effect of a change, and the past."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Severity
from core.limit_page import EffectLine, GuardedScope, LimitCounts, LimitLine, LimitsPage, PastChange
from widgets import figures
from widgets.columns import Column, Order
from widgets.line_model import LineModel
from widgets.marks import marked, metric_words, scope_words, severity_mark, severity_tone
from widgets.theme import Tone

LINES = (
    Column("METRIC", 160),
    Column("SCOPE", 124),
    Column("WRITTEN", 120, tip="In a profile, or as a limit of its own; the line of the file"),
    Column("LOW", 62, figures=True),
    Column("MEDIUM", 74, figures=True),
    Column("HIGH", 70, figures=True),
    Column("CRITICAL", 76, figures=True),
    Column("THEN", 120, tip="What follows a breach, by severity, besides its event"),
    Column("GUARDS", 66, figures=True, tip="Scopes for which it is the limit in force"),
    Column("BREACHED", 84, figures=True, tip="Of these, how many are breached now"),
    Column("NEAR", 50, figures=True, tip="Less than a tenth of the way is left"),
    Column("UNKNOWN", 84, figures=True, tip="It cannot be told how these stand"),
)
METRIC, SCOPE, WRITTEN, FIRST_LEVEL, THEN, GUARDS, BREACHED, NEAR, UNKNOWN = 0, 1, 2, 3, 7, 8, 9, 10, 11
ALL, IS_BREACHED, IS_NEAR, IS_UNKNOWN, IS_HELD, IDLE = range(6)
STATES = ("All states", "breached", "near", "unknown", "held back", "guarding nothing")


@dataclass(frozen=True, slots=True)
class LineFilter:
    source: str | None = None
    """`profile calm`, "" for single limits; None for all."""
    state: int = ALL


class LimitLineModel(LineModel[LimitLine]):
    def __init__(self) -> None:
        super().__init__(LINES)
        self.counts: LimitCounts | None = None
        self._choice = LineFilter()
        self._words: tuple[str, ...] = ()

    def show_page(self, page: LimitsPage, base: str, now_s: float) -> None:
        self.counts = page.counts
        if page.lines is not self.lines:
            self._words = tuple(_searched(line) for line in page.lines)
            self.show(page.lines, base, now_s)
        elif self._sorted_by >= GUARDS or self._choice.state != ALL:  # only these can be others by now
            self._arrange()

    def choose(self, choice: LineFilter) -> None:
        if choice != self._choice:
            self._choice = choice
            self._arrange()

    def key_of(self, line: LimitLine) -> Hashable:
        return line.identity

    def _wanted(self) -> Order:
        order = super()._wanted()
        return order if self._choice == LineFilter() else order[self._mask()[order]]

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        return np.array([all(part in words for part in needle.split()) for words in self._words], dtype=np.bool_)

    def _mask(self) -> npt.NDArray[np.bool_]:
        source, state = self._choice.source, self._choice.state
        mask = np.array([source is None or line.source == source for line in self.lines], dtype=np.bool_)
        counts = self.counts
        if state == IS_HELD:
            return mask & np.array([bool(line.held) for line in self.lines], dtype=np.bool_)
        if counts is None or state == ALL:
            return mask
        column = {IS_BREACHED: counts.breached, IS_NEAR: counts.near, IS_UNKNOWN: counts.unknown}.get(state)
        return mask & (counts.guards == 0 if column is None else column > 0)

    def number(self, line: LimitLine, column: int) -> float | None:
        return line.thresholds[column - FIRST_LEVEL] if FIRST_LEVEL <= column < THEN else None

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        if column >= GUARDS:
            return np.array([float(self._count(row, column)) for row in range(len(self.lines))])
        return np.asarray(super().sort_keys(column))

    def _count(self, row: int, column: int) -> int:
        counts = self.counts
        if counts is None:
            return 0
        return int((counts.guards, counts.breached, counts.near, counts.unknown)[column - GUARDS][row])

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == METRIC:
            return title_of(line)
        if column == SCOPE:
            return line.scope
        if column == WRITTEN:
            return written_words(line)
        if column == THEN:
            return then_words(line)
        if column >= GUARDS:
            count = self._count(row, column)
            text = figures.number(count) if count or column == GUARDS else ""
            return marked(text, self.tone(row, column))
        level = self.number(line, column)
        return "" if level is None else figures.limit(level, line.unit, self.base)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if not line.enabled and column < GUARDS:
            return Tone.FAINT
        if FIRST_LEVEL <= column < THEN:
            return severity_tone(int(Severity(column - FIRST_LEVEL + 1)))
        if column == WRITTEN and line.held:
            return Tone.MEDIUM
        if column == BREACHED and self.counts is not None:
            return severity_tone(int(self.counts.worst[row]))
        if column == UNKNOWN:
            return Tone.UNKNOWN
        if column == GUARDS and not self._count(row, column):
            return Tone.MEDIUM
        return Tone.STRONG if column == METRIC else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        clear, delay = figures.percent(line.clear, trim=True), figures.seconds(line.on_delay_s)
        told = [f"{title_of(line)} of {line.scope}: {line.where}", *line.terms]
        told.append(f"cleared {clear} inside the threshold, raised after {delay} beyond it")
        if line.held:
            told.append(line.held)
        if not line.enabled:
            told.append("switched off")
        return "\n".join(told)


def _searched(line: LimitLine) -> str:
    words = (title_of(line), line.metric, line.scope, line.source or "single", line.held, then_words(line), *line.terms)
    return " ".join(words).lower()


def title_of(line: LimitLine) -> str:
    """`Gross exposure of equity`, `Drawdown in 5 min`."""
    title = metric_words(line.metric).capitalize()
    if line.share_of:
        title = f"{title} of {metric_words(line.share_of)}"
    return f"{title} in {figures.seconds(line.change_over_s)}" if line.change_over_s else title


def written_words(line: LimitLine) -> str:
    if line.held:
        return "■ held back"
    words = line.source or "single"
    return words if line.enabled else f"{words} · off"


def then_words(line: LimitLine) -> str:
    """`propose at high, stop at critical`."""
    rows = zip(Severity, line.policies, strict=True)
    return ", ".join(f"{policy} at {severity.word}" for severity, policy in rows if policy)


SCOPES = (
    Column("SCOPE", 160),
    Column("STATE", 104, bold=True),
    Column("VALUE", 70, figures=True),
    Column("THRESHOLD", 86, figures=True, tip="The next one, or the gravest beyond it"),
    Column("LIMIT USED", 84, figures=True),
)


class GuardedModel(LineModel[GuardedScope]):
    """Links: a row opens the page of its scope."""

    def __init__(self) -> None:
        super().__init__(SCOPES)
        self.units = ("number", "number")
        """Of values and of thresholds."""

    def key_of(self, line: GuardedScope) -> Hashable:
        return line.scope

    def number(self, line: GuardedScope, column: int) -> float | None:
        used = math.nan if math.isnan(line.headroom) else 1.0 - line.headroom
        return {2: line.value, 3: line.threshold, 4: used}.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == 0:
            return scope_words(line.scope)
        if column == 1:
            return "● near" if line.near and not line.severity else severity_mark(line.severity)
        value = self.number(line, column)
        if column == 4 and value is not None:
            return figures.percent(value)
        return figures.figure(math.nan if value is None else value, self.units[0], self.base)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == 0:
            return Tone.ACCENT
        value = self.number(line, column)
        if value is not None and math.isnan(value):
            return Tone.UNKNOWN
        return severity_tone(line.severity) if column == 1 else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return f"Open {scope_words(self.lines[row].scope)}"


EFFECT = (
    Column("SCOPE", 130),
    Column("METRIC", 104),
    Column("WHAT", 68, bold=True, tip="What becomes of it"),
    Column("NOW", 90),
    Column("THEN", 104),
    Column("VALUE", 74, figures=True),
    Column("BEGINS", 100, tip="What its policy asks for at once"),
)


class EffectModel(LineModel[EffectLine]):
    """Links: a row opens the page of its scope."""

    def __init__(self) -> None:
        super().__init__(EFFECT)

    def key_of(self, line: EffectLine) -> Hashable:
        return line.scope, line.subject

    def number(self, line: EffectLine, column: int) -> float | None:
        return line.value if column == 5 else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == 5:
            return figures.figure(line.value, line.unit, self.base)
        words = {
            0: scope_words(line.scope), 1: metric_words(line.subject), 2: line.what or "same severity",
            3: severity_mark(line.before), 4: severity_mark(line.after),
        }  # fmt: skip
        return words.get(column, line.acts)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == 6:
            return Tone.CRITICAL if line.acts.startswith("auto stop") else Tone.NORMAL
        if column in (3, 4):
            return severity_tone(line.before if column == 3 else line.after)
        if column == 5 and math.isnan(line.value):
            return Tone.UNKNOWN
        return Tone.ACCENT if column == 0 else Tone.STRONG if column == 2 else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        threshold = figures.figure(line.threshold, line.unit, self.base)
        return f"Open {scope_words(line.scope)}\nthreshold {threshold}"


PAST = (
    Column("WHEN", 150, figures=True),
    Column("VERSION", 76, figures=True),
    Column("BY", 110),
    Column("WHAT", 380),
    Column("WHY", 220),
    Column("UNDO", 110, tip="Whether it can be taken back, as a change of its own"),
)
WHEN, VERSION, BY, WHAT, WHY, UNDO = range(len(PAST))


class PastModel(LineModel[PastChange]):
    def __init__(self) -> None:
        super().__init__(PAST)

    def key_of(self, line: PastChange) -> Hashable:
        return line.seq

    def number(self, line: PastChange, column: int) -> float | None:
        return {WHEN: line.at_s, VERSION: float(line.version)}.get(column)

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        found = [needle in f"{line.by} {line.second} {line.why} {what_words(line)}".lower() for line in self.lines]
        return np.array(found, dtype=np.bool_)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        by = f"{line.by}, {line.second}" if line.second else line.by
        words = {
            WHEN: figures.stamp(line.at_s), VERSION: figures.number(line.version), BY: by, WHAT: what_words(line),
            WHY: line.why,
        }  # fmt: skip
        return words.get(column, "no" if line.stuck else "can be undone")

    def tone(self, row: int, column: int) -> Tone:
        if column == UNDO:
            return Tone.FAINT if self.lines[row].stuck else Tone.OK
        return Tone.FAINT if column == WHEN else Tone.STRONG if column == WHAT else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        return "\n".join((*line.sentences, line.stuck)) if line.stuck else "\n".join(line.sentences)


def what_words(line: PastChange) -> str:
    if not line.sentences:
        return "nothing else came into force" if line.rows else "no limit changed"
    more = f" (and {len(line.sentences) - 1} more)" if len(line.sentences) > 1 else ""
    return f"{line.sentences[0]}{more}"
