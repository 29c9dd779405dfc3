"""Versions of the limits: what a change needs, what is kept of it, and that a restart is no way around."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.clock import ManualClock
from core.config import Config
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import Scope
from core.engine.build import book_of
from core.engine.limit_keeper import LimitKeeper
from core.engine.limit_rows import effective_tables, kept_row, limit_from_kept, limits_of, tables_of
from core.engine.room import Room
from core.errors import ConfigError
from core.risk.limits import METRIC_DIRECTIONS
from core.risk.limits.revising import HELD
from core.risk.metrics import METRIC_INFOS

ACCOUNTS = [
    {"name": "alpha-1", "exchange": "okx", "groups": ["majors"]},
    {"name": "alpha-2", "exchange": "okx"},
]
ALPHA = Scope.parse("account:alpha-1")
TIGHT = {"scope": "account:*", "metric": "drawdown", "high": 0.1}
LOOSE = {**TIGHT, "high": 0.2}


def a_config(*limits: dict[str, Any], reason: str = "", **tables: Any) -> Config:
    every = {"accounts": ACCOUNTS, "limits": list(limits), **tables}
    if reason:
        every["change"] = {"reason": reason, "by": "bob"}
    return read_config(to_toml({key: rows for key, rows in every.items() if rows}), "a test", METRIC_DIRECTIONS)


class Desk:
    """A keeper that is handed one configuration after the other, over restarts too."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.keeper = self.made(None)

    def made(self, kept: object) -> LimitKeeper:
        return LimitKeeper(book_of(a_config(), self.clock).scopes, METRIC_INFOS, self.clock, kept)

    def restart(self) -> None:
        self.keeper = self.made(json.loads(json.dumps(self.keeper.state())))

    def take(self, config: Config, why: str = "") -> int | None:
        version = self.keeper.take(config, "ada", why)
        return None if version is None else version.version

    @property
    def high(self) -> float | None:
        limit = self.keeper.limits.limit_of(ALPHA, "drawdown")
        return None if limit is None else limit.thresholds[2]


def test_the_first_start_takes_what_the_file_says() -> None:
    desk = Desk()
    version = desk.keeper.take(a_config(LOOSE), "ada")
    assert version is not None
    assert (version.version, version.by, version.why, version.at_s) == (1, "ada", "first start", desk.clock.now())
    assert desk.high == 0.2
    assert desk.take(a_config(LOOSE)) is None


def test_tighter_needs_nobodys_leave() -> None:
    desk = Desk()
    desk.take(a_config(LOOSE))
    version = desk.keeper.take(a_config(TIGHT), "ada")
    assert version is not None
    assert (version.version, version.why, desk.high) == (2, "", 0.1)
    assert desk.keeper.notices == ()


def test_looser_is_held_back_until_a_reason_is_given_with_the_order() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT))
    assert desk.take(a_config(LOOSE)) is None
    assert desk.high == 0.1
    assert desk.keeper.notices == (f"the limit on drawdown of account:* (2 scopes) leaves more room (high), {HELD}",)
    assert desk.take(a_config(LOOSE), "  ") is None
    version = desk.keeper.take(a_config(LOOSE), "ada", "a calmer market")
    assert version is not None
    assert (version.version, version.by, version.why, desk.high) == (2, "ada", "a calmer market", 0.2)
    assert desk.keeper.notices == ()


def test_the_files_reason_counts_for_one_change_and_names_who() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT))
    version = desk.keeper.take(a_config(LOOSE, reason="a calmer market"), "ada")
    assert version is not None
    assert (version.by, version.why, desk.high) == ("bob", "a calmer market", 0.2)
    looser_still = {**TIGHT, "high": 0.3}
    assert desk.take(a_config(looser_still, reason="a calmer market")) is None
    assert desk.high == 0.2
    assert desk.take(a_config(looser_still, reason="calmer yet")) == 3
    assert desk.high == 0.3


def test_a_reason_that_was_there_from_the_start_is_used_up() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT, reason="old"))
    assert desk.take(a_config(LOOSE, reason="old")) is None
    assert desk.high == 0.1


def test_a_restart_is_no_way_around_a_reason() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT))
    desk.restart()
    assert desk.take(a_config(LOOSE)) is None
    assert desk.high == 0.1
    desk.restart()
    assert desk.high == 0.1
    assert desk.take(a_config()) is None
    assert desk.high == 0.1
    desk.restart()
    assert desk.take(a_config(), "nothing is traded any more") == 2
    assert desk.high is None


