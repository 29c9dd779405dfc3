"""Which of two limits leaves more room, field by field: what a change needs a reason for.

| field | looser is |
|---|---|
| thresholds | further away, or gone (a further severity is tighter) |
| `clear` | a smaller deadband: the event ends sooner |
| `on_delay_s` | longer |
| `off_delay_s` | shorter: the event ends sooner |
| `confirm` | not certain to be fulfilled by the time that the old one was |
| `min_trust` | higher: fewer figures are good enough to breach it |
| `of`, `change_over_s` | any other: the two cannot be compared |
| `active` | not all of the minutes of the week that the old one covered |
| `enabled`, `expires` | off; sooner |
| `policy` | does less by itself at any severity: climbs less high, begins lower, waits longer, tries oftener first |
| `reduce_share` | smaller |

A limit that is not in force (disabled, expired) is no limit: whatever comes after it is tighter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from core.domain import Severity
from core.ladder import NOTHING_FORCE, Response, response_to
from core.risk.limits.model import Limit, Thresholds
from core.windows import minutes_of

_NAMELESS = frozenset({"scope", "profile", "note", "held"})
"""Fields that say where a limit comes from and not what it does."""


def loosened(old: Limit, new: Limit, *, falling: bool) -> tuple[str, ...]:
    """The fields in which `new` leaves more room than `old`; thresholds by their severity.

    `falling`: smaller is worse for their metric.
    """
    if not old.enabled:
        return ()
    down = falling and not old.change_over_s
    out = [
        severity.word
        for severity, before, after in zip(Severity, old.thresholds, new.thresholds, strict=True)
        if before is not None and (after is None or (after < before if down else after > before))
    ]
    tests = (
        ("clear", new.clear < old.clear),
        ("on_delay_s", new.on_delay_s > old.on_delay_s),
        ("off_delay_s", new.off_delay_s < old.off_delay_s),
        ("confirm", not new.confirm.implied_by(old.confirm)),
        ("min_trust", new.min_trust > old.min_trust),
        ("of", new.of != old.of),
        ("change_over_s", new.change_over_s != old.change_over_s),
        ("active", bool(minutes_of(old.active) & ~minutes_of(new.active))),
        ("enabled", not new.enabled),
        ("expires", new.expires_at_s < old.expires_at_s),
        ("policy", any(_does(new, severity) < _does(old, severity) for severity in Severity)),
        ("reduce_share", new.reduce_share < old.reduce_share),
    )
    return (*out, *(name for name, looser in tests if looser))


def changed(old: Limit, new: Limit) -> bool:
    """Whether they differ in what they do."""
    return any(
        getattr(old, field.name) != getattr(new, field.name) for field in fields(Limit) if field.name not in _NAMELESS
    )


def held_back(old: Limit, new: Limit, *, falling: bool) -> Limit:
    """`new` with everything that would leave more room left at its old value."""
    looser = set(loosened(old, new, falling=falling))
    if looser & {"of", "change_over_s"}:
        return replace(old, scope=new.scope, profile=new.profile, note=new.note)
    kept: dict[str, Any] = {
        name: getattr(old, name)
        for name in ("clear", "on_delay_s", "off_delay_s", "confirm", "min_trust", "active", "enabled", "reduce_share")
        if name in looser
    }
    if "expires" in looser:
        kept["expires_at_s"] = old.expires_at_s
    if "policy" in looser:
        kept["policy"] = _stricter_policy(old, new)
    levels = [
        before if severity.word in looser else after
        for severity, before, after in zip(Severity, old.thresholds, new.thresholds, strict=True)
    ]
    return replace(new, thresholds=_in_order(levels, falling=falling and not new.change_over_s), **kept)


def _does(limit: Limit, severity: Severity) -> tuple[float, ...]:
    """How much is done by itself at a severity."""
    asked = response_to(limit.policy, severity)
    return NOTHING_FORCE if asked is None else asked.force


def _stricter_policy(old: Limit, new: Limit) -> Mapping[Severity, Response]:
    out: dict[Severity, Response] = {}
    for severity in Severity:
        stricter = new if _does(new, severity) >= _does(old, severity) else old
        asked = response_to(stricter.policy, severity)
        if asked is not None:
            out[severity] = asked
    return out


def _in_order(levels: list[float | None], *, falling: bool) -> Thresholds:
    """A milder severity that was left behind by a graver one that was tightened moves with it."""
    sign = -1.0 if falling else 1.0
    ahead: float | None = None
    out: list[float | None] = []
    for level in reversed(levels):
        if level is not None and ahead is not None and sign * level > sign * ahead:
            level = ahead
        ahead = level if level is not None else ahead
        out.append(level)
    low, medium, high, critical = reversed(out)
    return (low, medium, high, critical)
