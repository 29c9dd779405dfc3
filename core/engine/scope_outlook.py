"""What a stop of one scope would do if it were fired now: for whoever is about to press its button."""

from __future__ import annotations

from core.domain import UNATTRIBUTED, Protective, Scope, ScopeKind
from core.engine.parts import Parts
from core.halt.forecast import forecast_of
from core.halt.scope_outlook import ScopeOutlook

MOST_ACCOUNTS = 500
"""Of a scope with more accounts it is not worked out: that would hold up the cycle. The portfolio's is the button's."""
NAMED = 3


def outlook_of(parts: Parts, scope: Scope, accounts: int) -> ScopeOutlook | None:
    """`accounts`: how many the scope has. None where it has too many."""
    if accounts > MOST_ACCOUNTS:
        return None
    targets = parts.targets(scope)
    names = [target.account for target in targets]
    listed = {name: parts.book.resting_orders(name) for name in names}
    orders = [order for rows in listed.values() for order in rows or ()]
    whose = [parts.book.order_strategy(order) for order in orders] if scope.kind is ScopeKind.STRATEGY else []
    mine = [order for order, owner in zip(orders, whose, strict=True) if owner == scope.name] if whose else orders
    unable = [name for name in names if name in parts.keyless]
    sources = [view for view in parts.halts.source_views(scope) if view.strategy != UNATTRIBUTED]
    asked = sum(bool(view.kind) for view in sources)
    selective = scope.kind is ScopeKind.STRATEGY
    foretold = forecast_of(targets, parts.config.stop.settle_s, selective=selective)
    return ScopeOutlook(
        accounts=len(targets),
        able=sum(name in parts.armed for name in names),
        unable=tuple(unable[:NAMED]),
        unable_all=len(unable),
        orders=len(mine),
        protective=sum(order.is_protective for order in mine),
        unlisted=sum(rows is None for rows in listed.values()),
        unclaimed=sum(owner == UNATTRIBUTED for owner in whose) if scope.name != UNATTRIBUTED else 0,
        sources=asked,
        sourceless=len(sources) - asked,
        expected_ms=None if foretold is None else foretold.proof_ms,
        protective_first=parts.config.stop.protective is not Protective.KEEP,
    )
