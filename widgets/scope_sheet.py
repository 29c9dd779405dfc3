"""What the scope table shows, as a sheet to be written or pasted; the snapshot stands still while that goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.clock import utc_text
from core.domain import Trust
from core.risk.standing import least_head, worst_of
from core.sheet.model import Figures, Sheet, SheetColumn
from core.snapshot import MetricInfo, Snapshot
from widgets.columns import Order
from widgets.marks import BLIND, INSIDE, TRUST_WORDS
from widgets.scope_model import SCOPE, STATE, TREND, USED, ScopeModel

UNITS = {"ratio": "ratio", "multiple": "x", "seconds": "s", "count": "count", "rate": "per min"}
_STATES = {BLIND: "unknown", INSIDE: "inside", 1: "low", 2: "medium", 3: "high", 4: "critical"}


def sheet_of(model: ScopeModel, places: Order | None = None) -> Sheet:
    """The shown rows, or those at `places`, in their order, with the columns that are shown."""
    nodes = model.shown if places is None else model.shown[places]
    snapshot = model.snapshot
    if snapshot is None:
        return Sheet(0, ())
    rows = model.rows_of(nodes)
    columns = [column for at in range(model.columnCount()) for column in _columns(model, snapshot, rows, at)]
    if model.is_tree:
        levels = 1.0 + model.depths_of(nodes)
        columns.insert(0, SheetColumn("level", "Level in the tree", lambda a, b: levels[a:b], True))
    return Sheet(len(rows), tuple(columns), _notes(model, snapshot))


def _notes(model: ScopeModel, snapshot: Snapshot) -> dict[str, str]:
    return {"at": utc_text(snapshot.at_s), "base_currency": snapshot.base_currency, "filter": model.sieve.words}


def _columns(model: ScopeModel, snapshot: Snapshot, rows: Order, at: int) -> Sequence[SheetColumn]:
    matrix, info = snapshot.matrix, model.metric(at)
    if info is not None:
        return (_metric(info, snapshot, rows),)
    if at == SCOPE:
        scopes = model.scopes
        return (
            SheetColumn("kind", "Kind of scope", _texts(rows, lambda row: scopes[row].kind.value)),
            SheetColumn("name", "Name", _texts(rows, lambda row: scopes[row].name)),
        )
    if at == STATE:
        states = worst_of(matrix)
        return (SheetColumn("state", "Worst severity", _texts(rows, lambda row: _STATES[int(states[row])])),)
    if at == TREND:
        return (_figures("trend", "Change of the unit value, recent", model.trends(), rows, "ratio"),)
    if at == USED:
        head = least_head(matrix)
        used = np.where(head == np.inf, np.nan, 1.0 - head)
        return (_figures("limit_used", "Share of the nearest limit that is used", used, rows, "ratio"),)
    if at == model.lowest:
        return (_figures("age", "Age of the oldest figure", matrix.age_s, rows, "s"),)
    trust = matrix.trust
    return (SheetColumn("least_trust", "The least trusted figure",
                        _texts(rows, lambda row: TRUST_WORDS[Trust(int(trust[row]))])),)  # fmt: skip


def _metric(info: MetricInfo, snapshot: Snapshot, rows: Order) -> SheetColumn:
    values = snapshot.matrix.value[:, snapshot.matrix.column(info.name)]
    unit = snapshot.base_currency if info.unit == "money" else UNITS.get(info.unit, "")
    return _figures(info.name, info.title, values, rows, unit, {"formula": info.formula, "source": info.source})


def _figures(
    name: str, title: str, values: Figures, rows: Order, unit: str, notes: dict[str, str] | None = None
) -> SheetColumn:
    return SheetColumn(name, title, lambda first, last: values[rows[first:last]], True, unit, notes or {})


def _texts(rows: Order, of: Callable[[int], str]) -> Callable[[int, int], Sequence[str]]:
    return lambda first, last: [of(row) for row in rows[first:last].tolist()]


def shown_lines(model: ScopeModel, places: Sequence[int]) -> list[str]:
    """Heads and rows as the screen has them, with tabs between; what is drawn there is told as a figure."""
    across = range(model.columnCount())
    heads = [model.columns[at].title.replace("\n", " ") for at in across]
    nodes = [model.source(place) for place in places]
    lines = [[model.told(node, at).strip() for at in across] for node in nodes]
    return ["\t".join(line) for line in (heads, *lines)]
