"""`scram journal` on journals as desks leave them."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.cli.commands import run
from core.clock import DAY_S, ManualClock
from core.engine.sealing import KeySigner
from core.engine.unaided import desk_latches
from core.halt.evidence.export import EvidenceStore
from core.journal.export import COLUMNS, GROUP
from core.journal.journal import Journal
from core.places import Places, find_places

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return find_places(tmp_path / "home", {})


@pytest.fixture
def journal(places: Places) -> Journal:
    """Two days, forty records a day, signed by this home's key; closed."""
    clock = ManualClock()
    made = Journal(places.database, clock, seals=places.database.with_name(places.database.name + ".seals"))
    made.sign_with(KeySigner(EvidenceStore(desk_latches(places)).keys.private()))
    assert made.flush()
    for number in range(80):
        kind = "event.raised" if number % 2 else "order.sent"
        actor = "=cmd()" if number == 79 else "ann"
        made.record(kind, actor, f"account:a-{number % 4}", {"number": number}, subject=f"e-{number // 10}")
        clock.advance(1.0 if number != 39 else DAY_S)
    made.close()
    return made


@pytest.fixture
def command(places: Places, journal: Journal, capsys: pytest.CaptureFixture[str]) -> Command:
    """`scram journal ...` of that home, in this process: exit code, standard output, standard error."""

    def do(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["journal", *map(str, arguments), "--home", str(places.config.parent)])
        return (code, *capsys.readouterr())

    return do


def tamper(places: Places, statement: str) -> None:
    with closing(sqlite3.connect(places.database)) as connection, connection:
        connection.execute(statement)


# verify


def test_an_intact_journal_is_said_to_be_whole_sealed_and_noted(command: Command) -> None:
    code, out, _ = command("verify")
    assert code == 0
    assert out.startswith("intact: 82 records are what was written")
    assert "seals: 2 hold, 2 of them signed, 2 also noted in" in out
    code, out, _ = command("verify", "--json")
    answer = json.loads(out)
    assert (code, answer["intact"], answer["records"], answer["first_bad"]) == (0, True, 82, None)
    assert (answer["seals"], answer["signed"], answer["noted"], len(answer["keys"])) == (2, 2, 2, 1)


@pytest.mark.parametrize(
    ("statement", "seq", "fault"),
    [
        ("UPDATE records SET body = replace(body, '7', '8') WHERE seq = 8", 8, "edited"),
        ("DELETE FROM records WHERE seq = 30", 30, "missing"),
        ("DELETE FROM records WHERE seq > 60", 61, "cut"),
        ("UPDATE records SET seq = CASE seq WHEN 12 THEN -50 ELSE seq END", 12, "swapped"),
    ],
)
def test_the_first_bad_record_is_named_with_its_time_and_what_is_wrong(
    places: Places, command: Command, statement: str, seq: int, fault: str
) -> None:
    tamper(places, statement)
    code, out, _ = command("verify")
    assert code == 3
    assert out.startswith(f"NOT INTACT: record {seq} (20")
    assert f": {fault}: " in out
    code, out, _ = command("verify", "--json")
    bad = json.loads(out)["first_bad"]
    assert (code, bad["seq"], bad["fault"]) == (3, seq, fault)


def test_a_part_can_be_checked_by_days(places: Places, command: Command) -> None:
    tamper(places, "UPDATE records SET actor = 'bob' WHERE seq = 8")
    assert command("verify", "--to", "2023-11-14")[0] == 3
    code, out, _ = command("verify", "--from", "2023-11-15", "--json")
    assert (code, json.loads(out)["records"]) == (0, 42)


def test_seals_of_another_key_are_not_trusted_unless_it_is_named(
    places: Places, command: Command, tmp_path: Path
) -> None:
    key = json.loads(command("verify", "--json")[1])["keys"][0]
    with_colons = ":".join(key[at : at + 2] for at in range(0, len(key), 2)).upper()
    assert command("verify", "--key", with_colons)[0] == 0
    code, out, _ = command("verify", "--key", "ab" * 32)
    assert (code, "not one of those that are trusted" in out) == (3, True)


