"""What OKX lists, and how leverage is graded."""

from __future__ import annotations

from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.instruments import check_inst_type, family_of, inst_type
from core.paper.dialects.okx.words import amount, stamp
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

LISTED_MS = "1606468572000"
CONTRACT_FIELDS = ("ctMult", "ctType", "ctVal", "ctValCcy", "instFamily", "uly")


def chosen(call: Call, *, kind: str = "") -> list[PaperInstrument]:
    """The instruments that `instType`, `instFamily` (or `uly`) and `instId` leave."""
    wanted = call.params.get("instType") or kind
    families = {call.params.get("instFamily"), call.params.get("uly")} - {None, ""}
    ids = set(call.params.get("instId", "").split(",")) - {"", "ANY"}
    return [
        each
        for each in call.market.instruments
        if wanted in {"", inst_type(each)}
        and (not families or (not each.is_spot and family_of(each) in families))
        and (not ids or each.symbol in ids)
    ]


def instruments(call: Call) -> Json:
    check_inst_type(call.text("instType"))
    return [instrument_json(each, number) for number, each in enumerate(chosen(call), start=1)]


def instrument_json(each: PaperInstrument, number: int) -> dict[str, Json]:
    most = amount(each.quantity_max)
    sizes = dict.fromkeys(("maxIcebergSz", "maxLmtSz", "maxMktSz", "maxStopSz", "maxTriggerSz", "maxTwapSz"), most)
    return {
        **(_pair_fields(each) if each.is_spot else _contract_fields(each)),
        **sizes,
        "auctionEndTime": "",
        "category": "1",
        "contTdSwTime": "",
        "futureSettlement": False,
        "instId": each.symbol,
        "instIdCode": number,
        "instType": inst_type(each),
        "lever": str(each.tiers[0].max_leverage) if each.tiers else "",
        "listTime": LISTED_MS,
        "lotSz": amount(each.step),
        "maxLmtAmt": "20000000",
        "minSz": amount(each.step),
        "openType": "",
        "optType": "",
        "ruleType": "normal",
        "state": "live",
        "stk": "",
        "tickSz": amount(each.tick),
    }


def _pair_fields(each: PaperInstrument) -> dict[str, Json]:
    coins = {"baseCcy": each.base, "quoteCcy": each.quote, "maxMktAmt": "1000000"}
    return dict.fromkeys((*CONTRACT_FIELDS, "alias", "expTime", "settleCcy"), "") | coins


def _contract_fields(each: PaperInstrument) -> dict[str, Json]:
    kind, counted = ("inverse", each.quote) if each.is_inverse else ("linear", each.base)
    told = ("1", kind, amount(each.contract_size), counted, family_of(each), family_of(each))
    return {
        **dict(zip(CONTRACT_FIELDS, told, strict=True)),
        "alias": "next_quarter" if each.expires_s else "",
        "baseCcy": "",
        "expTime": stamp(each.expires_s),
        "maxMktAmt": "",
        "quoteCcy": "",
        "settleCcy": each.settle,
    }


def position_tiers(call: Call) -> Json:
    """Grades of size in contracts; those of notional at the first price of the instrument."""
    kind = check_inst_type(call.text("instType"))
    call.text("tdMode")
    rows: list[Json] = []
    for each in chosen(call, kind=kind):
        one = each.notional(1.0, each.start_price)
        rows += [
            {
                "baseMaxLoan": "",
                "imr": amount(1 / tier.max_leverage),
                "instFamily": family_of(each),
                "instId": each.symbol,
                "maxLever": str(tier.max_leverage),
                "maxSz": amount(round(tier.cap / one)),
                "minSz": amount(round(tier.floor / one)),
                "mmr": amount(tier.maintenance_rate),
                "optMgnFactor": "0",
                "quoteMaxLoan": "",
                "tier": str(number),
                "uly": family_of(each),
            }
            for number, tier in enumerate(each.tiers, start=1)
        ]
    return rows


def currencies(call: Call) -> Json:
    coins = sorted({name for each in call.market.instruments for name in (each.base, each.settle)})
    wanted = set(call.params.get("ccy", "").split(",")) - {""}
    return [_currency(name) for name in coins if not wanted or name in wanted]


def _currency(name: str) -> dict[str, Json]:
    return {
        "canDep": False,
        "canInternal": False,
        "canWd": False,
        "ccy": name,
        "chain": f"{name}-{name}",
        "depQuotaFixed": "",
        "depQuoteDailyLayer2": "",
        "logoLink": "",
        "mainNet": True,
        "maxFee": "0",
        "maxFeeForCtAddr": "0",
        "maxWd": "0",
        "minDep": "0",
        "minDepArrivalConfirm": "1",
        "minFee": "0",
        "minFeeForCtAddr": "0",
        "minWd": "0",
        "minWdUnlockConfirm": "1",
        "name": name,
        "needTag": False,
        "usedDepQuotaFixed": "",
        "usedWdQuota": "0",
        "wdQuota": "0",
        "wdTickSz": "8",
    }
