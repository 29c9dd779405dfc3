"""What a run came to, as JSON (`--json`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.engine.parts import Parts
from core.engine.report import (
    SCHEMA,
    alarms_row,
    automation_row,
    deadman_row,
    event_row,
    halt_row,
    lease_row,
    mitigation_row,
    number,
)
from core.events.model import Event
from core.halt.deadman.switch import DeadManView


def run_report(
    parts: Parts, updates: int, cycles: int, events: Iterable[Event], deadmen: Mapping[str, DeadManView]
) -> dict[str, Any]:
    """`updates` taken in and `cycles` run; `events`: those that are told one by one; `deadmen` by account."""
    halts, journal, latency = parts.halts.views(), parts.journal.status(), parts.timing.view()
    return {
        "schema": SCHEMA,
        "accounts": len(parts.accounts),
        "venues": len({account.venue for account in parts.accounts}),
        "strategies": len(parts.config.strategies),
        "updates": updates,
        "cycles": cycles,
        "events": [event_row(event) for event in events],
        "alarms": alarms_row(parts.events.open_events(), parts.events.alarms()),
        "mitigations": [mitigation_row(mitigation) for mitigation in parts.mitigations.views()],
        "automation": automation_row(parts.mitigations.automation()),
        "halt": halt_row(halts[-1]) if halts else None,
        "latency_ms": {
            "update_to_event_p50": number(latency.update_to_event_p50),
            "update_to_event_p99": number(latency.update_to_event_p99),
            "cycle_p99": number(latency.cycle_p99),
            "loop_stall_max": number(latency.loop_stall_max),
        },
        "journal": {"records": journal.records, "intact": journal.intact},
        "lease": lease_row(parts.lease.view()),
        "deadman": [deadman_row(account, view) for account, view in deadmen.items()],
    }
