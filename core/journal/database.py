"""How the journal opens its database: SQLite with the settings below, or whatever SQLAlchemy knows by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.errors import JournalError
from core.journal.server import DRIVER, LOCK_MS, PATIENCE_S, connect_arguments, server_url

_LOCKED = "55P03"
"""PostgreSQL's code for a lock that could not be had in time."""
BUSY_TIMEOUT_S = 0.25
"""How long one attempt waits for a lock: short, because in between the writer empties the queue into the spill file."""


def url_of(place: str | Path) -> str:
    """A path as an SQLite URL; a URL as it is."""
    if isinstance(place, str) and "://" in place:
        return place
    return f"sqlite:///{Path(place).absolute()}"


def file_of(url: str) -> Path | None:
    """The file of an SQLite URL; None for a server or for memory."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        return None
    return Path(parts.database)


def beside(place: str | Path, folder: Path, ending: str) -> Path:
    """A file that belongs to the journal at `place`: beside an SQLite file, or in `folder` where a server has it."""
    path = file_of(url_of(place))
    return folder / f"journal{ending}" if path is None else path.with_name(path.name + ending)


def open_engine(url: str, patience_s: float | None = PATIENCE_S) -> Engine:
    """No pool: each holder closes what it opened, so that nothing keeps a deleted or replaced file alive.

    `patience_s` is how long a server may say nothing; None: as long as it likes. Raises JournalError where there is no
    driver for it.
    """
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return _server_engine(parts, patience_s)
    # The stop may be fired from another thread than the one that opened the connection; the journal's own lock orders.
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _server_engine(url: URL, patience_s: float | None) -> Engine:
    if url.get_backend_name() == "postgresql":
        url = server_url(url, os.environ, Path.home())
    try:
        return create_engine(url, poolclass=NullPool, connect_args=connect_arguments(url, patience_s))
    except (ImportError, NoSuchModuleError):
        raise JournalError(
            f"there is no driver for {url.drivername} here; allowed are a file and {DRIVER}://HOST/NAME"
        ) from None


def hang_up(connection: Connection | None, engine: Engine | None) -> None:
    """Close both, the engine also where closing the connection raises."""
    try:
        if connection is not None:
            connection.close()
    finally:
        if engine is not None:
            engine.dispose()


def open_read_only(path: Path) -> Engine:
    """SQLite's own read-only mode: it cannot create, migrate or lock out anything."""

    def connect(uri: str) -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)

    uri = path.absolute().as_uri()

    def creator() -> sqlite3.Connection:
        connection = connect(f"{uri}?mode=ro")
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.OperationalError:
            connection.close()
            # WAL needs to write its index beside the file; on a read-only medium nobody writes, so none is needed.
            if os.access(path.parent, os.W_OK):
                raise
            return connect(f"{uri}?mode=ro&immutable=1")
        return connection

    return create_engine("sqlite://", creator=creator, poolclass=NullPool)


def _on_connect(raw: Any, _: Any) -> None:
    # The driver's own transactions begin lazily and deferred; ours must take the write lock first (see _on_begin).
    raw.isolation_level = None
    cursor = raw.cursor()
    try:
        # WAL: readers (the screen, `scram status`) never block the writer, nor the writer them.
        cursor.execute("PRAGMA journal_mode = WAL")
        # NORMAL: in WAL mode a commit survives a killed process without a sync; only a power cut can take the last
        # moments, and it takes them from the end, so the chain stays whole. Stops are written with FULL: see durably().
        cursor.execute("PRAGMA synchronous = NORMAL")
        # There are no foreign keys today; a migration that adds one shall find them enforced.
        cursor.execute("PRAGMA foreign_keys = ON")
        # The WAL is cut back after a long reader has kept it growing.
        cursor.execute("PRAGMA journal_size_limit = 67108864")
    finally:
        cursor.close()


def _on_begin(connection: Connection) -> None:
    # The chain's head is read in the same transaction that extends it, so nobody else may write in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def lock_for_append(connection: Connection) -> None:
    """What BEGIN IMMEDIATE does for SQLite, for servers: one appender at a time, waited for as briefly."""
    if connection.dialect.name == "postgresql":
        wait_briefly(connection)
        connection.execute(text("LOCK TABLE records IN EXCLUSIVE MODE"))


def wait_briefly(connection: Connection) -> None:
    """For locks, in this transaction: in between the writer empties the queue into the spill file."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MS}"))


@contextmanager
def durably(connection: Connection, wanted: bool) -> Iterator[None]:
    """Within it a commit is on the disk when it returns: what says that a stop was fired must survive a power cut."""
    if not wanted or connection.dialect.name != "sqlite":
        yield
        return
    _pragma(connection, "FULL")
    try:
        yield
    finally:
        _pragma(connection, "NORMAL")


def _pragma(connection: Connection, level: str) -> None:
    raw = connection.connection.cursor()
    try:
        raw.execute(f"PRAGMA synchronous = {level}")
    finally:
        raw.close()


def trouble(error: Exception) -> str:
    """An error of the database as a clause for the operator, without statements, parameters or passwords in it."""
    if isinstance(error, OperationalError) and "locked" in str(error.orig):
        return "another program holds a lock on it"
    if isinstance(error, DBAPIError):
        told = error.orig.args[0] if error.orig is not None and error.orig.args else ""
        if isinstance(
            told, Mapping
        ):  # PostgreSQL's fields: https://www.postgresql.org/docs/current/protocol-error-fields.html
            locked = told.get("C") == _LOCKED
            return "another program holds a lock on it" if locked else str(told.get("M", "")).splitlines()[0]
        return str(error.orig).splitlines()[0]
    if isinstance(error, SQLAlchemyError):
        return type(error).__name__
    return str(error) or type(error).__name__
