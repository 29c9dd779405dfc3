"""Binance COIN-M futures (`binancecoinm` in ccxt): the same wire below another path, margin in the coin."""

from __future__ import annotations

from typing import ClassVar

from core.paper.dialects.binance.context import Endpoint, Routes
from core.paper.dialects.binance.futures import account as acc
from core.paper.dialects.binance.futures import settings as conf
from core.paper.dialects.binance.futures.routes import shared
from core.paper.dialects.binance.futures.service import FuturesDialect


class BinanceCoinm(FuturesDialect):
    exchange_id = "binancecoinm"
    listen_key_path = "/dapi/v1/listenKey"
    routes: ClassVar[Routes] = {
        **shared("/dapi"),
        ("GET", "/dapi/v1/leverageBracket"): Endpoint(conf.leverage_bracket),
        ("GET", "/dapi/v2/leverageBracket"): Endpoint(conf.leverage_bracket),
        ("GET", "/dapi/v1/account"): Endpoint(acc.account, 5),
        ("GET", "/dapi/v1/balance"): Endpoint(acc.coin_balance, 1),
        ("GET", "/dapi/v1/positionRisk"): Endpoint(acc.position_risk, 1),
    }
