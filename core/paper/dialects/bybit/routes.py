"""The endpoints of the venue."""

from __future__ import annotations

from core.paper.dialects.bybit import account as acc
from core.paper.dialects.bybit import holdings, lists, trade
from core.paper.dialects.bybit import market as mkt
from core.paper.dialects.bybit import settings as conf
from core.paper.dialects.bybit.context import Endpoint, Routes, public

ROUTES: Routes = {
    ("GET", "/v5/market/time"): public(mkt.server_time),
    ("GET", "/v5/market/instruments-info"): public(mkt.instruments_info),
    ("GET", "/v5/market/tickers"): public(mkt.tickers),
    ("GET", "/v5/market/orderbook"): public(mkt.orderbook),
    ("GET", "/v5/market/kline"): public(mkt.kline),
    ("GET", "/v5/market/funding/history"): public(mkt.funding_history),
    ("GET", "/v5/market/risk-limit"): public(mkt.risk_limit),
    ("GET", "/v5/user/query-api"): Endpoint(acc.query_api),
    ("GET", "/v5/user/submembers"): Endpoint(acc.sub_members),
    ("GET", "/v5/account/info"): Endpoint(acc.info),
    ("GET", "/v5/account/wallet-balance"): Endpoint(holdings.wallet_balance),
    ("GET", "/v5/account/fee-rate"): Endpoint(acc.fee_rate),
    ("GET", "/v5/account/transaction-log"): Endpoint(acc.transaction_log),
    ("GET", "/v5/account/query-dcp-info"): Endpoint(acc.dcp_info),
    ("POST", "/v5/account/set-margin-mode"): Endpoint(conf.set_margin_mode),
    ("GET", "/v5/asset/coin/query-info"): Endpoint(acc.coin_info),
    ("GET", "/v5/asset/deposit/query-record"): Endpoint(acc.deposits),
    ("GET", "/v5/asset/withdraw/query-record"): Endpoint(acc.withdrawals),
    ("GET", "/v5/position/list"): Endpoint(holdings.position_list),
    ("POST", "/v5/position/set-leverage"): Endpoint(conf.set_leverage),
    ("POST", "/v5/position/switch-mode"): Endpoint(conf.switch_mode),
    ("POST", "/v5/position/switch-isolated"): Endpoint(conf.switch_isolated),
    ("POST", "/v5/position/add-margin"): Endpoint(conf.add_margin),
    ("POST", "/v5/position/trading-stop"): Endpoint(conf.trading_stop),
    ("POST", "/v5/order/create"): Endpoint(trade.create),
    ("POST", "/v5/order/create-batch"): Endpoint(trade.create_batch, is_batch=True),
    ("POST", "/v5/order/amend"): Endpoint(trade.amend),
    ("POST", "/v5/order/amend-batch"): Endpoint(trade.amend_batch, is_batch=True),
    ("POST", "/v5/order/cancel"): Endpoint(trade.cancel),
    ("POST", "/v5/order/cancel-batch"): Endpoint(trade.cancel_batch, is_batch=True),
    ("POST", "/v5/order/cancel-all"): Endpoint(trade.cancel_all),
    ("POST", "/v5/order/disconnected-cancel-all"): Endpoint(trade.disconnected_cancel_all),
    ("GET", "/v5/order/realtime"): Endpoint(lists.realtime),
    ("GET", "/v5/order/history"): Endpoint(lists.history),
    ("GET", "/v5/execution/list"): Endpoint(lists.executions),
}
