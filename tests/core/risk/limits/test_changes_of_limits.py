"""What leaves more room than before, and what becomes of it without a reason."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Policy, Scope, Severity, Trust
from core.ladder import OnLapse, Response, Rung, Step
from core.risk.limits import Confirm, Limit
from core.risk.limits.revising import HELD, put_back, revise
from core.risk.limits.strictness import changed, held_back, loosened
from core.windows import parse_window
from tests.core.risk.limits.cells import AT_S, SCOPES, compiled, limit

ALPHA, BETA = Scope.parse("account:alpha-1"), Scope.parse("account:beta-1")
DAY = parse_window("mon-fri 08:00-20:00 UTC")
OFFICE = parse_window("mon-fri 09:00-17:00 UTC")
NIGHT = parse_window("20:00-08:00 UTC")


MODES = st.sampled_from([Policy.PROPOSE, Policy.APPROVE, Policy.AUTO])
STEPS = st.lists(st.sampled_from(list(Rung)), min_size=1, max_size=3, unique=True).flatmap(
    lambda rungs: st.tuples(*(st.builds(Step, st.just(rung), MODES) for rung in sorted(rungs)))
)
RESPONSES = st.one_of(
    st.sampled_from(list(Policy)).map(Response.of),
    st.builds(
        Response, STEPS, st.sampled_from([None, 5.0, 60.0]), st.sampled_from([None, *OnLapse]),
        st.sampled_from([0.0, 0.5]), st.integers(1, 3),
    ),
)  # fmt: skip


def levels(falling: bool) -> st.SearchStrategy[Any]:
    numbers = st.lists(st.one_of(st.none(), st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0])), min_size=4, max_size=4)

    def ordered(found: list[float | None]) -> tuple[float | None, ...]:
        known = iter(sorted((level for level in found if level is not None), reverse=falling))
        return tuple(None if level is None else next(known) for level in found)

    return numbers.filter(lambda found: any(level is not None for level in found)).map(ordered)


def limits(falling: bool) -> st.SearchStrategy[Limit]:
    return st.builds(
        Limit,
        scope=st.just(ALPHA),
        metric=st.just("equity" if falling else "leverage"),
        thresholds=levels(falling),
        clear=st.sampled_from([0.0, 0.05, 0.2]),
        on_delay_s=st.sampled_from([0.0, 5.0]),
        off_delay_s=st.sampled_from([0.0, 5.0]),
        policy=st.dictionaries(st.sampled_from(list(Severity)), RESPONSES, max_size=3),
        reduce_share=st.sampled_from([0.3, 0.5]),
        confirm=st.sampled_from([Confirm(1, 1), Confirm(2, 3), Confirm(3, 3), Confirm(3, 5)]),
        min_trust=st.sampled_from([Trust.STALE, Trust.UNSETTLED, Trust.TRUSTED]),
        of=st.sampled_from(["", "", "gross_exposure"]),
        active=st.sampled_from([(), (DAY,), (OFFICE,), (NIGHT,)]),
        enabled=st.sampled_from([True, True, True, False]),
        expires_at_s=st.sampled_from([math.inf, AT_S + 1.0]),
    )


PAIRS = st.booleans().flatmap(lambda falling: st.tuples(limits(falling), limits(falling), st.just(falling)))


@given(PAIRS)
def test_what_is_held_back_leaves_no_more_room_than_before_and_none_than_was_asked(
    pair: tuple[Limit, Limit, bool],
) -> None:
    old, new, falling = pair
    held = held_back(old, new, falling=falling)
    assert loosened(old, held, falling=falling) == ()
    if old.enabled and new.enabled and old.of == new.of:
        again = set(loosened(new, held, falling=falling))
        # A rule of confirmation may be neither stricter nor milder than another; the old one is kept then.
        assert again <= {"confirm", "active"}
        assert not again & {"active"} or held.active == old.active


@given(PAIRS)
def test_a_limit_leaves_no_more_room_than_itself_and_two_that_leave_none_do_the_same(
    pair: tuple[Limit, Limit, bool],
) -> None:
    old, new, falling = pair
    assert loosened(old, old, falling=falling) == ()
    both = (*loosened(old, new, falling=falling), *loosened(new, old, falling=falling))
    if not both and old.enabled and new.enabled:
        same = replace(new, confirm=old.confirm, policy=old.policy, active=old.active)
        assert not changed(old, same)


@pytest.mark.parametrize(
    ("terms", "looser"),
    [
        ({"thresholds": (0.1, 0.2, 0.35, 0.4)}, ("high",)),
        ({"thresholds": (0.1, 0.2, None, 0.4)}, ("high",)),
        ({"thresholds": (0.05, 0.1, 0.2, 0.3)}, ()),
        ({"clear": 0.01}, ("clear",)),
        ({"clear": 0.2}, ()),
        ({"on_delay_s": 20.0}, ("on_delay_s",)),
        ({"on_delay_s": 5.0}, ()),
        ({"off_delay_s": 2.0}, ("off_delay_s",)),
        ({"off_delay_s": 20.0}, ()),
        ({"confirm": Confirm(3, 3)}, ("confirm",)),
        ({"confirm": Confirm(1, 1)}, ()),
        ({"confirm": Confirm(2, 2)}, ("confirm",)),
        ({"confirm": Confirm(2, 4)}, ()),
        ({"min_trust": Trust.TRUSTED}, ("min_trust",)),
        ({"min_trust": Trust.STALE}, ()),
        ({"of": "equity"}, ("of",)),
        ({"change_over_s": 60.0}, ("change_over_s",)),
        ({"active": (OFFICE,)}, ("active",)),
        ({"active": ()}, ()),
        ({"active": (DAY, NIGHT)}, ()),
        ({"active": (NIGHT,)}, ("active",)),
        ({"enabled": False}, ("enabled",)),
        ({"expires_at_s": AT_S}, ("expires",)),
        ({"policy": {Severity.HIGH: Response.of(Policy.PROPOSE)}}, ("policy",)),
        ({"policy": {}}, ("policy",)),
        ({"policy": {Severity.HIGH: Response.of(Policy.STOP)}}, ()),
        ({"policy": {Severity.LOW: Response.of(Policy.AUTO)}}, ()),
        ({"policy": {Severity.CRITICAL: Response.of(Policy.STOP)}}, ("policy",)),
        ({"policy": {Severity.HIGH: Response((Step(Rung.BLOCK, Policy.AUTO),))}}, ("policy",)),
        ({"policy": {Severity.HIGH: Response((Step(Rung.RESTORE, Policy.AUTO), Step(Rung.STOP, Policy.AUTO)))}}, ()),
        ({"policy": {Severity.HIGH: Response((Step(Rung.NOTIFY, Policy.AUTO),))}}, ("policy",)),
        ({"reduce_share": 0.4}, ("reduce_share",)),
        ({"reduce_share": 1.0}, ()),
        ({"note": "another"}, ()),
    ],
)
def test_looser_is_defined_field_by_field(terms: dict[str, Any], looser: tuple[str, ...]) -> None:
    old = limit(
        "account:*", on_delay_s=10.0, off_delay_s=5.0, confirm=Confirm(2, 3), min_trust=Trust.UNSETTLED, active=(DAY,),
        policy={Severity.HIGH: Response.of(Policy.AUTO)},
    )  # fmt: skip
    assert loosened(old, replace(old, **terms), falling=False) == looser


def test_where_smaller_is_worse_a_lower_threshold_leaves_more_room() -> None:
    old = limit("account:*", "equity", (900.0, 800.0, None, None))
    new = limit("account:*", "equity", (850.0, 820.0, None, None))
    assert loosened(old, new, falling=True) == ("low",)
    assert held_back(old, new, falling=True).thresholds == (900.0, 820.0, None, None)


def test_a_milder_threshold_moves_along_with_a_graver_one_that_was_tightened_below_it() -> None:
    old, new = limit("account:*"), limit("account:*", levels=(0.12, 0.13, 0.14, 0.15))
    assert held_back(old, new, falling=False).thresholds == (0.1, 0.13, 0.14, 0.15)
    far = limit("account:*", levels=(0.25, None, None, 0.26))
    assert held_back(limit("account:*", levels=(0.3, None, None, 0.5)), far, falling=False).thresholds[3] == 0.26


def test_a_disabled_limit_is_none_and_anything_after_it_is_tighter() -> None:
    off = limit("account:*", enabled=False)
    assert loosened(off, limit("account:*", levels=(5.0, None, None, None)), falling=False) == ()


def test_tighter_holds_at_once_and_looser_is_held_back_place_by_place() -> None:
    old = compiled(limit("account:*"))
    new = compiled(
        limit("account:*", levels=(0.05, 0.1, 0.2, 0.3)), limit("account:beta-1", levels=(0.2, 0.3, 0.4, 0.5))
    )
    found = revise(old, new, may_loosen=False)
    alpha, beta = found.limits.limit_of(ALPHA, "drawdown"), found.limits.limit_of(BETA, "drawdown")
    assert alpha is not None
    assert beta is not None
    assert (alpha.thresholds, alpha.held) == ((0.05, 0.1, 0.2, 0.3), "")
    assert (beta.thresholds, beta.held) == ((0.1, 0.2, 0.3, 0.4), HELD)
    assert found.limits.explain(BETA, "drawdown") == f"from account:beta-1, {HELD}"
    said = sorted(change.sentence() for change in found.changes)
    assert said == [
        "the limit on drawdown of account:* (2 scopes) is tighter",
        f"the limit on drawdown of account:beta-1 leaves more room (low, medium, high, critical), {HELD}",
    ]
    freed = revise(found.limits, new, may_loosen=True)
    beta = freed.limits.limit_of(BETA, "drawdown")
    assert beta is not None
    assert (beta.thresholds, beta.held) == ((0.2, 0.3, 0.4, 0.5), "")


def test_a_limit_that_is_taken_away_stays_until_a_reason_is_given() -> None:
    old, new = compiled(limit("account:*"), limit("portfolio")), compiled(limit("portfolio"))
    found = revise(old, new, may_loosen=False)
    assert found.limits.explain(ALPHA, "drawdown") == f"from account:*, {HELD}"
    assert [change.sentence() for change in found.changes] == [
        f"the limit on drawdown of account:* (3 scopes) is taken away, {HELD}"
    ]
    assert not any(change.effective for change in found.changes)
    assert revise(old, new, may_loosen=True).limits.explain(ALPHA, "drawdown") == "no limit"


def test_what_was_held_back_once_is_held_back_again_and_changes_nothing() -> None:
    old, new = compiled(limit("account:*")), compiled(limit("account:*", levels=(0.2, 0.2, 0.3, 0.3)))
    once = revise(old, new, may_loosen=False)
    twice = revise(once.limits, new, may_loosen=False)
    assert [change.effective for change in once.changes] == [True]
    assert [change.effective for change in twice.changes] == [False]
    back = revise(twice.limits, compiled(limit("account:*", levels=(0.1, 0.2, 0.3, 0.3))), may_loosen=False)
    assert back.changes == ()
    assert back.limits.explain(ALPHA, "drawdown") == "from account:*"


def test_limits_that_hold_at_times_are_compared_as_a_whole() -> None:
    tight = limit("account:alpha-1", levels=(0.01, None, None, None), active=(DAY,))
    old = compiled(limit("account:*"), tight)
    without = revise(old, compiled(limit("account:*")), may_loosen=False)
    assert without.limits.explain(ALPHA, "drawdown") == f"from account:alpha-1, {HELD}"
    evening = without.limits.at(AT_S + 12 * 3_600.0)
    assert evening.explain(ALPHA, "drawdown") == f"from account:*, {HELD}"
    shorter = compiled(limit("account:*"), replace(tight, active=(OFFICE,)))
    (change,) = revise(old, shorter, may_loosen=False).changes
    assert change.looser == ("active",)
    lower = compiled(limit("account:*"), replace(tight, thresholds=(0.005, None, None, None)))
    assert revise(old, lower, may_loosen=False).limits.explain(ALPHA, "drawdown") == "from account:alpha-1"


def test_what_was_held_back_is_put_back_where_it_was() -> None:
    asked = compiled(limit("account:*", levels=(0.2, 0.3, 0.4, 0.5)))
    kept = (replace(limit("account:*"), held=HELD),)
    gone = Scope.parse("account:gone")
    found = put_back(asked, [(kept, [(BETA, "drawdown", 0.0), (gone, "drawdown", 0.0)])], AT_S)
    assert found.limit_of(BETA, "drawdown") == kept[0]
    assert found.explain(ALPHA, "drawdown") == "from account:*"
    assert found.scopes == SCOPES
