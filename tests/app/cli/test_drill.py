"""`scram drill` in a process of its own, against servers that can be asked what they were sent."""

from __future__ import annotations

import json

from core.paper.faults import Fault, FaultKind
from tests.app.cli.desk import Desk


def changes(desk: Desk) -> list[str]:
    return [f"{entry.account} {entry.method}" for entry in desk.site.log.since(0) if entry.method != "GET"]


async def test_a_dry_drill_changes_nothing_and_keeps_its_report(desk: Desk) -> None:
    desk.site.running = False
    before, sent = desk.resting(), changes(desk)
    ran = await desk.run("drill", "--json", "--operator", "ada")
    answer = ran.json
    assert ran.code == 0
    assert (answer["kind"], answer["operator"], answer["called_off"]) == ("dry", "ada", False)
    assert (answer["accounts"], answer["passed"], answer["failed"], answer["not_tried"]) == (2, 2, 0, 0)
    assert [row["orders"] for row in answer["rows"]] == [before[row["account"]] for row in answer["rows"]]
    assert all(row["held_back"] > 0 for row in answer["rows"])
    assert desk.resting() == before
    assert changes(desk) == sent
    (kept,) = (desk.home / "drills").glob("*.drill.json")
    assert str(kept) == answer["report"]
    assert json.loads(kept.read_text())["rows"] == answer["rows"]
    assert not list((desk.home / "latches").glob("*.latch.json"))


async def test_a_live_drill_is_of_chosen_accounts_and_leaves_what_it_found(desk: Desk) -> None:
    desk.site.running = False
    desk.tables["accounts"][1]["mode"] = "watch"
    desk.write()
    before = desk.resting()
    ran = await desk.run("drill", "--live", "--account", "alpha-*")
    assert ran.code == 3
    lines = {line.split("  ")[0]: line for line in ran.out.splitlines()}
    assert "buy 12.4 XRP/USDT:USDT" in lines["PASSED"]
    assert 'mode = "act" allows that' in lines["NOT TRIED"]
    assert "1 of 2 accounts passed the live drill, 1 not tried" in ran.out
    assert desk.resting() == before
    assert {line.split()[0] for line in changes(desk)} == {"alpha-1"}


async def test_a_live_drill_without_a_choice_and_a_choice_of_nobody_are_refused(desk: Desk) -> None:
    ran = await desk.run("drill", "--live")
    assert ran.code == 2
    assert "none is chosen" in ran.sentence()
    ran = await desk.run("drill", "--account", "beta-*")
    assert ran.code == 2
    assert 'no configured account is called "beta-*"' in ran.sentence()


async def test_one_refused_key_fails_its_own_account_alone(desk: Desk) -> None:
    desk.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-2"))
    ran = await desk.run("drill", "--json")
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert (rows["alpha-1"]["passed"], rows["alpha-2"]["passed"]) == (True, False)
    assert "the venue refuses the key" in rows["alpha-2"]["reason"]


async def test_the_check_says_how_much_could_be_stopped_and_what_a_drill_has_shown(desk: Desk) -> None:
    desk.site.running = False
    sent = changes(desk)
    first = (await desk.run("check", "--json")).json
    assert first["readiness"]["words"].startswith("can stop 100 % of exposure, proven ")
    assert all("never drilled" in row["readiness"]["reasons"] for row in first["accounts"])
    assert {row["readiness"]["state"] for row in first["accounts"]} == {"degraded"}
    await desk.run("drill")
    desk.site.add_fault(Fault(FaultKind.REVOKE_KEY, account="alpha-2"))
    second = (await desk.run("check", "--json")).json
    rows = {row["account"]: row["readiness"] for row in second["accounts"]}
    assert "never drilled" not in rows["alpha-1"]["reasons"]
    assert (rows["alpha-1"]["able"], rows["alpha-2"]["able"]) == (True, False)
    assert second["readiness"]["share"] <= 0.5, "of an account that cannot be read the exposure is not known either"
    told = await desk.run("check")
    assert "DEGRADED  no guardian runs" in told.out
    assert any(line.startswith("can stop ") and "% of exposure, proven" in line for line in told.out.splitlines())
    assert changes(desk) == sent
