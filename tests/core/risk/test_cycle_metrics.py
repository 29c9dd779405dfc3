"""Every metric of the cycle against plain Python, scope by scope, over figures that may be missing, zero or absurd."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Trust
from core.risk.frame import Frame, Series
from core.risk.metrics import METRICS

NAN, INF = math.nan, math.inf
Row = dict[str, float]

money = st.one_of(st.just(NAN), st.sampled_from([0.0, -5.0, 1e12, -1e12]), st.floats(-1e6, 1e6))
amount = st.one_of(st.just(NAN), st.sampled_from([0.0, 1e12]), st.floats(1e-3, 1e6))
unit = st.one_of(st.just(NAN), st.sampled_from([0.0, -0.5]), st.floats(0.01, 5.0))
peak = st.one_of(st.just(NAN), st.floats(0.5, 5.0))
share = st.one_of(st.just(NAN), st.floats(0.0, 1.0))
count = st.one_of(st.just(NAN), st.integers(0, 50).map(float))

FIELDS = {
    "equity": money, "unit": unit, "peak": peak, "day_open": peak, "day_peak": peak,
    "age_s": st.one_of(st.just(INF), st.floats(0.0, 1e4)), "trust": st.sampled_from([float(level) for level in Trust]),
    "gross": amount, "net": money, "beta_net": money, "unrealised": money, "initial_margin": amount,
    "maintenance_margin": amount, "liquidation_distance": st.one_of(st.just(INF), st.just(NAN), st.floats(0.0, 3.0)),
    "largest_net": amount, "squared_net": amount, "absolute_net": amount, "resting": amount, "filled_gross": amount,
    "order_rate": count, "cancel_rate": count, "reject_rate": share, "unprotected": count,
}  # fmt: skip
SERIES = {
    "peak_7d": peak, "peak_30d": peak, "unit_before": peak,
    "before_s": st.one_of(st.just(NAN), st.floats(900.0, 2_000.0)), "loss_run": count,
    "coverage_hour": share, "coverage_day": share, "coverage_month": share,
}  # fmt: skip

rows_of = st.lists(st.fixed_dictionaries(FIELDS | SERIES), min_size=1, max_size=6)


def frame_of_rows(rows: list[Row]) -> Frame:
    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows])

    series = Series(**{field.name: column(field.name) for field in dataclasses.fields(Series)})
    names = [field.name for field in dataclasses.fields(Frame) if field.name not in ("series", "trust")]
    return Frame(**{name: column(name) for name in names}, trust=column("trust").astype(np.int8), series=series)


def unknown(*values: float) -> bool:
    return any(math.isnan(value) for value in values)


def divided(part: float, whole: float) -> float:
    """A ratio to equity: without equity, anything is infinitely much."""
    if unknown(part, whole):
        return NAN
    if whole > 0.0:
        return part / whole
    return INF if part > 0.0 else 0.0


def fall(row: Row, reference: float) -> float:
    if unknown(row["equity"]):
        return NAN
    if row["equity"] < -1.0 or (row["equity"] <= 0.0 and row["gross"] > 0.0):
        return INF
    if unknown(row["unit"]) and row["gross"] == 0.0:
        return 0.0
    return NAN if unknown(row["unit"], reference) else 1.0 - row["unit"] / reference


def velocity(row: Row) -> float:
    fallen = fall(row, row["unit_before"])
    if math.isnan(fallen) or math.isinf(fallen) or fallen == 0.0:
        return fallen
    return NAN if unknown(row["before_s"]) else fallen / (row["before_s"] / 3_600.0)


def herfindahl(row: Row) -> float:
    squared, whole = row["squared_net"], row["absolute_net"]
    return NAN if unknown(squared, whole) else (squared / (whole * whole) if whole > 0.0 else 0.0)


def largest(row: Row) -> float:
    return NAN if unknown(row["largest_net"], row["gross"]) else (
        row["largest_net"] / row["gross"] if row["gross"] > 0.0 else 0.0
    )  # fmt: skip


def to_liquidation(row: Row) -> float:
    distance = row["liquidation_distance"]
    return NAN if unknown(distance, row["gross"]) else min(distance, 1.0)


REFERENCE: dict[str, Callable[[Row], float]] = {
    "equity": lambda row: row["equity"],
    "unrealised_pnl": lambda row: row["unrealised"],
    "gross_exposure": lambda row: row["gross"],
    "net_exposure": lambda row: row["net"],
    "long_exposure": lambda row: (row["gross"] + row["net"]) / 2.0,
    "short_exposure": lambda row: (row["gross"] - row["net"]) / 2.0,
    "leverage": lambda row: divided(row["gross"], row["equity"]),
    "beta_net_exposure": lambda row: row["beta_net"],
    "resting_notional": lambda row: row["resting"],
    "filled_exposure": lambda row: row["filled_gross"],
    "drawdown": lambda row: fall(row, row["peak"]),
    "drawdown_day": lambda row: fall(row, row["day_peak"]),
    "daily_loss": lambda row: fall(row, row["day_open"]),
    "drawdown_7d": lambda row: fall(row, row["peak_7d"]),
    "drawdown_30d": lambda row: fall(row, row["peak_30d"]),
    "drawdown_velocity": velocity,
    "loss_run": lambda row: 0.0 if unknown(row["unit"]) and row["gross"] == 0.0 else row["loss_run"],
    "largest_position_share": largest,
    "underlying_herfindahl": herfindahl,
    "free_margin": lambda row: row["equity"] - row["initial_margin"],
    "margin_use": lambda row: divided(row["initial_margin"], row["equity"]),
    "maintenance_use": lambda row: divided(row["maintenance_margin"], row["equity"]),
    "liquidation_distance": to_liquidation,
    "data_age": lambda row: row["age_s"] if math.isfinite(row["age_s"]) else NAN,
    "trust": lambda row: row["trust"],
    "order_rate": lambda row: row["order_rate"],
    "cancel_rate": lambda row: row["cancel_rate"],
    "reject_rate": lambda row: row["reject_rate"],
    "unprotected": lambda row: row["unprotected"],
    "coverage_hour": lambda row: row["coverage_hour"],
    "coverage_day": lambda row: row["coverage_day"],
    "coverage_month": lambda row: row["coverage_month"],
}


@settings(deadline=None, max_examples=150)
@given(rows=rows_of)
def test_every_metric_agrees_with_a_plain_reference(rows: list[Row]) -> None:
    frame = frame_of_rows(rows)
    for metric in METRICS:
        got = metric.compute(frame)
        assert got.shape == (len(rows),)
        assert got.dtype == np.float64
        wanted = [REFERENCE[metric.info.name](row) for row in rows]
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12, err_msg=metric.info.name)


def test_there_is_a_reference_for_every_metric() -> None:
    assert {metric.info.name for metric in METRICS} == REFERENCE.keys()


@settings(deadline=None, max_examples=60)
@given(rows=rows_of, data=st.data())
def test_no_scope_changes_another(rows: list[Row], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    frame, turned = frame_of_rows(rows), frame_of_rows([rows[at] for at in order])
    for metric in METRICS:
        np.testing.assert_array_equal(metric.compute(frame)[list(order)], metric.compute(turned))


@settings(deadline=None, max_examples=60)
@given(rows=rows_of, rate=st.floats(0.01, 100.0))
def test_another_base_currency_changes_money_and_nothing_else(rows: list[Row], rate: float) -> None:
    coins = {
        "equity", "gross", "net", "beta_net", "unrealised", "initial_margin", "maintenance_margin", "largest_net",
        "absolute_net", "resting", "filled_gross",
    }  # fmt: skip
    exchanged = [
        {
            name: value * (rate if name in coins else rate**2 if name == "squared_net" else 1.0)
            for name, value in row.items()
        }
        for row in rows
        # A debt of a unit of the base currency is a crumb, in whatever currency that is.
        if not -200.0 < row["equity"] < 0.0
    ]
    kept = [row for row in rows if not -200.0 < row["equity"] < 0.0]
    if not kept:
        return
    one, other = frame_of_rows(kept), frame_of_rows(exchanged)
    for metric in METRICS:
        factor = rate if metric.info.unit == "money" else 1.0
        np.testing.assert_allclose(
            metric.compute(other), metric.compute(one) * factor, rtol=1e-9, atol=1e-9, err_msg=metric.info.name
        )


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.info.name)
def test_the_sign_and_unit_of_a_metric_are_said_in_its_words(metric) -> None:  # type: ignore[no-untyped-def]
    said = " ".join((inspect.getdoc(metric.compute) or "").split())
    words = {
        "money": "Base currency", "ratio": "Ratio", "multiple": "Multiple", "count": "Count", "rate": "Per minute",
        "seconds": "Seconds",
    }  # fmt: skip
    assert words[metric.info.unit] in said
    if metric.info.worse_is < 0:
        assert "maller is worse" in said or "positive is profit" in said
