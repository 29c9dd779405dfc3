"""`scram flatten` in a process of its own: a preview that sends nothing, and an act that wants its code."""

from __future__ import annotations

from tests.app.cli.desk import Desk


def held(desk: Desk) -> dict[tuple[str, str], float]:
    return {
        (name, position.symbol): position.quantity
        for venue in desk.site.venues
        for name, account in venue.exchange.accounts.items()
        for position in account.open_positions()
    }


async def test_previewed_then_closed_with_the_code_and_never_without(desk: Desk) -> None:
    desk.site.running = False
    before = held(desk)
    assert before
    halted = await desk.halt()
    halt_id = halted.json["halt_id"]
    looked = (await desk.run("flatten", halt_id, "--dry-run", "--json")).json
    assert len(looked["rows"]) == len(before)
    (total,) = looked["totals"]
    assert total["positions"] == len(before)
    assert 0.0 < total["cost"] < 0.01 * total["notional"]
    assert held(desk) == before
    refused = await desk.run("flatten", halt_id, "--arm", "WRONG", "--reason", "get out")
    assert refused.code == 2
    assert "WRONG is not the code of the newest preview" in refused.sentence()
    assert held(desk) == before
    done = await desk.run("flatten", halt_id, "--arm", looked["code"], "--reason", "get out", "--json")
    assert done.code == 0, done.err
    assert (done.json["complete"], done.json["flat"]) == (True, len(before))
    assert held(desk) == {}


async def test_it_needs_a_stop_and_says_so(desk: Desk) -> None:
    ran = await desk.run("flatten", "h-1")
    assert ran.code == 2
    assert "no stop h-1 is latched: positions are closed under a stop only" in ran.sentence()
    unsaid = await desk.run("flatten", "h-1", "--arm", "ABCDE")
    assert (unsaid.code, unsaid.sentence()) == (2, "scram: to flatten needs a reason")