def test_what_was_held_back_in_part_is_the_same_after_a_restart() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT, {"scope": "account:alpha-2", "metric": "leverage", "low": 3.0}))
    desk.take(a_config({"scope": "account:*", "metric": "drawdown", "high": 0.2, "critical": 0.3}))
    before = {str(key): desk.keeper.limits.line(*key) for key in _places(desk.keeper)}
    desk.restart()
    assert {str(key): desk.keeper.limits.line(*key) for key in _places(desk.keeper)} == before
    limit = desk.keeper.limits.limit_of(ALPHA, "drawdown")
    assert limit is not None
    assert limit.thresholds == (None, None, 0.1, 0.3)


def _places(keeper: LimitKeeper) -> list[tuple[Scope, str]]:
    limits = keeper.limits
    return [(limits.scopes[int(limits.row[cell])], limits.subject(cell)) for cell in range(len(limits.row))]


@pytest.mark.parametrize("kept", [{}, {"limits": [{"scope": "x"}], "held": [], "version": 1, "reason": None}])
def test_a_state_that_cannot_be_read_is_told_and_the_file_holds(kept: object) -> None:
    desk = Desk()
    desk.keeper = desk.made(kept)
    assert desk.take(a_config(LOOSE)) == 1
    assert desk.high == 0.2
    (notice,) = desk.keeper.notices
    assert notice.startswith("the limits of the last run cannot be read, so nothing is held back")


def test_a_profile_is_explained_by_its_assignment_and_a_single_limit_stands_above_it() -> None:
    desk = Desk()
    config = a_config(
        {"scope": "account:*", "metric": "leverage", "low": 9.0},
        assign=[{"scope": "group:majors", "profile": "conservative"}],
    )
    desk.take(config)
    limits = desk.keeper.limits
    assert limits.explain(ALPHA, "drawdown") == "from profile conservative by group:majors"
    assert limits.explain(ALPHA, "leverage") == "from account:*"
    assert limits.explain(Scope.parse("account:alpha-2"), "drawdown") == "no limit"


def test_an_account_that_leaves_its_group_keeps_the_groups_limit_without_a_reason() -> None:
    desk = Desk()
    assigned = [{"scope": "group:majors", "profile": "conservative"}]
    desk.take(a_config(assign=assigned))
    moved = [{**ACCOUNTS[0], "groups": ["other"]}, {**ACCOUNTS[1], "groups": ["majors"]}]
    assert desk.take(a_config(assign=assigned, accounts=moved)) == 2
    assert desk.high == 0.06
    other = desk.keeper.limits.limit_of(Scope.parse("account:alpha-2"), "drawdown")
    assert other is not None
    assert other.held == ""


def test_the_record_says_who_when_why_old_and_new() -> None:
    desk = Desk()
    desk.take(a_config(TIGHT))
    version = desk.keeper.take(a_config(LOOSE), "ada", "a calmer market")
    assert version is not None
    body = json.loads(json.dumps(version.body()))
    (change,) = body.pop("changes")
    assert body == {"version": 2, "by": "ada", "why": "a calmer market"}
    assert change["scopes"] == ["account:alpha-1", "account:alpha-2"]
    assert (change["old"], change["new"]) == ([TIGHT], [LOOSE])
    assert (change["in_force"], change["looser"], change["held"]) == ([LOOSE], ["high"], False)


FULL = {
    "scope": "account:*", "metric": "net_exposure", "low": 0.5, "high": 1.0, "of": "equity", "change_over_s": 60.0,
    "policy": {"high": "auto"}, "clear": 0.1, "on_delay_s": 3.0, "off_delay_s": 7.0, "confirm": "2 of 3",
    "min_trust": "trusted",
    "active": ["mon,fri 08:00-20:00 UTC"], "enabled": False, "reduce_share": 0.3, "note": "a note",
}  # fmt: skip


def test_what_is_exported_is_read_again_as_the_same() -> None:
    config = a_config(
        FULL,
        TIGHT,
        profiles=[{"name": "mine", "based_on": "directional", "limits": [{"metric": "equity", "low": 5.0}]}],
        assign=[{"scope": "group:majors", "profile": "mine"}],
    )
    again = read_config(to_toml({"accounts": ACCOUNTS, **tables_of(config)}), "again", METRIC_DIRECTIONS)
    assert limits_of(again) == limits_of(config)
    for limit in limits_of(config):
        assert limit_from_kept(json.loads(json.dumps(kept_row(limit)))) == limit
    assert effective_tables(limits_of(config)[:1])["limits"] == [FULL]


