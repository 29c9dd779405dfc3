"""What the planner asks of whoever can evaluate the whole risk model on a book that is only planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.domain import Scope
from core.mitigation.model import Reduction

LimitKey = tuple[Scope, str]
"""Scope and subject of a limit."""


class Evaluate(Protocol):
    """Evaluates every metric on the book as it would be with some reductions filled at the marks.

    From frozen inputs alone, so that it may be called in a thread, and a few times for one plan.
    """

    def __call__(self, reductions: Sequence[Reduction], cost: float) -> Mapping[LimitKey, float]:
        """Values of the limited figures, NaN unknown; without reductions those of now.

        `cost`, base currency, is taken off the equity of the accounts that trade, in proportion to the notional.
        """
