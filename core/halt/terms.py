"""On which terms a stop was fired: how far it goes, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.domain import Protective, StopLevel


@dataclass(frozen=True, slots=True)
class StopTerms:
    protective: Protective = Protective.CANCEL
    level: StopLevel = StopLevel.BLOCK
    include_unattributed: bool = False
    """Of a strategy's stop: take the orders that no rule claims too, in the accounts that it may use."""

    @property
    def spares_reducing(self) -> bool:
        """Whether orders that can only reduce a position are left alone."""
        return self.protective is Protective.KEEP or self.level is StopLevel.REDUCE_ONLY

    def tightened_by(self, other: StopTerms) -> StopTerms:
        """What holds when a stopped scope is fired at again: the stricter of both, so that nothing is let go by it."""
        cancels = Protective.CANCEL in (self.protective, other.protective)
        blocks = StopLevel.BLOCK in (self.level, other.level)
        return StopTerms(
            Protective.CANCEL if cancels else Protective.KEEP,
            StopLevel.BLOCK if blocks else StopLevel.REDUCE_ONLY,
            self.include_unattributed or other.include_unattributed,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> StopTerms:
        """Raises ValueError or TypeError; what is missing is as it was before there was such a choice."""
        read = dict(fields)
        if "protective" in read:
            read["protective"] = Protective(read["protective"])
        if "level" in read:
            read["level"] = StopLevel(read["level"])
        if not isinstance(read.get("include_unattributed", False), bool):
            raise TypeError("include_unattributed is neither true nor false")
        return cls(**read)


USUAL = StopTerms()
