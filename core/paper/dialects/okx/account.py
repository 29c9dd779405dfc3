"""The account: its setup, what it holds, leverage and margin."""

from __future__ import annotations

from core.domain import Leg
from core.paper.dialects.okx.codes import LEG_WORDS, WireError
from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.holdings import balance_json, coins_of, position_json
from core.paper.dialects.okx.instruments import check_inst_type, inst_type
from core.paper.dialects.okx.orders import TD_MODES, leg_of
from core.paper.dialects.okx.words import amount, stamp
from core.paper.engine.model import Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

POSITION_MODES = {"net_mode": False, "long_short_mode": True}
FIRST_UID = 440_000_000_000_000_000
ADD, REDUCE = "add", "reduce"


def uid_of(call: Call) -> str:
    return str(FIRST_UID + list(call.exchange.accounts).index(call.account.name))


def config(call: Call) -> Json:
    account, uid = call.account, uid_of(call)
    return [
        {
            "acctLv": "2",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ctIsoMode": "automatic",
            "enableSpotBorrow": False,
            "feeType": "0",
            "greeksType": "PA",
            "ip": "",
            "kycLv": "3",
            "label": account.name,
            "level": "Lv1",
            "levelTmp": "",
            "liquidationGear": "-1",
            "mainUid": uid,
            "mgnIsoMode": "automatic",
            "opAuth": "0",
            "perm": "read_only,trade" + (",withdraw" if account.can_withdraw else ""),
            "posMode": "long_short_mode" if account.is_hedged else "net_mode",
            "roleType": "0",
            "settleCcy": "USDT",
            "spotBorrowAutoRepay": False,
            "spotOffsetType": "",
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "traderInsts": [],
            "type": "0",
            "uid": uid,
        }
    ]


def balance(call: Call) -> Json:
    wanted = set(call.params.get("ccy", "").split(",")) - {""}
    coins = [name for name in coins_of(call.account) if not wanted or name in wanted]
    return [balance_json(call.account, coins)]


def positions(call: Call) -> Json:
    ids = set(call.params.get("instId", "").split(",")) - {""}
    kind = call.params.get("instType", "")
    rows = [
        row
        for row in call.account.open_positions()
        if (not ids or row.symbol in ids) and kind in {"", inst_type(call.listed(row.symbol))}
    ]
    return [position_json(call.account, row, call.request.at_s) for row in rows]


def leverage_info(call: Call) -> Json:
    mode = call.text("mgnMode")
    rows: list[Json] = []
    for symbol in call.text("instId").split(","):
        instrument = call.listed(symbol)
        rows += [_leverage(call, instrument, mode, leg) for leg in _legs(call, mode)]
    return rows


def _legs(call: Call, mode: str) -> list[Leg]:
    """Of which leverage is told: of each leg where margin is isolated in hedge mode."""
    return [Leg.LONG, Leg.SHORT] if call.account.is_hedged and mode == "isolated" else [Leg.NET]


def _leverage(call: Call, instrument: PaperInstrument, mode: str, leg: Leg) -> dict[str, Json]:
    return {
        "ccy": "",
        "instId": instrument.symbol,
        "lever": str(call.account.leverage_of(instrument.symbol)),
        "mgnMode": mode,
        "posSide": LEG_WORDS[leg],
    }


def set_leverage(call: Call) -> Json:
    """One leverage per instrument, whichever margin mode it is said of."""
    instrument, leverage, mode = call.instrument(), call.number("lever"), call.text("mgnMode")
    if mode not in TD_MODES:
        raise WireError("51000", "Parameter mgnMode error", 400)
    if leverage != int(leverage):
        raise WireError("51000", "Parameter lever error", 400)
    try:
        call.exchange.settings.set_leverage(call.account, instrument.symbol, int(leverage))
    except Refusal as refusal:
        if refusal.reason is Reason.BAD_LEVERAGE:
            raise WireError("59102", "Leverage exceeds the maximum leverage.") from None
        raise
    row = _leverage(call, instrument, mode, leg_of(call))
    return [{name: value for name, value in row.items() if name != "ccy"}]


def set_position_mode(call: Call) -> Json:
    mode = call.text("posMode")
    if mode not in POSITION_MODES:
        raise WireError("51000", "Parameter posMode error", 400)
    if call.account.is_hedged is not POSITION_MODES[mode]:
        call.exchange.settings.set_hedged(call.account, POSITION_MODES[mode])
    return [{"posMode": mode}]


def margin_balance(call: Call) -> Json:
    """Margin into or out of an isolated position."""
    instrument, value, way = call.instrument(), call.number("amt"), call.text("type")
    if way not in {ADD, REDUCE}:
        raise WireError("51000", "Parameter type error", 400)
    if value <= 0:
        raise Refusal(Reason.BAD_AMOUNT)
    leg = leg_of(call)
    signed = value if way == ADD else -value
    call.exchange.settings.move_margin(call.account, instrument.symbol, leg, signed)
    told = {"amt": amount(value), "ccy": instrument.settle, "instId": instrument.symbol, "leverage": ""}
    return [told | {"posSide": LEG_WORDS[leg], "type": way}]


def trade_fee(call: Call) -> Json:
    kind, rules = check_inst_type(call.text("instType")), call.exchange.rules
    maker, taker = amount(-rules.maker_fee), amount(-rules.taker_fee)
    plain = kind == "SPOT"
    return [
        {
            "category": "1",
            "delivery": "",
            "exercise": "",
            "feeGroup": [],
            "fiat": [],
            "instType": kind,
            "level": "Lv1",
            "maker": maker,
            "makerU": "" if plain else maker,
            "makerUSDC": maker,
            "taker": taker,
            "takerU": "" if plain else taker,
            "takerUSDC": taker,
            "ts": stamp(call.request.at_s),
        }
    ]
