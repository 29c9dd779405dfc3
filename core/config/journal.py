"""Where the journal is kept, and how finely the history of metrics beside it."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config import checks
from core.config.fields import Filled, Number, Table
from core.config.history_levels import parse_level


def check_levels(texts: tuple[str, ...]) -> tuple[str, ...]:
    levels = [parse_level(text) for text in texts]
    if not levels:
        raise ValueError('at least one level is needed, such as "10s for 2d"; history_mb = 0 keeps no history')
    if any(later.step_s <= level.step_s or later.span_s <= level.span_s for level, later in pairwise(levels)):
        raise ValueError("each level has a longer step and a longer span than the one before it")
    return texts


class JournalConfig(Table):
    url: Annotated[str, AfterValidator(checks.check_database_url)] | None = None
    """For SQLAlchemy; None is the file in the usual place."""
    history_mb: Annotated[Number, Field(ge=0, le=1_000_000)] = 2_000.0
    """Room for the history of metrics, roughly; where it would need more its points lie further apart. 0 keeps none."""
    history: Annotated[tuple[str, ...], AfterValidator(check_levels)] = (
        "10s for 2d", "1m for 14d", "10m for 365d",
    )  # fmt: skip
    """Of portfolio, venues and strategies."""
    history_accounts: Annotated[tuple[str, ...], AfterValidator(check_levels)] = (
        "10s for 3h", "1m for 2d", "10m for 30d", "1h for 365d",
    )  # fmt: skip
    history_metrics: tuple[Filled, ...] = ()
    """Beside what the plots show."""
