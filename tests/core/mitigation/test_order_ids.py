from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import PORTFOLIO, Policy, Severity
from core.ladder import Rung
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.order_ids import MOST, mitigation_of, order_id, parse

NAMES = st.one_of(st.uuids().map(lambda one: one.hex[:16]), st.uuids().map(str), st.text("abx-019r n", max_size=20))


def plan(mitigation_id: str, event_id: str) -> Mitigation:
    return Mitigation(
        mitigation_id, event_id, PORTFOLIO, "leverage", Severity.HIGH, Rung.RESTORE, Policy.AUTO,
        MitigationState.RUNNING, 0.4, (), 6.0, 3.9, 4.0, math.nan, False, 0.0, None, None,
    )  # fmt: skip


@given(NAMES, NAMES, st.integers(1, MOST), st.integers(1, MOST))
def test_an_id_fits_every_venue_and_says_which_plan_event_reduction_and_slice_it_is(
    mitigation_id: str, event_id: str, place: int, number: int
) -> None:
    mitigation = plan(mitigation_id, event_id)
    text = order_id(mitigation, place, number)
    assert len(text) == 32
    assert text.isascii()
    assert text.isalnum()
    assert text.startswith("scm")
    name = parse(text)
    assert name is not None
    assert (name.place, name.number) == (place, number)
    assert name.belongs_to(mitigation)


def test_the_mitigation_that_sent_an_order_is_told_from_its_id_alone() -> None:
    one, other = plan("4a4a8888abcd0001", "e000000000000001"), plan("4a4a8888abcd0002", "e000000000000001")
    assert mitigation_of(order_id(other, 3, 77), [one, other]) is other
    assert mitigation_of(order_id(plan("4a4a8888abcd0001", "e2"), 1, 1), [one, other]) is None


@pytest.mark.parametrize("text", ["", "scm", "bas-alpha-1", "scrh1f1", "scm-1", "scm4a4a8888abcdx0f0e6b1cr01n01"])
def test_what_is_no_mitigating_order_is_told_apart(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(("place", "number"), [(0, 1), (1, 0), (MOST + 1, 1), (1, MOST + 1)])
def test_what_cannot_be_counted_is_refused(place: int, number: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        order_id(plan("m", "e"), place, number)
