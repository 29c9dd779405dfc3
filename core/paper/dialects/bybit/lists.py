"""Listings of orders and executions, page by page."""

from __future__ import annotations

from collections.abc import Iterable

from core.paper.dialects.bybit.codes import PARAMS, WireError
from core.paper.dialects.bybit.context import Call, Key
from core.paper.dialects.bybit.find import find
from core.paper.dialects.bybit.listing import Category, wire_symbol
from core.paper.dialects.bybit.rows import (
    FILTERS,
    Row,
    execution_word,
    fill_row,
    filter_of,
    funding_row,
    lasting_fill_id,
    number_of,
    order_row,
)
from core.paper.dialects.words import lasting_id
from core.paper.engine.holdings import LedgerKind, LedgerRow
from core.paper.engine.model import Fill, Refusal, Trigger
from core.paper.wire import Json

ORDERS, ORDERS_MAX = 20, 50
EXECUTIONS, EXECUTIONS_MAX = 50, 100
CLOSED_MAX = 500
"""How many ended orders the real-time listing still knows."""


def _newest_first(row: Row) -> Key:
    return -int(row.accepted_s * 1e6), -lasting_id(row)


def realtime(call: Call) -> Json:
    """Open orders of every kind; with `openOnly=1` the ended ones; one order by its id, open or not."""
    if call.category() is Category.LINEAR:
        call.need_one_of("symbol", "settleCoin", "baseCoin")
    if call.params.get("orderId") or call.params.get("orderLinkId"):
        return _listed(call, _one(call))
    if call.params.get("openOnly", "0") != "0":
        return _listed(call, _ended(call)[:CLOSED_MAX])
    symbols = {instrument.symbol for instrument in call.chosen()}
    rows: list[Row] = [*call.desk.orders(None), *call.desk.triggers(None)]
    return _listed(call, [row for row in rows if row.symbol in symbols])


def history(call: Call) -> Json:
    if call.params.get("orderId") or call.params.get("orderLinkId"):
        return _listed(call, [row for row in _one(call) if not row.status.is_open])
    since, until, _ = call.window(ORDERS, ORDERS_MAX)
    return _listed(call, [row for row in _ended(call) if since <= row.accepted_s * 1000 <= until])


def _one(call: Call) -> list[Row]:
    if not call.params.get("symbol"):
        named = [{**call.params, "symbol": wire_symbol(instrument)} for instrument in call.chosen()]
        return [row for params in named for row in _found(call.with_params(params))]
    return _found(call)


def _found(call: Call) -> list[Row]:
    try:
        return [find(call)]
    except Refusal:
        return []


def _ended(call: Call) -> list[Row]:
    """What has ended, newest first; a conditional order that fired goes on as the order it placed."""
    symbols = {instrument.symbol for instrument in call.chosen()}
    unfired = [trigger for trigger in call.account.triggers.values() if trigger.order_id is None]
    kept: list[Row] = [*call.account.orders.values(), *unfired]
    return sorted((r for r in kept if r.symbol in symbols and not r.status.is_open), key=_newest_first)


def _listed(call: Call, rows: Iterable[Row]) -> Json:
    wanted = call.params.get("orderFilter")
    if wanted and wanted not in FILTERS:
        raise WireError(PARAMS, "orderFilter invalid")
    instrument = call.market.instrument
    fitting = [row for row in rows if not wanted or filter_of(instrument(row.symbol), row) == wanted]
    page, cursor = call.page(fitting, _newest_first, ORDERS, ORDERS_MAX)
    return {"list": [_row(call, row) for row in page], "nextPageCursor": cursor, "category": call.category().value}


def _row(call: Call, row: Row) -> dict[str, Json]:
    if isinstance(row, Trigger):
        return order_row(call.account, row)
    return order_row(call.account, row, call.attachments.of(row.order_id))


def executions(call: Call) -> Json:
    """Trades, and what else changed a position: liquidations and funding."""
    symbols = {instrument.symbol for instrument in call.chosen()}
    since, until, _ = call.window(EXECUTIONS, EXECUTIONS_MAX)
    account, wanted = call.account, call.params.get("execType")
    number = number_of(call.params["orderId"]) if call.params.get("orderId") else None
    kept: list[Fill | LedgerRow] = [*account.fills, *(row for row in account.ledger if row.kind is LedgerKind.FUNDING)]
    rows = [
        row
        for row in kept
        if row.symbol in symbols
        and since <= row.at_s * 1000 <= until
        and wanted in {None, "", execution_word(account, row)}
        and (number is None or (isinstance(row, Fill) and number == lasting_fill_id(account, row)))
    ]
    page, cursor = call.page(rows, _event_key, EXECUTIONS, EXECUTIONS_MAX)
    told = [fill_row(account, row) if isinstance(row, Fill) else funding_row(account, row) for row in page]
    return {"nextPageCursor": cursor, "category": call.category().value, "list": told}


def _event_key(row: Fill | LedgerRow) -> Key:
    return -int(row.at_s * 1e6), -(row.fill_id if isinstance(row, Fill) else row.row_id)
