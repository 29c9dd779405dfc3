"""Views of readiness and drills of any size, with everything that may be said of an account."""

from __future__ import annotations

import dataclasses

from core.halt.drill.report import DrillReport, DrillRow
from core.halt.readiness.headline import headline
from core.halt.readiness.judgement import Drilled, DrillKind, Guardianship, Readiness, ReadyState, Reserve
from core.halt.readiness.view import ReadinessView
from core.venues.protocol import Coverage

WEAK = {
    1: ("generic coverage: only what ccxt declares is listed and cancelled",),
    2: ("unconfirmed: trailing and chase orders",),
    3: ("its dry drill failed 4 min ago: the venue did not answer in time",),
}
COVERAGE = {1: Coverage.GENERIC, 2: Coverage.UNCONFIRMED}
PASSED = {
    DrillKind.DRY: {"orders": 12, "held_back": 14, "list_ms": 31.0},
    DrillKind.LIVE: {
        "placed": "buy 12.4 XRP/USDT:USDT at 0.4089, 25 % below the best bid of 0.5452, post-only",
        "client_order_id": "scrd1x1", "place_ms": 8.0, "first_cancel_ms": 1.4, "gone_ms": 31.0, "proof_ms": 1_530.0,
    },
}  # fmt: skip


def drill_report(
    accounts: list[tuple[str, str]], at_s: float, *, kind: DrillKind = DrillKind.DRY, running: bool = False
) -> DrillReport:
    """Of (account, venue) rows: the first of many failed, the second was not tried; half of a running one are over."""
    rows = []
    for place, (account, venue) in enumerate(accounts):
        row = DrillRow(account, venue, venue)
        if running and place * 2 >= len(accounts):
            rows.append(dataclasses.replace(row, step="listing"))
        elif place == 0 and len(accounts) > 3:
            rows.append(dataclasses.replace(row, passed=False, step="over", reason="the venue refuses the key"))
        elif place == 1 and len(accounts) > 3:
            rows.append(dataclasses.replace(row, step="over", reason="a stop holds it"))
        else:
            rows.append(dataclasses.replace(row, passed=True, step="over", **PASSED[kind]))  # type: ignore[arg-type]
    return DrillReport("0123456789ab", kind, "desk-1", at_s, None if running else at_s + 5.0, tuple(rows))


def ready_row(place: int, account: str, venue: str, at_s: float) -> Readiness:
    """Every hundredth is not known, every fortieth cannot be stopped, three of seven are weaker in some way."""
    drilled = place % 11 > 0
    state, able, reasons = ReadyState.ARMED, True, WEAK.get(place % 7, () if drilled else ("never drilled",))
    if reasons:
        state = ReadyState.DEGRADED
    if place % 100 == 4:
        state, able, reasons = ReadyState.UNKNOWN, False, ("its orders were last listed in full 12 min ago",)
    elif place % 40 == 5:
        state, able, reasons = ReadyState.DEGRADED, False, ("cannot be stopped: the venue refuses the key",)
    withdraws = place % 50 == 6
    return Readiness(
        account=account,
        venue=venue,
        exchange=venue,
        state=state,
        able=able,
        reasons=reasons,
        proven_age_s=720.0 if state is ReadyState.UNKNOWN else 12.0 + place % 200,
        may_cancel=None if place % 9 == 3 else True,
        may_withdraw=withdraws,
        clock_offset_ms=None if state is ReadyState.UNKNOWN else 14.0 - place % 40,
        coverage=COVERAGE.get(place % 7, Coverage.EXACT),
        reserve=Reserve(1_180.0 - place % 700, 1_200.0, 160.0) if place % 3 else None,
        guardian=Guardianship.ALIVE,
        drill=Drilled(DrillKind.DRY, place % 7 != 3, at_s - 240.0) if drilled else None,
        flags=("its key may withdraw: use one that cannot",) if withdraws else (),
    )


def readiness(accounts: list[tuple[str, str]], at_s: float, drill: DrillReport | None = None) -> ReadinessView:
    rows = tuple(ready_row(place, account, venue, at_s) for place, (account, venue) in enumerate(accounts))
    gross = [float("nan") if place % 300 == 299 else 10_000.0 for place in range(len(rows))]
    return ReadinessView(headline(rows, gross), rows, drill or drill_report(accounts, at_s - 245.0))
