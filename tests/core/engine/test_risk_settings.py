from __future__ import annotations

from core.config.load import read_config
from core.engine.risk_settings import metric_infos, risk_settings
from core.risk.limits import METRIC_DIRECTIONS
from core.risk.metrics import METRIC_INFOS
from core.risk.settings import RiskSettings, Shock
from tests.core.config.texts import TWO_ACCOUNTS

SHOCKS = """\
[risk]
confidence = 0.975
[[shocks]]
name = "crash"
moves = { BTC = -0.2 }
by_beta = "BTC"
[[shocks]]
name = "okx_gone"
title = "OKX gone"
venue = "okx"
[[shocks]]
name = "tether"
depeg = { USDT = -0.1 }
"""


def test_without_a_word_the_risk_model_is_told_its_own_defaults() -> None:
    assert risk_settings(read_config(TWO_ACCOUNTS, "a test")) == RiskSettings()


def test_what_the_file_says_is_what_the_risk_model_is_told() -> None:
    assert risk_settings(read_config(TWO_ACCOUNTS + SHOCKS, "a test")) == RiskSettings(
        confidence=0.975,
        shocks=(
            Shock("crash", "crash", moves={"BTC": -0.2}, by_beta="BTC"),
            Shock("okx_gone", "OKX gone", venue_gone="okx"),
            Shock("tether", "tether", depeg={"USDT": -0.1}),
        ),
    )


def test_shocks_of_the_file_and_those_that_come_along_can_be_limited() -> None:
    limit = '[[limits]]\nscope = "portfolio"\nmetric = "stress_{}_loss"\nhigh = 0.3\n'
    text = TWO_ACCOUNTS + SHOCKS + limit.format("okx_gone") + limit.format("alts_down_40")
    config = read_config(text, "a test", METRIC_DIRECTIONS)
    names = [info.name for info in metric_infos(config)]
    assert names[: len(METRIC_INFOS)] == [info.name for info in METRIC_INFOS]
    assert {row.metric for row in config.limits} <= set(names)
    assert len(names) == len(set(names))
