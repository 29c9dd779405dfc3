"""What a change of limits would do to today's figures: just what the desk then says of the same figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.policies import parse_policy
from core.domain import Trust
from core.limit_page import BLINDED, CLEARED, GRAVER, INSIDE_AGAIN, MILDER, RAISED, SEEN, Effect
from core.risk.limits import CompiledLimits, Confirm, Limit, LimitWatch
from core.risk.limits.effect import Standing, effect_of
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES
from core.risk.model import Bytes, Floats
from tests.core.risk.limits.cells import AT_S, SCOPES, compiled, limit

COLUMNS = {name: METRIC_NAMES.index(name) for name in ("drawdown", "leverage", "net_exposure", "equity")}


def figures(drawdown: dict[str, float], *, blind: tuple[str, ...] = ()) -> tuple[Floats, Bytes]:
    value = np.zeros((len(METRIC_INFOS), len(SCOPES))).T
    trust = np.full(len(SCOPES), int(Trust.TRUSTED), dtype=np.int8)
    for row, scope in enumerate(SCOPES):
        value[row, COLUMNS["drawdown"]] = drawdown.get(scope.name, 0.0)
        value[row, COLUMNS["leverage"]] = 10 * drawdown.get(scope.name, 0.0)
        value[row, COLUMNS["net_exposure"]] = -1_500.0
        value[row, COLUMNS["equity"]] = 1_000.0
        if scope.name in blind:
            trust[row] = int(Trust.UNKNOWN)
    return value, trust


def seen(old: CompiledLimits, new: CompiledLimits, value: Floats, trust: Bytes) -> tuple[Effect, LimitWatch]:
    watch = LimitWatch(old)
    judged = watch.step(value, trust, 1_000.0, AT_S)
    return effect_of(Standing(watch.limits, judged, value, trust, AT_S), new), watch


def told(effect: Effect) -> dict[str, str]:
    return {f"{line.scope} {line.subject}": line.what for line in effect.lines}


def policy(**words: Any) -> dict[str, Any]:
    return {"policy": parse_policy(words)}


def test_every_way_in_which_a_place_may_stand_otherwise_has_its_word() -> None:
    value, trust = figures(
        {"alpha-1": 0.15, "alpha-2": 0.25, "beta-1": 0.098, "north": 0.3, "mm": 0.2}, blind=("south",)
    )
    old = compiled(
        limit("account:alpha-1", levels=(0.2, None, None, None)), limit("account:alpha-2"),
        limit("account:beta-1", levels=(0.09, None, None, None)), limit("venue:north"), limit("strategy:mm"),
    )  # fmt: skip
    new = compiled(
        limit("account:alpha-1"), limit("account:alpha-2", levels=(0.1, None, 0.2, None)),
        limit("account:beta-1"), limit("venue:north", levels=(0.3, 0.4, None, None)), limit("venue:south"),
    )  # fmt: skip
    effect, _ = seen(old, new, value, trust)
    assert told(effect) == {
        "account:alpha-1 drawdown": RAISED,
        "account:alpha-2 drawdown": GRAVER,
        "account:beta-1 drawdown": INSIDE_AGAIN,
        "venue:north drawdown": MILDER,
        "venue:south drawdown": BLINDED,
        "strategy:mm drawdown": CLEARED,
    }
    assert effect.counts == dict.fromkeys((RAISED, GRAVER, INSIDE_AGAIN, MILDER, BLINDED, CLEARED), 1)
    assert str(effect.lines[0].scope) == "account:alpha-2"
    assert (effect.before, effect.after) == ((1, 2, 1, 0, 0), (2, 0, 1, 0, 1))
    back, _ = seen(new, compiled(limit("venue:north", levels=(0.3, 0.4, None, None))), value, trust)
    assert told(back)["venue:south drawdown"] == SEEN


def test_the_first_limit_of_all_is_told_like_any_other() -> None:
    value, trust = figures({"alpha-1": 0.25})
    effect, _ = seen(compiled(), compiled(limit("account:alpha-1")), value, trust)
    assert told(effect) == {"account:alpha-1 drawdown": RAISED}
    effect, _ = seen(compiled(limit("account:alpha-1")), compiled(), value, trust)
    assert told(effect) == {"account:alpha-1 drawdown": CLEARED}


def test_what_its_policy_would_begin_is_told_and_what_stands_already_is_not() -> None:
    value, trust = figures({"alpha-1": 0.35, "alpha-2": 0.15, "beta-1": 0.15})
    old = compiled(limit("account:*", **policy(low="propose")))
    new = compiled(
        limit("account:*", **policy(low="propose", high="stop")),
        limit("account:beta-1", levels=(0.1, 0.12, None, None), **policy(medium="auto")),
    )
    effect, _ = seen(old, new, value, trust)
    assert [(str(line.scope), line.what, line.acts) for line in effect.lines] == [
        ("account:alpha-1", "", "auto stop"), ("account:beta-1", GRAVER, "auto restore"),
    ]  # fmt: skip
    assert [str(scope) for scope in effect.stops] == ["account:alpha-1"]
    assert effect.plans == 1


def test_a_change_over_time_is_judged_by_what_is_remembered_of_it_and_else_is_unseen() -> None:
    old = compiled(limit("account:alpha-1", levels=(0.2, None, None, None), change_over_s=60.0))
    watch = LimitWatch(old)
    watch.step(*figures({"alpha-1": 0.1}), 1_000.0, AT_S)
    value, trust = figures({"alpha-1": 0.25})
    judged = watch.step(value, trust, 1_010.0, AT_S + 10)
    new = compiled(limit("account:*", change_over_s=60.0))
    effect = effect_of(Standing(watch.limits, judged, value, trust, AT_S + 10), new)
    assert told(effect) == {"account:alpha-1 drawdown_in_60s": RAISED}
    assert effect.unseen == 2


def test_a_breach_that_waits_for_its_readings_is_none_of_a_change_elsewhere() -> None:
    slow = limit("account:alpha-1", confirm=Confirm(2, 2))
    value, trust = figures({"alpha-1": 0.35})
    effect, _ = seen(compiled(slow), compiled(slow, limit("portfolio")), value, trust)
    assert (effect.before, effect.after, effect.lines) == ((0,) * 5, (0,) * 5, ())


LEVEL = st.sampled_from([None, 0.05, 0.1, 0.15, 0.2, 0.3])


@st.composite
def limits(draw: st.DrawFn) -> list[Limit]:
    found = []
    for scope in ("portfolio", "account:*", "account:alpha-*", "account:alpha-1", "venue:*", "strategy:mm"):
        for metric, share in (("drawdown", ""), ("net_exposure", "equity")):
            known = [level for level in draw(st.tuples(LEVEL, LEVEL, LEVEL, LEVEL)) if level is not None]
            if not known or draw(st.booleans()):
                continue
            levels = sorted(known) + [None] * (4 - len(known))
            scale = 10.0 if share else 1.0
            scaled = tuple(None if level is None else level * scale for level in levels)
            found.append(
                limit(scope, metric, scaled, of=share, clear=draw(st.sampled_from([0.0, 0.05, 0.5])),
                      enabled=draw(st.integers(0, 5)) > 0)  # type: ignore[arg-type]
            )  # fmt: skip
    return found


@settings(max_examples=80, deadline=None)
@given(
    limits(), limits(),
    st.dictionaries(
        st.sampled_from(["alpha-1", "alpha-2", "beta-1", "north", "mm"]),
        st.sampled_from([0.0, 0.099, 0.1, 0.16, 0.5, float("nan")]),
    ),
)  # fmt: skip
def test_what_is_told_beforehand_is_what_the_desk_then_says(
    before: list[Limit], after: list[Limit], drawdown: dict[str, float]
) -> None:
    value, trust = figures(drawdown, blind=("south",))
    new = compiled(*after)
    effect, watch = seen(compiled(*before), new, value, trust)
    was = standing(watch, value, trust, 1_000.0)
    watch.take(new)
    now = standing(watch, value, trust, 1_000.1)
    changed = {key: (was.get(key, 0), now.get(key, 0)) for key in was.keys() | now.keys()}
    moved = {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
    assert {f"{row.scope} {row.subject}": (row.before, row.after) for row in effect.lines if row.what} == moved
    assert effect.after == tuple(sum(rank == level for rank in now.values()) for level in (1, 2, 3, 4, -1))
    assert sum(effect.counts.values()) == len(moved)


def standing(watch: LimitWatch, value: Floats, trust: Bytes, now_s: float) -> dict[str, int]:
    judged = watch.step(value, trust, now_s, AT_S)
    found = watch.limits
    cells = np.flatnonzero(found.limit >= 0).tolist()
    return {f"{found.scopes[int(found.row[cell])]} {found.subject(cell)}": int(judged.severity[cell]) for cell in cells}
