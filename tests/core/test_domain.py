from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import PORTFOLIO, Scope, ScopeKind, Severity, Side, Trust
from core.errors import ConfigError

KINDS = st.sampled_from([ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY])


@given(KINDS, st.text(min_size=1))
def test_a_scope_is_read_back_as_it_was_written(kind: ScopeKind, name: str) -> None:
    assert Scope.parse(str(Scope(kind, name))) == Scope(kind, name)


def test_the_portfolio_is_written_without_a_name() -> None:
    assert str(PORTFOLIO) == "portfolio"
    assert Scope.parse("portfolio") == PORTFOLIO


@pytest.mark.parametrize("text", ["", "portfolio:", "portfolio:x", "account", "account:", "Account:x", "desk:x", ":x"])
def test_what_is_no_scope_is_refused_with_the_allowed_forms(text: str) -> None:
    with pytest.raises(ConfigError, match="allowed are portfolio, venue:NAME"):
        Scope.parse(text)


@pytest.mark.parametrize(
    ("pattern", "other", "covered"),
    [
        ("account:alpha-*", "account:alpha-1", True),
        ("account:alpha-*", "account:Alpha-1", False),
        ("account:alpha-*", "strategy:alpha-1", False),
        ("account:alpha", "account:alpha-1", False),
        ("account:*", "portfolio", False),
        ("portfolio", "portfolio", True),
        ("venue:[bo]*", "venue:okx", True),
    ],
)
def test_a_pattern_covers_names_of_its_own_kind_only(pattern: str, other: str, covered: bool) -> None:
    assert Scope.parse(pattern).covers(Scope.parse(other)) is covered


def test_an_exact_name_is_more_specific_than_any_pattern_and_a_longer_one_than_a_shorter() -> None:
    order = ["account:*", "account:a*", "account:alpha-*", "account:x"]
    assert (
        sorted(
            ["account:x", "account:alpha-*", "account:*", "account:a*"], key=lambda text: Scope.parse(text).specificity
        )
        == order
    )


def test_severity_and_trust_are_ordered() -> None:
    assert [severity.word for severity in sorted(Severity)] == ["low", "medium", "high", "critical"]
    assert Trust.UNKNOWN < Trust.STALE < Trust.UNSETTLED < Trust.TRUSTED


def test_the_opposite_side_has_the_opposite_sign() -> None:
    for side in Side:
        assert side.opposite.opposite is side
        assert side.sign == -side.opposite.sign
