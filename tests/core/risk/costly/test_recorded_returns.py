"""The estimates on two recorded crashes, against pandas, numpy and statsmodels on the same prices."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm

from core.book.columns import Floats
from core.risk.costly.betas import estimate_betas
from core.risk.costly.covariance import coin_covariance
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, Book, Held, returns

DAYS = ("2021-05-19", "2024-08-05")
SETTINGS = RiskSettings(min_samples=30, confidence=0.95, ewma_half_life_s=60 * HOUR_S)


def recorded(shared_folder: Path, day: str) -> tuple[tuple[str, ...], Floats]:
    """Coins, and their returns over 12 candles in a row, which stand for hours here; shape (periods, coins)."""
    path = shared_folder / "data" / "crashes" / f"{day}.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    table = pl.read_parquet(path).with_columns(pl.col("symbol").cast(pl.String))
    wide = table.pivot(on="symbol", index="ts", values="close").sort("ts").drop("ts")
    close = wide.to_numpy()[::12]
    return tuple(name.partition("/")[0] for name in wide.columns), close[1:] / close[:-1] - 1.0


@pytest.mark.parametrize("day", DAYS)
def test_correlations_and_betas_of_a_crash_agree_with_pandas_and_statsmodels(shared_folder: Path, day: str) -> None:
    coins, value = recorded(shared_folder, day)
    covariance = coin_covariance(Book((), value, coins=coins, settings=SETTINGS).inputs())
    sums = value[1:] + value[:-1]
    table = pd.DataFrame(sums).ewm(halflife=60)
    np.testing.assert_allclose(covariance.deviation, table.std(bias=True).iloc[-1] / math.sqrt(2.0), rtol=1e-9)
    a, off = covariance.shrinkage, ~np.eye(len(coins), dtype=np.bool_)
    assert 0.0 < a < 0.9
    raw = (covariance.correlation - a * covariance.mean) / (1.0 - a)
    np.testing.assert_allclose(raw[off], table.corr().loc[len(sums) - 1].to_numpy()[off], rtol=1e-7)
    assert covariance.mean > 0.5
    betas = estimate_betas(returns(value), coins, SETTINGS)
    weight = 0.5 ** (np.arange(len(sums))[::-1] / 60)
    for coin in range(len(coins)):
        slope = sm.WLS(sums[:, coin], sm.add_constant(sums[:, coins.index("BTC")]), weights=weight).fit().params[1]
        assert abs(betas[coin] - 1.0) <= abs(slope - 1.0) + 1e-9
        assert betas[coin] == pytest.approx(slope, abs=0.35)
    assert np.median(betas) > 1.0


@pytest.mark.parametrize("day", DAYS)
def test_a_crash_shows_in_every_measure_of_risk(shared_folder: Path, day: str) -> None:
    coins, value = recorded(shared_folder, day)
    held = [Held("a", coin, 100.0) for coin in coins]
    hedged = [Held("b", coin, 100.0 * (-1.0) ** at) for at, coin in enumerate(coins)]
    worst = int(value.sum(axis=1).argmin())
    before, after = value[: worst - 1], value[: worst + 2]
    assert len(before) > 40
    figures = [
        Book([*held, *hedged], part, coins=coins, settings=SETTINGS, equity=10_000.0).figures()
        for part in (before, after)
    ]
    for name in ("ex_ante_volatility", "es_historical", "es_filtered"):
        assert figures[1][name]["account:a"] > 1.2 * figures[0][name]["account:a"], name
        assert figures[1][name]["account:b"] < 0.5 * figures[1][name]["account:a"], name
    assert figures[1]["underlying_correlation"]["account:a"] > figures[0]["underlying_correlation"]["account:a"]
    assert figures[1]["underlying_bets"]["account:a"] < 2.5
    losses = -100.0 * after.sum(axis=1)
    wanted = np.quantile(losses, 0.95, method="inverted_cdf") * math.sqrt(24.0) / 10_000.0
    assert figures[1]["var_historical"]["account:a"] == pytest.approx(wanted, rel=1e-9)
