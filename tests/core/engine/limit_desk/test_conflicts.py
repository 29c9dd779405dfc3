"""What a change of limits sets against each other is told; what is in order is not."""

from __future__ import annotations

from core.config.policies import parse_policy
from core.engine.limit_desk.conflicts import conflicts_of
from core.risk.limits import Limit
from tests.core.risk.limits.cells import compiled, limit


def told(changed: Limit, *others: Limit) -> tuple[str, ...]:
    limits = compiled(changed, *others)
    return conflicts_of(limits, [limits.limits.index(changed)])


def test_a_limit_that_others_stand_over_everywhere_guards_nothing() -> None:
    wide = limit("account:*")
    exact = [limit(f"account:{name}") for name in ("alpha-1", "alpha-2", "beta-1")]
    (sentence,) = told(wide, *exact)
    assert sentence == (
        "the limit on drawdown from account:* would guard nothing: in every place that it matches a more specific one "
        "holds (account:alpha-1, account:alpha-2, account:beta-1)"
    )
    assert told(wide, *exact[:2]) == ()


def test_a_limit_out_of_its_hours_is_not_in_force_now() -> None:
    assert told(limit("portfolio", enabled=True, expires_at_s=1.0)) == (
        "the limit on drawdown from portfolio is not in force now: it is switched off, over, or outside its hours",
    )


def test_a_part_that_leaves_more_room_than_the_limit_it_stands_over_is_told_once() -> None:
    general = limit("account:*", levels=(0.1, 0.2, None, None))
    loose = limit("account:alpha-*", levels=(0.1, 0.3, None, None))
    (sentence,) = told(loose, general)
    assert sentence == (
        "the limit on drawdown from account:alpha-* leaves more room (medium) than the one from account:*, which it "
        "stands over in 2 scopes"
    )
    assert told(limit("account:alpha-*", levels=(0.05, 0.15, None, None)), general) == ()
    assert told(general, loose) == ()


def test_a_graver_breach_that_gets_less_done_is_told() -> None:
    policy = parse_policy({"medium": "stop", "critical": "propose"})
    assert told(limit("portfolio", policy=policy)) == (
        "the limit on drawdown from portfolio does less at critical (propose) than at medium (stop)",
    )
    assert told(limit("portfolio", policy=parse_policy({"medium": "propose", "critical": "stop"}))) == ()
