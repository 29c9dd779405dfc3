"""Paints the page of the one scope that somebody has opened: a few times a second, and nothing while none is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from core.book.view import BookView
from core.clock import utc_text
from core.domain import Leg, Scope, ScopeKind, Trust
from core.engine.accounts import rules_of
from core.engine.membership import Membership
from core.engine.parts import Parts
from core.engine.scope_outlook import outlook_of
from core.halt.scope_outlook import ScopeOutlook
from core.risk.limits.model import Limit
from core.risk.model import Ints, RiskMatrix, ScopeHistory, UnderlyingExposure
from core.snapshot import Contribution, LimitInForce, OrderLine, PositionLine, ScopePage
from core.venues.messages import OrderUpdate, PositionUpdate

PAINT_EVERY_S = 0.4
FORETELL_EVERY_S = 1.0
MOST_POSITIONS = 200
MOST_ORDERS = 200
MOST_ACCOUNTS = 2_000
"""Accounts whose orders one painting looks through: of a venue with more of them, not all are counted."""
MOST_MEMBERS = 100
MOST_REASONS = 8
_LEGS = tuple(Leg)
_NAN = float("nan")


class Course(Protocol):
    """What is remembered of every scope."""

    def history(self, row: int) -> ScopeHistory:
        """Of the scope in this row of the matrix; oldest first, as far back as it is kept."""
        ...


class Contributions(Protocol):
    """Who makes a scope's risk."""

    def __call__(self, row: int) -> tuple[Contribution, ...]:
        """Largest share first; empty where none is estimated."""
        ...


def not_estimated(row: int) -> tuple[Contribution, ...]:
    return ()


class PagePainter:
    def __init__(self, parts: Parts, course: Course, contributions: Contributions = not_estimated) -> None:
        self._parts = parts
        self._course = course
        self._contributions = contributions
        self._scope: Scope | None = None
        self._membership: Membership | None = None
        self._page: ScopePage | None = None
        self._painted_s = float("-inf")
        self._outlook: ScopeOutlook | None = None
        self._foretold_s = float("-inf")

    def turn_to(self, scope: Scope | None) -> None:
        """Paint this scope from the next cycle on; None paints nothing."""
        if scope != self._scope:
            self._scope, self._membership, self._page = scope, None, None
            self._outlook, self._foretold_s = None, float("-inf")

    def paint(self, matrix: RiskMatrix) -> ScopePage | None:
        """The page as last painted; anew when that is long enough ago."""
        if self._scope is None or self._scope not in matrix.rows:
            return None
        now_s = self._parts.clock.monotonic()
        if self._page is None or now_s - self._painted_s >= PAINT_EVERY_S:
            self._painted_s = now_s
            self._page = self._paint(self._scope, matrix)
        return self._page

    def _paint(self, scope: Scope, matrix: RiskMatrix) -> ScopePage:
        parts, row = self._parts, matrix.rows[scope]
        view = parts.figures.view
        if self._membership is None:
            self._membership = Membership(scope, view.layout, self._may_hold(scope))
        membership = self._membership
        held, of_strategy = membership.holdings(view)
        accounts = membership.accounts(view)
        orders, unlisted = self._orders(membership, accounts[:MOST_ACCOUNTS])
        members = membership.members(view, matrix)
        return ScopePage(
            scope=scope,
            history=self._course.history(row),
            limits=self._limits(scope),
            positions=self._positions(view, held, of_strategy=of_strategy),
            positions_all=len(held),
            orders=orders[:MOST_ORDERS],
            orders_all=len(orders) if len(accounts) <= MOST_ACCOUNTS else None,
            unlisted=unlisted,
            exposures=_exposures(view, held, of_strategy=of_strategy),
            contributions=self._contributions(row),
            members=members[:MOST_MEMBERS],
            members_all=len(members),
            why_unknown=self._why_unknown(view, accounts),
            outlook=self._foretell(scope, len(accounts)),
        )

    def _foretell(self, scope: Scope, accounts: int) -> ScopeOutlook | None:
        """What a stop of it would do; less often than the rest, for all its accounts are gone over."""
        now_s = self._parts.clock.monotonic()
        if now_s - self._foretold_s >= FORETELL_EVERY_S:
            self._foretold_s, self._outlook = now_s, outlook_of(self._parts, scope, accounts)
        return self._outlook

    def _may_hold(self, scope: Scope) -> Ints:
        """Numbers of the accounts that the strategy's rule allows; what no rule claims may be anywhere."""
        if scope.kind is not ScopeKind.STRATEGY:
            return np.empty(0, dtype=np.int64)
        rule = next((rule for rule in rules_of(self._parts.config.strategies) if rule.name == scope.name), None)
        accounts = enumerate(self._parts.accounts)
        allowed = [number for number, row in accounts if rule is None or rule.may_claim_account(row.name)]
        return np.array(allowed, dtype=np.int64)

    def _limits(self, scope: Scope) -> tuple[LimitInForce, ...]:
        compiled = self._parts.risk.limits
        found = (compiled.limit_at(cell) for cell in compiled.cells_of(scope))
        return tuple(_in_force(limit) for limit in found if limit is not None)

    def _positions(self, view: BookView, held: Ints, *, of_strategy: bool) -> tuple[PositionLine, ...]:
        rows = view.rows if of_strategy else view.positions
        size = np.nan_to_num(np.abs(rows.notional[held]), nan=np.inf)
        largest = held[np.argsort(-size, kind="stable")[:MOST_POSITIONS]]
        said: dict[int, dict[tuple[str, Leg], PositionUpdate]] = {}
        out = []
        for index in largest.tolist():
            number = int(rows.account[index])
            account = self._parts.accounts[number].name
            if number not in said:
                said[number] = {(line.symbol, line.leg): line for line in self._parts.book.positions(account)}
            symbol, leg = view.symbols[int(rows.instrument[index])][1], _LEGS[int(rows.leg[index])]
            venue = said[number].get((symbol, leg))
            out.append(
                PositionLine(
                    account=account,
                    symbol=symbol,
                    leg=leg,
                    is_coin=bool(rows.is_coin[index]),
                    quantity=float(rows.quantity[index]),
                    entry_price=_number(venue.entry_price if venue else None),
                    mark=float(rows.mark[index]),
                    notional=float(rows.notional[index]),
                    unrealised=float(rows.unrealised[index]),
                    liquidation_price=_number(venue.liquidation_price if venue else None),
                )
            )
        return tuple(out)

    def _orders(self, membership: Membership, accounts: Ints) -> tuple[tuple[OrderLine, ...], int]:
        """Resting orders of these accounts that are the scope's, and how many accounts nobody has listed."""
        book, lines, unlisted = self._parts.book, [], 0
        for number in accounts.tolist():
            orders = book.resting_orders(self._parts.accounts[number].name)
            if orders is None:
                unlisted += 1
                continue
            for order in orders:
                strategy = book.order_strategy(order)
                if membership.owns(strategy):
                    lines.append(_order_line(order, strategy))
        return tuple(lines), unlisted

    def _why_unknown(self, view: BookView, accounts: Ints) -> tuple[str, ...]:
        blind = accounts[np.isnan(view.account_equity[accounts])]
        sentences = itertools.chain.from_iterable(
            self._parts.book.why_unknown(self._parts.accounts[number].name) for number in blind[:MOST_REASONS].tolist()
        )
        return tuple(itertools.islice(dict.fromkeys(sentences), MOST_REASONS))


