"""What kind of account it is, what its key may do, and what happened to its wallet."""

from __future__ import annotations

import datetime as dt

from core.paper.dialects.bybit.codes import LOG_TYPES
from core.paper.dialects.bybit.context import Call, Key
from core.paper.dialects.bybit.disconnect import PRODUCTS
from core.paper.dialects.bybit.listing import category_of, wire_symbol
from core.paper.dialects.bybit.rows import id_text, lasting_fill_id
from core.paper.dialects.bybit.settings import margin_mode
from core.paper.dialects.words import coin, ms
from core.paper.engine.account import Account
from core.paper.engine.holdings import LedgerKind, LedgerRow
from core.paper.engine.model import Cause, Fill
from core.paper.wire import Json

UNIFIED_STATUS = 6
"""The newest kind of unified account, in which inverse contracts share the wallet too."""
LOG, LOG_MAX = 20, 50
RECORDS, RECORDS_MAX = 50, 50
DONE = 3
"""State of a deposit that arrived."""
CREATED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def query_api(call: Call) -> Json:
    wallet = ["AccountTransfer", "SubMemberTransfer"] + (["Withdraw"] if call.account.can_withdraw else [])
    unused = ("Derivatives", "CopyTrading", "BlockTrade", "Exchange", "NFT", "Affiliate", "Earn")
    return {
        "id": call.account.name,
        "note": "paper",
        "apiKey": call.account.api_key,
        "readOnly": 0,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"],
            "Spot": ["SpotTrade"],
            "Wallet": wallet,
            "Options": ["OptionsTrade"],
            **{name: [] for name in unused},
        },
        "ips": ["*"],
        "type": 1,
        "deadlineDay": 66,
        "expiredAt": (CREATED + dt.timedelta(days=36_500)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "createdAt": CREATED.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "unified": 0,
        "uta": 1,
        "userID": list(call.exchange.accounts).index(call.account.name) + 1,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }


def info(call: Call) -> Json:
    windows = call.disconnects.windows_of(call.account.name)
    return {
        "marginMode": margin_mode(call.account),
        "updatedTime": str(ms(call.account.updated_s)),
        "unifiedMarginStatus": UNIFIED_STATUS,
        "dcpStatus": "ON" if windows else "OFF",
        "timeWindow": int(min(windows.values(), default=0)),
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }


def dcp_info(call: Call) -> Json:
    windows = call.disconnects.windows_of(call.account.name)
    rows = [
        {"product": product, "dcpStatus": "ON", "timeWindow": str(int(windows[product]))}
        for product in PRODUCTS
        if product in windows
    ]
    return {"dcpInfos": rows}


def fee_rate(call: Call) -> Json:
    rules = call.exchange.rules
    return {
        "category": call.category().value,
        "list": [
            {
                "symbol": wire_symbol(instrument),
                "baseCoin": "",
                "takerFeeRate": f"{rules.taker_fee:g}",
                "makerFeeRate": f"{rules.maker_fee:g}",
            }
            for instrument in call.chosen()
        ],
    }


def transaction_log(call: Call) -> Json:
    """Every change of a wallet with the balance after it; gain and fee of one trade are one row."""
    since, until, _ = call.window(LOG, LOG_MAX)
    wanted = {name: call.params[name] for name in ("category", "type", "currency") if call.params.get(name)}
    rows = [
        row
        for row in _log(call)
        if since <= row["transactionTime"] <= until and all(row[name] == value for name, value in wanted.items())
    ]

    def key(row: dict[str, Json]) -> Key:
        return -row["transactionTime"], -row["number"]

    page, cursor = call.page(rows, key, LOG, LOG_MAX)
    told = [
        {name: value for name, value in row.items() if name != "number"}
        | {"transactionTime": str(row["transactionTime"])}
        for row in page
    ]
    return {"nextPageCursor": cursor, "list": told}


def _log(call: Call) -> list[dict[str, Json]]:
    """Newest first."""
    account = call.account
    balances, told = dict(account.wallets), list[dict[str, Json]]()
    fills = {fill.fill_id: fill for fill in account.fills}
    grouped: dict[tuple[int, str], list[LedgerRow]] = {}
    for row in account.ledger:
        grouped.setdefault((row.fill_id or row.row_id, row.coin), []).append(row)
    for rows in sorted(grouped.values(), key=lambda group: -group[-1].row_id):
        name, change = rows[-1].coin, sum(row.amount for row in rows)
        balance = coin(balances.get(name, 0.0))
        told.append(_log_row(account, rows, fills.get(rows[-1].fill_id or -1)) | {"cashBalance": balance})
        balances[name] = balances.get(name, 0.0) - change
    return told


