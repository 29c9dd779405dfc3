"""The part of the exposure that is options', by their delta."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.risk.costly.options import estimate_option_delta
from tests.core.risk.costly.book import MARKETS, Account, Desk, Part, inputs_of

OPTION = replace(MARKETS[0], endpoint="o", mid=-40.0, option=True)
"""A put: a unit of it counts like 40 dollars short."""
DESK = Desk(
    (Account(0), Account(1)),
    (Part(0, 0, "net", 0, 2.0), Part(0, 1, "net", 0, 3.0), Part(1, 1, "net", 1, -1.0)),
    markets=(MARKETS[0], OPTION),
)


def deltas(desk: Desk) -> dict[str, float]:
    found = estimate_option_delta(inputs_of(desk))
    return {str(scope): float(value) for scope, value in zip(desk.scopes, found, strict=True)}


def test_options_count_by_their_delta_and_nothing_else_does() -> None:
    found = deltas(DESK)
    assert found["portfolio"] == pytest.approx(-80.0)
    assert (found["account:a0"], found["account:a1"]) == (pytest.approx(-120.0), pytest.approx(40.0))
    assert (found["strategy:mm"], found["strategy:carry"]) == (pytest.approx(-120.0), 0.0)


def test_an_option_without_greeks_is_unknown_for_whoever_holds_it() -> None:
    blind = replace(DESK, parts=DESK.parts[:2], markets=(MARKETS[0], replace(OPTION, mid=math.nan)))
    found = deltas(blind)
    assert math.isnan(found["portfolio"])
    assert math.isnan(found["account:a0"])
    assert found["account:a1"] == 0.0
