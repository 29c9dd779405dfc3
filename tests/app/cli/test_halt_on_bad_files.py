"""`scram halt` on configurations that no desk would start with: every account that can be read is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.cli.desk import Desk
from tests.app.cli.lacking import lacking

Spoil = Callable[[dict[str, Any]], object]

HARMLESS: dict[str, Spoil] = {
    "a limit on a metric that is none": lambda tables: tables["limits"].append(
        {"scope": "portfolio", "metric": "drawdwon", "high": 0.1}
    ),
    "thresholds that fall": lambda tables: tables["limits"].append(
        {"scope": "portfolio", "metric": "drawdown", "low": 0.5, "high": 0.1}
    ),
    "an unknown key at the top": lambda tables: tables.update({"colour": "red"}),
    "an unknown key of an account": lambda tables: tables["accounts"][0].update({"modus": "act"}),
    "a bad mode": lambda tables: tables["accounts"][0].update({"mode": "dance"}),
    "a bad number for the stop": lambda tables: tables.update({"stop": {"settle_s": -3}}),
    "two strategies of one name": lambda tables: tables["strategies"].append(tables["strategies"][0]),
    "the same account twice": lambda tables: tables["accounts"].append(tables["accounts"][0]),
}


async def test_what_concerns_no_account_is_told_and_disarms_none(desk: Desk) -> None:
    for spoil in HARMLESS.values():
        spoil(desk.tables)
    text = desk.write()
    ran = await desk.halt()
    assert ran.code == 0
    assert ran.json["verified"] == ran.json["accounts"] == 2
    assert not any(desk.resting().values())
    assert desk.config.read_text() == text
    for told in ('"modus"', '"dance"', "settle_s", "it says the same as an account above"):
        assert told in ran.err


async def test_a_bad_row_and_a_missing_key_read_unknown_with_their_reasons(wide_desk: Desk) -> None:
    desk = wide_desk
    (row,) = [row for row in desk.tables["accounts"] if row["name"] == "alpha-2"]
    row["exchange"] = "binanceusdmm"
    del desk.environ["PAPER_ALPHA_3_API_KEY"]
    desk.write()
    ran = await desk.halt()
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert [rows[name]["state"] for name in ("alpha-1", "alpha-4")] == ["verified", "verified"]
    assert [rows[name]["state"] for name in ("alpha-2", "alpha-3")] == ["unknown", "unknown"]
    assert [rows[name]["resting"] for name in ("alpha-2", "alpha-3")] == [None, None]
    assert "binanceusdm" in rows["alpha-2"]["reason"]
    assert "PAPER_ALPHA_3" in rows["alpha-3"]["reason"]
    assert desk.resting()["alpha-1"] == desk.resting()["alpha-4"] == 0


async def test_a_file_cut_in_the_middle_of_a_table_stops_what_is_whole(desk: Desk) -> None:
    text = desk.write()
    second = text.index("[[accounts]]", text.index("[[accounts]]") + 1)
    desk.config.write_text(text[: text.index("credentials", second) + 15])
    ran = await desk.halt()
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert rows["alpha-1"]["state"] == "verified"
    assert rows["alpha-2"]["state"] == "unknown"
    assert rows["alpha-2"]["reason"]
    assert desk.resting()["alpha-1"] == 0
    assert str(desk.config) in ran.err


async def test_two_accounts_of_one_name_are_both_stopped(desk: Desk) -> None:
    desk.tables["accounts"][1]["name"] = "alpha-1"
    desk.write()
    ran = await desk.halt()
    assert ran.code == 0
    assert sorted(row["account"] for row in ran.json["rows"]) == ["alpha-1", "alpha-1.2"]
    assert not any(desk.resting().values())


@pytest.mark.parametrize("text", ["", 'base_currency = "USD"\n', '[[accounts]]\nname = "alp', "\0\0\0\0"])
async def test_nothing_is_fired_only_where_no_account_can_be_read(desk: Desk, text: str) -> None:
    desk.config.write_text(text)
    ran = await desk.halt()
    assert ran.code == 2
    assert ran.out == ""
    assert "no account can be read, so nothing can be stopped from here" in ran.err
    assert "Traceback" not in ran.err
    assert all(desk.resting().values())
    assert not list((desk.home / "latches").glob("*.latch.json"))


async def test_a_listing_without_a_needed_column_is_never_taken_for_empty(desk: Desk) -> None:
    async with lacking(desk, "south", "orderId"):
        ran = await desk.halt("--wait", "6")
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert rows["alpha-1"]["state"] == "verified"
    assert rows["alpha-2"]["state"] != "verified"
    assert "cannot be understood" in rows["alpha-2"]["reason"]


async def test_nothing_is_fired_where_there_is_no_file(desk: Desk) -> None:
    desk.config.unlink()
    ran = await desk.halt()
    assert ran.code == 2
    assert "there is no configuration" in ran.sentence()
