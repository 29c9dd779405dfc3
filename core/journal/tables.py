"""The journal's tables. Their own metadata, so that nothing else in the process is created along with them."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Connection, MetaData, Table, Text, insert, inspect, select
from sqlmodel import Field, SQLModel

from core.errors import JournalError

SCHEMA_VERSION = 1
"""Raised by every migration. Version 1 is what `create_schema` makes; later ones come as alembic revisions."""

HEAD = "journal.head"
"""State key of the last record's place and hash: without it, cutting off the tail would leave an intact chain."""
SPILL = "journal.spill"
"""State key of how far the spill file has been taken over."""


class JournalBase(SQLModel):
    metadata: ClassVar[MetaData] = MetaData()


class RecordRow(JournalBase, table=True):
    __tablename__ = "records"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at_s: float
    mono_s: float
    kind: str = Field(index=True)
    actor: str
    scope: str
    body: str = Field(sa_type=Text)
    prev_hash: str
    hash: str


class StateRow(JournalBase, table=True):
    __tablename__ = "state"

    key: str = Field(primary_key=True)
    body: str = Field(sa_type=Text)
    at_s: float


class SchemaRow(JournalBase, table=True):
    __tablename__ = "schema_version"

    version: int = Field(primary_key=True)


def table(model: type[SQLModel]) -> Table:
    found: Any = model.__table__  # type: ignore[attr-defined]  # set by the table=True metaclass
    assert isinstance(found, Table)
    return found


RECORDS = table(RecordRow)
STATE = table(StateRow)
VERSION = table(SchemaRow)


def create_schema(connection: Connection) -> None:
    """Make what is missing; refuse a file that a newer release has written."""
    if not inspect(connection).has_table(VERSION.name):
        JournalBase.metadata.create_all(connection)
        connection.execute(insert(VERSION).values(version=SCHEMA_VERSION))
        return
    version = connection.execute(select(VERSION.c.version).order_by(VERSION.c.version.desc())).scalar()
    if version != SCHEMA_VERSION:
        raise JournalError(f"the journal has schema version {version}; this release knows {SCHEMA_VERSION}")
