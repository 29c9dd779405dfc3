"""Paints the one frozen snapshot of a cycle from what the parts hold."""

from __future__ import annotations

import math

import numpy as np

from core.config import AccountConfig
from core.domain import PORTFOLIO, Protective
from core.engine.cycle import Cycle
from core.engine.deadmen import DeadMen
from core.engine.guarding import Guarding
from core.engine.looking_back import LookingBack
from core.engine.page import PagePainter
from core.engine.parts import Parts
from core.engine.readying import Readying
from core.engine.showing import Showing
from core.engine.stopping import Stopping
from core.engine.what_if.desk import WhatIf
from core.halt.forecast import Forecast, forecast_of
from core.halt.terms import StopTerms
from core.intents import ClosePage, ClosePreview, CloseWire, LookBack, OpenPage, OpenWire, PreviewPlan, Shown
from core.risk.frame import exposures
from core.risk.limits import limit_lines
from core.snapshot import ConnectionView, Snapshot, StopOutlook, UnderlyingExposure

SLOW_PARTS_S = 0.25
FORETELL_S = 2.0
"""Between two forecasts of a stop, which go over all accounts."""


class Painter:
    def __init__(
        self, parts: Parts, deadmen: DeadMen, showing: Showing, looking_back: LookingBack, what_if: WhatIf
    ) -> None:
        self._parts = parts
        self._deadmen = deadmen
        self._showing = showing
        self._looking_back = looking_back
        self._what_if = what_if
        self._connections: tuple[ConnectionView, ...] = ()
        self._exposures: tuple[UnderlyingExposure, ...] = ()
        self._automation = parts.mitigations.automation()
        self._latency = parts.timing.view()
        self._slow_s = self._foretold_s = float("-inf")
        self._forecast: Forecast | None = None
        self.page = PagePainter(parts, parts.course, parts.costly.contributions)

    def look(self, intent: Shown) -> None:
        """Paint this too from the next snapshot on, or no longer."""
        match intent:
            case OpenPage(scope=scope):
                self.page.turn_to(scope)
            case ClosePage():
                self.page.turn_to(None)
            case LookBack(wish=wish):
                self._looking_back.take(wish)
            case PreviewPlan() | ClosePreview():
                self._what_if.look(intent)
            case OpenWire() | CloseWire():
                self._showing.take(intent)

    def paint(self, cycle: Cycle, updates: int, stopping: Stopping, readying: Readying, guarding: Guarding) -> Snapshot:
        parts = self._parts
        self._paint_slow_parts()
        return Snapshot(
            cycle=cycle.count,
            at_s=parts.clock.now(),
            base_currency=parts.config.base_currency,
            matrix=cycle.matrix,
            events=parts.events.open_events(),
            mitigations=parts.mitigations.views(),
            automation=self._automation,
            halts=guarding.shown(parts.halts.views()),
            connections=self._connections,
            exposures=self._exposures,
            history=parts.course.portfolio(),
            sparklines=parts.course.sparklines(),
            limit_lines=limit_lines(parts.risk.limits, PORTFOLIO),
            outlook=self._outlook(self._connections),
            journal=parts.journal.status(),
            latency=self._latency,
            updates=updates,
            operator=parts.config.operator,
            alarms=parts.events.alarms(),
            notices=self._notices(cycle, guarding),
            limits=parts.risk.limits,
            page=self.page.paint(cycle.matrix),
            returns=stopping.returns(),
            restore=stopping.restore_plan,
            flatten=parts.flattens.view,
            wire=self._showing.paint(),
            preview=self._what_if.step(),
            readiness=readying.paint(cycle.matrix),
            sources=parts.halts.sources.views(),
            guardian=guarding.view(),
            resumes=parts.halts.way_back.views(),
            pending=parts.halts.way_back.pending,
            routes=parts.notifications.views(),
            past=self._looking_back.of_all,
            past_of_one=self._looking_back.of_one,
            lease=parts.lease.view(),
        )

    def _paint_slow_parts(self) -> None:
        """What costs most to paint and changes least: no eye follows a connection at 10 Hz."""
        parts = self._parts
        now_s = parts.clock.monotonic()
        if now_s - self._slow_s < SLOW_PARTS_S:
            return
        self._slow_s = now_s
        self._latency = parts.timing.view()
        self._automation = parts.mitigations.automation()
        view = parts.figures.view
        self._exposures = exposures(view)
        held = view.positions
        is_open = ~held.is_coin & (held.quantity != 0.0)
        counts = np.bincount(held.account[is_open], minlength=len(parts.accounts)).tolist()
        self._connections = tuple(
            self._connection(account, float(view.account_age_s[index]), counts[index] if read else None)
            for index, (account, read) in enumerate(zip(parts.accounts, view.account_read.tolist(), strict=True))
        )

    def _connection(self, account: AccountConfig, age_s: float, positions: int | None) -> ConnectionView:
        """`positions` None: the account was not read yet."""
        parts = self._parts
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
            age_s=age_s,
            resting_orders=None if orders is None else len(orders),
            protective_orders=None if orders is None else sum(order.is_protective for order in orders),
            positions=positions,
            deadman=self._deadmen.view(account.name),
        )

    def _outlook(self, connections: tuple[ConnectionView, ...]) -> StopOutlook:
        parts = self._parts
        known = [row for row in connections if row.resting_orders is not None]
        protective = sum(row.protective_orders or 0 for row in known) if known else None
        # It is counted less often than the orders: nothing, beside orders that protect, is not counted yet.
        protects = parts.figures.view.working.protected
        told = math.isfinite(protects) and (protects > 0.0 or not protective)
        return StopOutlook(
            accounts=len(connections),
            able=len(parts.armed),
            orders=sum(row.resting_orders or 0 for row in known) if known else None,
            protective=protective,
            protects=protects if known and told else None,
            expected_ms=self._expected_ms(),
            terms=StopTerms(parts.config.stop.protective or Protective.CANCEL),
        )

    def _expected_ms(self) -> float | None:
        parts = self._parts
        now_s = parts.clock.monotonic()
        if now_s - self._foretold_s >= FORETELL_S:
            self._foretold_s = now_s
            self._forecast = forecast_of(parts.targets(PORTFOLIO), parts.config.stop.settle_s)
        return None if self._forecast is None else self._forecast.proof_ms

    def _notices(self, cycle: Cycle, guarding: Guarding) -> tuple[str, ...]:
        parts = self._parts
        own = [
            parts.halts.trouble,
            parts.journal.status().error,
            parts.history.words,
            *guarding.notices,
            *parts.keeper.notices,
        ]
        own += [room.words for room in parts.keeper.rooms]
        return tuple(sentence for sentence in own if sentence) + cycle.notices
