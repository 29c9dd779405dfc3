"""The truth about a site, for tests and for the control API: plain JSON-able values straight from the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.paper.engine.account import Account
from core.paper.engine.model import Book, Order, Trigger

if TYPE_CHECKING:
    from core.paper.site import PaperSite


def state(site: PaperSite) -> dict[str, Any]:
    """Every account: wallets, equity, positions, resting orders of both books."""
    market = site.market
    accounts: dict[str, Any] = {}
    for venue in site.venues:
        for name, account in venue.exchange.accounts.items():
            margin = account.margin("USDT")
            positions = account.open_positions()
            gross = sum(abs(p.quantity) * market.mark_of(p.symbol) for p in positions)
            equity = account.equity()
            accounts[name] = {
                "venue": venue.name,
                "wallets": dict(account.wallets),
                "equity": equity,
                "gross": gross,
                "leverage": gross / equity if equity > 0 else None,
                "available": margin.available,
                "bots_running": name not in venue.resting_bots,
                "positions": {
                    p.symbol: {
                        "quantity": p.quantity,
                        "entry_price": p.entry_price,
                        "mark": market.mark_of(p.symbol),
                        "unrealised": p.unrealised(market.mark_of(p.symbol)),
                    }
                    for p in positions
                },
                "orders": [row_json(order) for order in account.open_orders()],
                "triggers": [row_json(trigger) for trigger in account.open_triggers()],
            }
    return {"accounts": accounts, "marks": {s: market.mark_of(s) for s in market.index}, "steps": market.steps}


def row_json(row: Order | Trigger) -> dict[str, Any]:
    common = {
        "client_id": row.client_id,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
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
