"""What is particular to a journal on a PostgreSQL server: reaching it, its trouble, and several processes at once."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.clock import ManualClock
from core.journal.database import open_engine
from core.journal.journal import Journal
from core.journal.migrations import REVISIONS, SCHEMA_VERSION
from core.journal.migrations.run import migrate, schema_version
from core.journal.query import Wanted
from core.journal.reader import JournalReader
from core.journal.server import server_url
from core.journal.tables import JournalBase
from tests.core.journal.conftest import Open
from tests.core.journal.test_journal_trouble import numbers, put, wait_for
from tests.postgres import Server

ROOT = Path(__file__).parents[3]
MANY = 200


@pytest.fixture
def place(server: Server) -> str:
    return server.make(f"journal_{uuid.uuid4().hex[:12]}")


# Reaching it


def test_driver_user_and_password_are_filled_in_where_the_address_leaves_them_out(tmp_path: Path) -> None:
    url = sa.make_url("postgresql://db.example/scram")
    full = server_url(url, {"PGUSER": "ann", "PGPASSWORD": "pw-1"}, tmp_path)
    assert (full.drivername, full.username, full.password) == ("postgresql+pg8000", "ann", "pw-1")
    given = server_url(sa.make_url("postgresql+pg8000://bob@db.example/scram"), {"PGUSER": "ann"}, tmp_path)
    assert (given.username, given.password) == ("bob", None)
    assert "pw-1" not in str(full)


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_a_password_is_found_in_the_file_that_the_servers_own_tools_read(tmp_path: Path) -> None:
    file = tmp_path / ".pgpass"
    file.write_text("# db.example:5432:scram:ann:no\nother:*:*:*:no\ndb.example:5432:scram:ann:a\\:b\n*:*:*:*:last\n")
    url = sa.make_url("postgresql://ann@db.example/scram")
    file.chmod(0o644)
    assert server_url(url, {}, tmp_path).password is None  # others may read it
    file.chmod(0o600)
    assert server_url(url, {}, tmp_path).password == "a:b"
    assert server_url(url.set(host="elsewhere"), {}, tmp_path).password == "last"
    assert server_url(url, {"PGPASSFILE": str(tmp_path / "none")}, tmp_path).password is None


def test_a_database_without_a_driver_is_refused_in_a_sentence(tmp_path: Path, clock: ManualClock) -> None:
    journal = Journal("oracle+nothing://host/name", clock, spill=tmp_path / "spill")
    journal.record("event.raised", "scram", "", {})
    wait_for(lambda: "there is no driver for oracle+nothing here" in journal.status().error)
    journal.close()


def test_the_password_is_in_no_error(server: Server, tmp_path: Path, clock: ManualClock) -> None:
    for url in (
        f"postgresql+pg8000://scram:S3KRET@/none?unix_sock={server.socket}",
        "postgresql+pg8000://scram:S3KRET@127.0.0.1:1/none",
    ):
        journal = Journal(url, clock, spill=tmp_path / "spill")
        put(journal, 0, 1)
        wait_for(lambda journal=journal: bool(journal.status().error))
        assert "S3KRET" not in journal.status().error
        with JournalReader(url) as reader, pytest.raises(Exception, match="cannot be read") as caught:
            reader.count()
        assert "S3KRET" not in repr(caught.value)
        journal.close()


# Its schema


def test_the_migrations_make_there_what_the_tables_say(open_journal: Open, place: str) -> None:
    assert open_journal().flush()
    engine = open_engine(place)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), JournalBase.metadata) == []
        kind = "SELECT data_type FROM information_schema.columns WHERE table_name = 'records' AND column_name = 'seq'"
        kind += " AND table_schema = current_schema()"
        assert connection.exec_driver_sql(kind).scalar() == "bigint"
    engine.dispose()


def test_a_journal_of_the_first_release_is_migrated_and_half_a_migration_is_none(
    open_journal: Open, place: str
) -> None:
    engine = open_engine(place)
    with engine.connect() as connection, connection.begin():
        migrate(connection, lambda _: None, REVISIONS[:1])
    with engine.connect() as connection:
        with pytest.raises(RuntimeError, match="half way"), connection.begin():
            migrate(connection, lambda _: None, (*REVISIONS[:2], Breaks()))
        assert schema_version(connection) == 1
        connection.rollback()
    journal = open_journal()
    put(journal, 0, 3)
    assert journal.flush()
    assert journal.verify().intact
    with engine.connect() as connection:
        assert schema_version(connection) == SCHEMA_VERSION
    engine.dispose()


class Breaks:
    def upgrade(self, op: object) -> None:
        raise RuntimeError("half way")


# Trouble


@contextmanager
def locked(place: str) -> Iterator[None]:
    engine = sa.create_engine(place, poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("LOCK TABLE records IN EXCLUSIVE MODE")
        yield


def test_a_locked_table_loses_nothing_and_is_told(open_journal: Open, place: str, path: Path) -> None:
    journal = open_journal(retry_most_s=0.1)
    put(journal, 0, 10)
    assert journal.flush()
    with locked(place):
        put(journal, 10, 500)
        wait_for(lambda: "another program holds a lock on it" in journal.status().error)
        assert journal.status().pending == 500
        wait_for(path.with_name(path.name + ".spill").exists)
    assert journal.flush(20.0)
    assert numbers(journal) == list(range(510))
    assert journal.verify().intact
    assert journal.status().error == ""


@pytest.mark.allowed_logs("Exception (closing|terminating|during reset)")
def test_a_connection_that_was_ended_by_the_server_loses_nothing(
    open_journal: Open, place: str, server: Server
) -> None:
    journal = open_journal(retry_first_s=0.02)
    put(journal, 0, 10)
    assert journal.flush()
    engine = sa.create_engine(server.url(), poolclass=sa.NullPool)
    name = sa.make_url(place).username
    with engine.connect() as connection:
        end = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :name")
        connection.execute(end, {"name": name})
    put(journal, 10, 10)
    assert journal.flush(20.0)
    assert numbers(journal) == list(range(20))
    assert journal.verify().intact


def test_texts_that_the_server_would_refuse_are_written_all_the_same(open_journal: Open) -> None:
    journal = open_journal()
    journal.record("odd\0", "a\ud800", "account:\0", {"te\0xt": "nul \0 and \ud800"}, subject="\0")
    assert journal.flush()
    (record,) = journal.recent()
    assert record.kind == "odd\N{REPLACEMENT CHARACTER}"
    assert journal.verify().intact


# Several processes


APPEND = """
    import sys
    import time
    from pathlib import Path
    from core.clock import SystemClock
    from core.journal.journal import Journal
    from core.journal.writing import WriterSettings

    place, spill, name, count = sys.argv[1:]
    settings = WriterSettings(batch=10, batch_wait_s=0.002, chunk=20)
    journal = Journal(place, SystemClock(), spill=Path(spill), settings=settings)
    for number in range(int(count)):
        journal.record("event.raised", name, "portfolio", {"number": number})
    ends_s = time.monotonic() + 60.0
    while not journal.flush(0.02) and time.monotonic() < ends_s:
        if "duplicate" in journal.status().error:
            sys.exit(2)  # two took the same place: the one that lost it would only try again
    sys.exit(0 if journal.flush(1.0) else 1)
"""


def test_processes_that_append_at_the_same_time_keep_one_chain(place: str, tmp_path: Path) -> None:
    """They make the schema at the same time too."""
    names = ("north", "south")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(APPEND), place, str(tmp_path / name), name, str(MANY)], cwd=ROOT
        )
        for name in names
    ]
    assert [process.wait(90.0) for process in processes] == [0, 0]
    with JournalReader(place) as reader:
        report = reader.verify()
        assert (report.records, report.intact) == (len(names) * MANY, True)
        for name in names:
            found = [row.data()["number"] for row in reader.stream(Wanted(actor=name))]
            assert found == list(range(MANY))
