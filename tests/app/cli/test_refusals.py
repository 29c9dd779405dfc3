"""What is wrong with a configuration or a venue: a clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.paper.faults import Fault, FaultKind
from tests.app.cli.desk import Desk
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
@pytest.mark.parametrize("command", [("check",), ("run", "--headless")], ids=["check", "run"])
async def test_a_wrong_configuration_is_refused_in_one_sentence(
    desk: Desk, what: str, command: tuple[str, ...]
) -> None:
    spoil, hint = WRONG[what]
    spoil(desk.tables)
    text = desk.write()
    ran = await desk.run(*command)
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
    ran = await desk.run("check", "--json")
    assert ran.code == 0
    rows = {row["account"]: row for row in ran.json["accounts"]}
    assert all(row["ready"] for row in rows.values())
    assert {name: row["resting_orders"] for name, row in rows.items()} == desk.resting()
    told = await desk.run("check")
    assert told.code == 0
    assert told.err == ""
    assert [line.split()[:2] for line in told.out.splitlines() if line.startswith("READY")] == [
        ["READY", "alpha-1"], ["READY", "alpha-2"],
    ]  # fmt: skip


BROKEN: dict[str, Fault] = {
    "malformed JSON": Fault(FaultKind.MALFORMED, venue="south"),
    "no answer": Fault(FaultKind.REFUSE, venue="south"),
    "an error page": Fault(FaultKind.STATUS, venue="south", status=502),
    "a revoked key": Fault(FaultKind.REVOKE_KEY, account="alpha-2"),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_venue_in_trouble_is_not_ready_in_one_sentence_and_the_other_is(desk: Desk, what: str) -> None:
    desk.site.add_fault(BROKEN[what])
    await _only_alpha_1_is_ready(desk)


async def test_a_wrong_secret_is_not_ready_in_one_sentence(desk: Desk) -> None:
    desk.environ["PAPER_ALPHA_2_SECRET"] = "this-is-not-the-secret"
    await _only_alpha_1_is_ready(desk)


async def test_a_dead_port_is_not_ready_in_one_sentence(desk: Desk) -> None:
    await desk.site.venue("south").server.stop()
    await _only_alpha_1_is_ready(desk)


async def test_a_listing_without_a_needed_column_is_not_ready_in_one_sentence(desk: Desk) -> None:
    async with lacking(desk, "south", "orderId"):
        await _only_alpha_1_is_ready(desk)


async def test_a_missing_key_is_not_ready_in_one_sentence(desk: Desk) -> None:
    del desk.environ["PAPER_ALPHA_2_API_KEY"]
    told = await _only_alpha_1_is_ready(desk)
    assert "PAPER_ALPHA_2_API_KEY" in told


async def _only_alpha_1_is_ready(desk: Desk) -> str:
    ran = await desk.run("check")
    lines = ran.out.splitlines()
    assert ran.code == 3, ran
    assert "Traceback" not in ran.out + ran.err
    assert ran.err == ""
    assert any(line.startswith("READY      alpha-1") for line in lines)
    (told,) = [line for line in lines if line.startswith("NOT READY")]
    assert told.startswith("NOT READY  alpha-2 (binanceusdm): ")
    assert len(told) < 400
    return told
