"""The readiness of the whole desk as a screen shows it."""

from __future__ import annotations

from dataclasses import dataclass

from core.halt.drill.report import DrillPreview, DrillReport
from core.halt.readiness.headline import ReadyHeadline
from core.halt.readiness.judgement import Readiness


@dataclass(frozen=True, slots=True)
class ReadinessView:
    headline: ReadyHeadline
    rows: tuple[Readiness, ...]
    """In the order of the configuration."""
    drill: DrillReport | None = None
    """The drill that runs, or else the last that is over."""
    preview: tuple[DrillPreview, ...] = ()
    """What a live drill would place, where somebody has asked."""
    preview_of: tuple[str, ...] = ()
    """The names and patterns that were asked about."""
    trouble: str = ""
    """Why the last report is not on disk, "" where it is."""

    @property
    def drilling(self) -> bool:
        return self.drill is not None and self.drill.ended_at_s is None
