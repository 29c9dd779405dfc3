"""`scram halt` in a process of its own, against servers that can be asked what they really hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.paper.faults import Fault, FaultKind
from tests.app.cli.desk import Desk, desk_at
from tests.core.halt.source.bot import CommandBot

KEYS = {
    "fired_by", "scope", "accounts", "verified", "resting", "unknown", "orders_cancelled", "first_cancel_ms",
    "proof_ms", "expected_ms", "rows", "halt_id", "protective", "level", "kept", "late", "sources",
    "sweeping_on",
}  # fmt: skip


async def test_it_ends_with_success_when_every_account_is_proven_empty(desk: Desk) -> None:
    desk.site.running = False
    before = desk.resting()
    assert all(before.values())
    ran = await desk.halt()
    answer = ran.json
    assert ran.code == 0
    assert desk.resting() == dict.fromkeys(before, 0)
    assert set(answer) == KEYS
    assert answer["scope"] == "portfolio"
    assert answer["fired_by"] == "command line"
    assert (answer["accounts"], answer["verified"], answer["resting"], answer["unknown"]) == (2, 2, 0, 0)
    assert answer["orders_cancelled"] == sum(before.values())
    assert 0 < answer["first_cancel_ms"] < answer["proof_ms"]
    assert all(set(row) == {"account", "exchange", "state", "resting", "kept", "reason"} for row in answer["rows"])
    assert {row["state"] for row in answer["rows"]} == {"verified"}
    assert "latched" in ran.err
    assert "Expected: known orders cancelled within" in ran.err
    assert answer["expected_ms"] >= 1_500.0


async def test_a_venue_that_hangs_and_one_that_is_not_there_hold_up_no_other(tmp_path: Path) -> None:
    async with desk_at(tmp_path / "home", accounts=3, venues=3) as desk:
        desk.tables["stop"] = {"call_timeout_s": 1.0}
        desk.write()
        desk.site.add_fault(Fault(FaultKind.HANG, venue="south"))
        await desk.site.venue("east").server.stop()
        ran = await desk.halt("--wait", "5")
        rows = {row["account"]: row for row in ran.json["rows"]}
        assert ran.code == 3
        assert rows["alpha-1"]["state"] == "verified"
        assert [rows[name]["state"] for name in ("alpha-2", "alpha-3")] == ["unknown", "unknown"]
        assert [rows[name]["resting"] for name in ("alpha-2", "alpha-3")] == [None, None]
        assert "did not answer" in rows["alpha-2"]["reason"]
        assert rows["alpha-3"]["reason"]
        assert desk.resting()["alpha-1"] == 0
        assert "Traceback" not in ran.err


async def test_orders_that_stay_are_told_and_are_no_success(desk: Desk) -> None:
    desk.site.running = False
    before = desk.resting()
    desk.site.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="alpha-2"))
    ran = await desk.halt("--wait", "6")
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert rows["alpha-2"]["state"] == "resting"
    assert rows["alpha-2"]["resting"] == before["alpha-2"] == desk.resting()["alpha-2"]
    assert (ran.json["verified"], ran.json["resting"]) == (1, 1)


async def test_a_refused_key_is_given_up_early_and_the_others_are_proven(desk: Desk) -> None:
    desk.environ["PAPER_ALPHA_2_API_KEY"] = "not-a-key-of-this-venue"
    ran = await desk.halt("--wait", "30")
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert rows["alpha-1"]["state"] == "verified"
    assert rows["alpha-2"]["state"] == "unknown"
    assert rows["alpha-2"]["resting"] is None
    assert rows["alpha-2"]["reason"]


async def test_a_scope_of_one_venue_leaves_the_others_orders_alone(desk: Desk) -> None:
    desk.site.running = False
    before = desk.resting()
    ran = await desk.halt("--scope", "venue:north")
    assert ran.code == 0
    assert [row["account"] for row in ran.json["rows"]] == ["alpha-1"]
    assert desk.resting() == before | {"alpha-1": 0}


async def test_protective_orders_stay_where_that_is_asked_for_and_are_counted(desk: Desk) -> None:
    desk.site.running = False
    before = desk.protective()
    assert any(before.values())
    ran = await desk.halt("--protective", "keep")
    assert ran.code == 0
    assert desk.resting() == before
    assert (ran.json["verified"], ran.json["kept"]) == (2, sum(before.values()))
    (latched,) = (await desk.run("status", "--json")).json["latched"]
    assert (latched["protective"], latched["level"]) == ("keep", "block")


async def test_a_scope_of_one_symbol_takes_its_orders_in_every_account_and_no_other(desk: Desk) -> None:
    desk.site.running = False
    before = desk.symbols()
    symbol = max(before, key=before.count)
    ran = await desk.halt("--scope", f"symbol:{symbol}")
    assert ran.code == 0
    assert sorted(desk.symbols()) == sorted(name for name in before if name != symbol)
    assert ran.json["orders_cancelled"] == before.count(symbol)


async def test_a_scope_that_is_none_is_refused_in_one_sentence_and_fires_nothing(desk: Desk) -> None:
    ran = await desk.halt("--scope", "acount:alpha-1")
    assert ran.code == 2
    assert 'scram: "acount:alpha-1" is not a scope; allowed are' in ran.sentence()
    assert all(desk.resting().values())
    assert not list((desk.home / "latches").glob("*.latch.json"))


@pytest.mark.parametrize("scope", ["account:alpha-9", "strategy:nobody"])
async def test_a_scope_without_an_account_is_no_success_and_says_so(desk: Desk, scope: str) -> None:
    ran = await desk.halt("--scope", scope)
    assert ran.code == 3
    assert (ran.json["accounts"], ran.json["verified"], ran.json["rows"]) == (0, 0, [])
    assert f"no account of the configuration is in the scope {scope}" in ran.err
    assert "nothing was stopped" in ran.err
    assert all(desk.resting().values())
    assert [row["scope"] for row in (await desk.run("status", "--json")).json["latched"]] == [scope]


async def test_a_latch_that_cannot_be_written_is_told_beside_the_accounts_and_delays_no_stop(desk: Desk) -> None:
    (desk.home / "latches").write_text("a file where the folder should be")
    ran = await desk.run("halt", "--reason", "a test")
    assert ran.code == 0
    assert not any(desk.resting().values())
    assert [line.split()[:2] for line in ran.out.splitlines()[:2]] == [["VERIFIED", "alpha-1"], ["VERIFIED", "alpha-2"]]
    assert "2 of 2 accounts proven empty" in ran.out
    assert "the latch cannot be written" in ran.err
    assert "is latched" not in ran.err


async def test_two_accounts_without_keys_are_latched_before_the_command_ends(desk: Desk) -> None:
    for name in ("ALPHA_1", "ALPHA_2"):
        del desk.environ[f"PAPER_{name}_SECRET"]
    ran = await desk.halt()
    assert ran.code == 3
    assert [(row["state"], row["resting"]) for row in ran.json["rows"]] == [("unknown", None)] * 2
    assert all("no secret" in row["reason"] for row in ran.json["rows"])
    assert len(list((desk.home / "latches").glob("*.latch.json"))) == 1


async def test_what_a_stop_took_is_previewed_and_placed_again_from_the_command_line(desk: Desk) -> None:
    desk.site.running = False
    protective = sum(desk.protective().values())
    halted = await desk.halt()
    halt_id = halted.json["halt_id"]
    assert not any(desk.resting().values())
    looked = (await desk.run("restore", halt_id, "--dry-run", "--json")).json
    assert len(looked["rows"]) == protective
    assert looked["others"] == halted.json["orders_cancelled"] - protective
    possible = sum(not row["obstacle"] for row in looked["rows"])
    assert any(not row["obstacle"] for row in looked["rows"] if row["trigger_price"] is not None)
    assert {row["obstacle"][:30] for row in looked["rows"]} <= {"", "it would trigger at once: the price"[:30]}
    assert not any(desk.resting().values()), "a preview places nothing"
    done = await desk.run("restore", halt_id, "--json", "--operator", "ada")
    assert done.code == 0
    assert sum(not row["error"] for row in done.json["placed"]) == possible
    assert sum(desk.resting().values()) == sum(desk.protective().values()) == possible


async def test_what_is_no_stop_cannot_be_restored(desk: Desk) -> None:
    ran = await desk.run("restore", "../h-1")
    assert ran.code == 2
    assert "is not the id of a stop" in ran.sentence()


async def test_what_trades_is_asked_to_pause_and_read_back(desk: Desk, tmp_path: Path) -> None:
    desk.site.running = False
    bot = CommandBot(tmp_path / "bot")
    desk.tables["strategies"][0]["source"] = bot.table()
    desk.write()
    ran = await desk.halt()
    assert ran.code == 0
    asked, *others = ran.json["sources"]
    assert (asked["kind"], asked["state"], asked["wanted"], asked["obeyed"]) == ("command", "paused", "pause", True)
    assert (bot.state, bot.acts) == ("paused", ["pause"])
    assert {row["words"] for row in others} == {"no source: block means sweeping"}


async def test_a_source_that_hangs_delays_neither_the_stop_nor_its_end(desk: Desk, tmp_path: Path) -> None:
    desk.site.running = False
    bot = CommandBot(tmp_path / "bot")
    bot.flag("hang")
    bot.flag("hang_status")
    desk.tables["strategies"][0]["source"] = bot.table(timeout_s=60.0)
    desk.write()
    ran = await desk.halt()
    assert ran.code == 0
    assert ran.json["proof_ms"] < 20_000
    assert (ran.json["sources"][0]["state"], ran.json["sources"][0]["obeyed"]) == ("unknown", False)
    assert bot.acts == ["pause"]
