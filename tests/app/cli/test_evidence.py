"""`scram evidence`: from a stop on the command line to a file that a stranger can check."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli.commands import run
from core.paper.faults import Fault, FaultKind
from tests.app.cli.desk import Desk, told_anywhere

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def evidence(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Command:
    """`scram evidence ...` in this process, of the desk's home unless another is named: exit code and what it said."""

    def command(*arguments: object, home: Path = desk.home) -> tuple[int, str]:
        capsys.readouterr()
        code = run(["evidence", *map(str, arguments), "--home", str(home)])
        out, err = capsys.readouterr()
        return code, out or err

    return command


@pytest.fixture
async def halt_id(desk: Desk) -> str:
    """A stop that was fired by the command line, which has ended since."""
    desk.site.running = False
    ran = await desk.halt()
    assert ran.code == 0
    named: str = ran.json["halt_id"]
    return named


def rows_of(file: Path) -> dict[str, dict[str, Any]]:
    document = json.loads(file.read_bytes())
    return {row["account"]: row for row in document.get("evidence", document)["runs"][0]["accounts"]}


async def test_a_signed_file_is_valid_until_a_byte_of_it_is_changed(
    desk: Desk, halt_id: str, evidence: Command, tmp_path: Path
) -> None:
    file, changed = tmp_path / "evidence.json", tmp_path / "changed.json"
    ran = await desk.run("evidence", "export", halt_id, "--out", str(file))
    assert ran.code == 0
    code, key = evidence("key")
    assert (code, key.strip() in ran.out) == (0, True)
    verified = await desk.run("evidence", "verify", str(file), "--json")
    assert (verified.code, verified.json["valid"], verified.json["altered"]) == (0, True, "nothing")
    rows = rows_of(file)
    assert [row["says"] for row in rows.values()] == ["VERIFIED", "VERIFIED"]
    assert all(row["requests"] and row["first_proof"] for row in rows.values())
    assert not told_anywhere([value for name, value in desk.environ.items() if name.startswith("PAPER_")], tmp_path)
    changed.write_bytes(file.read_bytes().replace(b'"resting":0', b'"resting":1', 1))
    code, said = evidence("verify", changed)
    assert code == 3
    assert said.splitlines()[:2] == ["NOT VALID: the evidence is not what was signed", "altered: content"]
    # Somebody else's machine knows no key until it is told one.
    elsewhere = tmp_path / "elsewhere"
    code, said = evidence("verify", file, "--json", home=elsewhere)
    assert (code, json.loads(said)["altered"]) == (3, "unknown key")
    assert evidence("verify", file, "--key", key.strip().upper(), home=elsewhere)[0] == 0
    assert evidence("verify", file, "--key", key.strip()[::-1])[0] == 3


async def test_it_is_there_after_the_reset_with_who_and_why(
    desk: Desk, halt_id: str, evidence: Command, tmp_path: Path
) -> None:
    await desk.run("reset", "--reason", "the bot is off", "--operator", "ada")
    plain, table = tmp_path / "e.json", tmp_path / "e.csv"
    assert evidence("export", halt_id, "--format", "json", "--out", plain)[0] == 0
    assert evidence("export", halt_id, "--format", "csv", "--out", table)[0] == 0
    latch = json.loads(plain.read_bytes())["latch"]
    assert (latch["reset_by"], latch["reset_reason"], latch["fired_by"]) == ("ada", "the bot is off", "command line")
    with table.open(newline="") as rows:
        assert [row["proof"] for row in csv.DictReader(rows)] == ["VERIFIED", "VERIFIED"]
    code, said = evidence("verify", plain, "--json")
    assert (code, json.loads(said)["altered"]) == (3, "content")


async def test_a_stop_that_proved_nothing_leaves_its_requests(desk: Desk, evidence: Command, tmp_path: Path) -> None:
    desk.site.running = False
    desk.site.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="alpha-2"))
    ran = await desk.halt("--wait", "2")
    file = tmp_path / "e.json"
    assert evidence("export", ran.json["halt_id"], "--format", "json", "--out", file)[0] == 0
    row = rows_of(file)["alpha-2"]
    assert row["says"].startswith("RESTING")
    assert row["first_proof"] is None
    assert {"cancel", "list"} <= {request["for"] for request in row["requests"]}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "h-unheard-of", "--out", "e.json"), "nothing is kept of a stop h-unheard-of here"),
        (("export", "../h-1", "--out", "e.json"), "is not the id of a stop"),
        (("verify", "there-is-no-such-file.json"), "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    assert run(["evidence", *arguments, "--home", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err
