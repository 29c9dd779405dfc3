"""Plans, what they would do, and how far they are: as the engine would paint them."""

from __future__ import annotations

import dataclasses
import random

from core.domain import PORTFOLIO, UNATTRIBUTED, Leg, Policy, Scope, ScopeKind, Severity, Side, Trust
from core.ladder import OnLapse, Rung
from core.mitigation.automation import AutomationFigures, AutomationView
from core.mitigation.by_hand import Choice
from core.mitigation.effect import Effect, LimitShift, NetGrowth, PlanPreview
from core.mitigation.model import Mitigation, MitigationState, Reduction
from core.mitigation.report import ReductionOutcome
from core.snapshot import Snapshot
from tests.widgets.snapshots import COINS, NOW_S, STRATEGIES, account_name

NAN = float("nan")
STATES = (
    MitigationState.AWAITING, MitigationState.PROPOSED, MitigationState.RUNNING, MitigationState.CONFIRMING,
    MitigationState.VERIFYING,
)  # fmt: skip
ENDS = (MitigationState.DONE, MitigationState.FAILED, MitigationState.LAPSED, MitigationState.REJECTED)


def reduction(place: int) -> Reduction:
    coin, price = COINS[place % len(COINS)]
    quantity = round(140_000.0 / price * (0.3 + place % 5), 4)
    side = Side.BUY if place % 4 == 1 else Side.SELL
    held = quantity * (1.4 + place % 3)
    strategy = STRATEGIES[place % len(STRATEGIES)]
    return Reduction(
        account_name(place % 7), f"{coin}/USDT:USDT", strategy, side, quantity, quantity * price, held, price
    )


def plan(place: int, *, ended: bool = False) -> Mitigation:
    rng = random.Random(place)
    state = (ENDS if ended else STATES)[place % (4 if ended else 5)]
    rung = (Rung.RESTORE, Rung.SCALE, Rung.RESTORE, Rung.REDUCE_ONLY)[place % 4] if place else Rung.RESTORE
    cuts = tuple(reduction(place + at) for at in range(2 + place % 4)) if rung.trades else ()
    drafted = place % 6 == 5
    over = state is MitigationState.AWAITING
    return Mitigation(
        mitigation_id=f"plan-{place}",
        event_id="" if drafted else f"e-{place:05d}",
        scope=Scope(ScopeKind.ACCOUNT, account_name(place % 9)) if place % 3 else Scope(ScopeKind.STRATEGY, "basis"),
        metric=("leverage", "margin_use", "drawdown")[place % 3],
        severity=Severity(1 + place % 4),
        rung=rung,
        mode=Policy.AUTO if state in (MitigationState.RUNNING, MitigationState.CONFIRMING) else Policy.APPROVE,
        state=state,
        share=0.3,
        reductions=cuts,
        before=6.1 if place % 3 == 0 else 0.42,
        expected=4.0 if place % 3 == 0 else 0.31,
        target=4.2,
        after=3.96 if state is MitigationState.DONE else NAN,
        verified=state is MitigationState.DONE,
        created_at_s=NOW_S - 40.0 - 13.0 * place,
        lapses_at_s=NOW_S + 38.0 + 11.0 * place if over else None,
        ended_at_s=NOW_S - 5.0 * place if ended else None,
        note="2 of 3 reductions done; no room in the order book for the rest"
        if state is MitigationState.FAILED
        else "",
        summary="cut 3 positions in 2 accounts, $412k, about $1,240; leverage 6.1 to 4",
        left_out=("BTC/USDT:USDT in cold-1 (carry): the account is watched only",) if place % 2 else (),
        approved_by="bob" if state is MitigationState.RUNNING and place % 2 else "",
        notional=sum(row.notional for row in cuts),
        cost=rng.uniform(200.0, 2_400.0) if cuts else NAN,
        on_lapse=OnLapse.RUN if place % 2 else OnLapse.LAPSE,
        made_by="ada" if drafted else "",
        held_back="a stop stands here: only a person may start it" if place % 7 == 3 else "",
    )


def choices(count: int, cut: int) -> tuple[Choice, ...]:
    out = []
    for place in range(count):
        coin, price = COINS[place % len(COINS)]
        size = 260_000.0 / price * (0.2 + place % 9) * (-1.0 if place % 4 == 1 else 1.0)
        taken = round(abs(size) * 0.4, 4) if place < cut else 0.0
        note = {2: "rounded down to lots of 0.01", 7: "the account is watched only"}.get(place, "")
        book = NAN if place % 6 == 5 else taken * price / 900_000.0
        out.append(
            Choice(
                account_name(place), f"{coin}/USDT:USDT", STRATEGIES[place % 5] if place % 5 else UNATTRIBUTED,
                Leg.NET, Side.BUY if size < 0.0 else Side.SELL, size, size * price, price, 0.01, taken,
                taken * price * 0.0011, book, note,
            )
        )  # fmt: skip
    return tuple(out)


