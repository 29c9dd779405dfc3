"""Limits that are well formed and still guard nothing, or come too late: said when they are loaded."""

from __future__ import annotations

import pytest

from core.risk.limits import Limit
from core.risk.limits.relating import standing_problems
from core.windows import parse_window
from tests.core.risk.limits.cells import AT_S, compiled, limit

VENUES = {"alpha-1": "north", "alpha-2": "north", "beta-1": "south"}


def problems(*limits: Limit) -> list[str]:
    found = compiled(*limits)
    assert found.problems == ()
    return standing_problems(found, AT_S, VENUES)


def test_a_sound_set_of_limits_has_no_problem() -> None:
    gross = "gross_exposure"
    assert not problems(
        limit("portfolio"),
        limit("account:*", levels=(0.2, 0.3, 0.4, 0.5)),
        limit("portfolio", gross, (100.0, 200.0, None, None)),
        limit("venue:*", gross, (90.0, 190.0, None, None)),
        limit("account:*", gross, (80.0, 180.0, 1_000.0, None)),
    )


def test_a_child_looser_than_what_its_parent_leaves_is_said_once_for_each_pair() -> None:
    gross = "gross_exposure"
    said = problems(
        limit("portfolio", gross, (100.0, 200.0, None, None)),
        limit("venue:north", gross, (50.0, 150.0, None, None)),
        limit("account:*", gross, (60.0, 250.0, None, None)),
    )
    assert said == [
        (
            "the limit on gross_exposure of account:* has low 60 for account:alpha-1, looser than what venue:north "
            "leaves: 50 for venue:north comes first"
        ),
        (
            "the limit on gross_exposure of account:* has medium 250 for account:alpha-1, looser than what portfolio "
            "leaves: 200 for portfolio comes first"
        ),
    ]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (
            limit("account:*", expires_at_s=AT_S),
            "the limit on drawdown of account:* has expired and guards nothing",
        ),
        (
            limit("account:*", active=(parse_window("sun 10:00-11:00 UTC"),), expires_at_s=AT_S + 86_400.0),
            "the limit on drawdown of account:* expires before any of its windows begins and guards nothing",
        ),
        (
            limit("account:*", "largest_position_share", (0.5, None, 1.5, None)),
            (
                "the limit on largest_position_share of account:* has high 1.5, which largest_position_share cannot "
                "reach: at most 1"
            ),
        ),
        (
            limit("account:*", "drawdown", (0.0, None, 0.5, None)),
            (
                "the limit on drawdown of account:* begins at 0, which drawdown is never below: it is always breached "
                "and never clears"
            ),
        ),
    ],
)
def test_what_guards_nothing_or_never_clears_is_said(one: Limit, sentence: str) -> None:
    assert problems(one) == [sentence]
