"""Snapshots of any size, repeatable by seed: with unknowns, breaches, plans and stops."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from core.domain import PORTFOLIO, AccountMode, LinkState, Policy, Scope, ScopeKind, Severity, Side, Trust
from core.events.model import Cause, Event, EventState
from core.halt.model import HaltView, LateOrder, ProofRow, ProofState, Step
from core.mitigation.model import Mitigation, MitigationKind, MitigationState, Reduction
from core.snapshot import (
    ConnectionView,
    JournalView,
    LatencyView,
    LimitLine,
    MetricInfo,
    RiskMatrix,
    ScopeHistory,
    Snapshot,
    StopOutlook,
    UnderlyingExposure,
)

NOW_S = 1_795_271_327.0
REASONS = {
    ProofState.VERIFIED: "",
    ProofState.RESTING: "acknowledged, still listed",
    ProofState.UNKNOWN: "no answer for 3.1 s",
}
NAN = float("nan")
VENUES = ("binanceusdm", "bybit", "okx", "gate", "krakenfutures", "deribit", "hyperliquid", "bitget", "kucoinfutures")
STRATEGIES = ("basis", "mm-alts", "trend", "carry", "unattributed")
METRICS = (
    MetricInfo("equity", "Equity", "money", "sum of coins at market + unrealised PnL", "own", -1),
    MetricInfo("drawdown", "Drawdown", "ratio", "1 - unit value / peak of unit value", "Magdon-Ismail 2004", 1),
    MetricInfo("daily_loss", "Daily loss", "ratio", "1 - unit value / unit value at 00:00 UTC", "own", 1),
    MetricInfo("gross_exposure", "Gross exposure", "money", "sum |notional|", "own", 1),
    MetricInfo("net_exposure", "Net exposure", "money", "sum notional", "own", 0),
    MetricInfo("leverage", "Leverage", "multiple", "gross exposure / equity", "own", 1),
    MetricInfo("margin_use", "Margin use", "ratio", "maintenance margin / margin balance", "venue manuals", 1),
    MetricInfo("largest_share", "Largest share", "ratio", "largest |notional| / gross exposure", "own", 1),
    MetricInfo("data_age", "Data age", "seconds", "now - oldest reading", "own", 1),
)
_CENTRE = np.array([50_000.0, 0.02, 0.004, 120_000.0, 9_000.0, 2.0, 0.3, 0.25, 0.6])
_LIMIT = np.array([NAN, 0.12, 0.05, NAN, NAN, 6.0, 0.8, 0.6, 10.0])
_STEPS = np.array([0.45, 0.6, 0.8, 1.0])


def scopes(accounts: int) -> tuple[Scope, ...]:
    return (
        PORTFOLIO,
        *(Scope(ScopeKind.VENUE, name) for name in VENUES[: max(1, min(len(VENUES), accounts))]),
        *(Scope(ScopeKind.ACCOUNT, account_name(place)) for place in range(accounts)),
        *(Scope(ScopeKind.STRATEGY, name) for name in STRATEGIES),
    )


def account_name(place: int) -> str:
    return f"{VENUES[place % len(VENUES)][:3]}-sub-{place:04d}"


def matrix(accounts: int, seed: int, unknown: float = 0.004) -> RiskMatrix:
    rng = np.random.default_rng(seed)
    rows = scopes(accounts)
    shape = (len(rows), len(METRICS))
    value = _CENTRE * rng.lognormal(0.0, 0.42, shape)
    money = [0, 3, 4]
    value[0, money] = value[10:, money].sum(axis=0) if len(rows) > 10 else value[:, money].sum(axis=0)
    value[:, 4] *= rng.choice([-1.0, 1.0], len(rows))
    blind = rng.random(shape) < unknown
    blind[0] = False
    value[blind] = NAN
    severity = np.where(np.isnan(_LIMIT), 0, (value[..., None] >= (_LIMIT[:, None] * _STEPS)).sum(axis=-1))
    severity = np.where(blind & ~np.isnan(_LIMIT), -1, severity).astype(np.int8)
    threshold = _LIMIT * _STEPS[np.clip(severity, 0, 3)]
    trust = np.full(len(rows), int(Trust.TRUSTED), dtype=np.int8)
    trust[rng.random(len(rows)) < 0.03] = int(Trust.STALE)
    trust[blind.any(axis=1)] = int(Trust.UNKNOWN)
    age = rng.gamma(2.0, 0.3, len(rows))
    age[blind.any(axis=1)] = np.inf
    limited = np.flatnonzero(~np.isnan(_LIMIT))
    threshold = threshold[:, limited]
    return RiskMatrix(
        scopes=rows,
        metrics=METRICS,
        value=value,
        age_s=age,
        trust=trust,
        costly_age_s=NAN,
        severity=severity,
        limited=limited,
        threshold=threshold,
        headroom=1 - value[:, limited] / threshold,
        breach_in_s=np.full(threshold.shape, np.inf),
        rows={scope: row for row, scope in enumerate(rows)},
        columns={info.name: column for column, info in enumerate(METRICS)},
    )


def event(place: int, scope: Scope, rng: random.Random) -> Event:
    info, severity = rng.choice(METRICS[5:8]), rng.choice(list(Severity))
    limit = float(_LIMIT[METRICS.index(info)] * _STEPS[severity - 1])
    unknown = rng.random() < 0.1
    state = rng.choice([EventState.RAISED, EventState.RAISED, EventState.ACKNOWLEDGED, EventState.MITIGATING])
    raised = NOW_S - rng.uniform(5, 9_000)
    return Event(
        event_id=f"e-{place:05d}",
        scope=scope,
        metric=info.name,
        cause=Cause.UNKNOWN if unknown else Cause.BREACH,
        severity=severity,
        state=EventState.CLEARED if place % 13 == 7 else state,
        value=NAN if unknown else limit * rng.uniform(1.0, 1.3),
        threshold=limit,
        raised_at_s=raised,
        changed_at_s=raised + 1,
        trust=Trust.UNKNOWN if unknown else Trust.TRUSTED,
        acknowledged_by="desk-1" if state is EventState.ACKNOWLEDGED else "",
        note="Largest position is in ETH; a plan is being drawn up" if place % 3 else "",
    )


def plan(place: int, of: Event, state: MitigationState) -> Mitigation:
    cuts = tuple(
        Reduction(account_name(at), "ETH/USDT:USDT", "basis", Side.SELL, 12.0, 137_000.0) for at in range(place % 2 + 2)
    )
    ended = state in {MitigationState.DONE, MitigationState.FAILED, MitigationState.LAPSED}
    return Mitigation(
        mitigation_id=f"m-{place}",
        event_id=of.event_id,
        scope=of.scope,
        metric=of.metric,
        severity=of.severity,
        kind=MitigationKind.REDUCE,
        mode=Policy.APPROVE,
        state=state,
        share=0.25,
        reductions=cuts,
        before=of.value,
        expected=of.threshold * 0.85,
        target=of.threshold * 0.9,
        after=of.threshold * 0.84 if ended else NAN,
        verified=state is MitigationState.DONE,
        created_at_s=NOW_S - 90,
        lapses_at_s=NOW_S + 38 + 200 * place if state is MitigationState.AWAITING else None,
        ended_at_s=NOW_S - 10 if ended else None,
        summary="Cuts a quarter of every position of the scope.",
    )


def connection(place: int, rng: random.Random) -> ConnectionView:
    down = rng.random() < 0.003 or place == 2
    return ConnectionView(
        account=account_name(place),
        venue=VENUES[place % len(VENUES)],
        exchange=VENUES[place % len(VENUES)],
        mode=AccountMode.WATCH if place % 4 else AccountMode.ACT,
        link=LinkState.DOWN if down else LinkState.UP,
        reason="no answer for 14 s; trying again in 2 s" if down else "",
        age_s=14.0 if down else rng.uniform(0.05, 0.9),
        resting_orders=None if down else rng.randrange(9),
        protective_orders=None if down else rng.randrange(3),
        positions=None if down else rng.randrange(12),
    )


def proof_row(place: int, state: ProofState) -> ProofRow:
    verified = state is ProofState.VERIFIED
    return ProofRow(
        account=account_name(place),
        venue=VENUES[place % len(VENUES)],
        exchange=VENUES[place % len(VENUES)],
        books=("linear", "trigger") if place % 3 else ("spot", "swap", "algo (oco)", "option"),
        state=state,
        step=Step.LISTED_TWICE if verified else Step.SWEEPING if state is ProofState.RESTING else Step.SENT,
        resting=0 if verified else place % 5 + 1 if state is ProofState.RESTING else None,
        reason=REASONS[state],
        cancelled=9,
        late=0 if verified else 1,
        passes=2 if verified else 7,
        first_cancel_ms=18.0,
        proof_ms=1_900.0 + place % 900 if verified else None,
        proven_at_s=NOW_S - 3 if verified else None,
    )


def halt(accounts: int, *, resting: int = 6, unknown: int = 31, latch_error: str = "") -> HaltView:
    resting, unknown = min(resting, accounts), min(unknown, max(0, accounts - resting))
    states = [ProofState.RESTING] * resting + [ProofState.UNKNOWN] * unknown
    states += [ProofState.VERIFIED] * (accounts - len(states))
    late = tuple(
        LateOrder(account_name(at), "BTC/USDT", f"o-{at}", f"bas-7{at}", "basis", NOW_S - at, 210.0 if at else None)
        for at in range(min(9, accounts))
    )
    return HaltView(
        halt_id="h-1",
        scope=PORTFOLIO,
        fired_by="desk-1",
        reason="runaway basis bot",
        fired_at_s=NOW_S - 7,
        rows=tuple(proof_row(place, state) for place, state in enumerate(states)),
        late_orders=late if resting else (),
        orders_cancelled=9 * accounts,
        first_cancel_ms=18.0,
        proof_ms=None if resting or unknown else 3_400.0,
        latch_error=latch_error,
        sweeping=True,
    )


def history(points: int, rng: np.random.Generator) -> ScopeHistory:
    unit = np.cumprod(1 + rng.normal(-0.00001, 0.0009, points))
    drawdown = 1 - unit / np.maximum.accumulate(unit)
    gross = 121e6 * np.cumprod(1 + rng.normal(0, 0.0012, points))
    at_s = NOW_S - np.arange(points)[::-1] * 24.0
    return ScopeHistory(at_s, drawdown, gross, gross * 0.05 + rng.normal(0, 1e5, points), 48e6 * unit)


def no_matrix() -> RiskMatrix:
    none, flat = np.empty((0, 0)), np.empty(0)
    return RiskMatrix(
        scopes=(),
        metrics=(),
        value=none,
        age_s=flat,
        trust=flat.astype(np.int8),
        costly_age_s=np.inf,
        severity=none.astype(np.int8),
        limited=flat.astype(np.int64),
        threshold=none,
        headroom=none,
        breach_in_s=none,
        rows={},
        columns={},
    )


def empty() -> Snapshot:
    """What the engine publishes before anything was read."""
    none, flat = np.empty((0, 0)), np.empty(0)
    return Snapshot(
        cycle=0,
        at_s=NOW_S,
        base_currency="USDT",
        matrix=no_matrix(),
        events=(),
        mitigations=(),
        halts=(),
        connections=(),
        exposures=(),
        history=ScopeHistory(flat, flat, flat, flat, flat),
        sparklines=none,
        limit_lines=(),
        outlook=StopOutlook(0, 0, None, None, None),
        journal=JournalView(0, 0, True, ""),
        latency=LatencyView(NAN, NAN, NAN, NAN),
        updates=0,
        operator="",
    )


def build(accounts: int = 3, events: int = 8, seed: int = 1, *, stopped: bool = False) -> Snapshot:
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    made = matrix(accounts, seed)
    raised = tuple(event(place, dice.choice(made.scopes), dice) for place in range(events))
    states = (MitigationState.AWAITING, MitigationState.AWAITING, MitigationState.RUNNING, MitigationState.DONE)
    known = [one for one in raised if one.cause is Cause.BREACH]
    plans = tuple(plan(place, of, state) for place, (of, state) in enumerate(zip(known, states, strict=False)))
    coins = (("BTC", 9e6, 21e6), ("ETH", -4e6, 15e6), ("SOL", 3.4e6, 7e6), ("XRP", -1e6, 4.5e6), ("DOGE", 0.9e6, 3e6))
    lines = ((1, 0.03, ""), (2, 0.05, "propose"), (3, 0.08, "approve"), (4, 0.12, "stop"))
    return dataclasses.replace(
        empty(),
        cycle=100,
        matrix=made,
        events=tuple(sorted(raised, key=lambda one: (-one.severity, one.raised_at_s))),
        mitigations=plans,
        halts=(halt(accounts),) if stopped else (),
        connections=tuple(connection(place, dice) for place in range(accounts)),
        exposures=tuple(UnderlyingExposure(*coin) for coin in coins)
        + tuple(UnderlyingExposure(f"ALT{at}", 1e5 * at, 4e5 * at) for at in range(1, 9)),
        history=history(3_600, rng),
        sparklines=np.cumprod(1 + rng.normal(0, 0.002, (len(made.scopes), 32)), axis=1),
        limit_lines=tuple(LimitLine(PORTFOLIO, "drawdown", level, at, policy) for level, at, policy in lines),
        outlook=StopOutlook(accounts, accounts, 1_204, 214, 3_800.0),
        journal=JournalView(128_442, 0, True, ""),
        latency=LatencyView(8.0, 41.0, 6.0, 12.0),
        updates=1_932_551,
        operator="desk-1",
    )