def _log_row(account: Account, rows: list[LedgerRow], fill: Fill | None) -> dict[str, Json]:
    newest, change = rows[-1], sum(row.amount for row in rows)
    fee = -sum(row.amount for row in rows if row.kind is LedgerKind.FEE)
    funding = sum(row.amount for row in rows if row.kind is LedgerKind.FUNDING)
    instrument = account.market.instrument(newest.symbol) if newest.symbol else None
    flow = "TRANSFER_IN" if change > 0 else "TRANSFER_OUT"
    return {
        "id": f"{newest.row_id}_{newest.coin}",
        "number": newest.row_id,
        "symbol": wire_symbol(instrument) if instrument else "",
        "category": category_of(instrument).value if instrument else "",
        "side": fill.side.value.capitalize() if fill else "None",
        "transactionTime": ms(newest.at_s),
        "type": LOG_TYPES.get(newest.kind, flow),
        "qty": f"{fill.quantity:g}" if fill else "0",
        "size": "0",
        "currency": newest.coin,
        "tradePrice": f"{fill.price:g}" if fill else "0",
        "funding": coin(funding) if funding else "",
        "fee": coin(fee),
        "cashFlow": coin(change + fee - funding),
        "change": coin(change),
        "feeRate": "",
        "bonusChange": "",
        "tradeId": str(newest.fill_id or ""),
        "orderId": id_text(instrument, lasting_fill_id(account, fill)) if fill and instrument else "",
        "orderLinkId": fill.client_id if fill else "",
    }


def coin_info(call: Call) -> Json:
    """Coins, without networks to send them over."""
    wanted = call.params.get("coin")
    instruments = call.market.instruments
    names = sorted({i.base for i in instruments} | {i.settle for i in instruments})
    rows = [
        {"name": name, "coin": name, "remainAmount": "0", "chains": []} for name in names if wanted in {None, "", name}
    ]
    return {"rows": rows}


def _flows(call: Call, cause: Cause) -> list[LedgerRow]:
    since, until, _ = call.window(RECORDS, RECORDS_MAX)
    wanted = call.params.get("coin")
    return [
        row
        for row in call.account.ledger
        if row.kind is LedgerKind.FLOW
        and (row.amount > 0) is (cause is Cause.DEPOSIT)
        and since <= row.at_s * 1000 <= until
        and wanted in {None, "", row.coin}
    ]


def _newest_first(row: LedgerRow) -> Key:
    return -int(row.at_s * 1e6), -row.row_id


def deposits(call: Call) -> Json:
    page, cursor = call.page(_flows(call, Cause.DEPOSIT), _newest_first, RECORDS, RECORDS_MAX)
    rows = [
        {
            "id": str(row.row_id),
            "coin": row.coin,
            "chain": "",
            "amount": coin(row.amount),
            "txID": str(row.row_id),
            "status": DONE,
            "toAddress": "",
            "tag": "",
            "depositFee": "",
            "successAt": str(ms(row.at_s)),
            "confirmations": "1",
            "txIndex": "0",
            "blockHash": "",
            "depositType": "0",
        }
        for row in page
    ]
    return {"rows": rows, "nextPageCursor": cursor}


def withdrawals(call: Call) -> Json:
    page, cursor = call.page(_flows(call, Cause.WITHDRAW), _newest_first, RECORDS, RECORDS_MAX)
    rows = [
        {
            "withdrawId": str(row.row_id),
            "coin": row.coin,
            "chain": "",
            "amount": coin(-row.amount),
            "txID": str(row.row_id),
            "status": "success",
            "toAddress": "",
            "tag": "",
            "withdrawFee": "0",
            "withdrawType": 0,
            "createTime": str(ms(row.at_s)),
            "updateTime": str(ms(row.at_s)),
        }
        for row in page
    ]
    return {"rows": rows, "nextPageCursor": cursor}


def sub_members(call: Call) -> Json:
    return {"subMembers": [], "nextCursor": "0"}
