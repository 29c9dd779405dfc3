"""Binance: what its three classes of ccxt cost and how they stream; where orders rest is in core/venues/plans."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from core.domain import Leg
from core.venues.families import sub_accounts
from core.venues.families.family import Family
from core.venues.messages import (
    BalanceUpdate,
    CoinBalance,
    FillUpdate,
    OrderUpdate,
    PositionUpdate,
    Source,
    Update,
)
from core.venues.normalise import contract_size_of, order_from
from core.venues.plans.binance import BINANCE
from core.venues.plans.binance import BINANCE_COIN_M as COIN_M_PLAN
from core.venues.plans.binance import BINANCE_USD_M as USD_M_PLAN

LEGS = {"BOTH": Leg.NET, "LONG": Leg.LONG, "SHORT": Leg.SHORT}


def _futures_wallet(balance: Mapping[str, Any]) -> dict[str, float]:
    # ccxt's `total` is Binance's marginBalance, which holds the unrealised PnL at Binance's marks; we value positions
    # at our own marks and must not count it twice.
    assets = balance.get("info", {}).get("assets", ())
    return {str(row["asset"]): float(row["walletBalance"]) for row in assets}


def _user_event(exchange: Any, account: str, message: Mapping[str, Any], received_s: float) -> tuple[Update, ...]:
    """The raw user stream. ccxt's watch calls lose the second of two messages that arrive in one read:

    https://github.com/ccxt/ccxt/issues/23231
    """
    message = message["data"] if "stream" in message and "data" in message else message
    event = message.get("e")
    if event == "ACCOUNT_UPDATE":
        return _account_update(exchange, account, message["a"], received_s)
    if event == "ORDER_TRADE_UPDATE":
        return _order_trade_update(exchange, account, message["o"], received_s)
    if event == "ALGO_UPDATE":
        return (_order(exchange, account, "trigger", message["o"], received_s),)
    return ()


def _account_update(exchange: Any, account: str, data: Mapping[str, Any], received_s: float) -> tuple[Update, ...]:
    """Balances and positions of one moment, one after the other with nothing in between."""
    reason = str(data.get("m", ""))
    coins = tuple(
        CoinBalance(exchange.safe_currency_code(row["a"]), float(row["wb"]), includes_unrealised=False)
        for row in data.get("B", ())
    )
    updates: list[Update] = []
    if coins:
        updates.append(
            BalanceUpdate(account, coins, complete=False, source=Source.STREAM, received_s=received_s, reason=reason)
        )
    for row in data.get("P", ()):
        market = exchange.market(exchange.safe_symbol(row["s"], None, None, "contract"))
        updates.append(
            PositionUpdate(
                account=account,
                symbol=market["symbol"],
                leg=LEGS.get(str(row.get("ps", "BOTH")), Leg.NET),
                quantity=float(row["pa"]) * contract_size_of(market),
                entry_price=float(row["ep"]) or None,
                source=Source.STREAM,
                received_s=received_s,
            )
        )
    return tuple(updates)


def _order(exchange: Any, account: str, book: str, raw: Mapping[str, Any], received_s: float) -> OrderUpdate:
    row = exchange.parse_ws_order(raw)
    return order_from(row, account, book, exchange.market(row["symbol"]), Source.STREAM, received_s)


def _order_trade_update(exchange: Any, account: str, row: Mapping[str, Any], received_s: float) -> tuple[Update, ...]:
    order = _order(exchange, account, "regular", row, received_s)
    if row.get("x") != "TRADE" or float(row.get("l") or 0.0) == 0.0:
        return (order,)
    fill = FillUpdate(
        account=account,
        symbol=order.symbol,
        fill_id=str(row["t"]),
        order_id=str(row["i"]),
        client_order_id=str(row.get("c") or ""),
        side=order.side,
        quantity=float(row["l"]) * contract_size_of(exchange.market(order.symbol)),
        price=float(row["L"]),
        fee=float(row.get("n") or 0.0),
        fee_coin=exchange.safe_currency_code(row.get("N")) or "",
        at_s=float(row["T"]) / 1000.0,
        source=Source.STREAM,
        received_s=received_s,
    )
    return (order, fill)


def _spot_event(exchange: Any, account: str, message: Mapping[str, Any], received_s: float) -> tuple[Update, ...]:
    """The raw user stream of the spot venue, whose websocket API wraps each event."""
    message = message.get("event", message)
    event = message.get("e")
    if event == "executionReport":
        return _order_trade_update(exchange, account, message, received_s)
    if event != "outboundAccountPosition":
        return ()
    coins = tuple(
        CoinBalance(exchange.safe_currency_code(row["a"]), float(row["f"]) + float(row["l"]), includes_unrealised=False)
        for row in message["B"]
    )
    return (BalanceUpdate(account, coins, complete=False, source=Source.STREAM, received_s=received_s, reason=""),)


async def _traded_since(exchange: Any, since_ms: int) -> frozenset[str]:
    # userTrades wants a symbol; the income ledger names the symbol of every commission.
    params = {"incomeType": "COMMISSION", "startTime": since_ms, "limit": 1000}
    call = exchange.dapiPrivateGetIncome if exchange.id == "binancecoinm" else exchange.fapiPrivateGetIncome
    rows = await call(params)
    ids = {str(row["symbol"]) for row in rows if row.get("symbol")}
    return frozenset(exchange.safe_symbol(name, None, None, "contract") for name in ids)


BINANCE_USD_M = Family(
    name="binance USD-M futures",
    exchanges=frozenset({"binanceusdm"}),
    plan=USD_M_PLAN,
    orders_come_in_arrays=True,
    options={
        # Listing without a symbol is what a proof needs; ccxt raises instead unless told that the cost is known.
        "fetchOpenOrders": {"warnWithoutSymbol": False},
        "warnOnFetchOpenOrdersWithoutSymbol": False,
        # Else load_markets signs two sapi requests that a futures key has no need of.
        "fetchCurrencies": False,
        # Its own keep-alive fires once only (a transpilation fault); ours renews the key, so its own must never lead.
        "listenKeyRefreshRate": 1_000_000_000,
        # Else opening the stream asks for positions once more, which nobody here reads.
        "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
    },
    includes_unrealised=False,
    wallet_of=_futures_wallet,
    tap=_user_event,
    watched=("watchOrders",),
    flow_reasons=frozenset({"DEPOSIT", "WITHDRAW", "WITHDRAW_REJECT", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW"})
    | frozenset({"MARGIN_TRANSFER", "ASSET_TRANSFER"}),
    traded_since=_traded_since,
    keep_alive="fapiPrivatePutListenKey",
    listen_key_bucket="linear",
    ledger="fetch_ledger",
    weight_per_minute=2400,
    used_weight_header="x-mbx-used-weight-1m",
    read_weight=10,
    trades_weight=5,
    ledger_weight=30,
    sub_accounts=sub_accounts.BINANCE,
    tickers_weight=40,
    depth_levels=50,
    depth_weight=2,
    candles_weight=2,
    greeks_weight=5,
)

BINANCE_COIN_M = dataclasses.replace(
    BINANCE_USD_M,
    name="binance COIN-M futures",
    exchanges=frozenset({"binancecoinm"}),
    plan=COIN_M_PLAN,
    keep_alive="dapiPrivatePutListenKey",
    listen_key_bucket="inverse",
    trades_weight=20,
    ledger_weight=20,
)

BINANCE_SPOT = Family(
    name="binance spot",
    exchanges=frozenset({"binance"}),
    plan=BINANCE,
    orders_come_in_arrays=True,
    options={"fetchOpenOrders": {"warnWithoutSymbol": False}, "warnOnFetchOpenOrdersWithoutSymbol": False},
    includes_unrealised=False,
    holds_positions=False,
    tap=_spot_event,
    # One stream tells all; ccxt's class speaks of futures too, and would open theirs for positions.
    watched=("watchOrders",),
    marks=("watchTickers",),
    ledger="",
    weight_per_minute=6000,
    used_weight_header="x-mbx-used-weight-1m",
    read_weight=20,
    trades_weight=20,
    sub_accounts=sub_accounts.BINANCE,
    tickers_weight=80,
    depth_levels=50,
    depth_weight=5,
    candles_weight=2,
    greeks_weight=5,
)
