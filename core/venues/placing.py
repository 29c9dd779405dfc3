"""What is said to ccxt when an order is placed: quantities in contracts, and the words that ccxt does not unify."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.domain import Leg
from core.errors import VenueRefused, VenueUnsupported
from core.venues.normalise import contract_size_of
from core.venues.protocol import OrderRequest, TriggerRequest
from core.venues.trigger import PriceKind

Params = dict[str, Any]

BINANCE = frozenset({"binance", "binanceusdm", "binancecoinm"})
OKX = frozenset({"okx", "okxus", "myokx"})
BYBIT = frozenset({"bybit"})
# ccxt 4.5.90 okx.py 1408 declares `hedged` as not supported, and takes it all the same (3194).
TAKES_LEGS = OKX
AT_MARKET = -1.0
"""OKX's price of an order that trades at the market when its time comes."""
BINANCE_WATCHES = {PriceKind.MARK: "MARK_PRICE", PriceKind.LAST: "CONTRACT_PRICE"}
BYBIT_WATCHES = {PriceKind.MARK: "MarkPrice", PriceKind.LAST: "LastPrice", PriceKind.INDEX: "IndexPrice"}


def contracts_of(request: OrderRequest, market: Mapping[str, Any], account: str) -> float:
    """The order's size in contracts, rounded down to the venue's step; raises VenueRefused below the minimum."""
    step = (market.get("precision") or {}).get("amount")
    wanted = request.quantity / contract_size_of(market)
    # A hair above the next step is that step: 0.3 / 0.1 is 2.9999999999999996 in floating point.
    contracts = wanted if not step else math.floor(wanted / step * (1 + 1e-12)) * step
    contracts = round(contracts, 12)
    least = float(((market.get("limits") or {}).get("amount") or {}).get("min") or 0.0)
    if contracts <= 0.0 or contracts < least:
        raise VenueRefused(
            f"{request.quantity:g} of {request.symbol} is below the least order of {least:g} contracts", account=account
        )
    return contracts


def order_params(exchange: Any, request: OrderRequest) -> Params:
    """Raises VenueUnsupported where ccxt cannot name the leg."""
    params: Params = {"clientOrderId": request.client_order_id}
    if request.reduce_only:
        params["reduceOnly"] = True
    if request.immediate:
        params["timeInForce"] = "IOC"
    if request.post_only:
        params["postOnly"] = True
    if request.leg is not Leg.NET:
        if exchange.id not in TAKES_LEGS and not _declared(exchange, request.symbol, "hedged"):
            raise VenueUnsupported(f"ccxt cannot place orders for one leg of hedge mode at {exchange.id}")
        # With `reduceOnly` ccxt names the leg opposite to the side, and leaves the flag out where it is not wanted.
        params["hedged"] = True
    if (
        request.margin_mode is not None
        and exchange.id not in BINANCE
        and _declared(exchange, request.symbol, "marginMode")
    ):
        params["marginMode"] = request.margin_mode.value
    return params


def why_no_trigger(exchange: Any, request: TriggerRequest) -> str:
    """Why such an order cannot be placed through ccxt, "" where it can."""
    symbol, trigger = request.order.symbol, request.trigger
    if symbol not in (exchange.markets or {}):
        return f"{exchange.id} has no market {symbol}"
    if trigger.rises is None:
        return "nobody told from which side its price has to come"
    if trigger.moves:
        return "it follows the market by rules of the venue's own"
    if trigger.other_price is not None and exchange.id not in OKX:
        return f"of one-cancels-other orders only OKX's can be placed, and this is {exchange.id}"
    known = exchange.id in BINANCE | OKX | BYBIT
    if not known and not _declared(exchange, symbol, _level_name(request)):
        return f"ccxt cannot place trigger orders of its kind at {exchange.id}"
    if not known and trigger.watches not in {None, PriceKind.LAST}:
        return f"ccxt cannot say at {exchange.id} that it watches the {trigger.watches} price"
    return ""


def trigger_params(exchange: Any, request: TriggerRequest) -> Params:
    """Raises VenueUnsupported where such an order cannot be placed."""
    if reason := why_no_trigger(exchange, request):
        raise VenueUnsupported(reason)
    order, trigger, level = request.order, request.trigger, _level_name(request)
    params = order_params(exchange, order) | {level: request.trigger_price}
    if exchange.id in BINANCE:
        if trigger.watches in BINANCE_WATCHES:
            params["workingType"] = BINANCE_WATCHES[trigger.watches]
        if trigger.whole:
            params["closePosition"] = True
            if order.leg is Leg.NET:
                del params["reduceOnly"]  # the venue refuses the two together
    elif exchange.id in BYBIT:
        if trigger.watches in BYBIT_WATCHES:
            params["triggerBy"] = BYBIT_WATCHES[trigger.watches]
        if trigger.whole:
            params["closeOnTrigger"] = True
    elif exchange.id in OKX:
        params |= _okx_params(request, level)
    return params


def _okx_params(request: TriggerRequest, level: str) -> Params:
    trigger, short = request.trigger, "sl" if level == "stopLossPrice" else "tp"
    # ccxt calls an algo order's own id what OKX calls that of an ordinary order, and the venue wants the other word.
    params: Params = {"algoClOrdId": request.order.client_order_id}
    if trigger.watches is not None:
        params |= {
            f"{name}TriggerPxType": trigger.watches.value for name in {short, "tp" if trigger.other_price else short}
        }
    if trigger.whole:
        params["closeFraction"] = "1"
    if trigger.other_price is not None:
        params["takeProfitPrice"] = trigger.other_price
        params["slOrdPx"] = AT_MARKET if request.order.price is None else request.order.price
        params["tpOrdPx"] = AT_MARKET if trigger.other_limit is None else trigger.other_limit
    return params


def _level_name(request: TriggerRequest) -> str:
    return "stopLossPrice" if request.trigger.is_stop_loss(request.order.side) else "takeProfitPrice"


def _declared(exchange: Any, symbol: str, name: str) -> bool:
    return bool(exchange.feature_value(symbol, "createOrder", name))
