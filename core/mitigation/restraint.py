"""Everything that keeps the desk from acting now: cool-downs, a person's no, a stop that stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain import PORTFOLIO, Scope, ScopeKind, Severity
from core.errors import ConfigError
from core.events.checks import LimitKey
from core.events.model import OPEN_STATES, Event
from core.mitigation.model import Mitigation, Reduction

MAX_COOL_DOWN_S = 300.0
_FORGET_AFTER_S = 600.0


@dataclass(frozen=True, slots=True)
class _Hold:
    event_id: str
    severity: Severity
    until_s: float


class Holds:
    """No new plan for this event before a moment, unless the breach gets worse."""

    def __init__(self) -> None:
        self._holds: dict[LimitKey, _Hold] = {}

    def put(self, key: LimitKey, event_id: str, severity: Severity, until_s: float = math.inf) -> None:
        self._holds[key] = _Hold(event_id, severity, until_s)

    def stands(self, key: LimitKey, event: Event, severity: Severity, now_s: float) -> bool:
        hold = self._holds.get(key)
        return (
            hold is not None and hold.event_id == event.event_id and severity <= hold.severity and now_s < hold.until_s
        )

    def state(self, shift_s: float) -> list[list[Any]]:
        """For the next start; `shift_s` is wall time less monotonic time."""
        return [
            [str(scope), metric, hold.event_id, int(hold.severity), _wall(hold.until_s, shift_s)]
            for (scope, metric), hold in self._holds.items()
        ]

    def restore(self, kept: Sequence[Sequence[Any]], shift_s: float) -> None:
        """Raises ValueError or TypeError where it is no such state."""
        self._holds = {
            (_scope(scope), str(metric)): _Hold(str(event_id), Severity(severity), _monotonic(until_s, shift_s))
            for scope, metric, event_id, severity, until_s in kept
        }

    def prune(self, find: Callable[[Scope, str], Event | None]) -> None:
        for key, hold in list(self._holds.items()):
            event = find(*key)
            if event is None or event.event_id != hold.event_id or event.state not in OPEN_STATES:
                del self._holds[key]


class CoolDowns:
    """After a mitigation the figures need time to follow, for its scope and for every account that it touched.

    A scope whose mitigations keep failing waits twice as long each time, so that a venue that refuses is not hammered.
    """

    def __init__(self, cool_down_s: float) -> None:
        self._cool_down_s = cool_down_s
        self._scopes: dict[Scope, float] = {}
        self._accounts: dict[str, float] = {}
        self._failures: dict[Scope, int] = {}

    def take(self, cool_down_s: float) -> None:
        """For cool-downs that begin from now on."""
        self._cool_down_s = cool_down_s

    def begin(self, mitigation: Mitigation, *, helped: bool, now_s: float) -> None:
        failures = 0 if helped else self._failures.get(mitigation.scope, 0) + 1
        self._failures[mitigation.scope] = failures
        wait_s = min(self._cool_down_s * 2.0 ** max(0, failures - 1), max(MAX_COOL_DOWN_S, self._cool_down_s))
        self._scopes[mitigation.scope] = now_s + wait_s
        for row in mitigation.reductions:
            self._accounts[row.account] = max(self._accounts.get(row.account, 0.0), now_s + self._cool_down_s)

    def until_s(self, scope: Scope, accounts: Collection[str]) -> float:
        """The end of the longest cool-down that concerns them; -inf without any."""
        ends = [self._accounts[account] for account in accounts if account in self._accounts]
        return max([*ends, self._scopes.get(scope, -math.inf)])

    def state(self, shift_s: float) -> dict[str, Any]:
        """For the next start; `shift_s` is wall time less monotonic time."""
        return {
            "accounts": {name: _wall(end_s, shift_s) for name, end_s in self._accounts.items()},
            "scopes": {
                str(scope): [_wall(end_s, shift_s), self._failures.get(scope, 0)]
                for scope, end_s in self._scopes.items()
            },
        }

    def restore(self, kept: Mapping[str, Any], shift_s: float) -> None:
        """Raises ValueError, TypeError or AttributeError where it is no such state."""
        self._accounts = {str(name): _monotonic(end, shift_s) for name, end in kept.get("accounts", {}).items()}
        rows = [(_scope(scope), end, failures) for scope, (end, failures) in kept.get("scopes", {}).items()]
        self._scopes = {scope: _monotonic(end, shift_s) for scope, end, _ in rows}
        self._failures = {scope: int(failures) for scope, _, failures in rows}

    def prune(self, now_s: float) -> None:
        self._accounts = {name: end for name, end in self._accounts.items() if now_s - end < _FORGET_AFTER_S}
        self._scopes = {scope: end for scope, end in self._scopes.items() if now_s - end < _FORGET_AFTER_S}
        self._failures = {scope: count for scope, count in self._failures.items() if scope in self._scopes}


def _wall(until_s: float, shift_s: float) -> float | None:
    return until_s + shift_s if math.isfinite(until_s) else None


def _monotonic(at_s: float | None, shift_s: float) -> float:
    """Without an end: for ever."""
    return math.inf if at_s is None else float(at_s) - shift_s


def _scope(text: str) -> Scope:
    try:
        return Scope.parse(str(text))
    except ConfigError as error:
        raise ValueError(str(error)) from None


class Stops:
    """Stops that stand: within them nothing starts by itself; a person may still approve a plan."""

    def __init__(self) -> None:
        self._stops: dict[Scope, frozenset[str] | None] = {}

    def fired(self, scope: Scope, accounts: Collection[str] | None) -> None:
        self._stops[scope] = None if accounts is None else frozenset(accounts)

    def reset(self, scope: Scope) -> None:
        self._stops.pop(scope, None)

    def has(self, scope: Scope) -> bool:
        """Whether this very scope is stopped."""
        return scope in self._stops

    def touch(self, scope: Scope, reductions: Collection[Reduction]) -> bool:
        return any(stop_touches(stop, accounts, scope, reductions) for stop, accounts in self._stops.items())


def stop_touches(
    stop: Scope, accounts: Collection[str] | None, scope: Scope, reductions: Collection[Reduction]
) -> bool:
    """Whether a stop of `stop` (over `accounts`, None where not known) concerns a plan for `scope`."""
    if stop in (PORTFOLIO, scope):
        return True
    if stop.kind is ScopeKind.STRATEGY:
        return any(row.strategy == stop.name for row in reductions)
    if stop.kind is ScopeKind.ACCOUNT:
        return any(row.account == stop.name for row in reductions)
    if stop.kind is ScopeKind.SYMBOL:
        return any(stop.covers(Scope(ScopeKind.SYMBOL, row.symbol)) for row in reductions)
    # A venue whose accounts are not named could be any account's: when in doubt, the stop wins.
    return accounts is None or any(row.account in accounts for row in reductions)
