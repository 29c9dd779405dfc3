"""What proposed limits would say of today's figures."""

from __future__ import annotations

import math

import numpy as np

from core.domain import Severity, Trust
from core.risk.limits import Limit
from core.risk.limits.previewing import Preview, preview
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES
from tests.core.risk.limits.cells import AT_S, SCOPES, compiled, limit

TODAY = {"alpha-1": 0.15, "alpha-2": 0.095, "beta-1": math.nan}


def seen(in_force: list[Limit], proposed: list[Limit]) -> Preview:
    value = np.zeros((len(METRIC_INFOS), len(SCOPES))).T
    for row, scope in enumerate(SCOPES):
        value[row, METRIC_NAMES.index("drawdown")] = TODAY.get(scope.name, 0.0)
        value[row, METRIC_NAMES.index("equity")] = 1_000.0
        value[row, METRIC_NAMES.index("net_exposure")] = -1_500.0
    trust = np.full(len(SCOPES), int(Trust.TRUSTED), dtype=np.int8)
    return preview(compiled(*in_force), compiled(*proposed), value, trust, AT_S)


def test_breached_near_and_unknown_are_told_worst_first_with_what_holds_now() -> None:
    found = seen(
        [limit("account:*", levels=(0.2, None, None, None))], [limit("account:*", levels=(0.1, 0.2, None, 0.4))]
    )
    assert [(str(row.scope), row.word, row.before) for row in found.standings] == [
        ("account:alpha-1", "low", "inside"),
        ("account:beta-1", "unknown", "unknown"),
        ("account:alpha-2", "near", "inside"),
    ]
    assert found.counts == {
        "low": 1, "medium": 0, "high": 0, "critical": 0, "unknown": 1, "near": 1, "inside": 0
    }  # fmt: skip
    assert [row.scope for row in found.new_breaches] == [found.standings[0].scope]
    assert (found.standings[0].severity, found.standings[0].threshold) == (Severity.LOW, 0.2)
    assert [change.looser for change in found.changes] == [()]


def test_relative_limits_are_previewed_and_changes_over_time_are_only_counted() -> None:
    found = seen([], [limit("account:*", "net_exposure", (1.0, 2.0, None, None), of="equity"),
                      limit("account:*", change_over_s=60.0)])  # fmt: skip
    assert [(row.subject, row.word, row.value, row.threshold) for row in found.standings] == [
        ("net_exposure", "low", -1_500.0, 2_000.0)
    ] * 3
    assert found.unseen == 3


def test_what_would_leave_more_room_is_told_as_such() -> None:
    found = seen([limit("account:*"), limit("portfolio")], [limit("account:*", levels=(0.2, 0.3, 0.4, 0.5))])
    assert {str((change.new or change.old)[0].scope): change.looser for change in found.changes} == {
        "account:*": ("low", "medium", "high", "critical"),
        "portfolio": ("gone",),
    }
