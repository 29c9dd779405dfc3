"""What should be true before a latch is taken off, evaluated and not merely asked; a reset is still a person's act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import Scope
from core.halt.model import HaltView
from core.halt.source.model import SourceState, SourceView


@dataclass(frozen=True, slots=True)
class CheckRow:
    words: str
    met: bool | None
    """None where it cannot be told: that is no yes."""


@dataclass(frozen=True, slots=True)
class RoomOffer:
    """A limit that could be given room until a time, because its figure cannot recover while nothing trades."""

    scope: Scope
    metric: str
    threshold: float
    """What would be enough, with some to spare; in the terms of the limit."""


@dataclass(frozen=True, slots=True)
class ReturnView:
    """How one stop stands on its way back."""

    halt_id: str
    rows: tuple[CheckRow, ...]
    rebase: str = ""
    """Why what fired it cannot recover while it is stopped, and what can be done; "" where it can."""
    room: RoomOffer | None = None

    @property
    def clear(self) -> bool:
        return all(row.met for row in self.rows)


def stop_checks(halt: HaltView) -> tuple[CheckRow, ...]:
    """What the stop itself knows."""
    resting = sum(order.delay_ms is None and not order.kept for order in halt.late_orders)
    empty = "proven to hold nothing but what is kept" if halt.kept else "proven empty"
    rows = [
        CheckRow(f"every account {empty} ({halt.verified:,} / {len(halt.rows):,})", halt.proven),
        CheckRow(f"no late order resting ({resting:,})", resting == 0),
        CheckRow("the latch is on disk", not halt.latch_error),
    ]
    if halt.save_error:
        rows.append(CheckRow("what was cancelled is on disk", False))
    return tuple(rows)


def source_check(sources: Sequence[SourceView]) -> CheckRow:
    """Whether whatever trades was read back to obey; where nobody could be asked, that is what it says."""
    asked = [view for view in sources if view.kind]
    if not asked:
        return CheckRow("no source connected: nobody was asked to pause", True)
    obeying = sum(view.obeyed for view in asked)
    unasked = len(sources) - len(asked)
    more = f"; {unasked:,} more have none and were not asked" if unasked else ""
    words = f"every source paused ({obeying:,} / {len(asked):,}){more}"
    if obeying == len(asked):
        return CheckRow(words, True)
    known = any(view.state is not SourceState.UNKNOWN for view in asked if not view.obeyed)
    return CheckRow(words, False if known else None)
