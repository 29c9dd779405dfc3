"""`scram demo --headless`: the whole product on paper exchanges of its own, and the report that it writes."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from core.journal.reader import JournalReader
from core.paper.site import make_spec
from tests.app.cli.desk import Ran, scram, told_anywhere

SCHEMA = {
    "schema", "accounts", "venues", "strategies", "updates", "cycles", "events", "mitigations", "halt", "latency_ms",
    "journal", "deadman", "lease", "automation", "alarms",
}  # fmt: skip
LATENCY = {"update_to_event_p50", "update_to_event_p99", "cycle_p99", "loop_stall_max"}
EVENT = {
    "scope", "metric", "severity", "state", "value", "threshold", "raised_at", "urgency", "annunciated", "resolution",
}  # fmt: skip


async def _demo(home: Path, scenario: str, seconds: str) -> tuple[Ran, dict[str, Any]]:
    file = home.parent / f"{scenario}.json"
    ran = await scram(
        os.environ, "demo", "--headless", "--accounts", "2", "--venues", "1", "--seed", "3", "--seconds", seconds,
        "--scenario", scenario, "--json", str(file), "--home", str(home),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    report = json.loads(file.read_text())
    assert isinstance(report, dict)
    return ran, report


async def test_a_short_run_reports_everything_that_is_documented_and_keeps_its_secrets(tmp_path: Path) -> None:
    calm, withdrawal = tmp_path / "calm", tmp_path / "withdrawal"
    (ran, report), (_, moved) = await asyncio.gather(_demo(calm, "calm", "6"), _demo(withdrawal, "withdrawal", "13"))
    for written in (report, moved):
        assert set(written) == SCHEMA
        assert set(written["latency_ms"]) == LATENCY
        assert (written["schema"], written["accounts"], written["venues"]) == (1, 2, 1)
        assert written["updates"] > 0
        assert written["cycles"] > 10
        assert written["latency_ms"]["cycle_p99"] > 0
        assert written["journal"]["intact"]
        assert written["halt"] is None
        assert all(set(event) == EVENT for event in written["events"])
    with JournalReader(calm / "scram.sqlite") as reader:
        assert reader.count() == report["journal"]["records"] > 0
        assert reader.verify().intact
    assert not [event for event in moved["events"] if event["metric"] in {"drawdown", "daily_loss"}]
    accounts = make_spec(2, 1, 3, "calm").accounts
    words = [word for account in accounts for word in (account.secret, account.api_key)]
    assert told_anywhere(words, calm, ran.out, ran.err) == []
    assert told_anywhere(words, withdrawal) == []


async def test_a_scenario_that_there_is_none_of_is_refused_in_one_sentence(tmp_path: Path) -> None:
    ran = await scram(
        os.environ, "demo", "--headless", "--seconds", "1", "--scenario", "panic", "--home", str(tmp_path)
    )
    assert ran.code == 2
    assert ran.sentence().startswith('scram: there is no scenario "panic"; there are calm')
