"""What the file says of limits, row by row, so that every change of it is told with what stood there before.

May take a while where there are thousands of rows: not for the loop's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.config.rows import RowChange, RowKey, row_changes, rows_of

ROWS_STATE = "limit rows"
MOST_ROWS = 200
"""Rows that one record tells with their text."""


class WrittenRows:
    def __init__(self, kept: object = None) -> None:
        """`kept` is what `state` gave in an earlier run."""
        self._text = str(kept["text"]) if isinstance(kept, Mapping) and isinstance(kept.get("text"), str) else None

    def take(self, text: str) -> tuple[RowChange, ...]:
        """The file as it is from now on, and what of its rows is not what it was; nothing at the very first time."""
        before, self._text = self._text, text
        return () if before is None or before == text else row_changes(before, text)

    def state(self) -> dict[str, Any]:
        """What has to be kept for the next start: the rows alone, since the rest of the file may hold anything."""
        rows = rows_of(self._text or "").values()
        return {"text": "".join(row.text if row.text.endswith("\n") else f"{row.text}\n" for row in rows)}


def change_rows(changes: Iterable[RowChange]) -> list[dict[str, Any]]:
    """For a record of the journal."""
    return [
        {
            "table": change.key.table,
            "scope": change.key.scope,
            "profile": change.key.profile,
            "metric": change.key.metric,
            "change_over_s": change.key.change_over_s,
            "before": change.before,
            "after": change.after,
            "above": change.above,
        }
        for change in list(changes)[:MOST_ROWS]
    ]


def changes_from(rows: object) -> tuple[RowChange, ...]:
    """What `change_rows` gave, as far as it is that."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, Mapping):
            continue
        span = row.get("change_over_s", 0.0)
        key = RowKey(
            str(row.get("table", "")),
            str(row.get("scope", "")),
            str(row.get("profile", "")),
            str(row.get("metric", "")),
            float(span) if isinstance(span, int | float) else 0.0,
        )
        found.append(RowChange(key, str(row.get("before", "")), str(row.get("after", "")), str(row.get("above", ""))))
    return tuple(found)
