"""How a futures account is set up: leverage, margin type, position mode, and what its key may do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from core.paper.dialects.binance.codes import LEGS, WireError
from core.paper.dialects.binance.context import Call
from core.paper.engine.model import Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

DONE = {"code": 200, "msg": "success"}
ADD, TAKE = "1", "2"
MARGIN_TYPES = {"CROSSED": False, "ISOLATED": True}
Codes = dict[Reason, tuple[int, str]]
OF_LEVERAGE: Codes = {Reason.BAD_LEVERAGE: (-4161, "Leverage reduction is not supported with open positions.")}
OF_MARGIN_TYPE: Codes = {
    Reason.SAME_MODE: (-4046, "No need to change margin type."),
    Reason.HAS_ORDERS: (-4047, "Margin type cannot be changed if there exists open orders."),
    Reason.HAS_POSITIONS: (-4048, "Margin type cannot be changed if there exists position."),
}
OF_POSITION_MODE: Codes = {
    Reason.SAME_MODE: (-4059, "No need to change position side."),
    Reason.HAS_ORDERS: (-4067, "Position side cannot be changed if there exists open orders."),
    Reason.HAS_POSITIONS: (-4068, "Position side cannot be changed if there exists position."),
}
OF_MARGIN: Codes = {Reason.NO_FUNDS: (-4050, "Cross balance insufficient.")}


@contextlib.contextmanager
def _in_words(codes: Codes) -> Iterator[None]:
    """What the same refusal is called by the endpoint at hand."""
    try:
        yield
    except Refusal as refusal:
        if refusal.reason in codes:
            raise WireError(*codes[refusal.reason]) from None
        raise


def set_leverage(call: Call) -> Json:
    instrument, leverage = call.instrument(), int(call.number("leverage"))
    if leverage < 1 or leverage > instrument.tiers[0].max_leverage:
        raise WireError(-4028, f"Leverage {leverage} is not valid")
    with _in_words(OF_LEVERAGE):
        most = call.exchange.settings.set_leverage(call.account, instrument.symbol, leverage)
    largest = {"maxQty": f"{most:.8g}"} if instrument.is_inverse else {"maxNotionalValue": f"{most:.0f}"}
    return {"symbol": instrument.symbol, "leverage": leverage, **largest}


def set_margin_type(call: Call) -> Json:
    instrument, word = call.instrument(), call.text("marginType")
    if word not in MARGIN_TYPES:
        raise WireError(-1128, "Combination of optional parameters invalid.")
    with _in_words(OF_MARGIN_TYPE):
        call.exchange.settings.set_isolated(call.account, instrument.symbol, MARGIN_TYPES[word])
    return DONE


def position_mode(call: Call) -> Json:
    return {"dualSidePosition": call.account.is_hedged}


def set_position_mode(call: Call) -> Json:
    with _in_words(OF_POSITION_MODE):
        call.exchange.settings.set_hedged(call.account, call.flag("dualSidePosition"))
    return DONE


def position_margin(call: Call) -> Json:
    """Margin into (type 1) or out of (type 2) the pot of an isolated position."""
    instrument, amount, way = call.instrument(), call.number("amount"), call.text("type")
    leg = LEGS.get(call.params.get("positionSide", "BOTH"))
    if leg is None or way not in {ADD, TAKE}:
        raise WireError(-1128, "Combination of optional parameters invalid.")
    if amount <= 0:
        raise Refusal(Reason.BAD_AMOUNT)
    with _in_words(OF_MARGIN):
        signed = amount if way == ADD else -amount
        call.exchange.settings.move_margin(call.account, instrument.symbol, leg, signed)
    done = "Successfully modify position margin."
    return {"code": 200, "msg": done, "amount": amount, "type": int(way)}


def multi_assets(call: Call) -> Json:
    return {"multiAssetsMargin": False}


def account_config(call: Call) -> Json:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": call.account.can_withdraw,
        "dualSidePosition": call.account.is_hedged,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def symbol_config(call: Call) -> Json:
    wanted = call.instrument_or_none()
    rows = [wanted] if wanted else list(call.market.instruments)
    return [_symbol_config(call, instrument) for instrument in rows]


def _symbol_config(call: Call, instrument: PaperInstrument) -> Json:
    leverage = call.account.leverage_of(instrument.symbol)
    most = max(tier.cap for tier in instrument.tiers if tier.max_leverage >= leverage)
    return {
        "symbol": instrument.symbol,
        "marginType": "ISOLATED" if call.account.is_isolated(instrument.symbol) else "CROSSED",
        "isAutoAddMargin": False,
        "leverage": leverage,
        "maxNotionalValue": f"{most:.0f}",
    }


def leverage_bracket(call: Call) -> Json:
    wanted = call.instrument_or_none()
    rows = [wanted] if wanted else list(call.market.instruments)
    return [{"symbol": row.symbol, "notionalCoef": 1.0, "brackets": _brackets(row)} for row in rows]


def _brackets(instrument: PaperInstrument) -> list[Json]:
    # The COIN-M venue gives its bounds in the coin, and spells the lower one in two ways.
    names = ("qtyCap", "qtyFloor") if instrument.is_inverse else ("notionalCap", "notionalFloor")
    return [
        {
            "bracket": number,
            "initialLeverage": tier.max_leverage,
            names[0]: tier.cap,
            names[1]: tier.floor,
            "maintMarginRatio": tier.maintenance_rate,
            "cum": tier.deduction,
        }
        | ({"qtylFloor": tier.floor} if instrument.is_inverse else {})
        for number, tier in enumerate(instrument.tiers, start=1)
    ]


def commission_rate(call: Call) -> Json:
    rules = call.exchange.rules
    return {
        "symbol": call.instrument().symbol,
        "makerCommissionRate": f"{rules.maker_fee:.6f}",
        "takerCommissionRate": f"{rules.taker_fee:.6f}",
    }


def trading_status(call: Call) -> Json:
    return {"indicators": {}, "updateTime": int(call.request.at_s * 1000)}
