"""What of the journal somebody wants to see, as conditions of a query that the indexes answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Select, and_, func, literal, or_, select

from core.journal.chain import RECORD_COLUMNS
from core.journal.migrations.run import check_version, schema_version
from core.journal.records import Entry
from core.journal.tables import RECORDS

_SINCE_2: Mapping[str, ColumnElement[Any]] = {
    "subject": literal(""), "run": literal(""), "limits_version": literal(0), "config_version": literal(""),
    "form": literal(1),
}  # fmt: skip
"""Columns that schema 2 brought, and what stands in their place before it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is given has to hold; nothing given is everything."""

    kinds: tuple[str, ...] = ()
    """Whole kinds or their first words: `event` takes in `event.raised`. Any one of them."""
    scope: str = ""
    actor: str = ""
    subject: str = ""
    """The id of an event, a mitigation or a stop."""
    run: str = ""
    from_s: float | None = None
    """Wall time; records of that moment are in."""
    to_s: float | None = None
    """Wall time; records of that moment are out."""
    text: str = ""
    """Somewhere in the body, in capitals or not."""

    def matches(self, entry: Entry) -> bool:
        """What `conditions` says of a row, of an entry that has none yet."""
        equal = all(
            not wanted or wanted == found
            for wanted, found in (
                (self.scope, entry.scope), (self.actor, entry.actor), (self.subject, entry.subject),
                (self.run, entry.run),
            )
        )  # fmt: skip
        kind = not self.kinds or any(entry.kind == one or entry.kind.startswith(f"{one}.") for one in self.kinds)
        late = self.from_s is None or entry.at_s >= self.from_s
        early = self.to_s is None or entry.at_s < self.to_s
        return equal and kind and late and early and self.text.lower() in entry.body.lower()


ALL = Wanted()


def record_query(connection: Connection, wanted: Wanted = ALL) -> Select[Any]:
    """What a `Record` is made of; where an older release wrote, what it did not know yet is empty. Not ordered."""
    version = schema_version(connection)
    check_version(version)
    columns: dict[str, ColumnElement[Any]] = {column.name: column for column in RECORD_COLUMNS}
    if version == 1:
        columns |= {name: empty.label(name) for name, empty in _SINCE_2.items()}
    query = select(*columns.values())
    return query if wanted == ALL else query.where(*_conditions(connection, columns, wanted))


def _conditions(
    connection: Connection, columns: Mapping[str, ColumnElement[Any]], wanted: Wanted
) -> Iterator[ColumnElement[bool]]:
    if wanted.kinds:
        yield or_(*(_of_kind(connection, kind) for kind in wanted.kinds))
    for name in ("scope", "actor", "subject", "run"):
        if value := getattr(wanted, name):
            column = columns[name]
            yield (column.element if isinstance(column, Label) else column) == value
    if wanted.from_s is not None:
        yield RECORDS.c.at_s >= wanted.from_s
    if wanted.to_s is not None:
        yield RECORDS.c.at_s < wanted.to_s
    if wanted.text:
        yield func.lower(RECORDS.c.body).contains(wanted.text.lower(), autoescape=True)


def _of_kind(connection: Connection, kind: str) -> ColumnElement[bool]:
    if connection.dialect.name == "sqlite":
        # Texts are compared byte by byte there: between "event." and "event/" lies what begins with "event.".
        begins = and_(RECORDS.c.kind >= f"{kind}.", RECORDS.c.kind < f"{kind}/")
    else:
        begins = RECORDS.c.kind.startswith(f"{kind}.", autoescape=True)
    return or_(RECORDS.c.kind == kind, begins)
