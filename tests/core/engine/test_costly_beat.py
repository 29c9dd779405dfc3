"""The costly columns: computed beside the cycle from copies of one moment, shown with their age, never in its way."""

from __future__ import annotations

import math
import threading

import pytest

from core.domain import Scope
from core.risk.costly.capture import Capture
from core.risk.costly.run import CostlyColumns, CostlyModel
from core.risk.limits import Limit
from core.risk.matrix import RiskModel
from core.risk.metrics import METRICS
from core.risk.model import Beat
from core.snapshot import RiskMatrix
from tests.core.book.desk import Desk
from tests.core.engine.ground import Ground, Running, until
from tests.core.risk.costly.test_gather import a_desk, captured


def columns_of(desk: Desk, captured_s: float) -> CostlyColumns:
    capture = captured(desk, desk.view())
    return CostlyModel(capture.settings).run(capture, captured_s, desk.clock)


def value(matrix: RiskMatrix, scope: str, metric: str) -> float:
    return float(matrix.value[matrix.row(Scope.parse(scope)), matrix.column(metric)])


def test_every_column_of_the_matrix_is_that_of_its_name() -> None:
    desk = a_desk()
    model = RiskModel(desk.book.scopes, [])
    columns = columns_of(desk, desk.now_s)
    matrix = model.evaluate(desk.view(), desk.now_s, None, columns)
    slow = columns.value.shape[1]
    assert [info.beat for info in matrix.metrics] == [Beat.CYCLE] * len(METRICS) + [Beat.COSTLY] * slow
    assert value(matrix, "portfolio", "exit_time") == pytest.approx(columns.frame.exits.time_s[0], nan_ok=True)
    loss = columns.frame.stress.loss[0][3] / columns.frame.inputs.equity[3]
    assert value(matrix, "account:a", "stress_btc_down_20_loss") == pytest.approx(loss)


def test_figures_of_the_slower_beat_show_their_age_and_end_as_unknown() -> None:
    desk = a_desk()
    model = RiskModel(desk.book.scopes, [Limit(Scope.parse("portfolio"), "exit_cost_money", (1e9, None, None, None))])
    columns = columns_of(desk, desk.now_s)
    desk.wait(50.0)
    matrix = model.evaluate(desk.view(), desk.now_s, None, columns)
    cell = matrix.cell(0, matrix.column("largest_collateral_share"))
    assert (cell.age_s, math.isnan(cell.value)) == (50.0, False)
    assert matrix.cell(0, matrix.column("leverage")).age_s == pytest.approx(50.1, abs=0.2)
    desk.wait(100.0)
    late = model.evaluate(desk.view(), desk.now_s, None, columns)
    assert math.isnan(value(late, "portfolio", "largest_collateral_share"))
    assert late.severity[0, late.column("exit_cost_money")] == -1
    assert not math.isnan(value(matrix, "portfolio", "largest_collateral_share"))


def test_a_matrix_that_somebody_holds_is_never_written_over() -> None:
    desk = a_desk()
    model = RiskModel(desk.book.scopes, [])
    kept = [model.evaluate(desk.view(), desk.now_s)]
    gross = value(kept[0], "portfolio", "gross_exposure")
    for price in range(101, 120):
        desk.mark(float(price))
        kept.append(model.evaluate(desk.view(), desk.now_s))
        if price % 2:
            kept.pop(len(kept) // 2)
    assert value(kept[0], "portfolio", "gross_exposure") == gross
    seen = [value(matrix, "portfolio", "gross_exposure") for matrix in kept]
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)


async def running_columns(running: Running) -> CostlyColumns:
    await running.watched()
    await until(lambda: running.latest.matrix.costly_age_s < 60.0)
    latest = running.parts.costly.latest
    assert latest is not None
    return latest


async def test_an_engine_fills_the_costly_columns_beside_its_cycles(ground: Ground) -> None:
    ground.tables["risk"] = {"costly_every_s": 0.2}
    async with ground.engine() as running:
        await running_columns(running)
        await until(lambda: not math.isnan(running.value("portfolio", "ex_ante_volatility")))
        await until(lambda: not math.isnan(running.value("portfolio", "exit_time")))
        assert running.value("portfolio", "underlying_correlation_samples") > 48
        assert 0.0 < running.value("portfolio", "var_historical") < 10.0
        assert running.value("portfolio", "stress_alts_down_40_liquidated") >= 0.0
        assert running.value("portfolio", "risk_contribution") == pytest.approx(1.0)
        await until(lambda: not math.isnan(running.value("portfolio", "beta_net_exposure")))


@pytest.mark.expected_logs("the costly columns could not be computed")
async def test_a_run_that_breaks_is_told_and_tried_again(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.tables["risk"] = {"costly_every_s": 0.1}
    whole, broken = CostlyModel.run, threading.Event()

    def run(self: CostlyModel, capture: Capture, captured_s: float, clock: object) -> CostlyColumns:
        if broken.is_set():
            raise FloatingPointError("no such root")
        return whole(self, capture, captured_s, clock)  # type: ignore[arg-type]

    monkeypatch.setattr(CostlyModel, "run", run)
    async with ground.engine() as running:
        before = await running_columns(running)
        broken.set()
        await until(lambda: any("FloatingPointError" in notice for notice in running.latest.notices))
        assert running.parts.costly.latest is not None
        held = running.parts.costly.latest.captured_s
        await running.cycles(3)
        assert running.value("portfolio", "leverage") > 0.0
        broken.clear()
        await until(lambda: (running.parts.costly.latest or before).captured_s > held)
