"""OKX's endpoints, and how often each may be asked within two seconds.

Limits as documented beside each endpoint at https://www.okx.com/docs-v5/en/; those per second are doubled.
"""

from __future__ import annotations

from core.paper.dialects.okx import account as acc
from core.paper.dialects.okx import algos, ledger, listing, orders
from core.paper.dialects.okx import market as mkt
from core.paper.dialects.okx.context import By, Endpoint, Routes, public

V5 = "/api/v5"
_PUBLIC = {
    "/public/time": public(mkt.server_time, 10),
    "/public/instruments": public(listing.instruments, 20),
    "/public/mark-price": public(mkt.mark_price, 10),
    "/public/funding-rate": public(mkt.funding_rate, 10),
    "/public/funding-rate-history": public(mkt.funding_rate_history, 10),
    "/public/position-tiers": public(listing.position_tiers, 10),
    "/market/tickers": public(mkt.tickers, 20),
    "/market/ticker": public(mkt.ticker, 20),
    "/market/books": public(mkt.books, 40),
    "/market/candles": public(mkt.candles, 40),
    "/market/history-candles": public(mkt.candles, 20),
    "/system/status": public(mkt.nothing, 1),
}
_READ = {
    "/account/config": Endpoint(acc.config, 5),
    "/account/balance": Endpoint(acc.balance, 10),
    "/account/positions": Endpoint(acc.positions, 10),
    "/account/leverage-info": Endpoint(acc.leverage_info, 20),
    "/account/trade-fee": Endpoint(acc.trade_fee, 5),
    "/account/instruments": Endpoint(listing.instruments, 20),
    "/account/bills": Endpoint(ledger.bills, 10),
    "/account/bills-archive": Endpoint(ledger.bills, 10),
    "/asset/currencies": Endpoint(listing.currencies, 12),
    "/asset/balances": Endpoint(mkt.nothing, 12),
    "/asset/bills": Endpoint(ledger.asset_bills, 12),
    "/asset/deposit-history": Endpoint(ledger.deposits, 12),
    "/asset/withdrawal-history": Endpoint(ledger.withdrawals, 12),
    "/trade/order": Endpoint(orders.query, 60, By.INSTRUMENT),
    "/trade/orders-pending": Endpoint(orders.pending, 60),
    "/trade/orders-history": Endpoint(orders.history, 40),
    "/trade/orders-history-archive": Endpoint(orders.history, 20),
    "/trade/order-algo": Endpoint(algos.query, 20),
    "/trade/orders-algo-pending": Endpoint(algos.pending, 20),
    "/trade/orders-algo-history": Endpoint(algos.history, 20),
    "/trade/fills": Endpoint(ledger.fills, 60),
    "/trade/fills-history": Endpoint(ledger.fills_history, 10),
    "/users/subaccount/list": Endpoint(mkt.nothing, 4),
}
_WRITE = {
    "/account/set-leverage": Endpoint(acc.set_leverage, 20),
    "/account/set-position-mode": Endpoint(acc.set_position_mode, 5),
    "/account/position/margin-balance": Endpoint(acc.margin_balance, 20),
    "/trade/order": Endpoint(orders.place, 60, By.INSTRUMENT),
    "/trade/batch-orders": Endpoint(orders.place_batch, 300, By.INSTRUMENT),
    "/trade/amend-order": Endpoint(orders.amend, 60, By.INSTRUMENT),
    "/trade/amend-batch-orders": Endpoint(orders.amend_batch, 300, By.INSTRUMENT),
    "/trade/cancel-order": Endpoint(orders.cancel, 60, By.INSTRUMENT),
    "/trade/cancel-batch-orders": Endpoint(orders.cancel_batch, 300, By.INSTRUMENT),
    "/trade/close-position": Endpoint(orders.close_position, 20, By.INSTRUMENT),
    "/trade/cancel-all-after": Endpoint(orders.count_down, 2),
    "/trade/order-algo": Endpoint(algos.place, 20, By.INSTRUMENT),
    "/trade/cancel-algos": Endpoint(algos.cancel, 20, By.INSTRUMENT),
    "/trade/cancel-advance-algos": Endpoint(algos.cancel_advanced, 20, By.INSTRUMENT),
}
ROUTES: Routes = {
    **{("GET", V5 + path): endpoint for path, endpoint in {**_PUBLIC, **_READ}.items()},
    **{("POST", V5 + path): endpoint for path, endpoint in _WRITE.items()},
}
