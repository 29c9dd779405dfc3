"""Keys and secrets occur in no file and in no text, whatever was done with them and whatever the venue said of them."""

from __future__ import annotations

from tests.app.cli.desk import Desk, told_anywhere, until

WRONG = "a-secret-that-is-not-the-right-one"


async def test_no_key_and_no_secret_is_written_or_told_anywhere(desk: Desk) -> None:
    keys = [row for venue in desk.site.describe()["venues"] for row in venue["accounts"]]
    words = [WRONG, *(row["api_key"] for row in keys), *(row["secret"] for row in keys)]
    desk.environ["PAPER_ALPHA_2_SECRET"] = WRONG
    desk.tables["limits"] = [
        {"scope": "account:*", "metric": "leverage", "high": 1.5, "policy": {"high": "auto"}},
        {"scope": "account:*", "metric": "data_age", "low": 1.0},
    ]
    desk.write()
    async with desk.headless() as running:
        assert await until(lambda: "mitigation.executed" in desk.kinds(), 20.0)
        halted = await desk.halt("--wait", "3")
        assert halted.code == 3
        assert await until(lambda: "stop.proof" in desk.kinds(), 10.0)
        told = await desk.run("status", "--json")
        assert told_anywhere(words, desk.home, halted.out, halted.err, told.out, told.err) == []
        assert await running.end() == 0
    checked = await desk.run("check")
    assert checked.code == 3
    assert told_anywhere(words, desk.home, checked.out, checked.err) == []
