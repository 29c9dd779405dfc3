from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from core.halt.proof import Proof

SETTLE_S = 1.5

steps = st.lists(
    st.tuples(
        st.sampled_from(["cancel", "answer", "seen", "empty", "resting"]),
        st.floats(min_value=0.0, max_value=2.0, allow_nan=False),
    ),
    max_size=40,
)


@given(steps)
def test_no_proof_without_two_empty_listings_the_second_late_enough_after_the_last_cancel(
    script: list[tuple[str, float]],
) -> None:
    proof = Proof(SETTLE_S)
    now_s, in_flight, last_reply_s = 100.0, 0, -math.inf
    empties: list[tuple[float, bool]] = []  # when it began, and whether that was late enough for a second look
    for act, wait_s in script:
        now_s += wait_s
        if act == "cancel":
            proof.cancel_sent()
            in_flight += 1
            empties = []
        elif act == "answer" and in_flight:
            proof.cancel_answered(now_s)
            in_flight -= 1
            last_reply_s = now_s
        elif act == "seen":
            proof.order_seen()
            empties = []
        elif act == "empty":
            proof.listed(now_s, 0)
            empties.append((now_s, not in_flight and now_s >= last_reply_s + SETTLE_S))
        elif act == "resting":
            proof.listed(now_s, 3)
            empties = []
        late_enough = [began_s for began_s, late in empties[1:] if late]
        assert proof.verified == bool(late_enough)
        assert proof.began_s == (late_enough[-1] if late_enough else None)


def test_a_second_listing_that_begins_too_early_leaves_the_proof_open() -> None:
    proof = Proof(SETTLE_S)
    proof.cancel_sent()
    proof.cancel_answered(10.0)
    proof.listed(10.1, 0)
    proof.listed(11.49, 0)
    assert not proof.verified
    proof.listed(11.5, 0)
    assert proof.verified


def test_an_order_seen_after_the_proof_voids_it() -> None:
    proof = Proof(SETTLE_S)
    proof.listed(10.0, 0)
    proof.listed(10.1, 0)
    assert proof.verified
    proof.order_seen()
    assert not proof.verified
    assert proof.began_s is None


def test_nothing_is_proven_while_a_cancel_is_unanswered() -> None:
    proof = Proof(SETTLE_S)
    proof.cancel_sent()
    for began_s in (10.0, 20.0, 30.0):
        proof.listed(began_s, 0)
    assert not proof.verified
