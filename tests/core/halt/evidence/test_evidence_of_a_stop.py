"""What a stop keeps of itself: enough for a reader to judge the proof again, and no secret."""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import datetime as dt
import hashlib
import io
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import orjson
import pytest

from core.domain import PORTFOLIO, EvidenceFormat
from core.errors import LatchError
from core.halt.evidence.document import _within
from core.halt.evidence.export import EvidenceStore
from core.halt.evidence.folder import MOST_RUNS, EvidenceFolder
from core.halt.evidence.signing import verify
from core.halt.evidence.table import COLUMNS
from core.halt.latch import Latch, LatchFolder
from core.halt.paired import PairedLatches
from core.halt.target import StopSettings
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSpec
from core.spreadsheet import cell
from core.venues.wire_log import WireLog
from tests.core.halt.conftest import Ground, GroundMaker
from tests.core.halt.dialects import DIALECTS, Orders, site_spec, venue_spec

SOON = StopSettings(settle_s=0.3, sweep_s=0.2, quiet_s=0.2)
SETTLE_MS = 300.0


def three_dialects() -> PaperSpec:
    return site_spec((venue_spec(f"v-{name}", name, (f"a-{name}",)) for name in DIALECTS), 1_000_000)


def store(made: Ground) -> EvidenceStore:
    return EvidenceStore(LatchFolder(made.latches))


def kept(made: Ground, halt_id: str = "h-1") -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(store(made).export(halt_id, EvidenceFormat.JSON, time.time()))
    return document


def accounts_of(document: dict[str, Any], run: int = -1) -> dict[str, dict[str, Any]]:
    return {row["account"]: row for row in document["runs"][run]["accounts"]}


def assert_proven_by_itself(account: dict[str, Any], settle_ms: float) -> None:
    """Judge the proof again from what the evidence says of requests and replies, and from nothing else."""
    by_number = {row["number"]: row for row in account["requests"]}
    proof = account["first_proof"]
    assert [row["book"] for row in proof["first"]] == account["books"] == [row["book"] for row in proof["second"]]
    for row in (*proof["first"], *proof["second"]):
        assert row["orders"] == 0
        assert row["began_ms"] <= row["ended_ms"]
        assert row["replies"], "a listing without a reply proves nothing"
        for reply in row["replies"]:
            asked = by_number[reply["request"]]
            assert (asked["for"], asked["book"], asked["status"]) == ("list", row["book"], 200)
            assert hashlib.sha256(asked["reply"].encode()).hexdigest() == reply["sha256"] == asked["reply_sha256"]
            assert row["began_ms"] - 1.0 <= asked["sent_ms"]
            assert asked["sent_ms"] + asked["took_ms"] <= row["ended_ms"] + 1.0
    second_began_ms = min(row["began_ms"] for row in proof["second"])
    assert max(row["ended_ms"] for row in proof["first"]) <= second_began_ms
    cancels = [row for row in account["requests"] if row["for"] == "cancel" and row["sent_ms"] < second_began_ms]
    assert cancels
    assert max(row["sent_ms"] + row["took_ms"] for row in cancels) + settle_ms <= second_began_ms + 1.0


async def test_the_proof_can_be_judged_again_from_the_evidence_alone_in_three_dialects(ground: GroundMaker) -> None:
    async with ground(spec=three_dialects(), timeout_s=4.0, stop=SOON) as made:
        await made.prepare()
        for name in DIALECTS:
            Orders(made.site).lay(f"a-{name}")
        signed = note_signatures(made)
        runner = made.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(20.0)
        # Long enough for sweeps to push out of the newest requests those that prove it.
        await asyncio.sleep(1.5)
        for name in ("json", "csv", "signed"):
            await made.desk.export("h-1", EvidenceFormat(name), made.latches / f"out.{name}")
        document = orjson.loads((made.latches / "out.json").read_bytes())
        for account in accounts_of(document).values():
            assert account["says"] == "VERIFIED"
            assert account["requests_dropped"] >= 0
            assert_proven_by_itself(account, SETTLE_MS)
            assert_proven_by_itself(account | {"first_proof": account["last_proof"]}, SETTLE_MS)
        assert len(accounts_of(document)) == 3
        assert document["latch"]["reason"] == "a test"
        assert verify((made.latches / "out.signed").read_bytes(), [store(made).keys.own() or ""]).valid
        told = b"".join((made.latches / f"out.{name}").read_bytes() for name in ("json", "csv", "signed"))
        assert len(signed) > 3 * len(DIALECTS)
        assert secrets_in(made, signed, told.decode()) == []


