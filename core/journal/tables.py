"""The journal's tables as they are today; the migrations make them. Their metadata is theirs alone."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

HEAD = "journal.head"
"""State key of the last record's place and hash: without it, cutting off the tail would leave an intact chain."""
SPILL = "journal.spill"
"""State key of how far the spill file has been taken over."""


class JournalBase(SQLModel):
    metadata: ClassVar[MetaData] = MetaData()


class RecordRow(JournalBase, table=True):
    __tablename__ = "records"

    # PostgreSQL looks beginnings of words up only where the order of the index is that of the bytes.
    __table_args__ = (
        Index("ix_records_kind", "kind", "seq", postgresql_ops={"kind": "text_pattern_ops"}),
        Index("ix_records_scope", "scope", "seq"),
        Index("ix_records_subject", "subject", "seq"),
    )

    # In SQLite an INTEGER key is the row's own number, and a BIGINT one is not.
    seq: int = Field(
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer(), "sqlite"),
        sa_column_kwargs={"autoincrement": False},
    )
    at_s: float = Field(index=True)
    mono_s: float
    kind: str
    actor: str
    scope: str
    subject: str = Field(default="", sa_column_kwargs={"server_default": ""})
    run: str = Field(default="", sa_column_kwargs={"server_default": ""})
    limits_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    config_version: str = Field(default="", sa_column_kwargs={"server_default": ""})
    body: str = Field(sa_type=Text)
    form: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
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


class LeaseHolderRow(JournalBase, table=True):
    """An engine that runs, or did when it was last heard of."""

    __tablename__ = "lease_holders"

    holder: str = Field(primary_key=True)
    name: str
    """`ada on tower (process 77)`."""
    place: str
    """By which another process of the same machine can tell that it has ended; "" where none can."""
    renewals: int
    """Raised with every sign of life: who watches it stand still needs no clock of somebody else's."""
    until_s: float
    """By the database's clock, seconds since the epoch."""
    ttl_s: float
    asked_by: str
    """The engine that an operator wants to act instead; "" for none."""


class LeaseRow(JournalBase, table=True):
    __tablename__ = "leases"

    account: str = Field(primary_key=True)
    """What the venue knows it by, not what a configuration calls it."""
    holder: str
    """"" for nobody."""
    token: int
    """Raised with every change of hands."""


class SeriesRow(JournalBase, table=True):
    """One metric of one scope, by the number that its history goes by."""

    __tablename__ = "history_series"
    __table_args__ = (UniqueConstraint("scope", "metric"),)

    series: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    scope: str
    metric: str


class HistoryRow(JournalBase, table=True):
    """What a metric did within one bucket of time. Where nothing was known there is no row."""

    __tablename__ = "history"
    # Bucket before series: what is written together lies together, and what is thrown away lies at the beginning.
    __table_args__ = ({"sqlite_with_rowid": False},)

    step_s: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Length of the bucket."""
    bucket: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    """It begins at `bucket` x `step_s` seconds since the epoch."""
    series: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: float
    low: float
    high: float


def table(model: type[SQLModel]) -> Table:
    found: Any = model.__table__  # type: ignore[attr-defined]  # set by the table=True metaclass
    assert isinstance(found, Table)
    return found


RECORDS = table(RecordRow)
STATE = table(StateRow)
VERSION = table(SchemaRow)
HOLDERS = table(LeaseHolderRow)
LEASES = table(LeaseRow)
SERIES = table(SeriesRow)
HISTORY = table(HistoryRow)