# -- room with an end -------------------------------------------------------------------------------------------------

STOPPING: dict[str, Any] = {"scope": "account:*", "metric": "drawdown", "low": 0.05, "high": 0.1, "critical": 0.2}
STOPPING["policy"] = {"high": "stop"}


def room(desk: Desk, threshold: float, hours: float = 1.0, scope: Scope = ALPHA, metric: str = "drawdown") -> Room:
    return Room(scope, metric, threshold, desk.clock.now() + hours * 3600.0, "ada", "a day to mend it")


def thresholds(desk: Desk, scope: Scope = ALPHA) -> tuple[float | None, ...]:
    limit = desk.keeper.limits.at(desk.clock.now()).limit_of(scope, "drawdown")
    assert limit is not None
    return limit.thresholds


def test_room_lies_over_what_stops_until_its_end_and_for_one_scope_alone() -> None:
    desk = Desk()
    desk.take(a_config(STOPPING))
    version = desk.keeper.give_room(room(desk, 0.15))
    assert (version.version, version.by, version.why) == (2, "ada", "a day to mend it")
    (change,) = version.changes
    assert (change.looser, [limit.thresholds[2] for limit in change.old]) == (("high",), [0.1])
    assert thresholds(desk) == (0.05, None, 0.15, 0.2)
    assert thresholds(desk, Scope.parse("account:alpha-2")) == (0.05, None, 0.1, 0.2)
    desk.clock.advance(3_599.0)
    assert thresholds(desk) == (0.05, None, 0.15, 0.2)
    desk.clock.advance(1.0)
    assert thresholds(desk) == (0.05, None, 0.1, 0.2)
    assert desk.keeper.rooms == ()


def test_room_survives_a_restart_and_a_change_of_the_file_and_holds_nothing_back() -> None:
    desk = Desk()
    desk.take(a_config(STOPPING))
    desk.keeper.give_room(room(desk, 0.25))
    assert thresholds(desk) == (0.05, None, 0.25, 0.25), "a graver threshold is never below a milder one"
    desk.restart()
    assert desk.take(a_config(STOPPING)) is None
    assert thresholds(desk) == (0.05, None, 0.25, 0.25)
    assert desk.take(a_config({**STOPPING, "low": 0.04})) == 3
    assert thresholds(desk) == (0.04, None, 0.25, 0.25)
    assert desk.keeper.held == ()
    desk.clock.advance(3_600.0)
    assert thresholds(desk) == (0.04, None, 0.1, 0.2)
    assert desk.take(a_config({**STOPPING, "low": 0.04})) is None, "an end is no change that would need a reason"


def test_room_that_is_given_again_takes_the_place_of_the_former() -> None:
    desk = Desk()
    desk.take(a_config(STOPPING))
    desk.keeper.give_room(room(desk, 0.15))
    desk.keeper.give_room(room(desk, 0.12))
    assert thresholds(desk) == (0.05, None, 0.12, 0.2)
    assert len(desk.keeper.rooms) == 1


def test_room_on_equity_lies_below() -> None:
    desk = Desk()
    desk.take(a_config({"scope": "portfolio", "metric": "equity", "high": 900.0, "critical": 500.0}))
    whole = Scope.parse("portfolio")
    desk.keeper.give_room(room(desk, 700.0, scope=whole, metric="equity"))
    limit = desk.keeper.limits.at(desk.clock.now()).limit_of(whole, "equity")
    assert limit is not None
    assert limit.thresholds == (None, None, 700.0, 500.0)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"threshold": 0.1}, "leaves no more room"),
        ({"threshold": float("nan")}, "no number"),
        ({"threshold": 0.15, "hours": 0.0}, "needs an end"),
        ({"threshold": 0.15, "hours": 24.0 * 32}, "within 31 days"),
        ({"threshold": 0.15, "metric": "leverage"}, "there is no limit on leverage"),
        ({"threshold": 0.15, "scope": Scope.parse("account:gone")}, "there is no limit"),
    ],
)
def test_what_is_no_room_is_refused_with_why(values: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.take(a_config(STOPPING))
    with pytest.raises(ConfigError, match=why):
        desk.keeper.give_room(room(desk, **values))
    assert thresholds(desk) == (0.05, None, 0.1, 0.2)
    assert desk.keeper.version == 1
