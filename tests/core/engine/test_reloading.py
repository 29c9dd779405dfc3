"""A configuration that changes under a running desk: what holds at once, what waits, and what is never lost."""

from __future__ import annotations

from typing import Any

import orjson

from core.domain import Scope, ScopeKind
from core.events.model import EventState
from core.intents import AcknowledgeEvent, ReloadConfig
from tests.core.engine.ground import Ground, Running, until

ALPHA = Scope.parse("account:alpha-1")


def _high(it: Running) -> float | None:
    limit = it.parts.risk.limits.limit_of(ALPHA, "leverage")
    return None if limit is None else limit.thresholds[2]


def _set_high(ground: Ground, high: float, **change: str) -> None:
    ground.tables["limits"] = [{"scope": "account:*", "metric": "leverage", "high": high}]
    if change:
        ground.tables["change"] = change
    ground.write()


def _says(it: Running, words: str) -> bool:
    return any(words in notice for notice in it.latest.notices)


def _versions(ground: Ground) -> list[dict[str, Any]]:
    return [orjson.loads(row.body) for row in ground.records() if row.kind == "limits.changed"]


async def test_a_tighter_limit_holds_within_seconds_and_a_looser_one_waits_for_a_reason(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        _set_high(ground, 0.01)
        await until(lambda: _high(it) == 0.01)
        await until(lambda: "leverage" in it.metrics_raised())
        (event, *_) = it.latest.events
        it.engine.submit(AcknowledgeEvent(event.event_id, "ada"))
        _set_high(ground, 60.0)
        await until(lambda: _says(it, "leaves more room (high), held back until a reason is given"))
        assert _high(it) == 0.01
        await until(lambda: any(row.metric == "limits held back" for row in it.latest.events))
        await until(lambda: any(row.acknowledged_by == "ada" for row in it.latest.events))
        _set_high(ground, 60.0, reason="the desk trades less", by="bob")
        await until(lambda: _high(it) == 60.0)
        await until(lambda: not _says(it, "held back"))
        await until(lambda: not [row for row in it.latest.events if row.metric == "limits held back" and
                                 row.state is not EventState.CLEARED])  # fmt: skip
    versions = _versions(ground)
    assert [(row["version"], row["by"], row["why"]) for row in versions] == [
        (1, "ada", "first start"), (2, "ada", ""), (3, "bob", "the desk trades less"),
    ]  # fmt: skip
    assert "limits.held" in ground.kinds()


async def test_an_operator_may_reload_with_a_reason_of_his_own(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        _set_high(ground, 60.0)
        it.engine.submit(ReloadConfig("carol", "agreed with the desk"))
        await until(lambda: _high(it) == 60.0)
    assert (_versions(ground)[-1]["by"], _versions(ground)[-1]["why"]) == ("carol", "agreed with the desk")
    assert "operator.ReloadConfig" in ground.kinds()


async def test_a_broken_file_is_told_and_what_was_in_force_stays(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        path = ground.write()
        text = path.read_text()
        path.write_text(text[: text.index("credentials") + 15])
        await until(lambda: _says(it, "the configuration was not taken over, what was in force stays: "))
        assert _says(it, "half written")
        assert "half written" in it.latest.config.problem
        assert _high(it) == 50.0
        path.unlink()
        _set_high(ground, 40.0)
        await until(lambda: _high(it) == 40.0)
        await until(lambda: not it.latest.config.problem)


async def test_events_peaks_and_units_survive_and_an_event_without_its_limit_ends(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=0.01)
    ground.limit("portfolio", "leverage", high=0.01)
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1", "account:alpha-2")
        await until(lambda: len(it.latest.events) == 3)
        before = {event.event_id: event for event in it.latest.events}
        view = it.parts.figures.view
        peak = view.peak.copy()
        ground.tables["limits"] = [{"scope": "account:*", "metric": "leverage", "high": 0.005}]
        ground.tables["change"] = {"reason": "accounts are watched one by one"}
        ground.write()
        await until(lambda: it.parts.risk.limits.limit_of(Scope(ScopeKind.PORTFOLIO), "leverage") is None)
        await until(lambda: any(event.state is EventState.CLEARED for event in it.latest.events))
        after = {event.event_id: event for event in it.latest.events}
        assert after.keys() == before.keys()
        for event in after.values():
            cleared = event.scope.kind is ScopeKind.PORTFOLIO
            assert (event.state is EventState.CLEARED) == cleared
            if cleared:
                assert event.note == "no limit on leverage of portfolio is in force now"
        assert not (it.parts.figures.view.peak < peak).any()


async def test_capital_ages_and_the_beat_change_at_once_and_move_no_unit_value(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("portfolio")
        house = next(row for row in ground.tables["strategies"] if row["name"] == "house")
        scope = f"strategy:{house['name']}"
        equity = it.value(scope, "equity")
        house["capital"] += 100_000.0
        ground.tables["engine"] |= {"cycle_hz": 4.0}
        ground.tables["mitigation"]["confirm"] = "7 of 7"
        ground.tables["feed"] |= {"stale_after_s": 0.001, "unknown_after_s": 60.0}
        ground.write()
        await until(lambda: it.value(scope, "equity") > equity + 90_000.0)
        assert abs(it.value(scope, "drawdown")) < 0.01
        assert abs(it.value(scope, "daily_loss")) < 0.01
        assert it.parts.live.cycle_hz == 4.0
        await until(lambda: it.trust("account:alpha-1", "equity") == 1)


async def test_what_only_a_restart_can_give_is_said(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        ground.tables["accounts"].append({**ground.tables["accounts"][0], "name": "alpha-9"})
        ground.tables["accounts"][1]["mode"] = "watch"
        ground.tables["stop"] = {"settle_s": 3.0}
        _set_high(ground, 40.0)
        await until(lambda: _high(it) == 40.0)
        await until(lambda: _says(it, "stop changed in the configuration: a restart is needed to take it over"))
        assert _says(it, "accounts were added in the configuration (alpha-9): a restart is needed to take that over")
        assert _says(it, "accounts were changed in the configuration (alpha-2): a restart is needed to take that over")
        assert len(it.latest.connections) == 2
        told = it.latest.config
        assert sum("a restart is needed" in sentence for sentence in told.restart) == 3
        assert told.file == str(ground.write())
        assert told.version == it.parts.configs.version != ""
        assert told.limits_version == 2
        assert told.keys == (("environment variables", 2),)
        assert dict(told.kept)["History of accounts"].startswith("10s for 3h")
