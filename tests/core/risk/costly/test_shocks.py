"""Which shocks there are, and how far each coin moves in one."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from core.risk.costly.shocks import BUILT_IN, built_in_shocks, moves_of, plain_name, read_shock, shocks_of
from core.risk.settings import RiskSettings, Shock

COINS = ("BTC", "ETH", "1000PEPE", "WBTC", "USDT", "USDC")
STABLE = np.array([False, False, False, False, True, True])
NO_BETAS = np.full(len(COINS), np.nan)


def moves(shock: Shock, betas: tuple[float, ...] | None = None) -> list[float]:
    return moves_of(shock, COINS, STABLE, NO_BETAS if betas is None else np.array(betas)).tolist()


def test_every_built_in_shock_can_be_read_and_bears_the_name_of_its_file() -> None:
    assert tuple(shock.name for shock in built_in_shocks()) == BUILT_IN
    assert all(shock.title for shock in built_in_shocks())


def test_users_shocks_come_after_the_built_in_ones_and_replace_those_of_their_name() -> None:
    mine = (Shock("usdt_depeg", "Worse", depeg={"USDT": -0.5}), Shock("mine", "Mine", moves={"ETH": -0.5}))
    found = shocks_of(RiskSettings(shocks=mine))
    assert [shock.name for shock in found] == [*BUILT_IN, "mine"]
    assert found[BUILT_IN.index("usdt_depeg")].title == "Worse"


def test_a_named_coin_moves_as_named_and_others_as_the_rest() -> None:
    assert moves(Shock("s", "", moves={"BTC": -0.2, "*": -0.4})) == [-0.2, -0.4, -0.4, -0.2, 0.0, 0.0]
    assert moves(Shock("s", "", moves={"ETH": 0.1})) == [0.0, 0.1, 0.0, 0.0, 0.0, 0.0]


def test_lots_and_wrappings_move_with_the_coin_behind_them() -> None:
    assert moves(Shock("s", "", moves={"PEPE": -0.5, "BTC": -0.1})) == [-0.1, 0.0, -0.5, -0.1, 0.0, 0.0]
    assert moves(Shock("s", "", moves={"1000PEPE": -0.5, "WBTC": -0.3, "BTC": -0.1}))[1:4] == [0.0, -0.5, -0.3]
    assert [plain_name(coin) for coin in ("1000SATS", "kPEPE", "1MBABYDOGE", "KAITO", "1INCH", "10SET", "WETH")] == [
        *("SATS", "PEPE", "BABYDOGE", "KAITO", "1INCH", "10SET", "ETH")
    ]


def test_betas_carry_the_benchmarks_move_to_what_is_not_named() -> None:
    shock = Shock("s", "", moves={"BTC": -0.2, "ETH": -0.1}, by_beta="BTC")
    nan = float("nan")
    assert moves(shock, (1.0, 3.0, 2.0, nan, 9.0, 9.0)) == [-0.2, -0.1, -0.4, -0.2, 0.0, 0.0]
    assert moves(shock)[2] == -0.2
    assert moves(Shock("s", "", moves={"BTC": -0.2, "*": -0.3}, by_beta="BTC"))[1:3] == [-0.3, -0.3]


def test_no_coin_loses_more_than_all() -> None:
    shock = Shock("s", "", moves={"BTC": -0.5}, by_beta="BTC")
    assert moves(shock, (1.0, 4.0, -1.0, 1.0, 1.0, 1.0))[1:3] == [-1.0, 0.5]


def test_money_moves_by_its_depeg_alone() -> None:
    assert moves(Shock("s", "", moves={"USDT": -0.5, "*": -0.4}, depeg={"USDC": -0.1}))[4:] == [0.0, -0.1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = 'a b'\nvenue_gone = '*'", "a name is made of"),
        ("name = 'a'", "nothing happens"),
        ("name = 'a'\nby_beta = 'BTC'\n[moves]\nETH = -0.1", "by_beta names BTC, which has no move"),
        ("name = 'a'\n[moves]\nETH = -1.1", "ETH moves by -1.1"),
        ("name = 'a'\n[depeg]\nUSDT = nan", "USDT moves by nan"),
        ("name = 'a'\n[moves]\nETH = '-10 %'", "a number is allowed"),
        ("name = 'a'\n[moves]\nETH = true", "a number is allowed"),
        ("name = 'a'\nmoves = 3", "a table of coins"),
        ("name = 3", "a text is allowed"),
        ("name = 'a'\nmove = 3", "move means nothing; allowed are by_beta, depeg"),
        ("name = ", "shock.toml: "),
    ],
)
def test_a_shock_that_means_nothing_is_refused_with_the_reason(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_shock(text, "shock.toml")
    assert str(refusal.value).startswith("shock.toml: ")
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("day", ["2021-05-19", "2024-08-05"])
def test_recorded_crashes_are_the_worst_hours_of_the_candles(day: str, shared_folder: Path) -> None:
    path = shared_folder / "data" / "crashes" / f"{day}.parquet"
    if not path.is_file():
        pytest.skip(f"no candles of {day} beside the repository")
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    rows = polars.read_parquet(path).select("ts", polars.col("symbol").cast(polars.String), "close")
    closes = pandas.DataFrame(rows.to_dict(as_series=False)).pivot(index="ts", columns="symbol", values="close")
    assert set(np.diff(closes.index)) == {300_000}
    hour = closes / closes.shift(12) - 1.0
    worst = hour.loc[hour.mean(axis=1).idxmin()]
    found = next(shock for shock in built_in_shocks() if shock.name == f"crash_{day.replace('-', '_')}")
    wanted = {symbol.partition("/")[0]: float(move) for symbol, move in worst.items()}
    wanted["*"] = statistics.median(move for coin, move in wanted.items() if coin != "BTC")
    assert dict(found.moves) == pytest.approx(wanted, abs=5e-5)
    assert str(pandas.Timestamp(worst.name + 300_000, unit="ms")).startswith(day)
