"""The endpoints that both futures venues have, below their own prefix, with their weights."""

from __future__ import annotations

from core.paper.dialects.binance import market as mkt
from core.paper.dialects.binance.context import Endpoint, Routes, public
from core.paper.dialects.binance.futures import account as acc
from core.paper.dialects.binance.futures import listing, trade
from core.paper.dialects.binance.futures import settings as conf
from core.paper.dialects.binance.keys import api_restrictions


def shared(prefix: str) -> Routes:
    """`prefix` is `/fapi` or `/dapi`."""
    v1 = f"{prefix}/v1"
    return {
        ("GET", f"{v1}/ping"): public(mkt.ping),
        ("GET", f"{v1}/time"): public(mkt.server_time),
        ("GET", f"{v1}/exchangeInfo"): public(listing.exchange_info),
        ("GET", f"{v1}/depth"): public(mkt.depth, 10),
        ("GET", f"{v1}/klines"): public(mkt.klines, 2),
        ("GET", f"{v1}/ticker/24hr"): public(mkt.ticker, 1, 40),
        ("GET", f"{v1}/ticker/bookTicker"): public(mkt.book_ticker, 2, 5),
        ("GET", f"{v1}/ticker/price"): public(mkt.price, 1, 2),
        ("GET", f"{v1}/premiumIndex"): public(mkt.premium_index, 1, 10),
        ("GET", f"{v1}/fundingRate"): public(acc.funding_rates),
        ("GET", f"{v1}/fundingInfo"): public(acc.funding_info, 0),
        ("POST", f"{v1}/order"): Endpoint(trade.new_order),
        ("PUT", f"{v1}/order"): Endpoint(trade.amend_order),
        ("GET", f"{v1}/order"): Endpoint(trade.query_order),
        ("DELETE", f"{v1}/order"): Endpoint(trade.cancel_order),
        ("GET", f"{v1}/openOrder"): Endpoint(trade.query_open_order),
        ("GET", f"{v1}/openOrders"): Endpoint(trade.open_orders, 1, 40),
        ("GET", f"{v1}/allOrders"): Endpoint(trade.all_orders, 5),
        ("DELETE", f"{v1}/allOpenOrders"): Endpoint(trade.cancel_all_orders),
        ("POST", f"{v1}/batchOrders"): Endpoint(trade.new_batch, 5),
        ("DELETE", f"{v1}/batchOrders"): Endpoint(trade.cancel_batch),
        ("POST", f"{v1}/countdownCancelAll"): Endpoint(trade.count_down, 10),
        ("POST", f"{v1}/algoOrder"): Endpoint(trade.new_algo),
        ("GET", f"{v1}/algoOrder"): Endpoint(trade.query_algo),
        ("DELETE", f"{v1}/algoOrder"): Endpoint(trade.cancel_algo),
        ("GET", f"{v1}/openAlgoOrders"): Endpoint(trade.open_algos, 1, 40),
        ("GET", f"{v1}/allAlgoOrders"): Endpoint(trade.all_algos, 5),
        ("DELETE", f"{v1}/algoOpenOrders"): Endpoint(trade.cancel_all_algos),
        ("GET", f"{v1}/userTrades"): Endpoint(acc.user_trades, 5),
        ("GET", f"{v1}/forceOrders"): Endpoint(acc.force_orders, 20, 50),
        ("GET", f"{v1}/income"): Endpoint(acc.income, 30),
        ("POST", f"{v1}/leverage"): Endpoint(conf.set_leverage),
        ("POST", f"{v1}/marginType"): Endpoint(conf.set_margin_type),
        ("POST", f"{v1}/positionMargin"): Endpoint(conf.position_margin),
        ("GET", f"{v1}/positionSide/dual"): Endpoint(conf.position_mode, 30),
        ("POST", f"{v1}/positionSide/dual"): Endpoint(conf.set_position_mode),
        ("GET", f"{v1}/commissionRate"): Endpoint(conf.commission_rate, 20),
        # Binance budgets its spot host apart from the futures host.
        ("GET", "/sapi/v1/system/status"): public(mkt.system_status, 0),
        ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(api_restrictions, 0),
        ("GET", "/sapi/v1/capital/config/getall"): Endpoint(mkt.nothing, 0),
        ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(mkt.nothing, 0),
        ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(mkt.nothing, 0),
        ("GET", "/sapi/v1/margin/allPairs"): Endpoint(mkt.nothing, 0),
        ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(mkt.nothing, 0),
    }
