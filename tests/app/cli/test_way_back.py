"""The way back from a stop on the command line: reset, the second person, and a resume through the running desk."""

from __future__ import annotations

from pathlib import Path

from tests.app.cli.desk import Desk
from tests.core.halt.source.bot import CommandBot


async def test_a_reset_of_the_portfolio_waits_for_a_second_person_where_two_are_asked_for(desk: Desk) -> None:
    desk.site.running = False
    desk.tables["stop"] = {"second_person": True}
    desk.write()
    assert (await desk.halt()).code == 0
    asked = await desk.run("reset", "--reason", "all is well", "--operator", "ada")
    assert asked.code == 3
    assert "a second person has to confirm until" in asked.out
    told = (await desk.run("status", "--json")).json
    assert [row["scope"] for row in told["latched"]] == ["portfolio"]
    assert told["second_person"][0]["words"] == "ada asks to reset the stop of portfolio: all is well"
    same = await desk.run("reset", "--confirm", "--operator", " Ada")
    assert (same.code, same.sentence()) == (
        2, "scram: ada asked for it: a second, different person has to confirm",
    )  # fmt: skip
    done = await desk.run("reset", "--confirm", "--operator", "bob")
    assert done.code == 0
    assert "is reset, confirmed by bob" in done.out
    told = (await desk.run("status", "--json")).json
    assert (told["latched"], told["second_person"], told["not_resumed"]) == ([], [], ["portfolio"])
    nobody = await desk.run("resume", "--reason", "all is well")
    assert (nobody.code, nobody.sentence()) == (
        2, "scram: no desk is running: nobody would sweep what does not reduce; start one first",
    )  # fmt: skip


async def test_a_running_desk_resumes_in_two_steps_and_reads_back_what_trades(desk: Desk, tmp_path: Path) -> None:
    desk.site.running = False
    bot = CommandBot(tmp_path / "bot")
    desk.tables["strategies"][0]["source"] = bot.table(reduce_only=True)
    desk.write()
    async with desk.headless() as running:
        assert (await desk.halt()).code == 0
        assert bot.state == "paused"
        refused = await desk.run("resume", "--reason", "hastily")
        assert refused.sentence() == "scram: nothing was resumed: the stop of portfolio stands: reset it first"
        assert (await desk.run("reset", "--reason", "all is well", "--operator", "ada")).code == 0
        assert bot.state == "paused"
        first = await desk.run("resume", "--reason", "slowly", "--operator", "ada")
        assert first.code == 0, first.err
        assert "reduce-only, read" in first.out
        assert bot.state == "reduce-only"
        second = await desk.run("resume", "--full", "--reason", "all is well", "--operator", "ada")
        assert second.code == 0, second.err
        assert (bot.state, bot.acts[-2:]) == ("running", ["reduce-only", "resume"])
        assert second.out.startswith("done; portfolio is asked to go on; ")
        assert "running, read" in second.out
        assert (await desk.run("status", "--json")).json["not_resumed"] == []
        await running.end()
    kinds = desk.kinds()
    assert [
        kind for kind in kinds if kind in {"stop.fired", "stop.reset", "operator.ResumeTrading", "operator.ResumeFully"}
    ][-4:] == ["operator.ResumeTrading", "stop.fired", "operator.ResumeFully", "stop.reset"]
