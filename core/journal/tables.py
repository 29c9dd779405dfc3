"""The journal's tables as they are today; the migrations make them. Their metadata is theirs alone."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import MetaData, Table, Text
from sqlmodel import Field, SQLModel

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
