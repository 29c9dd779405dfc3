"""What a dry and a live drill of one account have in common: whom they try, their row, and whoever is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.clock import Clock
from core.halt.drill.report import DrillRow
from core.halt.readiness.desk import Subject
from core.halt.target import HaltTarget, StopSettings

Tell = Callable[[DrillRow], None]


class OneDrill:
    def __init__(
        self, subject: Subject, target: HaltTarget, row: DrillRow, settings: StopSettings, clock: Clock, tell: Tell
    ) -> None:
        """`tell` is told of every change of the row. A live drill's row names the client id of its order."""
        self._subject = subject
        self._target = target
        self._settings = settings
        self._clock = clock
        self._row = row
        self._tell = tell

    def _note(self, **changes: object) -> DrillRow:
        self._row = replace(self._row, **changes)  # type: ignore[arg-type]
        self._tell(self._row)
        return self._row

    def _since_ms(self, moment_s: float) -> float:
        return (self._clock.monotonic() - moment_s) * 1000.0
