"""Whether what one table names another has: a limit on a mistyped account would guard nothing and say nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from core.config.checks import Place, suggestion
from core.config.egress import two_ways_out
from core.config.limit_checks import STRESS, STRESS_ENDINGS
from core.config.templates import template_names
from core.domain import UNATTRIBUTED, Group, Pattern, ScopeKind

if TYPE_CHECKING:
    from core.config.model import Config

_Known = Mapping[str, Collection[str]]


def name_problems(config: Config, metrics: Collection[str] | None) -> list[tuple[Place, str]]:
    """Every name without a bearer, with its place. A pattern may match nothing yet; `metrics` where they are known."""
    known: _Known = {
        ScopeKind.VENUE: {account.venue for account in config.accounts},
        ScopeKind.ACCOUNT: {account.name for account in config.accounts},
        ScopeKind.STRATEGY: {strategy.name for strategy in config.strategies} | {UNATTRIBUTED},
        "group": config.groups,
        "egress": {row.name for row in config.egress},
        "profile": {profile.name for profile in config.profiles} | template_names(),
    }
    out = [*_egress(config, known), *two_ways_out(config.accounts)]
    for index, limit in enumerate(config.limits):
        out += _scope(limit.scope, ("limits", index, "scope"), known)
        out += _stress(limit.metric, ("limits", index, "metric"), config, metrics)
    for index, row in enumerate(config.assign):
        out += _scope(row.scope, ("assign", index, "scope"), known)
        out += _named(row.profile, "profile", ("assign", index, "profile"), known)
    for index, profile in enumerate(config.profiles):
        place: Place = ("profiles", index, "based_on")
        if profile.based_on == profile.name and profile.name not in template_names():
            out.append((place, "a profile cannot be based on itself"))
        elif profile.based_on is not None:
            out += _named(profile.based_on, "profile", place, known)
        for number, terms in enumerate(profile.limits):
            out += _stress(terms.metric, ("profiles", index, "limits", number, "metric"), config, metrics)
    out += _circles(config)
    for index, strategy in enumerate(config.strategies):
        name = strategy.match.account
        if name is not None and _is_exact(name):
            out += _named(name, ScopeKind.ACCOUNT, ("strategies", index, "match", "account"), known)
    out += _history(config, metrics)
    out += _routes(config, known)
    for index, shock in enumerate(config.shocks):
        if shock.venue not in {"", "*"}:
            out += _named(shock.venue, ScopeKind.VENUE, ("shocks", index, "venue"), known)
    return out


def _egress(config: Config, known: _Known) -> Iterator[tuple[Place, str]]:
    for index, account in enumerate(config.accounts):
        if account.egress is not None:
            yield from _named(account.egress, "egress", ("accounts", index, "egress"), known)


def _routes(config: Config, known: _Known) -> Iterator[tuple[Place, str]]:
    for index, route in enumerate(config.notify.routes):
        for number, scope in enumerate(route.scopes):
            yield from _scope(scope, ("notify", "routes", index, "scopes", number), known)


def _scope(pattern: Pattern, place: Place, known: _Known) -> list[tuple[Place, str]]:
    if isinstance(pattern, Group):
        return _named(pattern.name, "group", place, known)
    if pattern.kind is ScopeKind.PORTFOLIO or not _is_exact(pattern.name):
        return []
    return _named(pattern.name, pattern.kind, place, known)


def _named(name: str, kind: str, place: Place, known: _Known) -> list[tuple[Place, str]]:
    names = known[kind]
    return [] if name in names else [(place, f"no {kind} has this name; {suggestion(name, names)}")]


def _stress(metric: str, place: Place, config: Config, metrics: Collection[str] | None) -> list[tuple[Place, str]]:
    """Columns of shocks: the file names the user's, and those that come with Scram are known beforehand."""
    if metrics is None or not metric.startswith(STRESS) or metric in metrics:
        return []
    columns = {f"{STRESS}{shock.name}{ending}" for shock in config.shocks for ending in STRESS_ENDINGS}
    near = suggestion(metric, columns | {name for name in metrics if name.startswith(STRESS)})
    return [] if metric in columns else [(place, f"it is no column of a named shock; {near}")]


def _history(config: Config, metrics: Collection[str] | None) -> list[tuple[Place, str]]:
    if metrics is None:
        return []
    return [
        (("journal", "history_metrics", index), f"no metric has this name; {suggestion(name, metrics)}")
        for index, name in enumerate(config.journal.history_metrics)
        if name not in metrics and not name.startswith(STRESS)
    ]


def _circles(config: Config) -> list[tuple[Place, str]]:
    """Profiles that are based on each other."""
    bases = {profile.name: profile.based_on for profile in config.profiles}
    out: list[tuple[Place, str]] = []
    for index, profile in enumerate(config.profiles):
        seen, at = {profile.name}, profile.based_on
        while at is not None and at in bases and at != profile.name and at not in seen:
            seen.add(at)
            at = bases[at]
        if at == profile.name and profile.based_on != profile.name:
            out.append((("profiles", index, "based_on"), "it is based on itself through others"))
    return out


def _is_exact(name: str) -> bool:
    return not any(mark in name for mark in "*?[")
