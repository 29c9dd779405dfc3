"""Binance USD-M futures (`binanceusdm` in ccxt)."""

from __future__ import annotations

from typing import ClassVar

from core.paper.dialects.binance import market as mkt
from core.paper.dialects.binance.context import Endpoint, Routes, public
from core.paper.dialects.binance.futures import account as acc
from core.paper.dialects.binance.futures import settings as conf
from core.paper.dialects.binance.futures.routes import shared
from core.paper.dialects.binance.futures.service import FuturesDialect


class BinanceUsdm(FuturesDialect):
    exchange_id = "binanceusdm"
    listen_key_path = "/fapi/v1/listenKey"
    routes: ClassVar[Routes] = {
        **shared("/fapi"),
        ("GET", "/fapi/v2/ticker/price"): public(mkt.price, 1, 2),
        ("GET", "/fapi/v1/leverageBracket"): Endpoint(conf.leverage_bracket),
        ("GET", "/fapi/v2/account"): Endpoint(acc.account, 5),
        ("GET", "/fapi/v3/account"): Endpoint(acc.account, 5),
        ("GET", "/fapi/v2/balance"): Endpoint(acc.balance, 5),
        ("GET", "/fapi/v3/balance"): Endpoint(acc.balance, 5),
        ("GET", "/fapi/v2/positionRisk"): Endpoint(acc.position_risk, 5),
        ("GET", "/fapi/v3/positionRisk"): Endpoint(acc.position_risk, 5),
        ("GET", "/fapi/v1/multiAssetsMargin"): Endpoint(conf.multi_assets, 30),
        ("GET", "/fapi/v1/accountConfig"): Endpoint(conf.account_config, 5),
        ("GET", "/fapi/v1/symbolConfig"): Endpoint(conf.symbol_config, 5),
        ("GET", "/fapi/v1/apiTradingStatus"): Endpoint(conf.trading_status, 1, 10),
    }
