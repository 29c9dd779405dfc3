"""What the desk shows while nothing is connected: no scope, no figure, and nothing left of what was shown before."""

from __future__ import annotations

import numpy as np

from core.risk.model import RiskMatrix, ScopeHistory
from core.snapshot import JournalView, LatencyView, Snapshot, StopOutlook

_NAN = float("nan")


def nothing_connected(at_s: float, operator: str = "") -> Snapshot:
    none, flat = np.empty((0, 0)), np.empty(0)
    matrix = RiskMatrix(
        scopes=(), metrics=(), value=none, age_s=flat, trust=flat.astype(np.int8), costly_age_s=np.inf,
        severity=none.astype(np.int8), limited=flat.astype(np.int64), threshold=none, headroom=none, breach_in_s=none,
        rows={}, columns={},
    )  # fmt: skip
    return Snapshot(
        cycle=0, at_s=at_s, base_currency="USD", matrix=matrix, events=(), mitigations=(), halts=(), connections=(),
        exposures=(), history=ScopeHistory(flat, flat, flat, flat, flat), sparklines=none, limit_lines=(),
        outlook=StopOutlook(0, 0, None, None, None, None), journal=JournalView(0, 0, True, ""),
        latency=LatencyView(_NAN, _NAN, _NAN, _NAN), updates=0, operator=operator,
    )  # fmt: skip
