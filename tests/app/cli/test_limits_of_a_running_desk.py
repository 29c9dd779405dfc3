"""`scram limits` beside a running desk, and against today's figures."""

from __future__ import annotations

import json

from tests.app.cli.desk import Desk, until

TIGHT = {"scope": "account:*", "metric": "leverage", "high": 2.0}


async def test_a_running_desk_takes_limits_over_and_keeps_their_history(desk: Desk) -> None:
    desk.tables["limits"] = [TIGHT]
    desk.write()
    assert (await desk.run("limits", "history")).code == 2
    async with desk.headless() as running:
        assert await until(lambda: desk.kinds().count("limits.changed") == 1, 10.0)
        desk.tables["limits"] = [{**TIGHT, "high": 3.0}]
        desk.write()
        assert await until(lambda: "limits.held" in desk.kinds(), 10.0)
        held = await desk.run("limits", "explain", "account:alpha-1", "leverage")
        assert held.out.splitlines()[0].endswith("from account:*, held back until a reason is given")
        ran = await desk.run("limits", "apply", "--reason", "a calmer market", "--by", "bob")
        assert ran.code == 0
        assert "leaves more room (high), held back until a reason is given" in ran.out
        assert await until(lambda: desk.kinds().count("limits.changed") == 2, 10.0)
        assert await running.end() == 0
        assert "Traceback" not in running.err()
    newest, first = json.loads((await desk.run("limits", "history", "--json")).out)
    assert (newest["version"], newest["by"], newest["why"]) == (2, "bob", "a calmer market")
    assert newest["changes"][0]["old"] == [TIGHT]
    assert (first["version"], first["why"]) == (1, "first start")
    told = (await desk.run("limits", "history")).out
    assert "bob: a calmer market" in told
    assert "high 2.0 -> high 3.0" in told
    assert desk.journal_is_intact()


async def test_a_preview_looks_at_todays_figures_and_changes_nothing(desk: Desk) -> None:
    desk.site.running = False
    desk.tables["limits"] = [{"scope": "portfolio", "metric": "leverage", "low": 90.0}]
    text = desk.write()
    orders = desk.resting()
    file = desk.home / "limits.toml"
    file.write_text('[[limits]]\nscope = "account:*"\nmetric = "leverage"\ncritical = 0.01\n')
    ran = await desk.run("limits", "preview", str(file), "--json")
    assert ran.code == 0, ran.err
    rows = {row["scope"]: row for row in ran.json["rows"]}
    assert {scope: row["severity"] for scope, row in rows.items()} == {
        "account:alpha-1": "critical", "account:alpha-2": "critical",
    }  # fmt: skip
    assert rows["account:alpha-1"]["before"] == "no limit"
    assert rows["account:alpha-1"]["value"] > 0.01
    assert ran.json["counts"]["critical"] == 2
    assert "the limit on leverage of portfolio is taken away, held back until a reason is given" in ran.json["changes"]
    told = (await desk.run("limits", "preview", str(file))).out
    assert told.splitlines()[0].startswith("today: 0 low, 0 medium, 0 high, 2 critical, 0 unknown")
    assert desk.config.read_text() == text
    assert desk.resting() == orders
    assert not (desk.home / "scram.sqlite").exists()
