"""What a run came to, as the JSON that `--json` writes (schema 1)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from core.clock import utc_text
from core.domain import Severity
from core.events.model import Event, EventState, Resolution
from core.events.view import AlarmsView
from core.halt.deadman.switch import DeadManView
from core.halt.model import HaltView, ProofRow
from core.halt.source.model import SourceView
from core.mitigation.automation import AutomationFigures, AutomationView
from core.mitigation.model import Mitigation
from core.mitigation.permission import LeaseView

SCHEMA = 1


def event_row(event: Event) -> dict[str, Any]:
    return {
        "scope": str(event.scope),
        "metric": event.metric,
        "severity": event.severity.word,
        "state": event.state.value,
        "value": number(event.value),
        "threshold": number(event.threshold),
        "raised_at": utc_text(event.raised_at_s),
        "urgency": event.urgency.word,
        "annunciated": event.annunciated,
        "resolution": None if event.resolution is None else event.resolution.value,
    }


def alarms_row(open_events: Collection[Event], view: AlarmsView) -> dict[str, Any]:
    """How many are open and in which state, and how the alarms themselves do; times in seconds."""
    states = Counter(event.state for event in open_events)
    figures = view.figures
    return {
        "open": len(open_events),
        **{state.value: states[state] for state in EventState if state is not EventState.RESOLVED},
        "critical": sum(event.severity is Severity.CRITICAL for event in open_events),
        "asking": sum(event.asks for event in open_events),
        "shelved": view.shelved,
        "inhibited": view.inhibited,
        "groups": len(view.groups),
        "flood": view.flood.sentence or None,
        "last_10_min": figures.last_10_min,
        "last_day": figures.last_day,
        "flood_share": figures.flood_share,
        "chattering": figures.chattering,
        "stale": figures.stale,
        "acknowledge_p50": number(figures.acknowledge_p50_s),
        "acknowledge_p95": number(figures.acknowledge_p95_s),
        "resolve_p50": number(figures.resolve_p50_s),
        "resolve_p95": number(figures.resolve_p95_s),
        "resolved_by": {by.value: figures.resolved_by.get(by, 0) for by in Resolution},
        "worst": [{"scope": str(row.scope), "metric": row.metric, "raised": row.raised} for row in figures.worst],
    }


def mitigation_row(mitigation: Mitigation) -> dict[str, Any]:
    return {
        "scope": str(mitigation.scope),
        "metric": mitigation.metric,
        "events": len(mitigation.events),
        "kind": mitigation.rung.word,
        "mode": mitigation.mode.value,
        "state": mitigation.state.value,
        "held_back": mitigation.held_back,
        "before": number(mitigation.before),
        "after": number(mitigation.after),
        "notional": number(mitigation.notional),
        "cost": number(mitigation.cost),
        "verified": mitigation.verified,
    }


def automation_row(view: AutomationView) -> dict[str, Any]:
    """Counts are of all runs that are remembered; times in seconds."""
    return {
        "armed": view.armed,
        "turnover_last_hour": number(view.turnover),
        "whole": automation_figures_row(view.whole),
        "days": [automation_figures_row(figures) for figures in view.days],
    }


def automation_figures_row(figures: AutomationFigures) -> dict[str, Any]:
    row = {name: number(value) if isinstance(value, float) else value for name, value in asdict(figures).items()}
    return {**row, "share_without_a_person": number(figures.share)}


def lease_row(lease: LeaseView) -> dict[str, Any]:
    return {
        "accounts": lease.accounts,
        "held": lease.held,
        "view_only": lease.view_only,
        "words": lease.words,
    }


def halt_row(halt: HaltView) -> dict[str, Any]:
    return {
        "halt_id": halt.halt_id,
        "fired_by": halt.fired_by,
        "scope": str(halt.scope),
        "accounts": len(halt.rows),
        "verified": halt.verified,
        "resting": halt.resting,
        "unknown": halt.unknown,
        "protective": halt.terms.protective.value,
        "level": halt.terms.level.value,
        "kept": halt.kept,
        "late": halt.late,
        "orders_cancelled": halt.orders_cancelled,
        "first_cancel_ms": number(halt.first_cancel_ms),
        "proof_ms": number(halt.proof_ms),
        "expected_ms": number(halt.expected_ms),
        "sources": [source_row(view) for view in halt.sources],
    }


def source_row(view: SourceView) -> dict[str, Any]:
    return {
        "strategy": view.strategy,
        "kind": view.kind or None,
        "state": view.state.value if view.kind else None,
        "wanted": None if view.wanted is None else view.wanted.value,
        "obeyed": view.obeyed if view.wanted is not None else None,
        "words": view.words,
    }


def proof_row(row: ProofRow) -> dict[str, Any]:
    return {
        "account": row.account,
        "exchange": row.exchange,
        "state": row.state.value,
        "resting": row.resting,
        "kept": row.kept,
        "reason": row.reason,
    }


def deadman_row(account: str, view: DeadManView) -> dict[str, Any]:
    return {
        "account": account,
        "state": view.state.value,
        "seconds": view.seconds,
        "left_s": number(view.left_s),
        "countdowns": view.countdowns,
        "reason": view.reason,
    }


def number(value: float | None) -> float | None:
    """JSON has no NaN and no infinity: both are unknown, null."""
    return None if value is None or not math.isfinite(value) else float(value)
