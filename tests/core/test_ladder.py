from __future__ import annotations

import pytest
from hypothesis import given

from core.domain import PORTFOLIO, Policy, Severity
from core.ladder import NOTHING_FORCE, RUNGS, OnLapse, Response, Rung, Step, response_to, words_of
from tests.core.risk.limits.test_changes_of_limits import RESPONSES


def test_the_rungs_are_in_the_order_of_what_they_do_to_a_book() -> None:
    assert list(RUNGS) == [
        "notify", "block", "cancel", "reduce-only", "scale", "restore", "liquidity", "flatten", "stop",
    ]  # fmt: skip
    assert [rung.word for rung in Rung if rung.trades] == ["scale", "restore", "liquidity", "flatten"]


@pytest.mark.parametrize("rung", list(Rung))
def test_every_rung_says_what_it_does_to_which_scope_and_what_is_gone_afterwards(rung: Rung) -> None:
    words = words_of(rung, PORTFOLIO, 0.25)
    assert "portfolio" in words.does
    assert words.undoes
    assert words.reversible is bool(words.back)


def test_what_closes_or_cancels_cannot_be_taken_back_and_what_latches_or_asks_can() -> None:
    back = {rung.word for rung in Rung if words_of(rung, PORTFOLIO).reversible}
    assert back == {"notify", "block", "reduce-only", "stop"}
    assert "to 25% of its size" in words_of(Rung.SCALE, PORTFOLIO, 0.25).does


def test_a_worse_breach_never_gets_less_done_than_a_milder_one() -> None:
    policy = {Severity.MEDIUM: Response.of(Policy.PROPOSE), Severity.HIGH: Response.of(Policy.AUTO)}
    assert response_to(policy, Severity.LOW) is None
    assert [response_to(policy, level) for level in (Severity.MEDIUM, Severity.CRITICAL)] == list(policy.values())


def test_the_short_forms_stand_in_the_order_of_what_they_do_by_themselves() -> None:
    forces = [NOTHING_FORCE, *(Response.of(policy).force for policy in Policy)]
    assert forces == sorted(forces)
    assert len(set(forces)) == len(forces)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Response((Step(Rung.BLOCK, Policy.AUTO),)), Response.of(Policy.AUTO)),
        (Response.of(Policy.APPROVE), Response((Step(Rung.RESTORE, Policy.APPROVE),), on_lapse=OnLapse.RUN)),
        (Response((Step(Rung.SCALE, Policy.AUTO),)), Response((Step(Rung.SCALE, Policy.AUTO),), factor=0.1)),
        (
            Response((Step(Rung.RESTORE, Policy.APPROVE),), 60.0, OnLapse.RUN),
            Response((Step(Rung.RESTORE, Policy.APPROVE),), 5.0, OnLapse.RUN),
        ),
        (Response((Step(Rung.NOTIFY, Policy.AUTO),)), Response.of(Policy.PROPOSE)),
        (Response.of(Policy.AUTO), Response((Step(Rung.RESTORE, Policy.AUTO), Step(Rung.STOP, Policy.PROPOSE)))),
        (Response((Step(Rung.RESTORE, Policy.AUTO),), tries=5), Response.of(Policy.AUTO)),
    ],
)
def test_what_does_less_by_itself_leaves_more_room(less: Response, more: Response) -> None:
    assert less.force < more.force


@given(RESPONSES)
def test_any_policy_can_be_said_in_words_and_no_short_form_is_lost(response: Response) -> None:
    assert str(response)
    assert response.short is None or Response.of(response.short) == response
    assert response.may_stop is (Step(Rung.STOP, Policy.AUTO) in response.steps)
