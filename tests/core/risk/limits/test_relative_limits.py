"""Thresholds that are shares of another figure of the same scope."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.risk.limits import INSIDE, NEAR
from tests.core.risk.limits.cells import SCOPES, Stage, compiled, limit

SHARES = (0.5, 1.0, 2.0, 3.0)
OF_EQUITY = limit("account:*", "net_exposure", SHARES, of="equity")


@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e6))
def test_a_share_of_equity_is_judged_as_the_quotient_would_be(net: float, equity: float) -> None:
    stage = Stage(compiled(OF_EQUITY))
    severity = stage.step({"net_exposure": net, "equity": equity})
    assert severity == sum(abs(net) / equity >= share for share in SHARES)
    check = stage.check()
    nexts = [share * equity for share in SHARES if share > abs(net) / equity]
    if check.outcome in (INSIDE, NEAR):
        assert check.threshold == pytest.approx(nexts[0])
        assert check.clear_level == pytest.approx(0.95 * SHARES[0] * equity)
    assert check.value == net


@pytest.mark.parametrize(
    ("net", "equity", "severity"),
    [(1.0, 0.0, 4), (-1.0, -50.0, 4), (0.0, 0.0, 0), (0.0, -50.0, 0), (1.0, math.nan, -1), (math.nan, 10.0, -1)],
)
def test_any_exposure_on_no_equity_is_critical_and_unknown_equity_unknown(
    net: float, equity: float, severity: int
) -> None:
    assert Stage(compiled(OF_EQUITY)).step({"net_exposure": net, "equity": equity}) == severity


def test_a_share_of_capital_is_of_what_the_strategy_was_given() -> None:
    given_ = [math.nan] * len(SCOPES)
    given_[6] = 1_000.0
    limits = compiled(limit("strategy:*", "gross_exposure", SHARES, of="capital"), capital=given_)
    stage = Stage(limits, "strategy:mm")
    assert stage.step({"gross_exposure": 1_500.0}) == 2
    assert stage.check().threshold == pytest.approx(1_000.0)
    assert stage.step({"gross_exposure": 100.0}) == 0


def test_without_capital_a_share_of_it_is_unknown() -> None:
    limits = compiled(limit("strategy:*", "gross_exposure", SHARES, of="capital"))
    assert Stage(limits, "strategy:mm").step({"gross_exposure": 1.0}) == -1


def test_equity_as_a_share_of_capital_is_worse_the_smaller_it_is() -> None:
    given_ = [math.nan] * len(SCOPES)
    given_[6] = 1_000.0
    limits = compiled(limit("strategy:mm", "equity", (0.9, 0.8, 0.5, None), of="capital"), capital=given_)
    stage = Stage(limits, "strategy:mm")
    assert [stage.step({"equity": amount}) for amount in (950.0, 900.0, 700.0, -10.0)] == [0, 1, 2, 3]
    assert stage.check().threshold == pytest.approx(500.0)


def test_a_change_of_exposure_may_be_a_share_of_equity() -> None:
    stage = Stage(
        compiled(limit("account:*", "gross_exposure", (1.0, None, None, None), of="equity", change_over_s=60))
    )
    assert stage.step({"gross_exposure": 500.0, "equity": 100.0}) == 0
    assert stage.step({"gross_exposure": 590.0, "equity": 100.0}) == 0
    assert stage.step({"gross_exposure": 601.0, "equity": 100.0}) == 1
    assert stage.check().threshold == pytest.approx(100.0)
