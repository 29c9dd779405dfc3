"""What is wrong with a configuration or a venue: a clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.paper.faults import Fault, FaultKind
from tests.app.cli.desk import Desk, desk_at
from tests.app.cli.lacking import lacking

Spoil = Callable[[dict[str, Any]], object]

WRONG: dict[str, tuple[Spoil, str]] = {
    "an unknown metric": (
        lambda tables: tables["limits"].append({"scope": "portfolio", "metric": "drawdwon", "high": 0.1}),
        "drawdown",
    ),
    "a typo in a key": (lambda tables: tables["accounts"][0].update({"modee": "act"}), "mode"),
    "a typo in a table": (lambda tables: tables.update({"fed": {"reconcile_s": 5.0}}), "feed"),
    "an unknown exchange": (lambda tables: tables["accounts"][0].update({"exchange": "binanceusd"}), "binanceusd"),
    "a secret in the file": (lambda tables: tables["accounts"][0]["ccxt"].update({"secret": "hush"}), "secret"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_configuration_is_refused_in_one_sentence(desk: Desk, what: str) -> None:
    spoil, hint = WRONG[what]
    spoil(desk.tables)
    text = desk.write()
    ran = await desk.run("check")
    assert ran.code == 2
    assert str(desk.config) in ran.sentence()
    assert hint in ran.sentence()
    assert "hush" not in ran.err
    assert desk.config.read_text() == text


@pytest.mark.parametrize("command", [("check",), ("run", "--headless")], ids=["check", "run"])
async def test_a_half_written_file_is_refused_in_one_sentence_and_left_alone(
    desk: Desk, command: tuple[str, ...]
) -> None:
    text = desk.write()
    half = text[: text.index("credentials") + 15]
    desk.config.write_text(half)
    ran = await desk.run(*command)
    assert ran.code == 2
    assert "half written" in ran.sentence()
    assert desk.config.read_text() == half


@pytest.mark.parametrize("command", [("check",), ("run", "--headless")], ids=["check", "run"])
async def test_a_file_that_is_not_there_is_told_with_what_to_do(desk: Desk, command: tuple[str, ...]) -> None:
    desk.config.unlink()
    ran = await desk.run(*command)
    assert ran.code == 2
    assert "scram demo" in ran.sentence()
    named = await desk.run(*command, "--config", str(desk.home / "other.toml"))
    assert named.code == 2
    assert "other.toml" in named.sentence()


async def test_a_desk_that_is_ready_is_told_account_by_account(desk: Desk) -> None:
    desk.site.running = False
    before = desk.resting()
    ran = await desk.run("check", "--json")
    assert ran.code == 0
    rows = {row["account"]: row for row in ran.json["accounts"]}
    assert all(row["ready"] for row in rows.values())
    after = desk.resting()
    # The market goes on, and may fill an order meanwhile.
    assert all(after[name] <= row["resting_orders"] <= before[name] for name, row in rows.items())
    told = await desk.run("check")
    assert told.code == 0
    assert told.err == ""
    assert [line.split()[:2] for line in told.out.splitlines() if line.startswith("READY")] == [
        ["READY", "alpha-1"], ["READY", "alpha-2"],
    ]  # fmt: skip


async def test_every_account_in_trouble_is_told_in_one_sentence_and_the_others_are_ready(tmp_path: Path) -> None:
    async with desk_at(tmp_path / "home", accounts=7, venues=6) as desk:
        desk.site.add_fault(Fault(FaultKind.MALFORMED, venue="south"))
        desk.site.add_fault(Fault(FaultKind.REFUSE, venue="east"))
        desk.site.add_fault(Fault(FaultKind.STATUS, venue="west", status=502))
        await desk.site.venue("upper").server.stop()
        desk.environ["PAPER_ALPHA_6_SECRET"] = "this-is-not-the-secret"
        del desk.environ["PAPER_ALPHA_7_API_KEY"]
        text = desk.config.read_text()
        ran = await desk.run("check")
        lines = [line for line in ran.out.splitlines()[1:] if not line.startswith(("can stop ", "A stop of "))]
        told = {line.split()[2]: line for line in lines if line.startswith("NOT READY")}
        assert ran.code == 3
        assert ran.err == ""
        assert set(told) == {f"alpha-{number}" for number in range(2, 8)}
        assert [line.split()[1] for line in lines if line.startswith("READY")] == ["alpha-1"]
        assert all(": " in line and len(line) < 400 and "Traceback" not in line for line in told.values())
        assert "PAPER_ALPHA_7_API_KEY" in told["alpha-7"]
        assert "cannot be understood" in told["alpha-2"]
        assert len(lines) == 7 + sum(line.startswith("  ") for line in lines)
        assert desk.config.read_text() == text


async def test_a_listing_without_a_needed_column_is_not_ready_in_one_sentence(desk: Desk) -> None:
    async with lacking(desk, "south", "orderId"):
        ran = await desk.run("check")
    (told,) = [line for line in ran.out.splitlines() if line.startswith("NOT READY")]
    assert ran.code == 3
    assert told.startswith("NOT READY  alpha-2 (binanceusdm): ")
    assert "cannot be understood: it has no" in told
    assert "READY      alpha-1" in ran.out