def secrets_in(made: Ground, signed: set[str], text: str) -> list[str]:
    values = [
        value
        for venue in made.site.spec.venues
        for account in venue.accounts
        for value in (account.api_key, account.secret, account.password)
    ]
    forms = {form for value in (*values, *signed) if value for form in (value, quote(value), quote(value, safe=""))}
    return [form for form in forms if form.lower() in text.lower()]


def note_signatures(made: Ground) -> set[str]:
    """What ccxt signs with from now on, as it comes out of its own signing."""
    signed: set[str] = set()

    def noting(sign: Any) -> Any:
        def sign_and_note(*args: Any, **named: Any) -> Any:
            request = sign(*args, **named)
            headers = {name: value for name, value in (request["headers"] or {}).items() if "SIGN" in name.upper()}
            query = dict(parse_qsl(urlsplit(request["url"]).query))
            signed.update(value for value in (*headers.values(), query.get("signature", "")) if len(value) > 8)
            return request

        return sign_and_note

    for name in DIALECTS:
        exchange = made.hub.acting(f"a-{name}")._ccxt
        exchange.sign = noting(exchange.sign)
    return signed


async def test_it_is_kept_when_it_is_proven_and_outlives_the_reset_and_the_desk(ground: GroundMaker) -> None:
    async with ground(accounts=2, venues=1, stop=SOON) as made:
        made.end_bots()
        runner = made.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        folder = EvidenceFolder.beside(made.latches)
        for _ in range(100):
            if folder.read("h-1"):
                break
            await asyncio.sleep(0.05)
        (early,) = folder.read("h-1").values()
        assert orjson.loads(early)["proven"]
        await made.desk.reset("h-1", "ada", "the bot is off")
        await made.desk.close()
        document = kept(made)
        (run,) = document["runs"]
        assert run["made_at"] > orjson.loads(early)["made_at"]
        assert (document["latch"]["reset_by"], document["latch"]["reset_reason"]) == ("ada", "the bot is off")
        for account in accounts_of(document).values():
            assert_proven_by_itself(account, SETTLE_MS)


async def test_a_run_that_proved_nothing_says_so_and_why(ground: GroundMaker) -> None:
    async with ground(accounts=2, venues=1, timeout_s=0.4, stop=SOON) as made:
        made.end_bots()
        await made.prepare()
        made.site.add_fault(Fault(FaultKind.HANG, account="alpha-2"))
        runner = made.desk.fire(PORTFOLIO, "tester", "a test")
        await runner.wait(2.0)
        await made.desk.close()
        document = kept(made)
        rows = accounts_of(document)
        assert not document["runs"][0]["proven"]
        assert rows["alpha-1"]["says"] == "VERIFIED"
        assert rows["alpha-2"]["says"] == "UNKNOWN"
        assert rows["alpha-2"]["first_proof"] is None
        assert "did not answer" in rows["alpha-2"]["reason"]
        silent = [row for row in rows["alpha-2"]["requests"] if row["for"] in ("list", "cancel")]
        assert {row["status"] for row in silent} == {None}
        assert all(row["error"] or row["took_ms"] is None for row in silent)


async def test_runs_of_one_stop_stand_side_by_side_and_are_few(ground: GroundMaker) -> None:
    async with ground(accounts=1, venues=1, stop=StopSettings(settle_s=0.02, sweep_s=0.1, quiet_s=0.1)) as made:
        made.end_bots()
        for _ in range(MOST_RUNS + 2):
            runner = made.desk.fire(PORTFOLIO, "tester", "again")
            assert await runner.wait(15.0)
        await made.desk.close()
        runs = kept(made)["runs"]
        assert [run["firings"] for run in runs][:2] == [1, 2]
        assert len(runs) == MOST_RUNS
        assert runs[-1]["firings"] == MOST_RUNS + 2


