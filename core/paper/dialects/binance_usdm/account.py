"""What an account holds and how it is set up."""

from __future__ import annotations

from core.paper.dialects.binance_usdm.codes import WireError
from core.paper.dialects.binance_usdm.context import Call
from core.paper.dialects.binance_usdm.format import (
    INCOME_TYPES,
    account_json,
    asset_json,
    fill_json,
    income_json,
    listed_positions,
    position_json,
)
from core.paper.engine.model import Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

DONE = {"code": 200, "msg": "success"}


def _version(call: Call) -> int:
    return 3 if call.request.path.startswith("/fapi/v3") else 2


def account(call: Call) -> Json:
    return account_json(call.market, call.account, _version(call))


def balance(call: Call) -> Json:
    coins = sorted({*call.account.wallets, *(i.settle for i in call.market.instruments)})
    rows = [asset_json(call.account, name) for name in coins]
    return [{"accountAlias": "paper", "balance": row["walletBalance"]} | row for row in rows]


def position_risk(call: Call) -> Json:
    version = _version(call)
    wanted = call.instrument_or_none()
    rows = listed_positions(call.market, call.account, version)
    return [
        position_json(call.market, call.account, position, version)
        for position in rows
        if wanted is None or position.symbol == wanted.symbol
    ]


def user_trades(call: Call) -> Json:
    instrument = call.instrument_or_none()
    since, until = call.whole("startTime", 0), call.whole("endTime", 2**53)
    first_id, limit = call.whole("fromId", 0), max(1, min(1000, call.whole("limit", 500)))
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
    since, until = call.whole("startTime", 0), call.whole("endTime", 2**53)
    limit = max(1, min(1000, call.whole("limit", 100)))
    rows = [
        row
        for row in call.account.ledger
        if (instrument is None or row.symbol == instrument.symbol)
        and (not kind or INCOME_TYPES[row.kind] == kind)
        and since <= row.at_s * 1000 <= until
    ]
    rows = rows[:limit] if since else rows[-limit:]
    return [income_json(row) for row in rows]


def set_leverage(call: Call) -> Json:
    instrument, leverage = call.instrument(), int(call.number("leverage"))
    if leverage < 1 or leverage > instrument.tiers[0].max_leverage:
        raise WireError(-4028, f"Leverage {leverage} is not valid")
    try:
        most = call.exchange.set_leverage(call.account, instrument.symbol, leverage)
    except Refusal as refusal:
        if refusal.reason is Reason.BAD_LEVERAGE:
            raise WireError(-4161, "Leverage reduction is not supported with open positions.") from None
        raise
    return {"symbol": instrument.symbol, "leverage": leverage, "maxNotionalValue": f"{most:.0f}"}


def set_margin_type(call: Call) -> Json:
    call.instrument()
    if call.text("marginType") == "CROSSED":
        raise WireError(-4046, "No need to change margin type.")
    raise WireError(-4047, "Margin type cannot be changed if there exists open orders.")


def position_mode(call: Call) -> Json:
    return {"dualSidePosition": False}


def set_position_mode(call: Call) -> Json:
    if call.flag("dualSidePosition"):
        raise WireError(-4067, "Position side cannot be changed if there exists open orders.")
    raise WireError(-4059, "No need to change position side.")


def multi_assets(call: Call) -> Json:
    return {"multiAssetsMargin": False}


def account_config(call: Call) -> Json:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": call.account.can_withdraw,
        "dualSidePosition": False,
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
        "marginType": "CROSSED",
        "isAutoAddMargin": False,
        "leverage": leverage,
        "maxNotionalValue": f"{most:.0f}",
    }


def leverage_bracket(call: Call) -> Json:
    wanted = call.instrument_or_none()
    rows = [wanted] if wanted else list(call.market.instruments)
    return [
        {
            "symbol": instrument.symbol,
            "notionalCoef": 1.0,
            "brackets": [
                {
                    "bracket": number,
                    "initialLeverage": tier.max_leverage,
                    "notionalCap": tier.cap,
                    "notionalFloor": tier.floor,
                    "maintMarginRatio": tier.maintenance_rate,
                    "cum": tier.deduction,
                }
                for number, tier in enumerate(instrument.tiers, start=1)
            ],
        }
        for instrument in rows
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


def api_restrictions(call: Call) -> Json:
    return {
        "ipRestrict": False,
        "createTime": 1_700_000_000_000,
        "enableReading": True,
        "enableWithdrawals": call.account.can_withdraw,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": True,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
    }


def nothing(call: Call) -> Json:
    """Lists of the spot side, which the paper exchange does not have."""
    return []
