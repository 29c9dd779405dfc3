"""One order of an account by the id that a request names."""

from __future__ import annotations

from core.paper.dialects.bybit.context import Call
from core.paper.dialects.bybit.rows import Row, number_of
from core.paper.engine.account import Account
from core.paper.engine.model import Reason, Refusal


def find(call: Call) -> Row:
    """By `orderId` or `orderLinkId`; a conditional order that fired is the order it placed. Raises Refusal."""
    order_id, link = call.params.get("orderId"), call.params.get("orderLinkId")
    if not order_id and not link:
        raise call.missing("orderId")
    row = _by_number(call.account, number_of(order_id)) if order_id else _by_link(call.account, link or "")
    if row is None or row.symbol != call.instrument().symbol:
        raise Refusal(Reason.UNKNOWN_ORDER)
    return row


def _by_number(account: Account, number: int) -> Row | None:
    trigger = account.triggers.get(number)
    if trigger is not None:
        return account.orders.get(trigger.order_id or -1) or trigger
    order = account.orders.get(number)
    # What a conditional order placed goes by that one's number alone.
    return order if order is None or order.trigger_id is None else None


def _by_link(account: Account, link: str) -> Row | None:
    order = account.orders.get(account.order_ids.get(link, -1))
    trigger = account.triggers.get(account.trigger_ids.get(link, -1))
    if trigger is not None and trigger.status.is_open:
        return trigger
    return order or trigger
