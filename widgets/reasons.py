"""Why a figure is unknown, as far as the snapshot tells."""

from __future__ import annotations

import math

import numpy as np

from core.domain import LinkState, Scope, ScopeKind, Trust
from core.risk.model import Beat
from core.snapshot import Snapshot
from widgets import figures
from widgets.marks import scope_words

NAMED = 3
"""Members that are named before the rest is only counted."""


def why_unknown(snapshot: Snapshot, row: int, column: int) -> str:
    """One sentence; "" where the figure is known and to be relied upon."""
    matrix = snapshot.matrix
    scope, info = matrix.scopes[row], matrix.metrics[column]
    known = not math.isnan(float(matrix.value[row, column]))
    if known and (matrix.trust[row] != Trust.UNKNOWN or not info.own_trust):
        return ""
    if info.beat is Beat.COSTLY and not math.isfinite(matrix.costly_age_s):
        return "it comes on a slower beat, which has not run yet"
    if scope.kind is ScopeKind.ACCOUNT:
        reason = _of_account(snapshot, scope)
    else:
        reason = _of_members(snapshot, scope)
    if reason:
        return reason
    if scope.kind is ScopeKind.STRATEGY and info.unit in ("ratio", "multiple"):
        return "the strategy has no capital in the configuration, or something that it is computed from is unknown"
    return "something that it is computed from is unknown" if not known else "its data is too old to be relied upon"


def _of_account(snapshot: Snapshot, scope: Scope) -> str:
    view = next((view for view in snapshot.connections if view.account == scope.name), None)
    if view is None:
        return ""
    if view.link is not LinkState.UP:
        return f"the account is {view.link.value}" + (f": {view.reason}" if view.reason else "")
    if not math.isfinite(view.age_s):
        return "the account was never read"
    return "" if view.positions is not None else "the account's positions were never read"


def _of_members(snapshot: Snapshot, scope: Scope) -> str:
    """The accounts that stand in the way, for the portfolio and for a venue."""
    if scope.kind is ScopeKind.STRATEGY:
        return ""
    matrix = snapshot.matrix
    inside = [
        view.account
        for view in snapshot.connections
        if scope.kind is ScopeKind.PORTFOLIO or view.venue == scope.name
    ]  # fmt: skip
    rows = [(name, matrix.rows.get(Scope(ScopeKind.ACCOUNT, name))) for name in inside]
    blind = [name for name, row in rows if row is not None and matrix.trust[row] == Trust.UNKNOWN]
    if not blind:
        return ""
    rest = len(blind) - NAMED
    more = f" and {figures.count(rest, 'more account')}" if rest > 0 else ""
    return f"it is unknown in {', '.join(blind[:NAMED])}{more}"


def unknown_metrics(snapshot: Snapshot, scope: Scope) -> str:
    """How much of a scope cannot be told: `3 of 70 figures unknown`; "" where nothing is."""
    row = snapshot.matrix.rows.get(scope)
    if row is None:
        return f"nothing is known of {scope_words(scope)}"
    blind = int(np.isnan(snapshot.matrix.value[row]).sum())
    return f"{blind} of {figures.count(len(snapshot.matrix.metrics), 'figure')} unknown" if blind else ""
