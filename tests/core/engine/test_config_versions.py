"""Every record says which limits and which configuration were in force, and every change of these what was before."""

from __future__ import annotations

from typing import Any

import orjson

from core.config.load import read_config
from core.config.write import to_toml
from core.engine.config_versions import MOST_CHANGES, ConfigVersions
from core.risk.metrics import METRIC_NAMES
from tests.core.engine.ground import Ground, until


def config(**tables: Any) -> Any:
    rows = [{"name": f"alpha-{number}", "exchange": "binanceusdm"} for number in (1, 2)]
    return read_config(to_toml({"accounts": rows, **tables}), "scram.toml", METRIC_NAMES, None)


def test_a_change_names_every_place_with_what_was_and_what_is() -> None:
    versions = ConfigVersions()
    first = versions.take(config())
    assert first is not None
    assert (first.before, first.version) == ("", versions.version)
    assert versions.take(config()) is None
    accounts = [
        {"name": "alpha-1", "exchange": "binanceusdm", "mode": "act"}, {"name": "beta", "exchange": "bybit"},
    ]  # fmt: skip
    change = versions.take(config(accounts=accounts, stop={"sweep_s": 2.5}))
    assert change is not None
    assert change.before == first.version != change.version
    found = {one.place: (one.before, one.after) for one in change.changes}
    assert found["stop.sweep_s"] == (1.0, 2.5)
    assert found["accounts.alpha-1.mode"] == ("watch", "act")
    assert found["accounts.alpha-2.exchange"] == ("binanceusdm", None)
    assert found["accounts.beta.exchange"] == (None, "bybit")


def test_what_may_hold_a_secret_is_seen_to_change_and_never_shown() -> None:
    versions = ConfigVersions()
    versions.take(config(notify={"routes": [{"name": "desk", "url": "env:FIRST"}]}))
    change = versions.take(config(notify={"routes": [{"name": "desk", "url": "env:SECOND"}]}))
    assert change is not None
    (one,) = change.changes
    assert one.place == "notify.routes.desk.url"
    assert one.before != one.after
    assert "not shown" in one.after
    assert "SECOND" not in str(versions.state())


def test_limits_are_told_by_their_own_versions_and_change_the_fingerprint_all_the_same() -> None:
    versions = ConfigVersions()
    versions.take(config())
    change = versions.take(config(limits=[{"scope": "portfolio", "metric": "leverage", "high": 3.0}]))
    assert change is not None
    assert change.changes == ()


def test_a_change_of_thousands_of_places_names_some_and_counts_the_rest() -> None:
    versions = ConfigVersions()
    versions.take(config())
    many = [{"name": f"a-{number}", "exchange": "binanceusdm"} for number in range(MOST_CHANGES)]
    change = versions.take(config(accounts=many))
    assert change is not None
    assert len(change.changes) == MOST_CHANGES
    assert change.more > 0


def test_what_was_kept_by_an_earlier_run_is_what_was_before() -> None:
    first = ConfigVersions()
    first.take(config())
    kept = orjson.loads(orjson.dumps(first.state()))
    assert ConfigVersions(kept).take(config()) is None
    change = ConfigVersions(kept).take(config(operator="bob"))
    assert change is not None
    assert change.before == first.version
    assert "operator" in [one.place for one in change.changes]
    assert ConfigVersions("nonsense").take(config()) is not None


async def test_records_of_an_engine_say_what_was_in_force(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        first = it.parts.configs.version
        ground.tables["engine"] = {"cycle_hz": 7.0}
        ground.tables["limits"] = [{"scope": "account:*", "metric": "leverage", "high": 40.0}]
        ground.write()
        await until(lambda: it.parts.live.cycle_hz == 7.0)
        await until(lambda: it.parts.keeper.version == 2)
        second = it.parts.configs.version
    records = ground.records()
    changes = [row for row in records if row.kind == "config.changed"]
    assert [row.data()["version"] for row in changes] == [first, second]
    assert changes[1].data()["changes"] == [{"place": "engine.cycle_hz", "before": 10.0, "after": 7.0}]
    limits = [row for row in records if row.kind == "limits.changed"]
    assert [(row.limits_version, row.data()["version"]) for row in limits] == [(1, 1), (2, 2)]
    started, ended = (next(row for row in records if row.kind == f"engine.{word}") for word in ("started", "ended"))
    assert (started.limits_version, started.config_version) == (1, first)
    assert (ended.limits_version, ended.config_version) == (2, second)
    assert started.run == ended.run != ""
    async with ground.engine() as it:
        await it.watched("portfolio")
    assert sum(row.kind == "config.changed" for row in ground.records()) == 2  # nothing was changed in between
