"""What is wrong with a limit by itself, as sentences: such a limit is left out, and said."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from core.domain import Severity
from core.risk.limits.model import CAPITAL, Limit
from core.risk.model import MetricInfo


def faults_of(limit: Limit, metrics: Mapping[str, MetricInfo]) -> list[str]:
    """Sentences that each say why it cannot be in force; none where it can."""
    what = f"the limit on {limit.subject} of {limit.scope}"
    info = metrics.get(limit.metric)
    if info is None:
        return [f"{what} names no metric that there is; allowed are {', '.join(metrics)}"]
    levels = [
        (severity, level) for severity, level in zip(Severity, limit.thresholds, strict=True) if level is not None
    ]
    if not levels:
        return [f"{what} has no threshold"]
    out = []
    falling = info.worse_is < 0 and not limit.change_over_s
    for (mild, low), (grave, high) in itertools.pairwise(levels):
        if (low < high) if falling else (low > high):
            way = "below" if falling else "above"
            out.append(f"{what} has {mild.word} {low:g} {way} {grave.word} {high:g}, which could never come first")
    if limit.confirm.needed > limit.confirm.cycles:
        out.append(f"{what} is confirmed by {limit.confirm} readings, which there can never be")
    return out + _relative_faults(limit, what, metrics)


def _relative_faults(limit: Limit, what: str, metrics: Mapping[str, MetricInfo]) -> list[str]:
    if not limit.of:
        return []
    amounts = [name for name, info in metrics.items() if info.unit == "money" and name != limit.metric]
    if metrics[limit.metric].unit != "money":
        return [f"{what} is relative to {limit.of}, and only an amount of money can be: {limit.metric} is none"]
    if limit.of != CAPITAL and limit.of not in amounts:
        return [f"{what} is relative to {limit.of}; allowed are {CAPITAL}, {', '.join(amounts)}"]
    return []


def rivalry(first: Limit, second: Limit) -> str:
    named = f"{_named(first)} and {_named(second)}"
    return f"the limits on {first.subject} of {named} are equally specific; the first holds"


def _named(limit: Limit) -> str:
    return f"profile {limit.profile} by {limit.scope}" if limit.profile else str(limit.scope)
