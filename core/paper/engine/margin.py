"""Margin of an account: what positions bind, what resting orders bind, what must be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.domain import Leg, Side
from core.paper.engine.holdings import Margin, Position
from core.paper.engine.model import Resting
from core.paper.instruments import PaperInstrument

if TYPE_CHECKING:
    from core.paper.engine.account import Account


class Extra(NamedTuple):
    """An order that might come."""

    leg: Leg
    side: Side
    quantity: float


def margin_of(account: Account, coin: str) -> Margin:
    unrealised = initial = maintenance = 0.0
    pots = pots_unrealised = pots_initial = pots_maintenance = 0.0
    for position in account.positions.values():
        instrument = account.market.instrument(position.symbol)
        if not position.quantity or instrument.settle != coin:
            continue
        gained, bound, least = _parts(account, instrument, position)
        unrealised, initial, maintenance = unrealised + gained, initial + bound, maintenance + least
        if account.is_isolated(position.symbol):
            pots, pots_unrealised = pots + position.pot, pots_unrealised + gained
            pots_initial, pots_maintenance = pots_initial + bound, pots_maintenance + least
    ordered = 0.0
    for symbol, resting in account.resting.items():
        instrument = account.market.instrument(symbol)
        if instrument.is_spot:
            ordered += _locked(instrument, resting, coin)
        elif resting.orders and instrument.settle == coin:
            ordered += order_margin(account, symbol, None)
    return Margin(
        wallet=account.wallets.get(coin, 0.0),
        unrealised=unrealised,
        position_initial=initial,
        order_initial=ordered,
        maintenance=maintenance,
        pots=pots,
        pots_unrealised=pots_unrealised,
        pots_initial=pots_initial,
        pots_maintenance=pots_maintenance,
    )


def _parts(account: Account, instrument: PaperInstrument, position: Position) -> tuple[float, float, float]:
    """Unrealised PnL, initial and maintenance margin of a position at the mark."""
    mark = account.market.mark_of(position.symbol)
    notional = instrument.notional(position.quantity, mark)
    gained = instrument.pnl(position.quantity, position.entry_price, mark)
    return gained, notional / account.leverage_of(position.symbol), instrument.maintenance(notional)


def position_initial(account: Account, position: Position) -> float:
    """Initial margin that a position binds at the mark, settle coin."""
    return _parts(account, account.market.instrument(position.symbol), position)[1]


def position_maintenance(account: Account, position: Position) -> float:
    return _parts(account, account.market.instrument(position.symbol), position)[2]


def order_margin(account: Account, symbol: str, extra: Extra | None) -> float:
    """Initial margin for the resting orders of a symbol that could open or enlarge, settle coin.

    In one-way mode only the worse of both sides counts, as a fill of one leaves the other to close it. The legs of
    hedge mode cannot close each other: there both count.
    """
    buys = sells = opening = 0.0
    resting = account.resting.get(symbol)
    rows = [(o.leg, o.side, o.remaining) for o in resting.orders.values() if not o.reduce_only] if resting else []
    if extra is not None:
        rows.append(extra)
    for leg, side, quantity in rows:
        if leg is not Leg.NET:
            opening += quantity
        elif side is Side.BUY:
            buys += quantity
        else:
            sells += quantity
    if buys or sells:
        held = account.quantity_of(symbol, Leg.NET)
        opening += max(abs(held + buys), abs(held - sells), abs(held)) - abs(held)
    if not opening:
        return 0.0
    mark = account.market.mark_of(symbol)
    return account.market.instrument(symbol).notional(opening, mark) / account.leverage_of(symbol)


def _locked(instrument: PaperInstrument, resting: Resting, coin: str) -> float:
    """What resting spot orders hold back of a wallet: the quote coin of buys, the base coin of sells.

    Conditional ones too: the venue takes their coins when it takes the order.
    """
    if coin not in {instrument.base, instrument.quote}:
        return 0.0
    rows: list[tuple[Side, float, float]] = [
        *((order.side, order.remaining, order.price or 0.0) for order in resting.orders.values()),
        *((row.side, row.quantity, row.price or row.trigger_price) for row in resting.triggers.values()),
    ]
    if coin == instrument.base:
        return sum(quantity for side, quantity, _ in rows if side is Side.SELL)
    return sum(quantity * price for side, quantity, price in rows if side is Side.BUY)
