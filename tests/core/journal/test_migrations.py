"""The schema from the first released one on: `schema_1.sql` is what that release left behind, and is never edited."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import JournalError
from core.journal.backup import KEPT, back_up, backup_path
from core.journal.database import open_engine, url_of
from core.journal.migrations import REVISIONS, SCHEMA_VERSION
from core.journal.migrations.run import migrate, schema_version
from core.journal.reader import JournalReader
from core.journal.store import UPGRADED
from core.journal.tables import JournalBase
from tests.core.journal.conftest import Open

if TYPE_CHECKING:
    from alembic.operations import Operations

ROOT = Path(__file__).parents[3]
FIRST_RELEASE = Path(__file__).with_name("schema_1.sql")


@pytest.fixture
def place(path: Path) -> Path:
    return path


@pytest.fixture
def old(path: Path) -> Path:
    """A journal as the first release left it, three records long."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_RELEASE.read_text("utf-8"))
    return path


def columns(path: Path) -> dict[str, list[Any]]:
    """What every table looks like, without the order in which it was made."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found: dict[str, list[Any]] = {
            name: sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names
        }
        indexes = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        return {**found, "indexes": connection.execute(indexes).fetchall()}


def test_what_the_migrations_make_is_what_the_tables_say(open_journal: Open, path: Path) -> None:
    assert open_journal().flush()
    engine = open_engine(url_of(path))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), JournalBase.metadata) == []
    engine.dispose()


def test_a_journal_of_the_first_release_ends_with_the_same_schema_as_a_new_one(
    open_journal: Open, old: Path, tmp_path: Path
) -> None:
    assert open_journal().flush()
    assert open_journal(tmp_path / "new.sqlite").flush()
    assert columns(old) == columns(tmp_path / "new.sqlite")


def test_the_first_revision_makes_what_the_first_release_made(old: Path, tmp_path: Path) -> None:
    engine = open_engine(url_of(tmp_path / "made.sqlite"))
    with engine.connect() as connection, connection.begin():
        migrate(connection, lambda _: None, REVISIONS[:1])
    engine.dispose()
    assert columns(tmp_path / "made.sqlite") == columns(old)


def test_records_and_state_of_the_first_release_stay_valid_and_the_chain_goes_on(open_journal: Open, old: Path) -> None:
    journal = open_journal()
    journal.record("event.cleared", "scram", "account:alpha-1", {})
    assert journal.flush()
    report = journal.verify()
    assert (report.records, report.intact) == (5, True)  # with the one that tells of the newer schema
    kinds = ["event.cleared", UPGRADED, "stop.fired", "event.raised", "engine.started"]
    assert [row.kind for row in journal.recent()] == kinds
    assert journal.load_state("book") == {"peak": 1.5}


def test_an_edited_record_of_the_first_release_is_found_after_the_migration_too(open_journal: Open, old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE records SET actor = 'bob' WHERE seq = 2")
    assert open_journal().flush()
    with JournalReader(old) as reader:
        assert reader.verify().first_bad_seq == 2


def test_a_reader_takes_a_journal_of_the_first_release_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    with JournalReader(old) as reader:
        assert reader.verify().intact
        assert [row.seq for row in reader.recent()] == [3, 2, 1]
    assert old.read_bytes() == before


def test_a_schema_of_a_newer_release_is_refused_in_a_sentence(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE schema_version SET version = 99")
    engine = open_engine(url_of(old))
    with (
        engine.connect() as connection,
        pytest.raises(JournalError, match=f"schema version 99; this release knows versions up to {SCHEMA_VERSION}"),
        connection.begin(),
    ):
        migrate(connection, lambda _: None)
    engine.dispose()


# One more revision than there is, whatever there is


class Further:
    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def upgrade(self, op: Operations) -> None:
        op.add_column("records", sa.Column("further", sa.String(), server_default="", nullable=False))
        if self.fails:
            raise OSError(28, "No space left on device")


def migrate_further(path: Path, further: Further) -> list[int]:
    """The versions that were to be kept."""
    kept: list[int] = []

    def keep(version: int) -> None:
        kept.append(version)
        back_up(path, version, lambda: None)

    engine = open_engine(url_of(path))
    try:
        with engine.connect() as connection, connection.begin():
            migrate(connection, keep, (*REVISIONS, further))
    finally:
        engine.dispose()
    return kept


def migrate_to(path: Path, version: int) -> None:
    """As the release left it that wrote this version."""
    engine = open_engine(url_of(path))
    try:
        with engine.connect() as connection, connection.begin():
            migrate(connection, lambda _: None, REVISIONS[:version])
    finally:
        engine.dispose()


def version_of(path: Path) -> int:
    engine = open_engine(url_of(path))
    with engine.connect() as connection:
        found = schema_version(connection)
    engine.dispose()
    return found


def test_a_copy_is_put_aside_before_the_schema_is_changed_and_only_then(old: Path) -> None:
    assert migrate_further(old, Further()) == [1]
    assert migrate_further(old, Further()) == []
    copy = backup_path(old, 1)
    with JournalReader(copy) as reader:
        assert (reader.count(), reader.verify().intact) == (3, True)
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_journal_of_every_older_schema_is_brought_up_to_date_after_a_copy_and_says_where_that_is(
    open_journal: Open, old: Path, version: int
) -> None:
    migrate_to(old, version)
    assert version_of(old) == version
    journal = open_journal()
    for _ in range(2):
        journal.record("later", "ann", "", {})
        assert journal.flush()
    assert version_of(old) == SCHEMA_VERSION
    copy = backup_path(old, version)
    assert version_of(copy) == version
    with JournalReader(old) as now, JournalReader(copy) as before:
        assert (before.count(), before.verify().intact) == (3, True)
        assert now.verify().intact
        (told,) = [record for record in now.stream() if record.kind == UPGRADED]
    assert told.data() == {"before": version, "after": SCHEMA_VERSION, "copy": str(copy)}


def test_a_new_journal_leaves_no_copy(open_journal: Open, path: Path) -> None:
    assert open_journal().flush()
    assert list(path.parent.glob("*.schema-*")) == []


def test_a_migration_that_fails_half_way_leaves_everything_as_it_was(old: Path) -> None:
    before = columns(old)
    with pytest.raises(OSError, match="No space"):
        migrate_further(old, Further(fails=True))
    assert (columns(old), version_of(old)) == (before, 1)
    made = backup_path(old, 1).stat().st_ino
    migrate_further(old, Further())
    assert version_of(old) == len(REVISIONS) + 1
    assert backup_path(old, 1).stat().st_ino == made  # of the same records no second copy is made


def test_only_so_many_copies_are_kept(old: Path) -> None:
    for version in range(1, KEPT + 3):
        back_up(old, version, lambda: None)
    assert sorted(file.name for file in old.parent.glob("*.schema-*")) == [
        backup_path(old, version).name for version in range(3, KEPT + 3)
    ]


MIGRATE_AND_HANG = """
    import sys
    import time
    from pathlib import Path
    from core.journal.backup import back_up
    from core.journal.database import open_engine, url_of
    from core.journal.migrations import REVISIONS
    from core.journal.migrations.run import migrate

    class Hangs:
        def upgrade(self, op):
            op.execute("UPDATE records SET body = 'gone'")
            op.drop_table("state")
            print("half way", flush=True)
            time.sleep(60)

    path = Path(sys.argv[1])
    engine = open_engine(url_of(path))
    with engine.connect() as connection, connection.begin():
        migrate(connection, lambda version: back_up(path, version, lambda: None), (*REVISIONS, Hangs()))
"""


def test_a_process_killed_in_the_middle_of_a_migration_leaves_the_journal_as_it_was(
    old: Path, open_journal: Open
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(MIGRATE_AND_HANG), str(old)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"half way"
        process.kill()
    assert version_of(old) == 1
    journal = open_journal()
    assert journal.flush()
    assert journal.verify().records == 3
    assert journal.verify().intact
    assert journal.load_state("book") == {"peak": 1.5}
    assert version_of(old) == SCHEMA_VERSION
