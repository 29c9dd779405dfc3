"""A headless desk, the other commands beside it, and what is left when it is killed in the middle of a stop."""

from __future__ import annotations

import json
import signal

from tests.app.cli.desk import Desk, until


async def test_a_stop_fired_beside_a_running_desk_is_swept_by_it_until_reset(desk: Desk) -> None:
    async with desk.headless() as running:
        assert (await desk.halt("--scope", "account:alpha-9")).code == 3
        assert await until(lambda: "stop.fired" in desk.kinds(), 5.0), "a scope that the desk does not know"
        assert (await desk.run("reset", "--reason", "a mistake")).code == 0
        fired = await desk.halt(reason="a drill")
        assert fired.code == 0
        latched = await desk.run("status", "--json")
        (row,) = latched.json["latched"]
        assert (row["scope"], row["fired_by"], row["reason"]) == ("portfolio", "command line", "a drill")
        assert latched.json["desk"]["pid"] == running.process.pid
        assert desk.place_orders()
        assert await until(lambda: not any(desk.resting().values()), 10.0)
        told = await desk.run("status")
        assert "STOPPED  portfolio" in told.out
        assert f"A desk runs (process {running.process.pid})" in told.out
        assert "open events, as of" in told.out
        assert "wait for an answer" in told.out
        assert (await desk.run("reset", "--reason", "the drill is over", "--operator", "ada")).code == 0
        assert (await desk.run("status", "--json")).json["latched"] == []
        assert await until(lambda: desk.kinds().count("stop.reset") == 2, 10.0), "the desk lets go as well"
        before = desk.place_orders()
        assert not await until(lambda: not any(desk.resting().values()), 3.0)
        assert all(before.values())
        assert await running.end() == 0
        assert "Traceback" not in running.err()
    assert desk.journal_is_intact()
    kinds = [kind for kind in desk.kinds() if not kind.startswith("journal.")]  # it is sealed at both ends
    assert kinds[0] == "engine.started"
    assert kinds[-1] == "engine.ended"
    assert [kind for kind in kinds if kind in {"stop.fired", "stop.reset"}] == ["stop.fired", "stop.reset"] * 2
    told = (await desk.run("status", "--json")).json
    assert (told["latched"], told["desk"], told["guardian"]) == ([], None, None)
    assert told["not_resumed"] == ["account:alpha-9", "portfolio"]


async def test_a_desk_killed_in_the_middle_of_a_stop_comes_back_latched_and_sweeping(desk: Desk) -> None:
    desk.site.running = False
    async with desk.headless() as running:
        assert await until(lambda: "engine.started" in desk.kinds(), 5.0)
        fired = await desk.halt("--wait", "0.2")
        assert fired.code == 3
        await running.end(signal.SIGKILL)
    left = (await desk.run("status", "--json")).json
    assert left["latched"]
    assert left["desk"] is None
    assert desk.place_orders()
    async with desk.headless() as running:
        assert await until(lambda: not any(desk.resting().values()), 10.0)
        assert desk.place_orders()
        assert await until(lambda: not any(desk.resting().values()), 10.0)
        assert (await desk.run("status", "--json")).json["latched"]
        assert await running.end() == 0
        assert "Traceback" not in running.err()
    assert desk.journal_is_intact()
    assert desk.kinds().count("stop.fired") >= 1


async def test_a_limit_that_stops_survives_a_kill(desk: Desk) -> None:
    desk.tables["limits"] = [
        {"scope": "account:alpha-1", "metric": "leverage", "critical": 0.5, "policy": {"critical": "stop"}}
    ]
    desk.write()
    desk.site.running = False
    before = desk.resting()
    latches = desk.home / "latches"
    async with desk.headless() as running:
        assert await until(lambda: bool(list(latches.glob("*.latch.json"))), 15.0)
        await running.end(signal.SIGKILL)
    (row,) = (await desk.run("status", "--json")).json["latched"]
    assert (row["scope"], row["fired_by"]) == ("account:alpha-1", "limit")
    assert "leverage" in row["reason"]
    desk.place_orders()
    async with desk.headless() as running:
        assert await until(lambda: desk.resting()["alpha-1"] == desk.protective()["alpha-1"], 10.0)
        assert await running.end() == 0
    assert desk.protective()["alpha-1"] > 0
    assert desk.resting()["alpha-2"] == before["alpha-2"]
    assert desk.journal_is_intact()
    assert len(list(latches.glob("*.latch.json"))) == 1


async def test_a_reset_needs_a_reason_and_something_to_reset(desk: Desk) -> None:
    nothing = await desk.run("reset", "--reason", "all is well")
    assert nothing.code == 2
    assert nothing.sentence() == "scram: nothing is latched"
    await desk.halt("--scope", "account:alpha-9")
    assert (await desk.run("reset")).code == 2
    empty = await desk.run("reset", "--reason", " ")
    assert empty.code == 2
    assert "needs a reason" in empty.sentence()
    other = await desk.run("reset", "--reason", "all is well", "--scope", "venue:north")
    assert other.code == 2
    await desk.halt("--scope", "account:alpha-8")
    several = await desk.run("reset", "--reason", "all is well")
    assert several.code == 2
    assert "name one with --scope" in several.sentence()
    done = await desk.run("reset", "--reason", "all is well", "--scope", "account:alpha-9", "--operator", "ada")
    assert done.code == 0
    assert "Nothing was restarted" in done.out
    assert [row["scope"] for row in (await desk.run("status", "--json")).json["latched"]] == ["account:alpha-8"]
    (kept,) = (desk.home / "latches" / "reset").glob("*.latch.json")
    assert '"ada"' in kept.read_text()
    assert "all is well" in kept.read_text()


async def test_a_dead_mans_switch_fires_when_the_desk_is_killed_and_not_when_it_is_ended(desk: Desk) -> None:
    desk.site.running = False
    for table in desk.tables["accounts"]:
        if table["name"] == "alpha-1":
            table["deadman_s"] = 30
    desk.write()
    checked = await desk.run("check")
    assert "DEAD-MAN'S SWITCH  of 30 s, each symbol its own, while a desk runs. WARNING" in checked.out
    assert "stop-losses" in checked.out
    assert [
        row["deadman"] and row["deadman"]["seconds"] for row in (await desk.run("check", "--json")).json["accounts"]
    ] == [30, None]
    before = desk.resting()
    account = desk.site.venue_of("alpha-1").exchange.accounts["alpha-1"]
    symbols = len({order.symbol for order in (*account.open_orders(), *account.open_triggers())})
    async with desk.headless() as running:
        assert await until(lambda: _guarded(desk) >= symbols, 10.0)
        told = (await desk.run("status", "--json")).json["desk"]["deadman"]
        assert [(row["account"], row["seconds"]) for row in told] == [("alpha-1", 30)]
        assert await running.end() == 0
    desk.let_time_pass("alpha-1", 31.0)
    assert desk.resting() == before
    async with desk.headless() as running:
        assert await until(lambda: _guarded(desk) >= symbols, 10.0)
        assert "alpha-1: ARMED, the venue cancels in" in (await desk.run("status")).out
        await running.end(signal.SIGKILL)
    assert desk.resting() == before
    desk.let_time_pass("alpha-1", 31.0)
    assert desk.resting() == before | {"alpha-1": 0}


def _guarded(desk: Desk) -> int:
    """Countdowns that run for alpha-1, by the status that the desk keeps; 0 while it has not written any."""
    try:
        (row,) = json.loads(desk.status_file.read_text())["deadman"]
    except (OSError, ValueError):
        return 0
    return int(row["countdowns"]) if row["state"] == "armed" else 0
