"""What a spot account holds, and how coins came to it."""

from __future__ import annotations

import datetime as dt

from core.paper.dialects.binance.context import Call
from core.paper.dialects.binance.words import coin, ms, price_text, quantity_text
from core.paper.dialects.words import lasting_id
from core.paper.engine.account import Account
from core.paper.engine.holdings import LedgerKind, LedgerRow
from core.paper.engine.model import Fill
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

DEPOSIT_DONE, WITHDRAWAL_DONE = 1, 6


def balance_row(account: Account, name: str) -> tuple[str, str]:
    """Free and locked."""
    margin = account.margin(name)
    return coin(margin.available), coin(min(margin.order_initial, max(0.0, margin.wallet)))


def account(call: Call) -> Json:
    rules, mine = call.exchange.rules, call.account
    known = {name for i in call.market.instruments for name in (i.base, i.quote)} | set(mine.wallets)
    balances = []
    for name in sorted(known):
        free, locked = balance_row(mine, name)
        if mine.wallets.get(name) or call.params.get("omitZeroBalances") != "true":
            balances.append({"asset": name, "free": free, "locked": locked})
    return {
        "makerCommission": round(rules.maker_fee * 10_000),
        "takerCommission": round(rules.taker_fee * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": coin(rules.maker_fee),
            "taker": coin(rules.taker_fee),
            "buyer": coin(0.0),
            "seller": coin(0.0),
        },
        "canTrade": True,
        "canWithdraw": mine.can_withdraw,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": ms(mine.updated_s),
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 1,
    }


def my_trades(call: Call) -> Json:
    instrument = call.instrument()
    since, until, limit = call.window(500, 1000)
    first_id, order_id = call.whole("fromId", 0), call.params.get("orderId")
    rows = [
        fill
        for fill in call.account.fills
        if fill.symbol == instrument.symbol
        and since <= fill.at_s * 1000 <= until
        and fill.fill_id >= first_id
        and order_id in {None, "", str(fill.order_id)}
    ]
    rows = rows[:limit] if since or first_id else rows[-limit:]
    orders = call.account.orders
    numbers = {fill.order_id: lasting_id(orders[fill.order_id]) for fill in rows if fill.order_id in orders}
    return [_trade(instrument, fill, numbers.get(fill.order_id, fill.order_id)) for fill in rows]


def _trade(instrument: PaperInstrument, fill: Fill, order_id: int) -> Json:
    return {
        "symbol": fill.symbol,
        "id": fill.fill_id,
        "orderId": order_id,
        "orderListId": -1,
        "price": price_text(instrument, fill.price),
        "qty": quantity_text(instrument, fill.quantity),
        "quoteQty": coin(fill.quantity * fill.price),
        "commission": coin(fill.fee),
        "commissionAsset": fill.coin,
        "time": ms(fill.at_s),
        "isBuyer": fill.side.name == "BUY",
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def commission(call: Call) -> Json:
    rules = call.exchange.rules
    symbol = call.instrument().symbol
    rates = {"maker": coin(rules.maker_fee), "taker": coin(rules.taker_fee), "buyer": coin(0.0), "seller": coin(0.0)}
    return {"symbol": symbol, "standardCommission": rates}


def trade_fees(call: Call) -> Json:
    wanted, rules = call.instrument_or_none(), call.exchange.rules
    rates = {"makerCommission": coin(rules.maker_fee), "takerCommission": coin(rules.taker_fee)}
    return [{"symbol": i.symbol, **rates} for i in ([wanted] if wanted else call.market.instruments)]


def deposits(call: Call) -> Json:
    return [
        {
            "id": str(row.row_id),
            "amount": coin(row.amount),
            "coin": row.coin,
            "network": row.coin,
            "status": DEPOSIT_DONE,
            "address": "paper",
            "addressTag": "",
            "txId": str(row.row_id),
            "insertTime": ms(row.at_s),
            "transferType": 0,
        }
        for row in _flows(call)
        if row.amount > 0
    ]


def withdrawals(call: Call) -> Json:
    return [
        {
            "id": str(row.row_id),
            "amount": coin(-row.amount),
            "transactionFee": "0",
            "coin": row.coin,
            "network": row.coin,
            "status": WITHDRAWAL_DONE,
            "address": "paper",
            "txId": str(row.row_id),
            "applyTime": dt.datetime.fromtimestamp(row.at_s, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "transferType": 0,
        }
        for row in _flows(call)
        if row.amount < 0
    ]


def _flows(call: Call) -> list[LedgerRow]:
    since, until, limit = call.window(1000, 1000)
    wanted = call.params.get("coin")
    rows = [
        row
        for row in call.account.ledger
        if row.kind is LedgerKind.FLOW and wanted in {None, "", row.coin} and since <= row.at_s * 1000 <= until
    ]
    return rows[::-1][:limit]