def test_a_copy_is_checked_where_it_lies_and_told_apart_from_its_notes(
    places: Places, command: Command, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copyfile(places.database, copy)
    code, out, _ = command("verify", "--database", copy)
    assert (code, "not checked: no seal is noted outside" in out) == (0, True)
    code, out, _ = command("verify", "--database", copy, "--seals", f"{places.database}.seals")
    assert (code, "2 also noted" in out) == (0, True)


def test_what_cannot_be_read_ends_with_2_and_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"noise" * 1_000)
    assert command("verify", "--database", tmp_path / "noise")[::2] == (
        2, "scram: the journal cannot be read: file is not a database\n",
    )  # fmt: skip
    code, _, err = command("verify", "--database", tmp_path / "none.sqlite")
    assert (code, err) == (2, f"scram: there is no journal at {tmp_path / 'none.sqlite'}\n")
    code, _, err = command("verify", "--from", "yesterday")
    assert (code, "allowed are a day such as 2026-03-01" in err) == (2, True)


# show


def test_records_are_shown_newest_first_by_what_they_say(command: Command) -> None:
    code, out, _ = command("show", "--kind", "event", "--count", "2")
    assert code == 0
    first, second = out.splitlines()
    assert 'event.raised  by =cmd()  account:a-3 e-7  {"number":79}' in first
    assert '{"number":77}' in second
    code, out, _ = command("show", "--about", "e-3", "--scope", "account:a-1", "--json")
    assert [row["body"]["number"] for row in json.loads(out)] == [37, 33]
    assert "No record says that." in command("show", "--actor", "nobody")[1]
    assert '"number":11}' in command("show", "--text", 'NUMBER":11}')[1]


# export


def test_csv_holds_every_field_of_every_record_and_no_formula(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("export", "--out", tmp_path / "all.csv")
    assert (code, out.startswith("82 records are in")) == (0, True)
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["seq"] for row in rows] == [str(seq) for seq in range(1, 83)]
    assert (rows[0]["at"], rows[0]["kind"]) == ("2023-11-14T22:13:20.000Z", "order.sent")
    assert [row["actor"] for row in rows if row["body"] == '{"number":79}'] == ["'=cmd()"]


def test_json_lines_hold_the_body_as_an_object(command: Command, tmp_path: Path) -> None:
    assert command("export", "--out", tmp_path / "some.jsonl", "--kind", "order", "--to", "2023-11-14")[0] == 0
    rows = [json.loads(line) for line in (tmp_path / "some.jsonl").read_text("utf-8").splitlines()]
    assert [row["body"]["number"] for row in rows] == list(range(0, 40, 2))
    assert all(row["hash"] and row["at"].startswith("2023-11-14") for row in rows)


def test_parquet_holds_the_same_records(command: Command, tmp_path: Path, journal: Journal) -> None:
    assert command("export", "--out", tmp_path / "all.parquet")[0] == 0
    table = pq.read_table(tmp_path / "all.parquet")
    records = list(reversed(journal.recent(limit=100)))
    assert table.column_names == list(COLUMNS)
    assert table["hash"].to_pylist() == [row.hash for row in records]
    assert [at.timestamp() for at in table["at"].to_pylist()] == [row.at_s for row in records]


def test_a_large_export_is_written_group_by_group(places: Places, command: Command, tmp_path: Path) -> None:
    again = Journal(places.database, ManualClock(1_800_000_000.0))
    for number in range(GROUP + 10):
        again.record("event.raised", "scram", "", {"number": number})
    assert again.flush(30.0)
    again.close()
    assert command("export", "--out", tmp_path / "all", "--format", "parquet")[0] == 0
    file = pq.ParquetFile(tmp_path / "all")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [GROUP, 92]


def test_an_export_replaces_nothing_and_leaves_nothing_half_done(
    places: Places, command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "there.csv").write_text("mine")
    code, _, err = command("export", "--out", folder / "there.csv")
    assert (code, "is there already and is not replaced" in err) == (2, True)
    assert (folder / "there.csv").read_text() == "mine"
    tamper(places, "UPDATE records SET at_s = 'never' WHERE seq = 70")
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        code, _, err = command("export", "--out", folder / name)
        assert (code, "`scram journal verify` says which" in err) == (2, True)
    assert [file.name for file in folder.iterdir()] == ["there.csv"]
    code, _, err = command("export", "--out", folder / "a.txt")
    assert (code, "end it in csv, jsonl, parquet" in err) == (2, True)
    assert command("export", "--out", folder / "a", "--format", "xml")[0] == 2
    assert command("export", "--out", tmp_path / "nowhere" / "a.csv")[0] == 2
