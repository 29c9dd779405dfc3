"""Which scope stands above which: venue > account > strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain import PORTFOLIO, Scope, ScopeKind


class Kinship:
    def __init__(self, venues: Mapping[str, str], strategies: Mapping[str, Sequence[str]]) -> None:
        """`venues`: account -> venue. `strategies`: strategy -> the accounts that it may trade in."""
        self._touches: dict[Scope, frozenset[Scope]] = {}
        self._inside: dict[Scope, tuple[Scope, ...]] = {}
        below: dict[Scope, list[Scope]] = {}
        for account, venue in venues.items():
            scope, above = Scope(ScopeKind.ACCOUNT, account), Scope(ScopeKind.VENUE, venue)
            self._touches[scope], self._inside[scope] = frozenset((above,)), (above,)
            below.setdefault(above, []).append(scope)
        for strategy, accounts in strategies.items():
            scope = Scope(ScopeKind.STRATEGY, strategy)
            used = [Scope(ScopeKind.ACCOUNT, name) for name in accounts if name in venues]
            at = dict.fromkeys(Scope(ScopeKind.VENUE, venues[account.name]) for account in used)
            self._touches[scope] = frozenset((*at, *used))
            self._inside[scope] = (*(at if len(at) == 1 else ()), *(used if len(used) == 1 else ()))
            for above in self._touches[scope]:
                below.setdefault(above, []).append(scope)
        self._below = {scope: tuple(members) for scope, members in below.items()}

    def touches(self, scope: Scope) -> frozenset[Scope]:
        """Scopes above that any of its figures is made from."""
        return self._touches.get(scope, frozenset())

    def inside(self, scope: Scope) -> tuple[Scope, ...]:
        """Scopes above that it belongs to altogether."""
        return self._inside.get(scope, ())

    def below(self, scope: Scope) -> tuple[Scope, ...]:
        return self._below.get(scope, ())

    def family(self, scope: Scope) -> Scope | None:
        """What events of its kind are grouped under; None for the portfolio."""
        if scope.kind is ScopeKind.ACCOUNT:
            return next(iter(self.inside(scope)), PORTFOLIO)
        return None if scope == PORTFOLIO else PORTFOLIO


NO_KIN = Kinship({}, {})
