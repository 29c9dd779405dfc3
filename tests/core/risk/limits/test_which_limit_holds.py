"""Of all limits that reach a scope, which one holds, and how that is told."""

from __future__ import annotations

import fnmatch
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import UNATTRIBUTED, Group, Scope, ScopeKind
from core.risk.limits import Limit
from core.windows import parse_window
from tests.core.risk.limits.cells import AT_S, SCOPES, compiled, limit

ALPHA = Scope.parse("account:alpha-1")
PATTERNS = st.sampled_from(
    ["account:alpha-1", "account:alpha-?", "account:alpha-*", "account:al*", "account:*", "account:*-1", "group:majors",
     "venue:*", "venue:north", "portfolio", "strategy:*", "strategy:mm"]
)  # fmt: skip


def a_limit(pattern: str, profile: str, level: float) -> Limit:
    made = limit(pattern, levels=(level, None, None, None), profile=profile)
    return replace(made, scope=Group("majors", ("alpha-1", "beta-1"))) if pattern == "group:majors" else made


def reaches(candidate: Limit, scope: Scope) -> bool:
    pattern = candidate.scope
    if isinstance(pattern, Group):
        return scope.kind is ScopeKind.ACCOUNT and scope.name in pattern.members
    if pattern.name != scope.name and scope.name == UNATTRIBUTED:
        return False
    return pattern.kind is scope.kind and fnmatch.fnmatchcase(scope.name, pattern.name)


def strength(candidate: Limit) -> tuple[bool, int, int]:
    """Single limits over profiles; exact over group over pattern; then the longer literal part."""
    if isinstance(candidate.scope, Group):
        return (not candidate.profile, 1, 0)
    literal = len([letter for letter in candidate.scope.name if letter not in "*?["])
    exact = literal == len(candidate.scope.name)
    return (not candidate.profile, 2 if exact else 0, literal)


@given(st.lists(st.builds(a_limit, PATTERNS, st.sampled_from(["", "calm"]), st.floats(0.01, 0.9)), max_size=8))
def test_the_most_specific_limit_holds_and_of_equals_the_first(limits: list[Limit]) -> None:
    found = compiled(*limits)
    for scope in SCOPES:
        wanted = [candidate for candidate in limits if reaches(candidate, scope)]
        best = max(wanted, key=strength) if wanted else None  # max keeps the first of equals
        assert found.limit_of(scope, "drawdown") == best
        assert found.explain(scope, "drawdown") == (best.origin if best else "no limit")
        assert found.line(scope, "drawdown") == tuple(sorted(wanted, key=strength, reverse=True)) or len(
            {strength(row) for row in wanted}
        ) < len(wanted)


def test_the_limit_in_force_says_where_it_comes_from() -> None:
    found = compiled(limit("account:alpha-*"), limit("account:*", profile="conservative"))
    assert found.explain(ALPHA, "drawdown") == "from account:alpha-*"
    beta = Scope.parse("account:beta-1")
    assert found.explain(beta, "drawdown") == "from profile conservative by account:*"
    assert found.explain(SCOPES[0], "drawdown") == "no limit"


def test_a_group_is_more_specific_than_a_pattern_and_less_than_a_name() -> None:
    group = replace(limit("group:majors"), scope=Group("majors", ("alpha-1", "beta-1")))
    found = compiled(limit("account:alpha-*"), group, limit("account:beta-1"))
    assert found.explain(ALPHA, "drawdown") == "from group:majors"
    assert found.explain(Scope.parse("account:beta-1"), "drawdown") == "from account:beta-1"
    assert found.explain(Scope.parse("account:alpha-2"), "drawdown") == "from account:alpha-*"


def test_level_and_change_of_one_metric_are_limited_side_by_side() -> None:
    found = compiled(limit("account:*"), limit("account:alpha-1", change_over_s=300.0))
    assert found.explain(ALPHA, "drawdown") == "from account:*"
    assert found.explain(ALPHA, "drawdown_in_300s") == "from account:alpha-1"


def test_a_disabled_limit_is_as_if_it_were_not_there() -> None:
    found = compiled(limit("account:*"), limit("account:alpha-1", enabled=False))
    assert found.explain(ALPHA, "drawdown") == "from account:*"


def test_outside_its_windows_the_next_limit_in_line_holds() -> None:
    tight = limit("account:alpha-1", active=(parse_window("mon-fri 08:00-20:00 UTC"),))
    found = compiled(limit("account:*"), tight)
    assert found.explain(ALPHA, "drawdown") == "from account:alpha-1"
    evening = found.at(AT_S + 12 * 3_600.0)
    assert evening.explain(ALPHA, "drawdown") == "from account:*"
    assert evening.at(AT_S + 86_400.0).explain(ALPHA, "drawdown") == "from account:alpha-1"
    assert found.at(AT_S + 60.0) is found


def test_an_expired_limit_gives_way_to_none_where_nothing_is_behind_it() -> None:
    found = compiled(limit("account:alpha-1", expires_at_s=AT_S + 10.0))
    assert found.at(AT_S + 9.0).explain(ALPHA, "drawdown") == "from account:alpha-1"
    assert found.at(AT_S + 10.0).explain(ALPHA, "drawdown") == "no limit"


def test_equally_specific_limits_are_said_once_and_the_first_holds() -> None:
    rivals = compiled(limit("account:alpha*"), limit("account:alp*a"), limit("account:*lpha*"), limit("account:a?pha*"))
    assert rivals.problems == (
        "the limit on drawdown of account:alp*a matches no scope and guards nothing",
        "the limits on drawdown of account:*lpha* and account:a?pha* are equally specific; the first holds",
    )
    assert rivals.explain(ALPHA, "drawdown") == "from account:alpha*"
    (said,) = compiled(limit("account:alpha*", profile="a"), limit("account:?lpha-*", profile="b")).problems
    both = "profile a by account:alpha* and profile b by account:?lpha-*"
    assert said == f"the limits on drawdown of {both} are equally specific; the first holds"


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (
            {"metric": "leverage", "of": "equity"},
            (
                "the limit on leverage of account:* is relative to equity, and only an amount of money can be: "
                "leverage is none"
            ),
        ),
        (
            {"metric": "drawdown", "levels": (0.3, None, 0.2, None), "change_over_s": 60.0},
            "the limit on drawdown_in_60s of account:* has low 0.3 above high 0.2, which could never come first",
        ),
        (
            {"metric": "equity", "levels": (5.0, None, None, 6.0)},
            "the limit on equity of account:* has low 5 below critical 6, which could never come first",
        ),
    ],
)
def test_what_cannot_be_in_force_is_left_out_and_said(terms: dict[str, object], sentence: str) -> None:
    found = compiled(limit("account:*", **terms))  # type: ignore[arg-type]
    assert found.problems == (sentence,)
    assert len(found.row) == 0


def test_relative_to_what_is_no_amount_is_said_with_what_is_allowed() -> None:
    (said,) = compiled(limit("account:*", "net_exposure", of="leverage")).problems
    assert said.startswith(
        "the limit on net_exposure of account:* is relative to leverage; allowed are capital, equity"
    )
