"""Snapshots with what a busy hour has: groups, a flood, events put aside, alarm figures, routes, a past."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from core.domain import Scope, ScopeKind, Severity, Trust
from core.events.history import HistoryLine, HistoryPage, HistoryWish
from core.events.model import Cause, Event, EventState, Resolution, Shelf
from core.events.view import Actor, AlarmFigures, AlarmsView, EventGroup, FloodLine, FloodView
from core.notify.model import RouteState, RouteView
from core.snapshot import Snapshot
from tests.widgets.snapshots import NOW_S, VENUES, account_name, build

NAN = float("nan")


def alarmed(plain: int = 24, members: int = 40, *, flood: bool = False, seed: int = 1) -> Snapshot:
    """`plain` events of their own, one of them shelved; a venue that explains `members` accounts, and as many alike."""
    base = build(60, plain, seed)
    rng = random.Random(seed)
    events = [_shelved(event) if place == 3 else event for place, event in enumerate(base.events)]
    head = _event("down", Scope(ScopeKind.VENUE, VENUES[0]), "data_age", Severity.CRITICAL, 700.0, Cause.UNKNOWN)
    explained = [
        dataclasses.replace(
            _event(f"x{place}", _account(place), "data_age", Severity.HIGH, 690.0 - place, Cause.UNKNOWN),
            inhibited_by=head.event_id,
        )
        for place in range(members)
    ]
    alike = [
        _event(f"l{place}", _account(place), "leverage", Severity(1 + place % 3), 400.0) for place in range(members)
    ]
    events += [head, *explained, *alike]
    groups = (
        _group("venue", f"{members} accounts of {VENUES[0]} cannot be read", head.scope, "data_age", explained, head),
        _group("alike", f"{members} accounts: leverage", Scope(ScopeKind.PORTFOLIO), "leverage", alike, None),
    )
    view = AlarmsView(
        stakes=np.array([rng.choice([NAN, rng.uniform(1e4, 4e6)]) for _ in events]),
        groups=groups,
        flood=_flood(events, head) if flood else FloodView(),
        figures=_figures(events),
        shelved=1,
        inhibited=members,
    )
    return dataclasses.replace(base, events=tuple(events), alarms=view, routes=ROUTES, past=past(40))


def _account(place: int) -> Scope:
    return Scope(ScopeKind.ACCOUNT, account_name(place))


def _event(
    name: str, scope: Scope, metric: str, severity: Severity, ago_s: float, cause: Cause = Cause.BREACH
) -> Event:
    unknown = cause is Cause.UNKNOWN
    return Event(
        name, scope, metric, cause, severity, EventState.RAISED, NAN if unknown else 6.2, NAN if unknown else 5.0,
        NOW_S - ago_s, NOW_S - ago_s, Trust.UNKNOWN if unknown else Trust.TRUSTED,
        note=f"{metric} of {scope} cannot be evaluated" if unknown else f"{metric} of {scope} reached 6.2",
        asks_since_s=NOW_S - ago_s,
    )  # fmt: skip


def _shelved(event: Event) -> Event:
    shelf = Shelf("ada", "the venue is in maintenance until 18:00", NOW_S - 60.0, NOW_S + 3_000.0, event.severity)
    return dataclasses.replace(event, shelf=shelf)


def _group(key: str, title: str, scope: Scope, metric: str, members: list[Event], head: Event | None) -> EventGroup:
    return EventGroup(
        key=key,
        title=title,
        scope=scope,
        metric=metric,
        cause=members[0].cause if members else Cause.BREACH,
        severity=max((event.severity for event in members), default=Severity.LOW),
        count=len(members),
        asking=len(members) if head is None else 0,
        members=tuple(event.event_id for event in members),
        head="" if head is None else head.event_id,
        raised_at_s=min((event.raised_at_s for event in members), default=NOW_S),
    )


def _flood(events: list[Event], head: Event) -> FloodView:
    above = [event for event in events if event.severity is Severity.CRITICAL and not event.inhibited_by]
    lines = (
        FloodLine(head.event_id, "", Severity.CRITICAL, 1),
        FloodLine("", "alike", Severity.HIGH, 40),
        *(FloodLine(event.event_id, "", event.severity, 1) for event in above if event is not head),
    )
    return FloodView(
        active=True,
        since_s=NOW_S - 312.0,
        raised=87,
        lines=lines,
        below=19,
        below_by=(6, 9, 4, 0),
        sentence="87 alarms in ten minutes: the table shows the worst, each story once",
    )


def _figures(events: list[Event]) -> AlarmFigures:
    actors = tuple(
        Actor(_account(place), metric, 40 - 6 * place, (40 - 6 * place) / 160.0)
        for place, metric in enumerate(("leverage", "margin_use", "order_rate", "data_age", "largest_position_share"))
    )
    return AlarmFigures(
        last_10_min=87,
        last_day=160,
        flood_share=0.032,
        worst=actors,
        stale=4,
        stale_ids=tuple(event.event_id for event in sorted(events, key=lambda one: one.raised_at_s)[:4]),
        acknowledge_p50_s=74.0,
        acknowledge_p95_s=612.0,
        resolve_p50_s=1_260.0,
        resolve_p95_s=9_400.0,
        chattering=2,
        resolved_by={Resolution.AUTO: 61, Resolution.OPERATOR: 22, Resolution.SYSTEM: 40},
    )


ROUTES = (
    RouteView("night-desk", Severity.HIGH, RouteState.GOOD, 14, 0, 0, False, NOW_S - 130.0, ""),
    RouteView("risk-mail", Severity.MEDIUM, RouteState.IDLE, 0, 0, 6, True, NAN, ""),
    RouteView(
        "pager", Severity.CRITICAL, RouteState.FAILING, 3, 9, 4, False, NOW_S - 4_000.0, "it answered with HTTP 403"
    ),
)


def past(count: int, wish: HistoryWish | None = None, *, more: bool = True) -> HistoryPage:
    whats = ("raised", "acknowledged", "escalated", "mitigating", "mitigation-ended", "cleared", "resolved")
    lines = tuple(
        HistoryLine(
            seq=10_000 - place,
            at_s=NOW_S - 41.0 * place,
            what=whats[place % len(whats)],
            by=("scram", "ada", "grace")[place % 3],
            scope=f"account:{account_name(place)}",
            event_id=f"e-{place % 7:05d}",
            metric="leverage",
            severity=1 + place % 4,
            state="raised",
            note=f"leverage of account:{account_name(place)} reached {5 + place / 10:.1f}; high from 5",
        )
        for place in range(count)
    )
    return HistoryPage(wish or HistoryWish(), lines, more)
