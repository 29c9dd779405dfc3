"""The truth about a site, for tests and for the control API: plain JSON-able values straight from the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.domain import Leg
from core.paper.engine.account import Account
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.model import Book, Order, Trigger

if TYPE_CHECKING:
    from core.paper.site import PaperSite


def state(site: PaperSite) -> dict[str, Any]:
    """Every account: wallets, equity, positions, resting orders of both books."""
    accounts = {
        name: _account(account) | {"venue": venue.name, "bots_running": name not in venue.resting_bots}
        for venue in site.venues
        for name, account in venue.exchange.accounts.items()
    }
    marks = {symbol: site.market.mark_of(symbol) for symbol in site.market.index}
    return {"accounts": accounts, "marks": marks, "steps": site.market.steps}


def _account(account: Account) -> dict[str, Any]:
    """One account; sums in dollars."""
    market, equity = account.market, account.equity()
    gross = sum(
        market.instrument(p.symbol).value(p.quantity, market.mark_of(p.symbol)) for p in account.open_positions()
    )
    available = sum(account.margin(coin).available * market.worth_of(coin) for coin in account.wallets)
    return {
        "wallets": dict(account.wallets),
        "equity": equity,
        "gross": gross,
        "leverage": gross / equity if equity > 0 else None,
        "available": available,
        "hedged": account.is_hedged,
        "positions": {
            (p.symbol if p.leg is Leg.NET else f"{p.symbol}:{p.leg.value}"): {
                "quantity": p.quantity,
                "entry_price": p.entry_price,
                "mark": market.mark_of(p.symbol),
                "unrealised": account.unrealised_of(p),
                "isolated": account.is_isolated(p.symbol),
                "pot": p.pot,
                "liquidation_price": liquidation_price(account, p),
            }
            for p in account.open_positions()
        },
        "orders": [row_json(order) for order in account.open_orders()],
        "triggers": [row_json(trigger) for trigger in account.open_triggers()],
    }


def row_json(row: Order | Trigger) -> dict[str, Any]:
    common = {
        "client_id": row.client_id,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
        "leg": row.leg.value,
        "kind": row.kind.value,
        "quantity": row.quantity,
        "price": row.price,
        "reduce_only": row.reduce_only,
        "status": row.status.value,
        "accepted_s": row.accepted_s,
        "ended_s": row.ended_s,
    }
    if isinstance(row, Order):
        own = {"book": Book.REGULAR.value, "id": row.order_id, "filled": row.filled, "trigger_price": None}
        return common | own | {"close_position": False}
    own = {"book": Book.TRIGGER.value, "id": row.trigger_id, "filled": 0.0, "trigger_price": row.trigger_price}
    return common | own | {"close_position": row.close_position}


def _accounts(site: PaperSite, name: str | None) -> list[Account]:
    if name:
        return [site.venue_of(name).exchange.accounts[name]]
    return [account for venue in site.venues for account in venue.exchange.accounts.values()]


def orders(site: PaperSite, account: str | None) -> list[dict[str, Any]]:
    """What rests now, both books."""
    rows: list[dict[str, Any]] = []
    for each in _accounts(site, account):
        rows += [row_json(order) for order in each.open_orders()]
        rows += [row_json(trigger) for trigger in each.open_triggers()]
    return rows


def history(site: PaperSite, account: str | None, at_s: float | None = None) -> list[dict[str, Any]]:
    """Every order and trigger with its times; with `at_s` only those that rested at that wall time."""
    rows: list[dict[str, Any]] = []
    for each in _accounts(site, account):
        kept: list[Order | Trigger] = [*each.orders.values(), *each.triggers.values()]
        if at_s is not None:
            kept = [*each.resting_at(Book.REGULAR, at_s), *each.resting_at(Book.TRIGGER, at_s)]
        rows += [row_json(row) for row in kept]
    return rows


def log(site: PaperSite, since: int) -> dict[str, Any]:
    return {
        "total": site.log.total,
        "counts": [
            {"method": method, "path": path, "status": int(status), "count": count}
            for (method, path, status), count in sorted(site.log.counts.items())
        ],
        "entries": [entry.as_json() for entry in site.log.since(since)],
    }


def clock(site: PaperSite) -> dict[str, Any]:
    return {
        "now_s": site.clock.now(),
        "monotonic_s": site.clock.monotonic(),
        "steps": site.market.steps,
        "step_s": site.spec.step_s,
        "venues": {venue.name: venue.server.now() for venue in site.venues},
    }


def faults(site: PaperSite) -> list[dict[str, Any]]:
    return [
        fault.as_json() | {"id": fault_id, "struck": site.faults.struck(fault_id)}
        for fault_id, fault in site.faults.active().items()
    ]
