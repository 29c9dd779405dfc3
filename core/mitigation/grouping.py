"""Which breaches one plan has to answer: two plans over the same account would cut the same position twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.domain import PORTFOLIO, Policy, Scope, ScopeKind
from core.ladder import Rung
from core.mitigation.breach import Want

AccountsOf = Callable[[Scope], Collection[str]]
"""The accounts that a scope may have positions in."""
_WIDTH = {ScopeKind.PORTFOLIO: 0, ScopeKind.VENUE: 1, ScopeKind.ACCOUNT: 2, ScopeKind.STRATEGY: 2}


@dataclass(frozen=True, slots=True)
class Group:
    """Breaches answered together: all on the same rung, in the same mode, over accounts that meet."""

    wants: tuple[Want, ...]
    """The widest scope first, then the gravest."""
    scope: Scope
    """One that holds all of theirs."""

    @property
    def lead(self) -> Want:
        return self.wants[0]

    @property
    def rung(self) -> Rung:
        return self.lead.rung

    @property
    def mode(self) -> Policy:
        return self.lead.mode

    def only(self, wants: Sequence[Want], accounts_of: AccountsOf) -> Group:
        """The same for some of them."""
        return self if len(wants) == len(self.wants) else _group(list(wants), accounts_of)


def groups_of(wants: Sequence[Want], accounts_of: AccountsOf) -> list[Group]:
    """In the order of the wants; what restores limits at least cost is planned together wherever accounts meet."""
    alike: dict[tuple[object, ...], list[Want]] = {}
    for want in wants:
        by_scope = None if want.rung is Rung.RESTORE else want.scope
        alike.setdefault((want.rung, want.mode, by_scope), []).append(want)
    out: list[Group] = []
    for (rung, *_), rows in alike.items():
        out += [_group(part, accounts_of) for part in (_meeting(rows, accounts_of) if rung is Rung.RESTORE else [rows])]
    return out


def _meeting(wants: list[Want], accounts_of: AccountsOf) -> list[list[Want]]:
    """Those whose accounts meet, directly or through others: a union over accounts."""
    if any(want.scope == PORTFOLIO for want in wants):
        return [wants]
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    firsts: list[str] = []
    for want in wants:
        # A scope whose accounts are not known meets nobody but itself.
        names = sorted(accounts_of(want.scope)) or [f"?{want.scope}"]
        firsts.append(names[0])
        for name in names[1:]:
            above[root(name)] = root(names[0])
    parts: dict[str, list[Want]] = {}
    for want, first in zip(wants, firsts, strict=True):
        parts.setdefault(root(first), []).append(want)
    return list(parts.values())


def _group(wants: list[Want], accounts_of: AccountsOf) -> Group:
    order = sorted(wants, key=lambda want: (_WIDTH.get(want.scope.kind, 2), -want.breach.severity))
    widest = order[0].scope
    others = {want.scope for want in wants} - {widest}
    if not others or widest == PORTFOLIO:
        return Group(tuple(order), widest)
    # A strategy has its own positions only, whatever else its accounts hold.
    within = frozenset(accounts_of(widest)) if widest.kind is not ScopeKind.STRATEGY else frozenset()
    held = all(frozenset(accounts_of(other)) <= within for other in others)
    return Group(tuple(order), widest if held else PORTFOLIO)
