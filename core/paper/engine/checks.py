"""What an order must satisfy before it is accepted; each check raises Refusal."""

from __future__ import annotations

import math

from core.domain import Leg, Side
from core.paper.engine.account import Account
from core.paper.engine.margin import Extra
from core.paper.engine.model import (
    OrderKind,
    OrderRequest,
    OtherSide,
    PriceSource,
    Reason,
    Refusal,
    TimeInForce,
    TriggerKind,
    TriggerRequest,
)
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes


def check_quantity(instrument: PaperInstrument, quantity: float) -> None:
    if not math.isfinite(quantity) or quantity <= 0:
        raise Refusal(Reason.BAD_QUANTITY)
    if abs(instrument.floor_quantity(quantity) - quantity) > instrument.step * 1e-6:
        raise Refusal(Reason.PRECISION)
    if quantity < instrument.step:
        raise Refusal(Reason.QUANTITY_TOO_SMALL)
    if quantity > instrument.quantity_max:
        raise Refusal(Reason.QUANTITY_TOO_LARGE)


def check_price(instrument: PaperInstrument, price: float | None) -> float:
    if price is None or not math.isfinite(price) or price <= 0:
        raise Refusal(Reason.BAD_PRICE)
    if abs(instrument.round_price(price) - price) > instrument.tick * 1e-6:
        raise Refusal(Reason.PRECISION)
    return price


def check_order(market: Quotes, account: Account, request: OrderRequest) -> None:
    """Form, limits of the venue, leg, reduce-only and free margin or coins, in this order."""
    instrument = _listed(market, request.symbol)
    check_quantity(instrument, request.quantity)
    mark = market.mark_of(request.symbol)
    price = mark
    if request.kind is OrderKind.LIMIT:
        price = check_price(instrument, request.price)
        _check_band(account, request.side, price, mark)
        if request.tif is TimeInForce.POST_ONLY:
            _check_post_only(market, request.symbol, request.side, price)
    check_leg(account, instrument, request.leg)
    if not request.reduces and instrument.value(request.quantity, price) < instrument.notional_min:
        raise Refusal(Reason.NOTIONAL_TOO_SMALL)
    if len(account.rest_of(request.symbol).orders) >= account.rules.max_orders and request.kind is OrderKind.LIMIT:
        raise Refusal(Reason.TOO_MANY_ORDERS)
    if request.client_id and is_open_id(account, request.client_id):
        raise Refusal(Reason.DUPLICATE_CLIENT_ID)
    if request.reduces:
        if instrument.is_spot or account.reducible(request.symbol, request.side, request.leg) <= 0:
            raise Refusal(Reason.REDUCE_ONLY)
    elif instrument.is_spot:
        if request.kind is OrderKind.MARKET:
            price = _cost(market, request) / request.quantity
        check_coins(account, instrument, request.side, request.quantity, price)
    else:
        check_margin(market, account, request.symbol, Extra(request.leg, request.side, request.quantity))


def check_leg(account: Account, instrument: PaperInstrument, leg: Leg) -> None:
    """Hedge mode knows a long and a short leg, everything else the net one only."""
    if leg not in account.legs_of(instrument.symbol):
        raise Refusal(Reason.WRONG_LEG)


def check_coins(account: Account, instrument: PaperInstrument, side: Side, quantity: float, price: float) -> None:
    """A spot order needs what it gives away, free in the wallet."""
    coin = instrument.base if side is Side.SELL else instrument.quote
    needed = quantity if side is Side.SELL else quantity * price
    if needed > account.margin(coin).available:
        raise Refusal(Reason.NO_MARGIN)


def _cost(market: Quotes, request: OrderRequest) -> float:
    """What a market buy costs at the present ladder, quote coin; what the ladder does not hold at its last price."""
    left, cost, price = request.quantity, 0.0, 0.0
    for level in market.ladder(request.symbol, request.side):
        price, taken = level.price, min(left, level.quantity)
        cost, left = cost + taken * price, left - taken
        if left <= 0:
            break
    return cost + left * price


def check_margin(market: Quotes, account: Account, symbol: str, extra: Extra) -> None:
    """An order that opens or enlarges needs free margin for what it adds."""
    instrument = market.instrument(symbol)
    needed = account.order_margin(symbol, extra) - account.order_margin(symbol)
    if needed > 0 and needed > account.margin(instrument.settle).available:
        raise Refusal(Reason.NO_MARGIN)
    quantity = abs(account.quantity_of(symbol, extra.leg)) + extra.quantity
    notional = instrument.notional(quantity, market.mark_of(symbol))
    allowed = [tier.cap for tier in instrument.tiers if tier.max_leverage >= account.leverage_of(symbol)]
    if needed > 0 and (not allowed or notional > max(allowed)):
        raise Refusal(Reason.BAD_LEVERAGE)


def check_trigger(market: Quotes, account: Account, request: TriggerRequest) -> bool:
    """Returns whether the trigger fires above its price (else below)."""
    instrument = _listed(market, request.symbol)
    is_worked = request.kind is TriggerKind.WORKED
    if not is_worked:
        check_price(instrument, request.trigger_price)
    if not request.close_position:
        check_quantity(instrument, request.quantity)
    if not request.kind.is_market:
        check_price(instrument, request.price)
    check_leg(account, instrument, request.leg)
    if len(account.rest_of(request.symbol).triggers) >= account.rules.max_triggers:
        raise Refusal(Reason.TOO_MANY_ORDERS)
    if instrument.is_spot:
        price = request.price if request.price is not None else request.trigger_price
        check_coins(account, instrument, request.side, request.quantity, price)
    if request.client_id and is_open_trigger_id(account, request.client_id):
        raise Refusal(Reason.DUPLICATE_CLIENT_ID)
    above = (request.side is Side.BUY) == request.kind.is_stop
    mark, last = market.mark_of(request.symbol), market.last_of(request.symbol)
    price = mark if request.source is PriceSource.MARK else last
    if not is_worked and has_reached(price, request.trigger_price, above):
        raise Refusal(Reason.WOULD_TRIGGER)
    if request.other is not None:
        _check_other(instrument, request.other)
        if has_reached(price, request.other.trigger_price, not above):
            raise Refusal(Reason.WOULD_TRIGGER)
    return above


def has_reached(price: float, trigger_price: float, above: bool) -> bool:
    return price >= trigger_price if above else price <= trigger_price


def _check_other(instrument: PaperInstrument, other: OtherSide) -> None:
    check_price(instrument, other.trigger_price)
    if other.price is not None:
        check_price(instrument, other.price)


def is_open_id(account: Account, client_id: str) -> bool:
    known = account.orders.get(account.order_ids.get(client_id, -1))
    return known is not None and known.status.is_open


def is_open_trigger_id(account: Account, client_id: str) -> bool:
    known = account.triggers.get(account.trigger_ids.get(client_id, -1))
    return known is not None and known.status.is_open


def _listed(market: Quotes, symbol: str) -> PaperInstrument:
    if symbol not in market.index:
        raise Refusal(Reason.UNKNOWN_SYMBOL)
    return market.instrument(symbol)


def _check_band(account: Account, side: Side, price: float, mark: float) -> None:
    # Only the aggressive direction is bounded: a buy far below the market can do no harm.
    if (price / mark - 1) * side.sign > account.rules.price_band:
        raise Refusal(Reason.PRICE_OUT_OF_BAND)


def _check_post_only(market: Quotes, symbol: str, side: Side, price: float) -> None:
    bid, ask = market.best(symbol)
    if price >= ask if side is Side.BUY else price <= bid:
        raise Refusal(Reason.WOULD_TAKE)
