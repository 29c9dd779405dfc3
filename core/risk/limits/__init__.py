"""Limits: which one is in force where, how figures stand to them, and what a change of them means."""

from __future__ import annotations

from core.risk.limits.checks import limit_checks, limit_lines
from core.risk.limits.compiling import METRIC_DIRECTIONS, CompiledLimits, compile_limits
from core.risk.limits.judging import Judged, judge
from core.risk.limits.model import (
    BREACHED,
    INSIDE,
    NEAR,
    NEAR_HEADROOM,
    UNKNOWN,
    Confirm,
    Limit,
    LimitCheck,
    Thresholds,
)
from core.risk.limits.watch import LimitWatch

__all__ = [
    "BREACHED",
    "INSIDE",
    "METRIC_DIRECTIONS",
    "NEAR",
    "NEAR_HEADROOM",
    "UNKNOWN",
    "CompiledLimits",
    "Confirm",
    "Judged",
    "Limit",
    "LimitCheck",
    "LimitWatch",
    "Thresholds",
    "compile_limits",
    "judge",
    "limit_checks",
    "limit_lines",
]
