"""How an account is set up: leverage, margin mode, position mode, margin of isolated positions, guards of positions."""

from __future__ import annotations

from core.domain import Leg, Side
from core.paper.dialects.bybit import protection
from core.paper.dialects.bybit.codes import PARAMS, WireError
from core.paper.dialects.bybit.context import Call
from core.paper.dialects.bybit.holdings import entry_text, position_row
from core.paper.dialects.bybit.listing import Category
from core.paper.dialects.bybit.protection import STOP, TAKE, Guard
from core.paper.engine.account import Account
from core.paper.engine.model import Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

CROSS_MODE, ISOLATED_MODE = "REGULAR_MARGIN", "ISOLATED_MARGIN"
ONE_WAY, HEDGED = "0", "3"
SAME_LEVERAGE = (110043, "Set leverage has not been modified.")
SAME_MARGIN_MODE = (110026, "Cross/isolated margin mode has not been modified.")
NO_HEDGE_MODE = (110029, "Hedge mode is not available for this symbol.")
MODE_REFUSED = (3400045, "Set margin mode failed")


def set_leverage(call: Call) -> Json:
    instrument = call.contract()
    buys, sells = call.number("buyLeverage"), call.number("sellLeverage")
    if buys != sells or not 1 <= buys <= instrument.tiers[0].max_leverage or buys != int(buys):
        raise WireError(PARAMS, "leverage invalid")
    if int(buys) == call.account.leverage_of(instrument.symbol):
        raise WireError(*SAME_LEVERAGE)
    call.exchange.settings.set_leverage(call.account, instrument.symbol, int(buys))
    return {}


def switch_mode(call: Call) -> Json:
    """One-way or hedge mode, which the engine has for all contracts in USDT together."""
    word = call.text("mode")
    if word not in {ONE_WAY, HEDGED}:
        raise WireError(PARAMS, "mode invalid")
    call.need_one_of("symbol", "coin")
    known = call.contract().can_hedge if call.params.get("symbol") else call.params.get("coin") == "USDT"
    if call.category() is not Category.LINEAR or not known:
        if word == ONE_WAY:
            raise Refusal(Reason.SAME_MODE)
        raise WireError(*NO_HEDGE_MODE)
    call.exchange.settings.set_hedged(call.account, word == HEDGED)
    return {}


def switch_isolated(call: Call) -> Json:
    """Of one symbol, as older accounts do; newer ones set it for the whole account."""
    instrument, word = call.contract(), call.text("tradeMode")
    if word not in {"0", "1"}:
        raise WireError(PARAMS, "tradeMode invalid")
    try:
        call.exchange.settings.set_isolated(call.account, instrument.symbol, word == "1")
    except Refusal as refusal:
        if refusal.reason is Reason.SAME_MODE:
            raise WireError(*SAME_MARGIN_MODE) from None
        raise
    leverage = call.number_or_none("buyLeverage")
    if leverage and int(leverage) != call.account.leverage_of(instrument.symbol):
        call.exchange.settings.set_leverage(call.account, instrument.symbol, int(leverage))
    return {}


def contracts_of(account: Account) -> list[PaperInstrument]:
    return [instrument for instrument in account.market.instruments if not instrument.is_spot]


def margin_mode(account: Account) -> str:
    isolated = all(account.is_isolated(contract.symbol) for contract in contracts_of(account))
    return ISOLATED_MODE if isolated else CROSS_MODE


def set_margin_mode(call: Call) -> Json:
    """Of the whole account: all contracts or none."""
    word, account = call.text("setMarginMode"), call.account
    if word not in {CROSS_MODE, ISOLATED_MODE}:
        raise WireError(PARAMS, "setMarginMode invalid")
    isolate = word == ISOLATED_MODE
    changing = [c.symbol for c in contracts_of(account) if account.is_isolated(c.symbol) is not isolate]
    busy = [
        symbol
        for symbol in changing
        if account.open_positions(symbol) or account.open_orders(symbol) or account.open_triggers(symbol)
    ]
    if busy:
        reason = {"reasonCode": "3400091", "reasonMsg": f"There are orders or positions in {', '.join(busy)}"}
        raise WireError(*MODE_REFUSED, {"reasons": [reason]})
    for symbol in changing:
        call.exchange.settings.set_isolated(account, symbol, isolate)
    return {"reasons": []}


def add_margin(call: Call) -> Json:
    """Margin into (above 0) or out of the pot of an isolated position."""
    instrument, leg = call.contract(), call.leg()
    call.exchange.settings.move_margin(call.account, instrument.symbol, leg, call.number("margin"))
    position = call.account.position_of(instrument.symbol, leg)
    told = position_row(call.account, position) | {"avgPrice": entry_text(call.account, position)}
    return {"category": call.category().value, **told}


def trading_stop(call: Call) -> Json:
    """Take-profit and stop-loss of a position: for all of it ("0" takes one away), or one more for a part."""
    instrument, leg = call.contract(), call.leg()
    held = call.account.position_of(instrument.symbol, leg).quantity
    if leg not in call.account.legs_of(instrument.symbol):
        raise Refusal(Reason.WRONG_LEG)
    if not held:
        raise WireError(PARAMS, "can not set tp/sl/ts for zero position")
    if call.number_or_none("trailingStop"):
        raise WireError(PARAMS, "trailing stops are not to be had here")
    is_part = call.params.get("tpslMode", "Full") == "Partial"
    for name, tag, short in (("takeProfit", TAKE, "tp"), ("stopLoss", STOP, "sl")):
        if call.params.get(name):
            _set_guard(call, instrument, leg, held, _guard(call, name, tag, short, is_part=is_part))
    return {}


def _guard(call: Call, name: str, tag: str, short: str, *, is_part: bool) -> Guard:
    quantity = call.number(f"{short}Size") if is_part else 0.0
    limit = call.number_or_none(f"{short}LimitPrice") if is_part else None
    return Guard(tag, call.number(name), call.source(f"{short}TriggerBy"), quantity, limit)


def _set_guard(call: Call, instrument: PaperInstrument, leg: Leg, held: float, guard: Guard) -> None:
    account = call.account
    if guard.price == 0:
        known = protection.guards_of(account, instrument.symbol, leg).get(guard.tag)
        if known is not None:
            call.exchange.cancel_trigger(account, known)
        return
    side = Side.SELL if held > 0 else Side.BUY
    try:
        protection.place(call.exchange, account, instrument.symbol, leg, side, guard)
    except Refusal as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            raise WireError(PARAMS, f"{guard.tag} is on the wrong side of the present price") from None
        raise
