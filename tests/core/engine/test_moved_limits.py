from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import PORTFOLIO, Scope, ScopeKind
from core.engine.moved_limits import MovedLimits
from core.risk.limits import Limit
from tests.core.mitigation.test_executor import mitigation, reduction

LIMIT = Limit(PORTFOLIO, "leverage", (None, 3.0, 4.0, 5.0))


class Compiled:
    def __init__(self) -> None:
        self.limit: Limit | None = LIMIT

    def limit_of(self, scope: Scope, subject: str) -> Limit | None:
        assert (scope, subject) == (Scope(ScopeKind.PORTFOLIO), "leverage")
        return self.limit


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (replace(LIMIT), ""),
        (replace(LIMIT, note="said anew"), ""),
        (replace(LIMIT, thresholds=(None, 3.0, 4.1, 5.0)), ""),
        (replace(LIMIT, thresholds=(None, 3.0, 4.5, 5.0)), "the limit on leverage of portfolio was changed"),
        (replace(LIMIT, thresholds=(2.0, 3.0, 4.0, 5.0)), "the limit on leverage of portfolio was changed"),
        (replace(LIMIT, of="equity"), "the limit on leverage of portfolio was changed"),
        (None, "no limit on leverage of portfolio is in force any more"),
    ],
)
def test_a_plan_is_held_against_the_limit_that_was_in_force_when_it_began(now: Limit | None, sentence: str) -> None:
    compiled = Compiled()
    moved = MovedLimits(lambda: compiled)  # type: ignore[arg-type, return-value]
    made = mitigation(reduction())
    assert moved.moved(made) == ""
    compiled.limit = now
    assert moved.moved(made) == sentence
    moved.forget(made.mitigation_id)
    assert moved.moved(made) == ""


def test_a_plan_that_a_person_drafted_answers_no_limit() -> None:
    compiled = Compiled()
    moved = MovedLimits(lambda: compiled)  # type: ignore[arg-type, return-value]
    made = replace(mitigation(reduction()), event_id="")
    moved.moved(made)
    compiled.limit = None
    assert moved.moved(made) == ""
