"""What happened to an account: fills, bills, deposits and withdrawals."""

from __future__ import annotations

from core.paper.dialects.okx.codes import BILL_TYPES, TRANSFER
from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.instruments import inst_type
from core.paper.dialects.okx.rows import fill_json, margin_mode
from core.paper.dialects.okx.words import amount, stamp
from core.paper.engine.holdings import LedgerKind, LedgerRow
from core.paper.wire import Json

DONE = "2"
"""State of a deposit or withdrawal that has arrived."""
SUB_TYPES = {
    LedgerKind.REALISED: ("1", "2"),
    LedgerKind.FEE: ("1", "2"),
    LedgerKind.EXCHANGE: ("1", "2"),
    LedgerKind.FLOW: ("11", "12"),
    LedgerKind.FUNDING: ("174", "173"),
    LedgerKind.LIQUIDATION: ("110", "111"),
    LedgerKind.INSURANCE: ("110", "111"),
}
"""What came in and what went out."""
UNKNOWN: tuple[str, ...] = (
    "clOrdId",
    "execType",
    "fillFwdPx",
    "fillIdxPx",
    "fillMarkPx",
    "fillMarkVol",
    "fillPxUsd",
    "fillPxVol",
)
UNKNOWN += ("from", "interest", "ordId", "px", "tag", "to")


def fills(call: Call) -> Json:
    begin, end = call.whole("begin", 0), call.whole("end", 2**53)
    order_id = call.params.get("ordId", "")
    rows = [
        fill
        for fill in call.account.fills
        if begin <= fill.at_s * 1000 <= end
        and order_id in {"", str(fill.order_id)}
        and call.params.get("instId", "") in {"", fill.symbol}
        and call.params.get("instType", "") in {"", inst_type(call.listed(fill.symbol))}
    ]
    chosen = call.page(rows, lambda fill: fill.fill_id)
    return [fill_json(call.account, call.listed(fill.symbol), fill) for fill in chosen]


def fills_history(call: Call) -> Json:
    call.text("instType")
    return fills(call)


def bills(call: Call) -> Json:
    begin, end = call.whole("begin", 0), call.whole("end", 2**53)
    kind, coin = call.params.get("type", ""), call.params.get("ccy", "")
    inst = call.params.get("instType", "")
    after = _balances_after(call)
    rows = [
        row
        for row in call.account.ledger
        if begin <= row.at_s * 1000 <= end
        and kind in {"", BILL_TYPES[row.kind]}
        and coin in {"", row.coin}
        and inst in {"", _inst_type(call, row)}
    ]
    return [_bill(call, row, after[row.row_id]) for row in call.page(rows, lambda row: row.row_id)]


def _balances_after(call: Call) -> dict[int, float]:
    """What was in the wallet of the coin after each row, told backwards from today."""
    held, after = dict(call.account.wallets), {}
    for row in reversed(call.account.ledger):
        after[row.row_id] = held.get(row.coin, 0.0)
        held[row.coin] = after[row.row_id] - row.amount
    return after


def _inst_type(call: Call, row: LedgerRow) -> str:
    return inst_type(call.listed(row.symbol)) if row.symbol else ""


def _bill(call: Call, row: LedgerRow, held: float) -> dict[str, Json]:
    is_fee, is_pnl = row.kind is LedgerKind.FEE, row.kind is LedgerKind.REALISED
    return {
        **dict.fromkeys(UNKNOWN, ""),
        "bal": amount(held),
        "balChg": amount(row.amount),
        "billId": str(row.row_id),
        "ccy": row.coin,
        "fee": amount(row.amount) if is_fee else "0",
        "fillTime": stamp(row.at_s) if row.fill_id else "",
        "instId": row.symbol,
        "instType": _inst_type(call, row),
        "mgnMode": margin_mode(call.account, call.listed(row.symbol)) if row.symbol else "",
        "notes": row.note,
        "pnl": amount(row.amount) if is_pnl else "0",
        "posBal": "0",
        "posBalChg": "0",
        "subType": SUB_TYPES[row.kind][0 if row.amount > 0 else 1],
        "sz": amount(abs(row.amount)),
        "tradeId": str(row.fill_id or ""),
        "ts": stamp(row.at_s),
        "type": BILL_TYPES[row.kind],
    }


def deposits(call: Call) -> Json:
    return [
        {
            "actualDepBlkConfirm": "1",
            "amt": amount(row.amount),
            "areaCodeFrom": "",
            "ccy": row.coin,
            "chain": f"{row.coin}-{row.coin}",
            "depId": str(row.row_id),
            "from": "",
            "fromWdId": "",
            "state": DONE,
            "to": "paper",
            "ts": stamp(row.at_s),
            "txId": str(row.row_id),
        }
        for row in _flows(call, came=True)
    ]


def withdrawals(call: Call) -> Json:
    return [
        {
            "amt": amount(-row.amount),
            "areaCodeFrom": "",
            "areaCodeTo": "",
            "ccy": row.coin,
            "chain": f"{row.coin}-{row.coin}",
            "clientId": "",
            "fee": "0",
            "from": "",
            "state": DONE,
            "to": "paper",
            "ts": stamp(row.at_s),
            "txId": str(row.row_id),
            "wdId": str(row.row_id),
        }
        for row in _flows(call, came=False)
    ]


def asset_bills(call: Call) -> Json:
    """Of the funding account, through which everything that comes or goes passes at once."""
    coin = call.params.get("ccy", "")
    rows = [row for row in call.account.ledger if row.kind is LedgerKind.FLOW and coin in {"", row.coin}]
    return [
        {
            "bal": "0",
            "balChg": amount(row.amount),
            "billId": str(row.row_id),
            "ccy": row.coin,
            "clientId": "",
            "notes": row.note,
            "ts": stamp(row.at_s),
            "type": TRANSFER if row.amount > 0 else "2",
        }
        for row in call.page(rows, lambda row: int(row.at_s * 1000))
    ]


def _flows(call: Call, *, came: bool) -> list[LedgerRow]:
    coin = call.params.get("ccy", "")
    rows = [
        row
        for row in call.account.ledger
        if row.kind is LedgerKind.FLOW and (row.amount > 0) is came and coin in {"", row.coin}
    ]
    return call.page(rows, lambda row: int(row.at_s * 1000))
