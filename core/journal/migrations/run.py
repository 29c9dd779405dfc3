"""Brings the journal's schema to what this release writes, in a transaction of the caller's: whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, inspect, select, text, update

from core.errors import JournalError
from core.journal.database import wait_briefly
from core.journal.migrations import REVISIONS, SCHEMA_VERSION, Revision
from core.journal.tables import VERSION

_ONE_AT_A_TIME = 0x7363_7261_6D  # "scram"


def schema_version(connection: Connection) -> int:
    """0 where there are no tables yet."""
    if not inspect(connection).has_table(VERSION.name):
        return 0
    found = connection.execute(select(VERSION.c.version).order_by(VERSION.c.version.desc())).scalar()
    return 0 if found is None else int(found)


def check_version(version: int, known: int = SCHEMA_VERSION) -> None:
    """Raises JournalError where a newer release has written."""
    if version > known:
        raise JournalError(
            f"the journal has schema version {version}; this release knows versions up to {known}: "
            "open it with the release that wrote it, or with a newer one"
        )


def migrate(connection: Connection, keep: Callable[[int], None], revisions: Sequence[Revision] = REVISIONS) -> None:
    """`keep` is called before a schema that somebody wrote is changed, with its version: to put a copy aside."""
    if connection.dialect.name == "postgresql":
        # What BEGIN IMMEDIATE does for SQLite: of two that start at once the second finds the work done.
        wait_briefly(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    version = schema_version(connection)
    check_version(version, len(revisions))
    if version == len(revisions):
        return
    if version:
        keep(version)
    _upgrade(connection, revisions[version:])
    connection.execute(update(VERSION).values(version=len(revisions)))


def _upgrade(connection: Connection, revisions: Sequence[Revision]) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    operations = Operations(MigrationContext.configure(connection))
    for revision in revisions:
        revision.upgrade(operations)
