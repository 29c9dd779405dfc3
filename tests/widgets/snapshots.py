"""Snapshots of any size, repeatable by seed: with unknowns, breaches, plans and stops."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from core.config_view import ConfigView
from core.domain import (
    PORTFOLIO,
    AccountMode,
    GuardianAct,
    Leg,
    LinkState,
    Policy,
    Scope,
    ScopeKind,
    Severity,
    Side,
    Trust,
)
from core.events.model import Cause, Event, EventState
from core.halt.deadman.switch import OFF, DeadManView, SwitchState
from core.halt.flatten.model import (
    FlattenOutcome,
    FlattenPlan,
    FlattenReport,
    FlattenRow,
    FlattenStep,
    FlattenTerms,
    FlattenView,
    RowState,
    Unread,
)
from core.halt.guardian.view import GuardianView, TakenOver
from core.halt.guardian.watch import GuardPolicy
from core.halt.model import HaltView, LateOrder, ProofRow, ProofState, Step
from core.halt.restore import RestorePlan, RestoreRow
from core.halt.source.model import SourceAct, SourceState, SourceView
from core.halt.way_back.acts import ResumeView
from core.halt.way_back.checklist import CheckRow, ReturnView, RoomOffer, source_check, stop_checks
from core.ladder import Rung
from core.mitigation.model import Mitigation, MitigationState, Reduction
from core.snapshot import (
    ConnectionView,
    Contribution,
    JournalView,
    LatencyView,
    LimitInForce,
    LimitLine,
    MetricInfo,
    OrderLine,
    PositionLine,
    RiskMatrix,
    ScopeHistory,
    ScopeOutlook,
    ScopePage,
    Snapshot,
    StopOutlook,
    UnderlyingExposure,
)
from core.venues.messages import OrderUpdate, Source
from tests.widgets.links import lanes, measured
from tests.widgets.metrics import MADE, METRICS
from tests.widgets.readiness import readiness

CONFIG = ConfigView(
    file="/home/ada/.config/scram/scram.toml",
    version="3f9c2ab81d40",
    limits_version=7,
    read_at_s=1_764_000_000.0,
    keys=(("the system's keyring", 26), ("the encrypted file", 4)),
    kept=(
        ("Journal", "every record, for ever; a file in the usual place"),
        ("History, but of accounts", "10s for 2d, 1m for 14d, 10m for 365d"),
        ("History of accounts", "10s for 3h, 1m for 2d, 10m for 30d, 1h for 365d"),
        ("Room for history", "2000 MB"),
    ),
)
NOW_S = 1_795_271_327.0
REASONS = {
    ProofState.VERIFIED: "",
    ProofState.RESTING: "acknowledged, still listed",
    ProofState.UNKNOWN: "no answer for 3.1 s",
}
NAN = float("nan")
VENUES = ("binanceusdm", "bybit", "okx", "gate", "krakenfutures", "deribit", "hyperliquid", "bitget", "kucoinfutures")
COINS = (("BTC", 64_210.5), ("ETH", 3_120.4), ("SOL", 148.2), ("XRP", 0.5214), ("DOGE", 0.1234), ("PEPE", 0.00000811))
STRATEGIES = ("basis", "mm-alts", "trend", "carry", "unattributed")
_CENTRE = np.array([made.centre for made in MADE])
_LIMIT = np.array([made.critical for made in MADE])
_SIGN = np.where(np.array([info.worse_is for info in METRICS]) < 0, -1.0, 1.0)
_ADDED = np.array([info.unit == "money" and not info.name.startswith("stress_venue") for info in METRICS])
_STEPS = np.array([0.45, 0.6, 0.8, 1.0])
_DRIFTS = np.array([40.0, 540.0, 7_000.0, 90_000.0, np.inf, NAN])
"""Seconds to a breach, as they may be."""


def scopes(accounts: int) -> tuple[Scope, ...]:
    return (
        PORTFOLIO,
        *(Scope(ScopeKind.VENUE, name) for name in VENUES[: max(1, min(len(VENUES), accounts))]),
        *(Scope(ScopeKind.ACCOUNT, account_name(place)) for place in range(accounts)),
        *(Scope(ScopeKind.STRATEGY, name) for name in STRATEGIES),
    )


def account_name(place: int) -> str:
    return f"{VENUES[place % len(VENUES)][:3]}-sub-{place:04d}"


def matrix(accounts: int, seed: int, unknown: float = 0.0003) -> RiskMatrix:
    rng = np.random.default_rng(seed)
    rows = scopes(accounts)
    shape = (len(METRICS), len(rows))
    # A column lies in one piece, as the engine's own do.
    value = (_CENTRE[:, None] * rng.lognormal(0.0, 0.42, shape)).T
    value[:, METRICS.index(_info("net_exposure"))] *= rng.choice([-1.0, 1.0], len(rows))
    value[0, _ADDED] = value[10:, _ADDED].sum(axis=0) if len(rows) > 10 else value[:, _ADDED].sum(axis=0)
    for name, ceiling in (
        ("stop_readiness", 1.0),
        ("coverage_hour", 1.0),
        ("coverage_day", 1.0),
        ("coverage_month", 1.0),
    ):
        column = METRICS.index(_info(name))
        value[:, column] = np.minimum(value[:, column], ceiling)
    limited = np.flatnonzero(~np.isnan(_LIMIT))
    blind = (rng.random(shape) < unknown).T
    blind[0] = False
    value[blind] = NAN
    sign, limit = _SIGN[limited], _LIMIT[limited]
    levels = np.where(sign[:, None] > 0, limit[:, None] * _STEPS, limit[:, None] / _STEPS)
    levels = np.repeat(levels[None], len(rows), axis=0)
    # What adds up over accounts has a limit that does so too.
    levels[0, _ADDED[limited]] *= len(rows)
    turned = sign * value[:, limited]
    rank = (turned[..., None] >= sign[:, None] * levels).sum(axis=-1)
    severity = np.zeros(shape, dtype=np.int8).T
    severity[:, limited] = np.where(blind[:, limited], -1, rank)
    threshold = np.take_along_axis(levels, np.minimum(rank, 3)[..., None], axis=-1)[..., 0]
    trust = np.full(len(rows), int(Trust.TRUSTED), dtype=np.int8)
    trust[rng.random(len(rows)) < 0.03] = int(Trust.STALE)
    trust[blind.any(axis=1)] = int(Trust.UNKNOWN)
    age = rng.gamma(2.0, 0.3, len(rows))
    age[blind.any(axis=1)] = np.inf
    headroom = (sign * threshold - turned) / np.abs(threshold)
    return RiskMatrix(
        scopes=rows,
        metrics=METRICS,
        value=value,
        age_s=age,
        trust=trust,
        costly_age_s=4.2,
        severity=severity,
        limited=limited,
        threshold=threshold,
        headroom=np.asfortranarray(headroom),
        breach_in_s=np.where(np.isnan(headroom), NAN, rng.choice(_DRIFTS, headroom.shape)),
        rows={scope: row for row, scope in enumerate(rows)},
        columns={info.name: column for column, info in enumerate(METRICS)},
    )


def _info(name: str) -> MetricInfo:
    return next(info for info in METRICS if info.name == name)


def event(place: int, scope: Scope, rng: random.Random) -> Event:
    info = _info(rng.choice(("leverage", "margin_use", "largest_position_share")))
    severity = rng.choice(list(Severity))
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
        rung=Rung.RESTORE,
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


WARNING = (
    "When it fires, the venue cancels every order that it covers, whoever placed it; whether stop-losses and "
    "take-profits go with them is not documented: count on it"
)
SWITCHES = {
    1: DeadManView(SwitchState.ARMED, 120, 93.4, "", 14, WARNING),
    2: DeadManView(SwitchState.FAILED, 60, 12.0, "the venue cannot be reached", 3, WARNING),
    4: DeadManView(SwitchState.ARMED, 60, 41.0, "", 1, WARNING),
    5: DeadManView(SwitchState.LAPSED, 60, None, "it was not renewed in time", 0, WARNING),
    6: DeadManView(SwitchState.NONE, 60, None, "an account of this kind has no dead-man's switch there"),
    7: DeadManView(SwitchState.IDLE, 60, None, "no order is known to rest", 0, WARNING),
}


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
        deadman=SWITCHES.get(place % 9, OFF),
        measured=measured(place, VENUES[place % len(VENUES)], down=down),
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


def sources() -> tuple[SourceView, ...]:
    """One that obeys, one that does not, one that cannot be read, and a strategy without any."""
    pause, known = SourceAct.PAUSE, {"wanted_for_s": 12.0}
    return (
        SourceView("basis", "command", SourceState.PAUSED, 3.0, NOW_S - 5, pause, 12.0, 1, True),
        SourceView("grid", "webhook", SourceState.RUNNING, 1.0, NOW_S - 60, pause, asked=4, **known),
        SourceView("market-making", "webhook", wanted=pause, asked=4, trouble="it gave no answer within 5 s", **known),
        SourceView("by hand"),
    )  # fmt: skip


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
        sources=sources(),
        expected_ms=3_100.0,
    )


def returning(view: HaltView) -> ReturnView:
    figure = CheckRow("drawdown is back inside its limit: 0.124, critical", False)
    source = source_check(view.sources)
    offer = "re-base the peak of portfolio: its drawdown cannot recover while nothing trades"
    return ReturnView(view.halt_id, (*stop_checks(view), figure, source), offer, RoomOffer(PORTFOLIO, "drawdown", 0.16))


def resumable(halt_id: str = "", obstacle: str = "") -> ResumeView:
    """The portfolio was reset and is not resumed; with an id it has taken the first step."""
    state = SourceState.REDUCE_ONLY if halt_id else SourceState.PAUSED
    views = (
        SourceView("basis", "command", state, 3.0, NOW_S - 60, knows_reduce_only=True),
        SourceView("grid", "webhook", SourceState.PAUSED, 4.0, NOW_S - 60),
        SourceView("by hand"),
    )
    return ResumeView(PORTFOLIO, halt_id, "ada", NOW_S - 90, obstacle, views)


def restorable(halt_id: str) -> RestorePlan:
    """Two protective orders that would be placed again, and one that would not."""
    order = OrderUpdate(
        "alpha-1", "BTC/USDT:USDT", "7", "tp-1", "regular", Side.SELL, True, 0.5, 0.0, 70_000.0, None, True, NOW_S,
        Source.READING, 0.0,
    )  # fmt: skip
    rows = (RestoreRow(order, 0.5, ""), RestoreRow(order, 0.2, ""), RestoreRow(order, 0.0, "its position is closed"))
    return RestorePlan(halt_id, rows, 31)


def flatten_plan(halt_id: str = "h-1", positions: int = 14, made_s: float = 12.0) -> FlattenPlan:
    """Long and short, one leg of hedge mode, one that is dust, one whose book nobody saw, one account unread."""
    rows = []
    for at in range(positions):
        leg = (Leg.NET, Leg.LONG, Leg.NET)[at % 3]
        size = 0.4 * (at + 1) * (1 if at % 2 == 0 or leg is Leg.LONG else -1)
        worth = abs(size) * 64_000.0
        rows.append(
            FlattenRow(
                account_name(at), "north", "binanceusdm", "BTC/USDT:USDT" if at % 2 else "ETH/USDT:USDT", leg, size,
                None, NOW_S - made_s, "USDT", 64_000.0, worth, worth * 0.00005, worth * 0.0001 * at, worth * 0.0005,
                2.5 if at == 3 else 0.0, 1 + at % 4,
            )
        )  # fmt: skip
    rows[-1] = dataclasses.replace(rows[-1], obstacle="below the least order of 0.001", notional=None)
    rows[-2] = dataclasses.replace(
        rows[-2], coin="", mid=None, notional=None, spread_cost=None, depth_cost=None, fee_cost=None
    )
    unread = (Unread("gamma-9", "the venue did not answer in time"),)
    return FlattenPlan(
        "plan-1", halt_id, PORTFOLIO, 1, FlattenTerms(), NOW_S - made_s, "K7QX2", tuple(rows), unread, ("cold-1",),
        ("gamma-9",),
    )  # fmt: skip


def flattening(plan: FlattenPlan, step: FlattenStep) -> FlattenView:
    """One flat, one left, one unknown, one closing, the others waiting; or armed for another 23 s."""
    if step in {FlattenStep.PREVIEWED, FlattenStep.ARMED}:
        armed = step is FlattenStep.ARMED
        return FlattenView(plan, step, "ada" if armed else "", NOW_S + 23.0 if armed else None)
    states = [RowState.FLAT, RowState.LEFT, RowState.UNKNOWN, RowState.SENDING]
    reasons = {RowState.LEFT: "alpha-2: ReduceOnly Order is rejected.", RowState.UNKNOWN: "no answer"}
    outcomes = []
    for at, row in enumerate(plan.rows):
        state = states[at] if at < len(states) else RowState.WAITING
        left = {RowState.FLAT: 0.0, RowState.UNKNOWN: None}.get(state, abs(row.quantity))
        outcomes.append(
            FlattenOutcome(
                row.account, row.symbol, row.leg, row.side, abs(row.quantity), left, min(at, 3), state,
                reasons.get(state, ""),
            )
        )  # fmt: skip
    if step is FlattenStep.RUNNING:
        return FlattenView(plan, step, "ada", outcomes=tuple(outcomes))
    report = FlattenReport(
        plan.plan_id, plan.halt_id, plan.scope, "ada", "get out", tuple(outcomes), plan.unread, "", 3.4
    )
    return FlattenView(plan, step, "ada", outcomes=tuple(outcomes), report=report)


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
        outlook=StopOutlook(0, 0, None, None, None, None),
        journal=JournalView(0, 0, True, ""),
        latency=LatencyView(NAN, NAN, NAN, NAN),
        updates=0,
        operator="",
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """Every limit comes from one pattern."""

    def explain(self, scope: Scope, metric: str) -> str:
        known = {info.name for info, limit in zip(METRICS, _LIMIT, strict=True) if not np.isnan(limit)}
        return f"from {scope.kind.value}:*" if metric in known else "no limit"


def position(place: int, rng: random.Random, account: str) -> PositionLine:
    coin, mark = COINS[place % len(COINS)]
    quantity = rng.choice((1, -1)) * rng.uniform(2e3, 9e4) / mark
    venue_tells = place % 4 != 3
    return PositionLine(
        account=account,
        symbol=coin if place % 7 == 5 else f"{coin}/USDT:USDT",
        leg=Leg.NET if place % 3 else Leg.LONG if quantity > 0 else Leg.SHORT,
        is_coin=place % 7 == 5,
        quantity=quantity,
        entry_price=mark * rng.uniform(0.95, 1.05),
        mark=NAN if place == 6 else mark,
        notional=NAN if place == 6 else quantity * mark,
        unrealised=NAN if place == 6 else quantity * mark * rng.uniform(-0.04, 0.03),
        liquidation_price=mark * (0.6 if quantity > 0 else 1.5) if venue_tells else NAN,
    )


def order(place: int, rng: random.Random, account: str) -> OrderLine:
    coin, mark = COINS[place % len(COINS)]
    side, triggered = rng.choice(list(Side)), place % 3 == 2
    return OrderLine(
        account=account,
        symbol=f"{coin}/USDT:USDT",
        order_id=f"83890000{place:02d}",
        book="trigger" if triggered else "regular",
        side=side,
        quantity=rng.uniform(1e3, 2e4) / mark,
        filled=0.0,
        price=NAN if triggered else mark * (0.99 if side is Side.BUY else 1.01),
        trigger_price=mark * 0.93 if triggered else NAN,
        reduce_only=triggered,
        strategy=STRATEGIES[place % len(STRATEGIES)],
        at_s=NOW_S - rng.uniform(4, 90_000),
    )


def page(of: Snapshot, scope: Scope, *, lines: int = 9, days: float = 9.0, seed: int = 5) -> ScopePage:
    """As the engine paints it; the history has a gap of half a day and a stretch in which nothing was known."""
    dice, rng = random.Random(seed), np.random.default_rng(seed)
    points = int(days * 288)
    whole = history(points, rng)
    at_s = NOW_S - np.arange(points)[::-1] * 300.0
    at_s[: points // 2] -= 43_200.0
    columns = [whole.drawdown.copy(), whole.gross_exposure / 900, whole.net_exposure / 900, whole.equity / 900]
    for column in columns:
        column[points // 4 : points // 4 + points // 40] = NAN
    matrix, accounts = of.matrix, [view.account for view in of.connections] or ["none"]
    inside = [row for row in matrix.scopes if row != scope]
    held = [position(at, dice, accounts[at % len(accounts)]) for at in range(lines)]
    return ScopePage(
        scope=scope,
        history=ScopeHistory(at_s, *columns),
        limits=tuple(
            limit_in_force(info, limit, scope) for info, limit in zip(METRICS, _LIMIT, strict=True) if limit == limit
        ),
        positions=tuple(held),
        positions_all=lines,
        orders=tuple(order(at, dice, accounts[at % len(accounts)]) for at in range(lines)),
        orders_all=lines,
        unlisted=1 if len(accounts) > 2 else 0,
        exposures=tuple(UnderlyingExposure(coin, 1e4 * at, 3e4 * (9 - at)) for at, (coin, _) in enumerate(COINS)),
        contributions=tuple(
            Contribution(coin, share) for (coin, _), share in zip(COINS, (0.61, 0.27, 0.19, -0.07), strict=False)
        ),
        members=tuple(inside[:40]),
        members_all=len(inside),
        why_unknown=("no mark for DOGE/USDT:USDT",) if lines > 6 else (),
        outlook=scope_outlook(len(accounts), lines),
    )


def scope_outlook(accounts: int, orders: int) -> ScopeOutlook:
    return ScopeOutlook(
        accounts=accounts, able=accounts, orders=orders, protective=orders // 4, unlisted=1 if accounts > 2 else 0,
        sources=1, sourceless=2, expected_ms=1_420.0,
    )  # fmt: skip


def limit_in_force(info: MetricInfo, critical: float, scope: Scope) -> LimitInForce:
    steps = _STEPS if info.worse_is >= 0 else 1 / _STEPS
    levels = tuple(float(critical * step) for step in steps)
    return LimitInForce(
        info.name, info.name, levels, ("", "propose", "approve", "stop"), 0.05, 2.0, f"from {scope.kind.value}:*"
    )


def opened(of: Snapshot, scope: Scope, **options: float) -> Snapshot:
    return dataclasses.replace(of, page=page(of, scope, **options))  # type: ignore[arg-type]


def build(accounts: int = 3, events: int = 8, seed: int = 1, *, stopped: bool = False) -> Snapshot:
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    made = matrix(accounts, seed)
    raised = tuple(event(place, dice.choice(made.scopes), dice) for place in range(events))
    states = (MitigationState.AWAITING, MitigationState.AWAITING, MitigationState.RUNNING, MitigationState.DONE)
    known = [one for one in raised if one.cause is Cause.BREACH]
    plans = tuple(plan(place, of, state) for place, (of, state) in enumerate(zip(known, states, strict=False)))
    coins = (("BTC", 9e6, 21e6), ("ETH", -4e6, 15e6), ("SOL", 3.4e6, 7e6), ("XRP", -1e6, 4.5e6), ("DOGE", 0.9e6, 3e6))
    connections = tuple(connection(place, dice) for place in range(accounts))
    lines = ((1, 0.03, ""), (2, 0.05, "propose"), (3, 0.08, "approve"), (4, 0.12, "stop"))
    return dataclasses.replace(
        empty(),
        config=CONFIG,
        cycle=100,
        matrix=made,
        events=tuple(sorted(raised, key=lambda one: (-one.severity, one.raised_at_s))),
        mitigations=plans,
        halts=(halt(accounts),) if stopped else (),
        returns=(returning(halt(accounts)),) if stopped else (),
        connections=connections,
        lanes=lanes(connections),
        exposures=tuple(UnderlyingExposure(*coin) for coin in coins)
        + tuple(UnderlyingExposure(f"ALT{at}", 1e5 * at, 4e5 * at) for at in range(1, 9)),
        history=history(3_600, rng),
        sparklines=np.cumprod(1 + rng.normal(0, 0.002, (len(made.scopes), 32)), axis=1),
        limit_lines=tuple(LimitLine(PORTFOLIO, "drawdown", level, at, policy) for level, at, policy in lines),
        outlook=StopOutlook(accounts, accounts, 1_204, 214, 8.1e6, 3_800.0),
        journal=JournalView(128_442, 0, True, ""),
        latency=LatencyView(8.0, 41.0, 6.0, 12.0),
        updates=1_932_551,
        operator="desk-1",
        limits=Written(),
        readiness=readiness([(account_name(at), VENUES[at % len(VENUES)]) for at in range(accounts)], NOW_S),
        guardian=GuardianView(
            alive=True, age_s=0.3, pid=4_711, accounts=accounts, ready=accounts, borrowed=min(1, accounts),
            took_over=(TakenOver("h-1", "alpha-2", "VERIFIED"),) if stopped else (), took_over_all=int(stopped),
            latches=("h-1",) if stopped else (), policy=GuardPolicy(on_crash=GuardianAct.STOP),
        ),
    )  # fmt: skip
