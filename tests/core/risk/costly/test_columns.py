"""The columns that the desk shows, from one frame of the slower beat."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from core.risk.costly.concentration import estimate_concentration
from core.risk.costly.exits import estimate_exits
from core.risk.costly.frame import CostlyFrame
from core.risk.costly.shocks import built_in_shocks
from core.risk.costly.stress import estimate_stress
from core.risk.metrics import METRIC_NAMES, exits, spread
from core.risk.metrics.stress import stress_metrics
from core.risk.model import Beat
from core.risk.settings import Shock
from tests.core.risk.costly.book import Account, Desk, Part, inputs_of

SHOCKS = built_in_shocks()
PARTS = (Part(0, 0, "net", 0, 10.0), Part(1, 0, "net", 1, -5.0), Part(2, 3, "net", 3, 40.0))


def frame_of(desk: Desk) -> CostlyFrame:
    inputs = inputs_of(desk)
    made = {
        "inputs": inputs,
        "concentration": estimate_concentration(inputs),
        "exits": estimate_exits(inputs),
        "stress": estimate_stress(inputs, SHOCKS, np.ones(len(inputs.coins))),
    }
    # Other parts of the frame are not read by these columns.
    return CostlyFrame(**{each.name: made.get(each.name) for each in fields(CostlyFrame)})  # type: ignore[arg-type]


def columns_of(desk: Desk) -> dict[str, dict[str, float]]:
    frame = frame_of(desk)
    found = {m.info.name: m.compute(frame) for m in (*spread.METRICS, *exits.METRICS, *stress_metrics(SHOCKS))}
    return {str(scope): {name: float(found[name][row]) for name in found} for row, scope in enumerate(desk.scopes)}


def test_every_column_is_known_for_every_scope_of_a_book_with_prices() -> None:
    desk = Desk(tuple(Account(venue, initial_margin=50.0, maintenance_margin=20.0) for venue in (0, 0, 1, 1)), PARTS)
    for scope, columns in columns_of(desk).items():
        unknown = {name for name, value in columns.items() if math.isnan(value)}
        if scope == "strategy:unattributed":
            # It has no capital, so that ratios to equity are unknown.
            assert unknown == {name for name in columns if name.endswith("_loss")} | {"exit_cost", "exit_cost_all"}
        else:
            assert unknown == set(), scope


def test_losses_and_costs_are_shares_of_equity() -> None:
    desk = Desk(tuple(Account(venue) for venue in (0, 0, 1, 1)), PARTS)
    found = columns_of(desk)["account:a0"]
    assert found["stress_btc_down_20_loss"] == pytest.approx(200.0 / 1_000.0)
    assert found["exit_cost"] == pytest.approx(10.0 / 1_000.0)
    assert found["exit_cost_money"] == pytest.approx(10.0)


@pytest.mark.parametrize("equity", [0.0, -10.0])
def test_a_loss_without_equity_is_infinite_and_a_gain_is_none(equity: float) -> None:
    ruined = Account(0, equity=equity, coins=())
    found = columns_of(Desk((ruined, ruined, *(Account(1) for _ in range(2))), PARTS))
    assert found["account:a0"]["stress_btc_down_20_loss"] == math.inf
    assert found["account:a0"]["exit_cost"] == math.inf
    assert found["account:a1"]["stress_btc_down_20_loss"] == 0.0


def test_a_deposit_makes_leaving_cheaper_and_changes_nothing_of_how_long_it_takes() -> None:
    desk = Desk(tuple(Account(venue) for venue in (0, 0, 1, 1)), PARTS)
    rich = replace(desk, accounts=(Account(0, equity=2_000.0, coins=(("USDT", 2_000.0),)), *desk.accounts[1:]))
    before, after = columns_of(desk)["account:a0"], columns_of(rich)["account:a0"]
    changed = {name for name in before if before[name] != after[name]}
    assert "exit_cost" in changed
    assert changed <= {"exit_cost", "exit_cost_all", *(name for name in before if name.endswith("_loss"))}


def test_columns_of_a_shock_say_what_happens_and_what_is_counted() -> None:
    metrics = {metric.info.name: metric.info for metric in stress_metrics(SHOCKS)}
    assert len(metrics) == 3 * len(SHOCKS)
    assert set(metrics) <= set(METRIC_NAMES)
    for info in metrics.values():
        assert info.family == "stress"
        assert info.beat is Beat.COSTLY
        assert info.source
    assert "BTC -20.0%, every other coin by its beta to BTC (-20.0%" in metrics["stress_btc_down_20_loss"].formula
    assert "every other coin -40.0%" in metrics["stress_alts_down_40_liquidated"].formula
    assert "USDT as money moved -10.0%" in metrics["stress_usdt_depeg_margin_calls"].formula
    assert "34 more coins as listed" in metrics["stress_crash_2021_05_19_loss"].formula
    assert "all equity at the venue where the scope has most" in metrics["stress_venue_gone_loss"].formula


def test_a_shock_that_was_not_computed_yet_is_unknown() -> None:
    late = stress_metrics([Shock("late", "Late", moves={"BTC": -0.1})])
    desk = Desk(tuple(Account(venue) for venue in (0, 0, 1, 1)), PARTS)
    for metric in late:
        assert np.isnan(metric.compute(frame_of(desk))).all()
