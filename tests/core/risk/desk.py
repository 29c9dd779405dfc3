"""A desk as the engine has it between update and event: book, risk, limits and event desk on a clock moved by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from core.domain import Scope, Trust
from core.events.desk import EventDesk
from core.events.model import OPEN_STATES, Cause, Event
from core.risk.course import Course
from core.risk.limits import Limit
from core.risk.matrix import RiskModel
from core.risk.model import Cell, RiskMatrix
from core.risk.settings import RiskSettings
from tests.core.book.desk import Desk

UNKNOWN_AFTER_S = 10.0


class RiskDesk(Desk):
    """`step` is what `core.engine.cycle` does with book, risk and events."""

    def __init__(self, limits: Sequence[Limit], **given: object) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.risk = RiskModel(self.book.scopes, limits)
        self.course = Course(self.book.layout, RiskSettings())
        numbers = itertools.count(1)
        self.events = EventDesk(self.clock, lambda: f"e{next(numbers)}", unknown_after_s=UNKNOWN_AFTER_S)
        self.raised: list[Event] = []
        """Every breach ever raised or raised again."""
        self.matrix: RiskMatrix | None = None

    def step(self) -> RiskMatrix:
        now_s = self.now_s
        view = self.book.view(now_s)
        self.matrix = self.risk.evaluate(view, now_s, self.course.step(view))
        checks = self.risk.checks(self.matrix, self.events.keep())
        for change in self.events.step(checks, self.clock.now()):
            event = change.event_after
            if event.cause is Cause.BREACH and event.state in OPEN_STATES:
                self.raised.append(event)
        self.book.take_flow_events()
        return self.matrix

    def cell(self, scope: str, metric: str) -> Cell:
        matrix = self.matrix or self.step()
        return matrix.cell(matrix.row(Scope.parse(scope)), matrix.column(metric))

    def is_unknown(self, scope: str, metric: str) -> bool:
        cell = self.cell(scope, metric)
        return math.isnan(cell.value) or cell.trust == Trust.UNKNOWN

    def open_events(self, cause: Cause) -> list[Event]:
        return [event for event in self.events.open_events() if event.cause is cause and event.state in OPEN_STATES]
