"""Which limits are in force, since when, by whom and why: every change is a numbered version.

Tighter limits are taken over at once. What would leave more room is held back at its old value until somebody says
why: by `[change] reason` in the file, or with the order to reload. A reason counts for one change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from core.clock import Clock
from core.config import ChangeConfig, Config
from core.domain import Scope, ScopeKind
from core.engine.limit_rows import kept_row, limit_from_kept, limits_of
from core.engine.room import Room, check_room, fields_with_room, with_rooms
from core.halt.way_back.second import same_person
from core.risk.limits import CompiledLimits, Limit, compile_limits
from core.risk.limits.relating import standing_problems
from core.risk.limits.revising import LimitChange, Revision, put_back, revise
from core.risk.model import Floats, MetricInfo

LIMITS_STATE = "limits"
LIMITS_CHANGED = "limits.changed"
"""The kind of the journal's record."""
LIMITS_WRITTEN = "limits.written"
"""Of rows of the file that changed while nothing else came into force."""
NO_REASON = "first start"
UNKNOWN_BEFORE = "the limits of the last run cannot be read, so nothing is held back and the configuration's hold"


@dataclass(frozen=True, slots=True)
class LimitVersion:
    """One change of the limits; its record in the journal."""

    version: int
    at_s: float
    """Wall time."""
    by: str
    why: str
    """"" where nobody gave a reason and none was needed."""
    changes: tuple[LimitChange, ...]

    second: str = ""
    """Who agreed to it; "" where nobody had to."""

    def body(self) -> dict[str, Any]:
        body = {
            "version": self.version,
            "by": self.by,
            "why": self.why,
            "changes": [_change_row(change) for change in self.changes],
        }
        return body | ({"second": self.second} if self.second else {})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a configuration would put in force, were it taken over with a reason."""

    limits: CompiledLimits
    changes: tuple[LimitChange, ...]
    problems: tuple[str, ...]


class LimitKeeper:
    def __init__(
        self,
        scopes: Sequence[Scope],
        metrics: Sequence[MetricInfo],
        clock: Clock,
        kept: object = None,
        trouble: str = "",
        *,
        second_person: bool = False,
    ) -> None:
        """`kept` is what `state` gave in an earlier run, `trouble` why it could not be had. `second_person`: what
        leaves more room needs a second name beside the reason (`[loosening]`)."""
        self._scopes = tuple(scopes)
        self._metrics = tuple(metrics)
        self._clock = clock
        self._reason: Mapping[str, Any] | None = None
        self._problems: tuple[str, ...] = ()
        self._held: tuple[str, ...] = ()
        self._trouble = trouble
        self._second_person = second_person
        self.version = 0
        self._rooms: tuple[Room, ...] = ()
        self._base: CompiledLimits = compile_limits(self._scopes, (), self._metrics)
        """In force but for the rooms."""
        self.limits = self._base
        """In force."""
        self._restore(kept)

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the operator: what contradicts itself, guards nothing or is held back."""
        trouble = (f"{UNKNOWN_BEFORE}: {self._trouble}",) if self._trouble else ()
        return (*trouble, *self._held, *self._problems)

    @property
    def rooms(self) -> tuple[Room, ...]:
        """Those that have not ended."""
        return tuple(room for room in self._rooms if self._clock.now() < room.until_s)

    @property
    def held(self) -> tuple[str, ...]:
        """What would leave more room and is held back."""
        return self._held

    def take(self, config: Config, by: str, why: str = "") -> LimitVersion | None:
        """Take over the configuration's limits; None where nothing changes. The caller puts `limits` in force.

        `why` is a reason given for this change; without one the file's counts, where it was not used before.
        """
        revision, reason = self._revise(config, why)
        self._problems = self._problems_of(revision.limits, config)
        self._held = tuple(change.sentence() for change in revision.changes if change.held)
        self._base = revision.limits
        self._compose()
        effective = tuple(change for change in revision.changes if change.effective)
        if not effective:
            return None
        self._reason = _key(config.change)
        self.version += 1
        said = config.change if config.change and reason == config.change.reason else None
        who, second = (said.by or by, said.second or "") if said is not None else (by, "")
        return LimitVersion(self.version, self._clock.now(), who, reason, effective, second)

    def propose(self, config: Config) -> Proposal:
        """What this configuration would put in force, rooms included; nothing is taken over. For any thread."""
        new = self._compiled(config)
        revision = revise(self._base, new, may_loosen=True, at_s=self._clock.now())
        problems = self._problems_of(revision.limits, config)
        return Proposal(with_rooms(revision.limits, self.rooms, self._clock.now()), revision.changes, problems)

    def _problems_of(self, limits: CompiledLimits, config: Config) -> tuple[str, ...]:
        venue_of = {account.name: account.venue for account in config.accounts}
        return (*limits.problems, *standing_problems(limits, self._clock.now(), venue_of))

    def _compiled(self, config: Config) -> CompiledLimits:
        return compile_limits(
            self._scopes, limits_of(config), self._metrics, capital=capital_of(self._scopes, config),
            at_s=self._clock.now(),
        )  # fmt: skip

    def give_room(self, room: Room) -> LimitVersion:
        """Another version, in which one limit lies further away for a while. Raises ConfigError where it is no room."""
        at_s = self._clock.now()
        check_room(self._base, room, at_s)
        old = self.limits.line(room.scope, room.subject)
        looser = fields_with_room(self._base, room)
        others = (one for one in self.rooms if (one.scope, one.subject) != (room.scope, room.subject))
        self._rooms = (*others, room)
        self._compose()
        self.version += 1
        new = self.limits.line(room.scope, room.subject)
        change = LimitChange(room.subject, (room.scope,), old, new, looser, new)
        return LimitVersion(self.version, at_s, room.by, room.why, (change,))

    def _compose(self) -> None:
        self._rooms = self.rooms
        self.limits = with_rooms(self._base, self._rooms, self._clock.now())

    def _revise(self, config: Config, why: str) -> tuple[Revision, str]:
        new, said = self._compiled(config), config.change
        reason = why.strip()
        if not reason and said is not None and _key(said) != self._reason:
            reason = said.reason
        if not self.version:
            return revise(self._base, new, may_loosen=True, at_s=self._clock.now()), reason or NO_REASON
        may_loosen = bool(reason) and (not self._second_person or _seconded(said, reason))
        return revise(self._base, new, may_loosen=may_loosen, at_s=self._clock.now()), reason

    # -- over restarts --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What has to be kept for the next start."""
        limits, names = self._base, [info.name for info in self._base.metrics]
        held: dict[tuple[int, ...], list[list[Any]]] = {}
        marked = np.array([bool(limit.held) for limit in limits.limits] + [False], dtype=np.bool_)
        plain = np.flatnonzero(~marked[:-1]).tolist()
        for cell in np.flatnonzero(marked[limits.candidates[:, 0]]).tolist():
            chain = tuple(number for number in limits.candidates[cell].tolist() if number >= 0)
            place = [str(limits.scopes[int(limits.row[cell])]), names[int(limits.column[cell])]]
            held.setdefault(chain, []).append([*place, float(limits.span_s[cell])])
        return {
            "version": self.version,
            "reason": self._reason,
            "rooms": [room.to_json() for room in self.rooms],
            "limits": [kept_row(limits.limits[number]) for number in plain],
            "held": [
                {"limits": [kept_row(limits.limits[number]) for number in chain], "places": places}
                for chain, places in held.items()
            ],
        }

    def _restore(self, kept: object) -> None:
        if not isinstance(kept, Mapping):
            return
        try:
            rows = [limit_from_kept(row) for row in kept["limits"]]
            chains = [
                (tuple(limit_from_kept(row) for row in entry["limits"]), entry["places"]) for entry in kept["held"]
            ]
            version, reason = int(kept["version"]), kept["reason"]
            rooms = tuple(Room.from_json(row) for row in kept.get("rooms", ()))
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            self._trouble = f"what was kept of them is no such thing ({type(error).__name__})"
            return
        compiled = compile_limits(self._scopes, rows, self._metrics, at_s=self._clock.now())
        self._base = put_back(compiled, [(chain, _places(places)) for chain, places in chains], self._clock.now())
        self.version, self._reason, self._rooms = version, reason, rooms
        self._compose()


