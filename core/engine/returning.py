"""The way back from a stop: the checklist of its reset, and the peak that nothing can climb back to while stopped."""

from __future__ import annotations

from core.domain import Severity
from core.engine.parts import Parts
from core.events.model import OPEN_STATES, Cause
from core.halt.checklist import CheckRow, ReturnView, source_check, stop_checks
from core.halt.model import HaltView

FROM_THE_PEAK = frozenset({"drawdown", "drawdown_7d", "drawdown_30d"})
"""Metrics that stay where they are while nothing trades; today's fall begins anew at 00:00 UTC by itself."""


class Returning:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def view(self, halt: HaltView) -> ReturnView:
        figure = self._figure(halt)
        rows = (*stop_checks(halt), figure, source_check(halt.sources))
        return ReturnView(halt.halt_id, rows, self._rebase(halt, figure))

    def _figure(self, halt: HaltView) -> CheckRow:
        """Whether what fired it is back inside; of a person's stop, whether anything bad stands on its scope."""
        if halt.metric:
            return self._metric(halt)
        standing = [
            event
            for event in self._parts.events.open_events()
            if event.scope == halt.scope and event.state in OPEN_STATES and event.cause is Cause.BREACH
        ]
        bad = sum(event.severity >= Severity.HIGH for event in standing)
        return CheckRow(f"no high or critical breach on {halt.scope} ({bad:,})", bad == 0)

    def _metric(self, halt: HaltView) -> CheckRow:
        value, severity = self._parts.risk.reading(halt.scope, halt.metric)
        name = halt.metric.replace("_", " ")
        if severity < 0:
            return CheckRow(f"{name} is back inside its limit: it cannot be evaluated", None)
        if severity > 0:
            return CheckRow(f"{name} is back inside its limit: {value:.4g}, {Severity(severity).word}", False)
        return CheckRow(f"{name} is back inside its limit", True)

    def _rebase(self, halt: HaltView, figure: CheckRow) -> str:
        if halt.metric not in FROM_THE_PEAK or figure.met:
            return ""
        name = halt.metric.replace("_", " ")
        return (
            f"re-base the peak of {halt.scope}: its {name} cannot recover while nothing trades; "
            "or give its limit more room with an expiry (scram limits import)"
        )