def shift(scope: Scope, metric: str, before: float, after: float, **others: object) -> LimitShift:
    given = LimitShift(
        scope, metric, before, after, 5.0, 4.75, "breached", "inside", Severity.HIGH, None, Trust.TRUSTED, 0.4, 0.2,
        -1 if after < before else 1, True,
    )  # fmt: skip
    return dataclasses.replace(given, **others)  # type: ignore[arg-type]


def shifts() -> tuple[LimitShift, ...]:
    account, venue = Scope(ScopeKind.ACCOUNT, account_name(1)), Scope(ScopeKind.VENUE, "bybit")
    calm = {"outcome_before": "inside", "severity_before": None}
    return (
        shift(account, "margin_use", 0.62, 0.58, threshold=0.55, clear_level=0.52, outcome_after="breached",
              severity_after=Severity.MEDIUM, severity_before=Severity.MEDIUM, cleared=False, headroom=-0.05),
        shift(PORTFOLIO, "net_exposure", 1.4e6, 2.3e6, threshold=2e6, clear_level=1.9e6, outcome_after="breached",
              severity_after=Severity.LOW, cleared=False, headroom=-0.15, **calm),
        shift(account, "value_at_risk", NAN, NAN, outcome_before="unknown", severity_before=None,
              outcome_after="unknown", course=0, headroom=NAN, cleared=False, age_s=140.0),
        shift(venue, "leverage", 4.4, 4.6, outcome_after="near", headroom=0.08, **calm),
        shift(account, "leverage", 6.1, 4.0),
        shift(account, "drawdown", 0.081, 0.082, threshold=0.1, clear_level=0.095, **calm),
        shift(account, "drawdown_in_300s", 0.011, 0.012, threshold=0.05, clear_level=0.0475, **calm),
        shift(PORTFOLIO, "leverage", 3.1, 2.9, threshold=4.0, clear_level=3.8, **calm),
        shift(PORTFOLIO, "gross_exposure", 9.1e7, 8.86e7, threshold=1.2e8, clear_level=1.1e8, **calm),
        shift(Scope(ScopeKind.STRATEGY, "basis"), "leverage", 2.2, 2.2, course=0, **calm),
    )  # fmt: skip


def effect(limits: int = 10) -> Effect:
    grown = (NetGrowth(PORTFOLIO, "BTC", 1.4e6, 2.3e6),)
    rows = shifts()[:limits]
    more = (Scope(ScopeKind.ACCOUNT, account_name(100 + place)) for place in range(limits - len(rows)))
    rows += tuple(shift(scope, "leverage", 2.0, 1.5) for scope in more)
    return Effect((), rows, len(rows), grown, 412_000.0, 1_240.0, 6.1, 4.0, "USD", 0.0, 0.6, 4.2, Trust.TRUSTED)


def preview(mitigation_id: str = "plan-0", positions: int = 14, limits: int = 10, **others: object) -> PlanPreview:
    given = PlanPreview(
        "look-1", mitigation_id, Scope(ScopeKind.STRATEGY, "basis"), "leverage", True, choices(positions, 4), positions,
        "cut 4 positions in 4 accounts, 412,000 USD, about 1,240 USD; leverage 6.1 to 4", (
            "SOL/USDT:USDT in okx-sub-0002 (trend): rounded down to lots of 0.01",
        ), effect(limits), "", "", NOW_S - 0.4, 10.0,
    )  # fmt: skip
    return dataclasses.replace(given, **others)  # type: ignore[arg-type]


def automation() -> AutomationView:
    day = AutomationFigures("2026-11-21", 41, 17, 96, 4, 3, 2, 9, 5, 104, 92, 11, 2, 30, 1.2, 3.8, 9.0, 41.0)
    days = tuple(dataclasses.replace(day, day=f"2026-11-{21 - back}", automatic=96 - 7 * back) for back in range(9))
    return AutomationView(True, dataclasses.replace(day, day=""), days, turnover=1.3e6)


def progress(of: Mitigation) -> tuple[ReductionOutcome, ...]:
    rows = []
    for place, row in enumerate(of.reductions):
        done = place == 0
        rows.append(
            ReductionOutcome(
                row, (f"scm-{place}",) if place < 2 else (), row.quantity if place < 2 else 0.0,
                row.quantity if done else 0.0, row.held, row.held - row.quantity if done else NAN,
                "" if done else f"only 0 of {row.quantity:.8g} filled" if place == 1 else "still to come",
            )
        )  # fmt: skip
    return tuple(rows)


def with_plans(snapshot: Snapshot, count: int = 9, ended: int = 6, **others: object) -> Snapshot:
    live = [plan(place) for place in range(count)]
    over = [plan(1_000_000 + place, ended=True) for place in range(ended)]
    given = dataclasses.replace(
        snapshot,
        mitigations=(*live, *over),
        automation=automation(),
        progress={row.mitigation_id: progress(row) for row in live if row.state is MitigationState.RUNNING},
    )
    return dataclasses.replace(given, **others)  # type: ignore[arg-type]
