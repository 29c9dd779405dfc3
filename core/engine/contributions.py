"""Who makes a scope's risk, from the newest run of the costly columns."""

from __future__ import annotations

from collections.abc import Callable

from core.risk.costly.contributions import underlying_shares
from core.risk.costly.run import CostlyColumns
from core.snapshot import Contribution

MOST = 30


class RiskContributions:
    """Callable as the page painter wants it; splits once per run and scope."""

    def __init__(self, newest: Callable[[], CostlyColumns | None]) -> None:
        """`newest`: the last run that ended, None before the first."""
        self._newest = newest
        self._kept: tuple[float, int, tuple[Contribution, ...]] | None = None

    def __call__(self, row: int) -> tuple[Contribution, ...]:
        """By underlying, largest |share| first; a share is NaN where it cannot be told. Empty before the first run."""
        columns = self._newest()
        if columns is None:
            return ()
        if self._kept is None or self._kept[:2] != (columns.captured_s, row):
            frame = columns.frame
            shares = underlying_shares(frame.inputs, frame.volatility.attribution, row)
            found = tuple(Contribution(share.name, share.share) for share in shares[:MOST])
            self._kept = (columns.captured_s, row, found)
        return self._kept[2]
