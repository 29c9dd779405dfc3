"""`scram notify test`: whether what is configured reaches somebody, tried over a real socket."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.config.write import to_toml
from tests.app.cli.desk import Ran, scram, told_anywhere
from tests.core.notify.made import Receiver, receiver

SECRET = "very-secret-token"


@pytest.fixture
async def behind() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def notify_test(home: Path, routes: list[dict[str, object]], environ: dict[str, str], *arguments: str) -> Ran:
    home.mkdir(exist_ok=True)
    tables = {"operator": "ada", "accounts": [{"name": "a", "exchange": "okx"}], "notify": {"routes": routes}}
    (home / "scram.toml").write_text(to_toml(tables))
    whole = {"PATH": os.environ["PATH"], "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **environ}
    ran = await scram(whole, "notify", "test", "--home", str(home), *arguments)
    assert not told_anywhere([SECRET], home, ran.out, ran.err)
    return ran


async def test_every_route_is_tried_and_the_one_that_fails_is_named(tmp_path: Path, behind: Receiver) -> None:
    routes: list[dict[str, object]] = [
        {"name": "good", "url": "env:GOOD"},
        {"name": "gone", "url": "env:GONE"},
        {"name": "lost", "url": "keyring"},
    ]
    environ = {"GOOD": behind.address(), "GONE": f"json://127.0.0.1:1/{SECRET}"}
    ran = await notify_test(tmp_path / "home", routes, environ, "--json")
    assert ran.code == 3, ran
    told = {row["route"]: row["error"] for row in json.loads(ran.out)}
    assert told["good"] == ""
    assert told["gone"] == "it cannot be reached, or its answer was none"
    assert 'looked for the keyring entry "notify/lost"' in told["lost"]
    (got,) = behind.got
    assert "ada tried the route good" in got["message"]
    only = await notify_test(tmp_path / "home", routes, environ, "--route", "good")
    assert (only.code, only.out.split()) == (0, ["good", "sent"])
    unknown = await notify_test(tmp_path / "home", routes, environ, "--route", "goood")
    assert unknown.code == 2
    assert unknown.sentence() == 'scram: there is no notify route "goood"; there are good, gone, lost'
