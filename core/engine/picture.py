"""Paints the one frozen snapshot of a cycle from what the parts hold."""

from __future__ import annotations

import numpy as np

from core.domain import PORTFOLIO
from core.engine.cycle import Cycle
from core.engine.parts import Parts
from core.risk.frame import exposures
from core.risk.limits import limit_lines
from core.snapshot import ConnectionView, Snapshot, StopOutlook

CALL_MS = 60.0
"""What one round of requests is assumed to take; the waiting between two listings is most of a proof."""


class Painter:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def paint(self, cycle: Cycle, updates: int) -> Snapshot:
        parts = self._parts
        connections = self._connections()
        return Snapshot(
            cycle=cycle.count,
            at_s=parts.clock.now(),
            base_currency=parts.config.base_currency,
            matrix=cycle.matrix,
            events=parts.events.open_events(),
            mitigations=parts.mitigations.views(),
            halts=parts.halts.views(),
            connections=connections,
            exposures=exposures(parts.figures.view),
            history=parts.history.portfolio(),
            sparklines=parts.history.sparklines(),
            limit_lines=limit_lines(parts.risk.limits, PORTFOLIO),
            outlook=self._outlook(connections),
            journal=parts.journal.status(),
            latency=parts.timing.view(),
            updates=updates,
            operator=parts.config.operator,
            notices=self._notices(cycle),
        )

    def _connections(self) -> tuple[ConnectionView, ...]:
        parts = self._parts
        return tuple(self._connection(index) for index in range(len(parts.config.accounts)))

    def _connection(self, index: int) -> ConnectionView:
        parts = self._parts
        account = parts.config.accounts[index]
        keyless = parts.keyless.get(account.name)
        orders = parts.book.resting_orders(account.name)
        state, reason = parts.book.link(account.name)
        return ConnectionView(
            account=account.name,
            venue=account.venue,
            exchange=account.exchange,
            mode=account.mode,
            link=state,
            reason=str(keyless) if keyless else reason,
            age_s=float(parts.figures.view.account_age_s[index]),
            resting_orders=None if orders is None else len(orders),
            protective_orders=None if orders is None else sum(order.reduce_only for order in orders),
            positions=self._positions(index),
        )

    def _positions(self, index: int) -> int | None:
        """Open positions of an account; None until it was read."""
        view = self._parts.figures.view
        if not view.account_read[index]:
            return None
        held = view.positions
        return int(np.count_nonzero((held.account == index) & ~held.is_coin & (held.quantity != 0.0)))

    def _outlook(self, connections: tuple[ConnectionView, ...]) -> StopOutlook:
        parts = self._parts
        known = [row for row in connections if row.resting_orders is not None]
        return StopOutlook(
            accounts=len(connections),
            able=len(parts.armed),
            orders=sum(row.resting_orders or 0 for row in known) if known else None,
            protective=sum(row.protective_orders or 0 for row in known) if known else None,
            expected_ms=parts.config.stop.settle_s * 1000.0 + 3 * CALL_MS,
        )

    def _notices(self, cycle: Cycle) -> tuple[str, ...]:
        parts = self._parts
        own = [parts.halts.trouble, parts.journal.status().error, *parts.limit_problems]
        return tuple(sentence for sentence in own if sentence) + cycle.notices