def capital_of(scopes: Sequence[Scope], config: Config) -> Floats:
    """Shape (scopes,): a strategy's configured capital; NaN for everything else."""
    capital = {strategy.name: strategy.capital for strategy in config.strategies}
    given = [capital.get(scope.name) if scope.kind is ScopeKind.STRATEGY else None for scope in scopes]
    return np.array([np.nan if amount is None else amount for amount in given], dtype=np.float64)


def _places(rows: Sequence[Sequence[Any]]) -> list[tuple[Scope, str, float]]:
    return [(Scope.parse(str(scope)), str(metric), float(span_s)) for scope, metric, span_s in rows]


def _seconded(said: ChangeConfig | None, reason: str) -> bool:
    """Whether two different people stand behind this reason."""
    if said is None or said.reason != reason or not said.by or not said.second:
        return False
    return not same_person(said.by, said.second)


def _key(change: ChangeConfig | None) -> dict[str, Any] | None:
    """What tells one reason from another."""
    if change is None:
        return None
    row = {"reason": change.reason, "by": change.by, "at": None if change.at is None else change.at.isoformat()}
    return row | ({"second": change.second} if change.second else {})


_NAMED = 20


def _change_row(change: LimitChange) -> dict[str, Any]:
    names = [str(scope) for scope in change.scopes[:_NAMED]]
    return {
        "subject": change.subject,
        "scopes": names + ([f"and {len(change.scopes) - _NAMED} more"] if change.scopes[_NAMED:] else []),
        "old": _chain_row(change.old),
        "new": _chain_row(change.new),
        "looser": list(change.looser),
        "held": change.held,
        "in_force": _chain_row(change.in_force),
        "sentence": change.sentence(),
    }


def _chain_row(chain: tuple[Limit, ...]) -> list[dict[str, Any]]:
    return [kept_row(replace(limit, held="")) for limit in chain]
