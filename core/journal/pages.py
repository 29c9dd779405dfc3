"""The records of a journal in their order, a page at a time: in constant memory with any driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from core.journal.lookup import Lookup
from core.journal.query import ALL, Wanted

PAGE = 5_000


class Page(NamedTuple):
    rows: Sequence[Sequence[Any]]
    """In the order of the fields of a `Record`."""
    damage: str = ""
    """Why nothing behind these rows can be read; "" where it can."""


def pages(connection: Connection, after: int = 0, upto: int | None = None, wanted: Wanted = ALL) -> Iterator[Page]:
    """From behind the place `after` up to `upto`, included; ends with a page that is damaged, where one is."""
    lookup = Lookup(connection, wanted)
    while True:
        page = _read(connection, lookup.oldest(after, upto, PAGE))
        if page.rows or page.damage:
            yield page
        if page.damage or len(page.rows) < PAGE:
            return
        after = page.rows[-1][0]


def _read(connection: Connection, query: Select[Any]) -> Page:
    try:
        return Page(connection.execute(query).all())
    except (DBAPIError, UnicodeDecodeError):  # the driver quotes the file in its errors
        if connection.dialect.name != "sqlite":
            raise
    return _read_carefully(connection, str(query.compile(connection, compile_kwargs={"literal_binds": True})))


def _read_carefully(connection: Connection, statement: str) -> Page:
    """Row by row up to the damage; a text that is none (any more) is no reason to stop, and will not fit its hash."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    rows: list[Sequence[Any]] = []
    try:
        for row in raw.execute(statement):
            rows.append(row)  # noqa: PERF402  what was read before an error counts
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return Page(rows, str(error))
    finally:
        raw.text_factory = str
    return Page(rows)