def _in_force(limit: Limit) -> LimitInForce:
    policies = {int(severity): str(policy) for severity, policy in limit.policy.items()}
    return LimitInForce(
        metric=limit.metric,
        subject=limit.subject,
        thresholds=tuple(limit.thresholds),
        policies=tuple(policies.get(level, "") for level in range(1, 5)),
        clear=limit.clear,
        on_delay_s=limit.on_delay_s,
        off_delay_s=limit.off_delay_s,
        origin=limit.origin,
        share_of=limit.of,
        change_over_s=limit.change_over_s,
        terms=tuple(limit_terms(limit)),
    )


def limit_terms(limit: Limit) -> Iterator[str]:
    """What a limit asks for beside thresholds and delays, in words."""
    if limit.confirm.cycles > 1:
        yield f"breached in {limit.confirm} readings"
    if limit.min_trust > Trust.STALE:
        yield f"of {limit.min_trust.name.lower()} figures only"
    if limit.active:
        yield f"in force {', '.join(map(str, limit.active))}"
    if math.isfinite(limit.expires_at_s):
        yield f"until {utc_text(limit.expires_at_s)}"
    if limit.note:
        yield limit.note


def _order_line(order: OrderUpdate, strategy: str) -> OrderLine:
    return OrderLine(
        account=order.account,
        symbol=order.symbol,
        order_id=order.order_id,
        book=order.book,
        side=order.side,
        quantity=order.quantity,
        filled=order.filled,
        price=_number(order.price),
        trigger_price=_number(order.trigger_price),
        reduce_only=order.reduce_only,
        strategy=strategy,
        at_s=_number(order.at_s),
    )


def _exposures(view: BookView, held: Ints, *, of_strategy: bool) -> tuple[UnderlyingExposure, ...]:
    rows = view.rows if of_strategy else view.positions
    coin, notional = rows.underlying[held], rows.notional[held]
    net = np.bincount(coin, weights=notional, minlength=len(view.coins))
    gross = np.bincount(coin, weights=np.abs(notional), minlength=len(view.coins))
    present = np.unique(coin)
    order = present[np.argsort(-np.nan_to_num(gross[present], nan=np.inf), kind="stable")]
    return tuple(UnderlyingExposure(view.coins[at], float(net[at]), float(gross[at])) for at in order.tolist())


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)
