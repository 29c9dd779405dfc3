"""Made-up pages of the limits: profiles, single limits, a draft with its effect, a past, and a change that waits."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from core.config.rows import ASSIGN, LIMITS, PROFILE_LIMITS, RowEdit, RowKey
from core.domain import Scope, ScopeKind, Severity
from core.limit_page import (
    CLEARED,
    GRAVER,
    RAISED,
    Draft,
    Effect,
    EffectLine,
    GuardedScope,
    LimitCounts,
    LimitLine,
    LimitsPage,
    LimitTrial,
    PastChange,
    PastRow,
    PendingChange,
)
from core.snapshot import Snapshot
from tests.widgets.snapshots import NOW_S

SHIPPED = "it comes with Scram and stays as it is: set a limit of its own for the scope, which stands over it"
BESIDE = (
    "the limit on leverage from account:okx-* leaves more room (high) than the one from profile calm by account:*, "
    "which it stands over in 12 scopes"
)
_UNITS = {"leverage": "multiple", "gross_exposure": "money", "data_age": "seconds"}
_ROWS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("", "portfolio", "drawdown", {"low": 0.03, "medium": 0.05, "high": 0.08, "critical": 0.12,
                                   "policy": {"high": "approve", "critical": "stop"}}),
    ("", "portfolio", "gross_exposure", {"medium": 100e6, "high": 120e6, "critical": 150e6}),
    ("", "account:okx-*", "leverage", {"medium": 3.0, "high": 4.0, "critical": 5.0, "on_delay_s": 30.0,
                                       "policy": {"high": "auto", "critical": {"do": ["auto block", "auto restore"]}}}),
    ("", "group:majors", "margin_use", {"medium": 0.5, "high": 0.65, "critical": 0.8, "clear": 0.1}),
    ("", "strategy:trend", "drawdown", {"low": 0.02, "high": 0.05, "change_over_s": 300.0}),
    ("", "strategy:carry", "net_exposure", {"high": 0.3, "critical": 0.5, "of": "equity", "enabled": False}),
    ("calm", "account:*", "drawdown", {"low": 0.04, "medium": 0.06, "high": 0.1, "critical": 0.15}),
    ("calm", "account:*", "margin_use", {"medium": 0.6, "high": 0.75, "critical": 0.9}),
    ("calm", "account:*", "data_age", {"medium": 10.0, "high": 30.0}),
    ("conservative", "venue:*", "largest_coin_share", {"medium": 0.4, "high": 0.55}),
    ("conservative", "venue:*", "drawdown_day", {"low": 0.02, "medium": 0.04, "high": 0.06}),
)  # fmt: skip


def line(profile: str, scope: str, metric: str, row: dict[str, Any], place: int = 1) -> LimitLine:
    shipped = profile == "conservative"
    span_s = float(row.get("change_over_s", 0.0))
    key = RowKey(PROFILE_LIMITS, "", profile, metric, span_s) if profile else RowKey(LIMITS, scope, "", metric, span_s)
    policy = row.get("policy", {})
    return LimitLine(
        key=key,
        assigned=RowKey(ASSIGN, scope, profile) if profile else None,
        scope=scope,
        metric=metric,
        subject=metric if not span_s else f"{metric}_in_{span_s:g}s",
        unit="ratio" if row.get("of") else _UNITS.get(metric, "ratio"),
        thresholds=tuple(row.get(severity.word) for severity in Severity),
        policies=tuple(
            asked if isinstance(asked := policy.get(severity.word, ""), str) else "auto block, then auto restore"
            for severity in Severity
        ),
        share_of=row.get("of", ""),
        change_over_s=span_s,
        clear=row.get("clear", 0.05),
        on_delay_s=row.get("on_delay_s", 0.0),
        off_delay_s=0.0,
        terms=(),
        source=f"{'template' if shipped else 'profile'} {profile}" if profile else "",
        where="comes with Scram" if shipped else f"line {40 + 12 * place}",
        written={**({} if profile else {"scope": scope}), "metric": metric, **row},
        fixed=SHIPPED if shipped else "",
        held="held back until a reason is given" if scope == "group:majors" else "",
        enabled=row.get("enabled", True),
    )


def limit_lines(extra: int = 0) -> tuple[LimitLine, ...]:
    """`extra`: single limits on as many accounts beside."""
    found = [line(*row, place=place) for place, row in enumerate(_ROWS)]
    found += [
        line("", f"account:okx-sub-{place:04d}", "leverage", {"high": 3.0 + place % 7}, place) for place in range(extra)
    ]
    return tuple(found)


def counts(of: tuple[LimitLine, ...], scopes: int = 12) -> LimitCounts:
    rng = np.random.default_rng(3)
    guards = np.array([0 if one.scope == "strategy:carry" else 1 if ":" not in one.scope else scopes for one in of])
    breached = np.minimum(guards, rng.integers(0, 4, len(of)))
    left = guards - breached
    return LimitCounts(
        guards=guards,
        breached=breached,
        near=np.minimum(left, rng.integers(0, 3, len(of))),
        unknown=np.minimum(left, rng.integers(0, 2, len(of))),
        worst=np.where(breached > 0, rng.integers(1, 5, len(of)), 0).astype(np.int8),
    )


def account(place: int) -> Scope:
    return Scope(ScopeKind.ACCOUNT, f"okx-sub-{place:04d}")


def effect(lines_all: int = 24) -> Effect:
    rows = tuple(
        EffectLine(
            account(place), "leverage", "multiple", (RAISED, GRAVER, CLEARED)[place % 3],
            (0, 2, 3)[place % 3], (3, 4, 0)[place % 3], 2.0 + place / 9, 2.5, "auto stop" if place == 1 else
            "approve restore" if place % 3 == 0 else "",
        )
        for place in range(lines_all)
    )  # fmt: skip
    return Effect(
        counts={RAISED: 8, GRAVER: 8, CLEARED: 8},
        before=(12, 8, 8, 0, 2),
        after=(12, 0, 8, 8, 2),
        lines=rows,
        lines_all=lines_all,
        plans=8,
        stops=(account(1),),
        unseen=1,
        at_s=NOW_S,
    )


def trial(draft: Draft, **others: Any) -> LimitTrial:
    known: dict[str, Any] = {
        "draft": draft, "title": "change the limit on leverage of account:okx-*",
        "changes": ("the limit on leverage of account:okx-* (12 scopes) is tighter",),
        "conflicts": (BESIDE,),
        "effect": effect(),
    }  # fmt: skip
    return LimitTrial(**{**known, **others})


def past() -> tuple[PastChange, ...]:
    key = RowKey(LIMITS, "account:okx-*", "", "leverage")
    row = {"scope": "account:okx-*", "metric": "leverage", "medium": 3.0, "high": 4.0}
    return (
        PastChange(
            912, NOW_S - 900, 7, "ada", "bob", "the desk trades more in summer",
            ("the limit on leverage of account:okx-* (12 scopes) leaves more room (high)",),
            (PastRow(key, {**row, "high": 3.5}, row),), "",
        ),
        PastChange(
            640, NOW_S - 86_400, 6, "ada", "", "",
            ("the limit on margin_use of group:majors (4 scopes) is tighter", "the limit on drawdown is new"),
            (PastRow(RowKey(LIMITS, "portfolio", "", "drawdown"), None, _ROWS[0][3]),),
            "the limit on drawdown of portfolio was changed again in version 7 by ada: take that back first",
        ),
        PastChange(
            12, NOW_S - 9 * 86_400, 1, "ada", "", "first start", ("the limit on drawdown of portfolio is new",), (),
            "these are the limits that the desk first started with",
        ),
    )  # fmt: skip


def pending() -> PendingChange:
    draft = Draft((RowEdit(RowKey(LIMITS, "account:okx-*", "", "leverage"), {"high": 6.0}, was={"high": 4.0}),))
    return PendingChange(
        "p1", draft, "change the limit on leverage of account:okx-*", "ada", "more room for the roll", NOW_S - 60,
        NOW_S + 540,
    )  # fmt: skip


def limits_page(scopes: int = 12, extra: int = 0, **others: Any) -> LimitsPage:
    shown = limit_lines(extra)
    chosen = others.pop("chosen", None)
    guarded = tuple(
        GuardedScope(account(place), (4, 3, -1, 0)[min(place, 3)], place == 4, 5.2 - place / 4, 5.0, -0.04 + place / 20)
        for place in range(min(scopes, 200))
    )
    return LimitsPage(
        **{
            "lines": shown,
            "counts": counts(shown, scopes),
            "profiles": ("calm", "conservative", "directional", "market-neutral"),
            "patterns": ("portfolio", "venue:*", "account:*", "strategy:*", "group:majors", "account:okx-sub-0001"),
            "chosen": chosen,
            "scopes": guarded if chosen is not None else (),
            "scopes_all": scopes if chosen is not None else 0,
            "past": past(),
            "file": "/home/ada/.config/scram/scram.toml",
            **others,
        }
    )


def with_limits(snapshot: Snapshot, page: LimitsPage | None = None, **others: Any) -> Snapshot:
    return dataclasses.replace(snapshot, limits_page=page if page is not None else limits_page(**others))
