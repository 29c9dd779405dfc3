"""The meaning of a filter as one would write it down: one scope after the other, and three answers."""

from __future__ import annotations

import math
import re

from core.domain import Scope, ScopeKind, Trust
from core.filtering.tree import Compare, Either, Every, Node, Not, Part, Says, Unknown
from core.snapshot import Snapshot
from tests.widgets.metrics import METRICS

_UNIT = {"%": 0.01, "bp": 0.0001, "k": 1e3, "M": 1e6, "bn": 1e9, "T": 1e12, "ms": 0.001, "min": 60.0, "h": 3600.0,
         "d": 86400.0, "/h": 1 / 60, "/d": 1 / 1440}  # fmt: skip
_URGENT = ["inside", "low", "medium", "unknown", "high", "critical"]
_BY_LEVEL = {0: "inside", 1: "low", 2: "medium", 3: "high", 4: "critical", -1: "unknown"}
_NAMES = {info.name for info in METRICS}


def answer(node: Node, snapshot: Snapshot, row: int) -> bool | None:
    """None: nobody can tell."""
    if isinstance(node, Not):
        inner = answer(node.of, snapshot, row)
        return None if inner is None else not inner
    if isinstance(node, Every | Either):
        given = [answer(member, snapshot, row) for member in node.of]
        decisive = isinstance(node, Either)
        if decisive in given:
            return decisive
        return None if None in given else not decisive
    if isinstance(node, Part):
        scope = snapshot.matrix.scopes[row]
        return node.text.lower() in f"{scope.kind.value} {scope.name}".strip().lower()
    if isinstance(node, Compare):
        value = _figure(node.field, snapshot, row)
        wanted = node.amount.number * _UNIT.get(node.amount.unit, 1.0)
        return None if math.isnan(value) else _ordered(node.op.value, value, wanted)
    return _unknown(node.field, snapshot, row) if isinstance(node, Unknown) else _says(node, snapshot, row)


def _ordered(op: str, value: float, wanted: float) -> bool:
    same = math.isclose(value, wanted, rel_tol=1e-12, abs_tol=1e-12)
    return {"=": same, "!=": not same, "<": value < wanted and not same, "<=": value <= wanted or same,
            ">": value > wanted and not same, ">=": value >= wanted or same}[op]  # fmt: skip


def _figure(field: str, snapshot: Snapshot, row: int) -> float:
    matrix = snapshot.matrix
    if field == "age":
        return float(matrix.age_s[row])
    if field == "limit_used":
        known = [head for head in matrix.headroom[row].tolist() if not math.isnan(head)]
        return 1.0 - min(known) if known else math.nan
    return float(matrix.value[row, [info.name for info in matrix.metrics].index(field)])


def _word(field: str, snapshot: Snapshot, row: int) -> str | None:
    scope = snapshot.matrix.scopes[row]
    if field == "kind":
        return scope.kind.value
    if field == "state":
        found = [_BY_LEVEL[level] for level in snapshot.matrix.severity[row].tolist()]
        return max(found, key=_URGENT.index)
    if field == "trust":
        return Trust(int(snapshot.matrix.trust[row])).name.lower()
    views = {view.account: view for view in snapshot.connections}
    if scope.kind is not ScopeKind.ACCOUNT or scope.name not in views:
        return None
    return str(views[scope.name].mode if field == "mode" else views[scope.name].link)


def _names(field: str, snapshot: Snapshot, row: int) -> list[str]:
    """All that the field of a scope is called."""
    scopes, roster = snapshot.matrix.scopes, snapshot.roster
    scope: Scope = scopes[row]
    if field == "name":
        return [scope.name or scope.kind.value]
    if field == "group":
        return [name for name, rows in roster.groups.items() if row in rows.tolist()]
    if field == scope.kind.value:
        return [scope.name]
    if scope.kind is not ScopeKind.ACCOUNT:
        return []
    if field == "venue":
        return [scopes[int(roster.venue[row])].name]
    if field == "strategy":
        held = zip(roster.holder.tolist(), roster.held.tolist(), strict=True)
        return [scopes[strategy].name for account, strategy in held if account == row]
    return []


def _says(node: Says, snapshot: Snapshot, row: int) -> bool | None:
    word = node.word.lower()
    if node.field in ("kind", "state", "trust", "mode", "link"):
        own = _word(node.field, snapshot, row)
        if node.op.value in ("<", "<=", ">", ">="):
            order = ["inside", "low", "medium", "high", "critical"] if node.field == "state" else [
                "unknown", "stale", "unsettled", "trusted"]  # fmt: skip
            if own not in order:
                return None
            return _ordered(node.op.value, order.index(own), order.index(word))
        names = [] if own is None else [own]
    else:
        names = _names(node.field, snapshot, row)
    exact = node.op.value in ("=", "!=")
    found = any(_is_like(name.lower(), word, exact=exact) for name in names)
    return not found if node.op.value in ("!=", "!~") else found


def _is_like(name: str, word: str, *, exact: bool) -> bool:
    if not set(word) & {"*", "?"}:
        return name == word if exact else word in name
    pattern = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in word)
    return re.fullmatch(pattern, name, re.DOTALL) is not None


def _unknown(field: str, snapshot: Snapshot, row: int) -> bool:
    if field in ("kind", "state", "trust", "mode", "link"):
        return _word(field, snapshot, row) in (None, "unknown")
    if field in _NAMES or field in ("age", "limit_used"):
        value = _figure(field, snapshot, row)
        return math.isnan(value) or (field == "age" and math.isinf(value))
    return not _names(field, snapshot, row)
