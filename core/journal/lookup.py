"""Queries for wanted records, in the order of the chain, that read little more than what they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Select, false, func, literal, or_, select, true, union_all

from core.journal.chain import RECORD_COLUMNS
from core.journal.migrations.run import check_version, schema_version
from core.journal.query import ALL, Wanted
from core.journal.tables import RECORDS

_SINCE_2: Mapping[str, ColumnElement[Any]] = {
    "subject": literal(""), "run": literal(""), "limits_version": literal(0), "config_version": literal(""),
    "form": literal(1),
}  # fmt: skip
"""Columns that schema 2 brought, and what stands in their place before it."""
_MOST_KINDS = 200
"""Looked up one by one; SQLite takes 500 parts in one union."""


class Lookup:
    """Within one transaction; the times that are wanted are turned into places once."""

    def __init__(self, connection: Connection, wanted: Wanted = ALL) -> None:
        version = schema_version(connection)
        check_version(version)
        self._connection = connection
        self._wanted = wanted
        self._columns: dict[str, ColumnElement[Any]] = {column.name: column for column in RECORD_COLUMNS}
        if version == 1:
            self._columns |= {name: empty.label(name) for name, empty in _SINCE_2.items()}
        self.span = self._places_of_times()
        """The first and the last place whose time is wanted; None where none is named."""
        self._kinds = self._kinds_there() if wanted.kinds and connection.dialect.name == "sqlite" else None
        """Whole kinds; None where the database finds its own way to them."""

    def oldest(self, after: int, upto: int | None, limit: int | None) -> Select[Any]:
        """What a `Record` is made of, oldest first."""
        bounds = [RECORDS.c.seq > after] + ([RECORDS.c.seq <= upto] if upto is not None else [])
        return self._rows(bounds, RECORDS.c.seq.asc(), limit)

    def newest(self, before: int | None, limit: int, after: int = 0) -> Select[Any]:
        bounds = [RECORDS.c.seq < before] if before is not None else []
        bounds += [RECORDS.c.seq > after] if after else []
        return self._rows(bounds, RECORDS.c.seq.desc(), limit)

    def kinds(self) -> Iterator[str]:
        """All that there are."""
        kind = self._next_kind(true())
        while kind is not None:
            yield kind
            kind = self._next_kind(RECORDS.c.kind > kind)

    def _rows(self, bounds: list[ColumnElement[bool]], order: ColumnElement[Any], limit: int | None) -> Select[Any]:
        rows = select(*self._columns.values())
        if self._kinds is None or len(self._kinds) > _MOST_KINDS:
            return rows.where(*bounds, *self._conditions(), *self._kind_conditions()).order_by(order).limit(limit)
        if not self._kinds:
            return rows.where(false())
        # The index holds the records of one kind in their order, so the first of each are at hand: with one condition
        # for all of them the database would sort every record that ever matched.
        one = select(RECORDS.c.seq).where(*bounds, *self._conditions()).order_by(order).limit(limit)
        parts = [one.where(RECORDS.c.kind == kind) for kind in self._kinds]
        places = union_all(*(select(part.subquery().c.seq) for part in parts))
        return rows.where(RECORDS.c.seq.in_(places)).order_by(order).limit(limit)

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        wanted = self._wanted
        for name in ("scope", "actor", "subject", "run"):
            if value := getattr(wanted, name):
                column = self._columns[name]
                yield (column.element if isinstance(column, Label) else column) == value
        if self.span is not None:
            yield RECORDS.c.seq.between(*self.span)
            # With a sum for a column no index is looked up: the places that it would give are between these anyway.
            yield from self._times(RECORDS.c.at_s + 0.0)
        if wanted.text:
            yield func.lower(RECORDS.c.body).contains(wanted.text.lower(), autoescape=True)

    def _times(self, at_s: ColumnElement[float]) -> Iterator[ColumnElement[bool]]:
        if self._wanted.from_s is not None:
            yield at_s >= self._wanted.from_s
        if self._wanted.to_s is not None:
            yield at_s < self._wanted.to_s

    def _places_of_times(self) -> tuple[int, int] | None:
        """The first and the last place whose time is wanted: a clock may have been set back in between."""
        times = list(self._times(RECORDS.c.at_s))
        if not times:
            return None
        first, last = self._connection.execute(
            select(func.min(RECORDS.c.seq), func.max(RECORDS.c.seq)).where(*times)
        ).one()
        return (0, -1) if first is None else (first, last)

    def _kind_conditions(self) -> Iterator[ColumnElement[bool]]:
        if self._wanted.kinds:
            column = RECORDS.c.kind
            yield or_(
                *(or_(column == kind, column.startswith(f"{kind}.", autoescape=True)) for kind in self._wanted.kinds)
            )

    def _kinds_there(self) -> list[str]:
        """Of all kinds that there are - some dozens, one look at the index each - those that are wanted."""
        found: list[str] = []
        for wanted in self._wanted.kinds:
            kind = self._next_kind(RECORDS.c.kind >= wanted)
            # Texts are compared byte by byte: between "event." and "event/" lies what begins with "event.".
            while kind is not None and kind < f"{wanted}/" and len(found) <= _MOST_KINDS:
                if kind == wanted or kind.startswith(f"{wanted}."):
                    found.append(kind)
                kind = self._next_kind(RECORDS.c.kind > kind)
        return sorted(set(found))

    def _next_kind(self, condition: ColumnElement[bool]) -> str | None:
        found = self._connection.execute(select(func.min(RECORDS.c.kind)).where(condition)).scalar()
        return None if found is None else str(found)
