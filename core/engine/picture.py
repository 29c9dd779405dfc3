"""Paints the one frozen snapshot of a cycle from what the parts hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.config import AccountConfig
from core.config_view import ConfigView
from core.domain import PORTFOLIO, Protective
from core.engine.cycle import Cycle
from core.engine.deadmen import DeadMen
from core.engine.foretelling import Foretelling
from core.engine.guarding import Guarding
from core.engine.journal_desk import JournalWork
from core.engine.limit_desk.desk import LimitDesk
from core.engine.links import Links
from core.engine.looking_back import LookingBack
from core.engine.page import PagePainter
from core.engine.parts import Parts
from core.engine.readying import Readying
from core.engine.rostering import RosterKeeper
from core.engine.showing import Showing
from core.engine.stopping import Stopping
from core.engine.what_if.desk import WhatIf
from core.halt.terms import StopTerms
from core.intents import ClosePage, ClosePreview, CloseWire, LookBack, OpenPage, OpenWire, PreviewPlan, Shown
from core.journal.intents import CloseRecord, OpenRecord, ReadJournal
from core.limit_intents import CloseLimits, OpenLimits, TryLimits
from core.mitigation.report import ReductionOutcome
from core.risk.frame import exposures
from core.risk.limits import limit_lines
from core.snapshot import ConnectionView, LaneView, Snapshot, StopOutlook, UnderlyingExposure
from core.venues.link_intents import CloseLink, OpenLink

SLOW_PARTS_S = 0.25
CONNECTIONS_AT_ONCE = 250
"""Painted anew in one cycle: ten thousand accounts take four seconds, in turn."""


class Painter:
    def __init__(
        self,
        parts: Parts,
        deadmen: DeadMen,
        showing: Showing,
        looking_back: LookingBack,
        what_if: WhatIf,
        links: Links,
        journal: JournalWork,
        limit_desk: LimitDesk,
        configured: Callable[[], ConfigView],
        progress: Callable[[], Mapping[str, tuple[ReductionOutcome, ...]]],
    ) -> None:
        self._parts = parts
        self._deadmen = deadmen
        self._showing = showing
        self._looking_back = looking_back
        self._what_if = what_if
        self._links = links
        self._journal = journal
        self._lanes: tuple[LaneView, ...] = ()
        self._configured = configured
        self._limit_desk = limit_desk
        self._progress = progress
        self._shown_progress: Mapping[str, tuple[ReductionOutcome, ...]] = {}
        self._connections: tuple[ConnectionView, ...] = ()
        self._exposures: tuple[UnderlyingExposure, ...] = ()
        self._automation = parts.mitigations.automation()
        self._latency = parts.timing.view()
        self._slow_s = float("-inf")
        self._outlook = StopOutlook(0, 0, None, None, None, None)
        self._rows: list[ConnectionView] = []
        self._turn = len(parts.accounts)
        """The next account to be painted anew; behind the last one until it is time again."""
        self._foretelling = Foretelling(parts.targets, parts.config.stop.settle_s, parts.clock)
        self._roster = RosterKeeper(parts.config.groups)
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
            case OpenLink() | CloseLink():
                self._links.look(intent)
            case ReadJournal() | OpenRecord() | CloseRecord():
                self._journal.look(intent)
            case OpenLimits() | TryLimits() | CloseLimits():
                self._limit_desk.look(intent)
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
            outlook=replace(self._outlook, expected_ms=self._foretelling.proof_ms()),
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
            progress=self._shown_progress,
            preview=self._what_if.step(),
            readiness=readying.paint(cycle.matrix),
            sources=parts.halts.sources.views(),
            guardian=guarding.view(),
            resumes=parts.halts.way_back.views(),
            pending=parts.halts.way_back.pending,
            routes=parts.notifications.views(),
            config=self._configured(),
            past=self._looking_back.of_all,
            past_of_one=self._looking_back.of_one,
            roster=self._roster.step(parts.figures.view),
            past_of_scope=self._looking_back.of_scope,
            lanes=self._lanes,
            link=self._links.page(),
            journal_desk=self._journal.view(),
            lease=parts.lease.view(),
            limits_page=self._limit_desk.step(),
        )

    def _paint_slow_parts(self) -> None:
        """What costs most to paint and changes least: no eye follows a connection at 10 Hz."""
        parts = self._parts
        now_s = parts.clock.monotonic()
        if now_s - self._slow_s >= SLOW_PARTS_S and self._turn >= len(parts.accounts):
            self._slow_s, self._turn = now_s, 0
            self._latency = parts.timing.view()
            self._exposures = exposures(parts.figures.view)
            self._automation = parts.mitigations.automation()
            self._lanes = self._links.lanes()
            self._shown_progress = self._progress()
        if self._turn < len(parts.accounts):
            self._paint_connections()

    def _paint_connections(self) -> None:
        """Those whose turn it is; all of them the first time."""
        parts, view = self._parts, self._parts.figures.view
        held = view.positions
        is_open = ~held.is_coin & (held.quantity != 0.0)
        counts = np.bincount(held.account[is_open], minlength=len(parts.accounts))
        first = self._turn if self._rows else 0
        last = self._turn + CONNECTIONS_AT_ONCE if self._rows else len(parts.accounts)
        self._rows[first:last] = [
            self._connection(account, age_s, count if read else None)
            for account, age_s, count, read in zip(
                parts.accounts[first:last], view.account_age_s[first:last].tolist(), counts[first:last].tolist(),
                view.account_read[first:last].tolist(), strict=True,
            )
        ]  # fmt: skip
        self._turn = last
        if last >= len(parts.accounts):
            self._connections = tuple(self._rows)
            self._outlook = self._foretold(self._connections)

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
            measured=self._links.view(account.name),
        )

    def _foretold(self, connections: tuple[ConnectionView, ...]) -> StopOutlook:
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
            expected_ms=None,
            terms=StopTerms(parts.config.stop.protective or Protective.CANCEL),
        )

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
