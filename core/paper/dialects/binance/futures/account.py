"""What a futures account holds and what happened to it."""

from __future__ import annotations

from core.paper.dialects.binance.codes import INCOME_TYPES
from core.paper.dialects.binance.context import Call
from core.paper.dialects.binance.futures.format import fill_json, income_json, order_json
from core.paper.dialects.binance.futures.holdings import (
    account_json,
    asset_json,
    coins_of,
    listed_positions,
    position_json,
)
from core.paper.dialects.binance.words import coin, ms
from core.paper.wire import Json


def _version(call: Call) -> int:
    return 3 if call.request.path.startswith("/fapi/v3") else 2


def account(call: Call) -> Json:
    return account_json(call.account, _version(call))


def balance(call: Call) -> Json:
    rows = [asset_json(call.account, name) for name in coins_of(call.account)]
    return [{"accountAlias": "paper", "balance": row["walletBalance"]} | row for row in rows]


def coin_balance(call: Call) -> Json:
    """The COIN-M form of the same."""
    return [row | {"withdrawAvailable": row["maxWithdrawAmount"]} for row in balance(call)]


def position_risk(call: Call) -> Json:
    version = _version(call)
    wanted = call.instrument_or_none()
    rows = listed_positions(call.account, everything=version == 2)
    return [position_json(call.account, row, version) for row in rows if wanted is None or row.symbol == wanted.symbol]


def user_trades(call: Call) -> Json:
    instrument = call.instrument_or_none()
    since, until, limit = call.window(500, 1000)
    first_id = call.whole("fromId", 0)
    order_id = call.params.get("orderId")
    rows = [
        fill
        for fill in call.account.fills
        if (instrument is None or fill.symbol == instrument.symbol)
        and since <= fill.at_s * 1000 <= until
        and fill.fill_id >= first_id
        and order_id in {None, "", str(fill.order_id)}
    ]
    # With a start the venue gives the oldest rows from there on, without one the newest.
    rows = rows[:limit] if since or first_id else rows[-limit:]
    return [fill_json(call.listed(fill.symbol), fill) for fill in rows]


def income(call: Call) -> Json:
    instrument = call.instrument_or_none()
    kind = call.params.get("incomeType")
    since, until, limit = call.window(100, 1000)
    rows = [
        row
        for row in call.account.ledger
        if (instrument is None or row.symbol == instrument.symbol)
        and (not kind or INCOME_TYPES[row.kind] == kind)
        and since <= row.at_s * 1000 <= until
    ]
    rows = rows[:limit] if since else rows[-limit:]
    return [income_json(row) for row in rows]


def force_orders(call: Call) -> Json:
    """Orders by which the venue liquidated the account."""
    instrument = call.instrument_or_none()
    since, until, limit = call.window(50, 100)
    rows = [
        order
        for order in call.account.orders.values()
        if order.is_forced
        and (instrument is None or order.symbol == instrument.symbol)
        and since <= order.accepted_s * 1000 <= until
        and call.params.get("autoCloseType", "LIQUIDATION") == "LIQUIDATION"
    ]
    return [order_json(call.listed(order.symbol), order) for order in rows[-limit:]]


def funding_rates(call: Call) -> Json:
    instrument = call.instrument_or_none()
    since, until, limit = call.window(100, 1000)
    rows = [
        row
        for row in call.exchange.funding.history
        if (instrument is None or row.symbol == instrument.symbol) and since <= row.at_s * 1000 <= until
    ]
    rows = rows[:limit] if since else rows[-limit:]
    return [
        {"symbol": r.symbol, "fundingTime": ms(r.at_s), "fundingRate": f"{r.rate:.8f}", "markPrice": coin(r.mark)}
        for r in rows
    ]


def funding_info(call: Call) -> Json:
    hours = call.exchange.funding.period_s / 3600
    return [
        {
            "symbol": instrument.symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": int(hours) if hours >= 1 else round(hours, 6),
            "disclaimer": False,
            "updateTime": ms(call.request.at_s),
        }
        for instrument in call.market.instruments
    ]