async def test_neither_a_broken_log_nor_a_broken_disk_keeps_a_stop_from_its_proof(
    ground: GroundMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken on purpose")

    async with ground(accounts=2, venues=1, stop=SOON) as made:
        made.end_bots()
        await made.prepare()
        made.latches.mkdir()
        (made.latches / "evidence").write_text("a file where the folder should be")
        monkeypatch.setattr("core.venues.wire_lines.Entry.__init__", broken)
        runner = made.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(15.0)
        assert not any(made.resting().values())
        await asyncio.sleep(0.2)
        assert "cannot be kept" in runner.evidence.error
        # What is in memory can still be handed on, and tells that nothing was noted.
        await made.desk.export("h-1", EvidenceFormat.JSON, made.latches / "out.json")
        for account in accounts_of(orjson.loads((made.latches / "out.json").read_bytes())).values():
            assert account["requests"] == []
            assert account["requests_not_noted"] > 0


@pytest.mark.expected_logs("cannot be noted")
async def test_an_account_whose_log_cannot_be_had_is_stopped_all_the_same(ground: GroundMaker) -> None:
    def no_log() -> WireLog:
        raise RuntimeError("broken on purpose")

    async with ground(accounts=1, venues=1, stop=SOON) as made:
        made.end_bots()
        targets = made.desk._targets_of

        def broken(*args: Any, **named: Any) -> Any:
            return [dataclasses.replace(target, wire=no_log) for target in targets(*args, **named)]

        made.desk._targets_of = broken
        assert await made.desk.fire(PORTFOLIO, "tester", "a test").wait(15.0)
        await made.desk.close()
        (account,) = accounts_of(kept(made)).values()
        assert (account["says"], account["requests_noted"]) == ("VERIFIED", False)


async def test_the_table_has_one_row_per_account_and_times_that_a_spreadsheet_reads(ground: GroundMaker) -> None:
    async with ground(accounts=3, venues=1, stop=SOON) as made:
        made.end_bots()
        assert await made.desk.fire(PORTFOLIO, "tester", "a test").wait(15.0)
        await made.desk.close()
        text = store(made).export("h-1", EvidenceFormat.CSV, time.time()).decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert tuple(rows[0]) == COLUMNS
        assert sorted(row["account"] for row in rows) == ["alpha-1", "alpha-2", "alpha-3"]
        for row in rows:
            assert row["proof"] == "VERIFIED"
            first, second = (dt.datetime.fromisoformat(row[f"{name}_listing_began_at"]) for name in ("first", "second"))
            assert (second - first).total_seconds() >= 0.0


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|calc", "%0a", "\uff1d1", "\n=1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [None, 0, 1.5, "VERIFIED", "alpha-1", "the venue says no"])
def test_an_ordinary_cell_stays_as_it_is(value: Any) -> None:
    assert cell(value) == ("" if value is None else str(value))


@pytest.mark.parametrize("halt_id", ["h-9", "../latches/h-1", ""])
def test_what_is_no_stop_has_no_evidence(tmp_path: Path, halt_id: str) -> None:
    with pytest.raises(LatchError, match=r"nothing is kept|is not the id of a stop"):
        EvidenceStore(LatchFolder(tmp_path)).export(halt_id, EvidenceFormat.JSON, 0.0)


def test_a_file_that_a_crash_cut_short_hides_no_other_run(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    for run in (1, 2, 3):
        assert folder.claim("h-1") == run
        folder.write("h-1", run, b'{"run":%d}' % run)
    first = tmp_path / "h-1.1.json.gz"
    first.write_bytes(first.read_bytes()[:9])
    (tmp_path / "h-1.2.json.gz").write_bytes(b"")
    assert folder.read("h-1") == {3: b'{"run":3}'}


def test_runs_of_the_guardian_are_told_after_those_of_the_desk(tmp_path: Path) -> None:
    latches = PairedLatches(tmp_path / "own", tmp_path / "guardian")
    latches.write(Latch("h-1", PORTFOLIO, "ada", "a test", 1_700_000_000.0))
    for place, folder in enumerate(map(EvidenceFolder.beside, latches.folders)):
        folder.write("h-1", folder.claim("h-1"), b'{"accounts":[],"of":%d}' % place)
    document = orjson.loads(EvidenceStore(latches).export("h-1", EvidenceFormat.JSON, 1_700_000_009.0))
    assert [run["of"] for run in document["runs"]] == [0, 1]
    assert document["latch"]["fired_by"] == "ada"


def test_many_requests_are_cut_to_the_accounts_share_and_counted_but_never_those_that_prove_it() -> None:
    told = [(SimpleNamespace(call=number), b"x" * 100) for number in range(50)]
    kept_whole = _within(5_000, told, set())  # type: ignore[arg-type]
    assert len(kept_whole) == 50
    numbered = [(line, b"%03d" % line.call + b"x" * 97) for line, _ in told]
    kept_part = [int(row[:3]) for row in _within(1_000, numbered, {20, 21, 22})]  # type: ignore[arg-type]
    assert kept_part == [0, 1, 2, 3, 20, 21, 22, 47, 48, 49]
