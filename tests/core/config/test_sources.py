"""What a file may say of the source of a strategy, and that a bad one disarms nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from core.config import Config, to_toml
from core.config.lenient import read_accounts
from core.config.load import read_config
from core.errors import ConfigError

COMMAND: dict[str, Any] = {
    "kind": "command",
    "pause": ["ctl", "stop"],
    "resume": ["ctl", "go"],
    "status": ["ctl", "how"],
}
WEBHOOK: dict[str, Any] = {"kind": "webhook", "url": "https://bots.example/scram", "secret": "env:BOT_SECRET"}


def text_with(source: dict[str, Any]) -> str:
    strategy = {"name": "basis", "match": {"account": "alpha-1"}, "source": source}
    return to_toml({"accounts": [{"name": "alpha-1", "exchange": "okx"}], "strategies": [strategy]})


def read(source: dict[str, Any]) -> Config:
    return read_config(text_with(source), "scram.toml")


@pytest.mark.parametrize(
    "source",
    [
        COMMAND,
        {**COMMAND, "reduce_only": ["ctl", "reduce"], "environment": ["BOT_TOKEN"], "timeout_s": 2.5},
        WEBHOOK,
        {**WEBHOOK, "secret": "keyring", "knows_reduce_only": True},
        *({**WEBHOOK, "url": f"http://{host}/scram"} for host in ("localhost:8080", "127.0.0.1:1", "[::1]:9")),
    ],
)
def test_a_source_that_is_whole_is_taken(source: dict[str, Any]) -> None:
    found = read(source).strategies[0].source
    assert found is not None
    assert found.kind.value == source["kind"]
    assert found.timeout_s == source.get("timeout_s", 5.0)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({**COMMAND, "kind": "telepathy"}, 'source.kind is "telepathy"; allowed are command, webhook'),
        ({"kind": "command", "pause": ["ctl"]}, "a command needs resume, status"),
        ({**COMMAND, "pause": "ctl stop"}, "source.pause"),
        ({**COMMAND, "pause": []}, "a list is needed that begins with the program"),
        ({**COMMAND, "url": WEBHOOK["url"]}, "url does not belong to a command"),
        ({**COMMAND, "knows_reduce_only": True}, "belongs to a webhook"),
        ({**WEBHOOK, "reduce_only": ["ctl"]}, "reduce_only does not belong to a webhook"),
        ({**WEBHOOK, "url": "http://bots.example/scram"}, "http:// to this machine"),
        ({**WEBHOOK, "url": "https://ada:pw@bots.example/"}, "requests are signed"),
        ({**WEBHOOK, "secret": "hunter2"}, '"keyring" or "env:NAME" is needed'),
        ({**COMMAND, "timeout_s": 0}, "at least 0.1"),
        ({**COMMAND, "staus": ["ctl"]}, 'did you mean "status"'),
    ],
)
def test_a_source_that_is_not_is_refused_with_what_is_allowed(source: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(source)
    assert why in str(told.value)
    assert "hunter2" not in str(told.value), "somebody may have pasted the secret itself"
    assert "pw@" not in str(told.value)


def test_a_bad_source_costs_the_stop_neither_the_account_nor_the_strategy() -> None:
    reading = read_accounts(text_with({**COMMAND, "pause": 7}).encode(), "scram.toml")
    assert [(row.name, row.source) for row in reading.strategies] == [("basis", None)]
    assert [account.name for account in reading.accounts] == ["alpha-1"]
    assert any("source.pause" in problem for problem in reading.problems)


def test_a_source_under_a_header_of_its_own_is_read_from_a_file_that_is_broken_elsewhere() -> None:
    text = """
[[accounts]]
name = "alpha-1"
exchange = "okx"

[[strategies]]
name = "basis"
match = { account = "alpha-1" }

[strategies.source]
kind = "webhook"
url = "https://bots.example/scram"
secret = "keyring"

[feed]
reconcile_s = = 1
"""
    (strategy,) = read_accounts(text.encode(), "scram.toml").strategies
    assert strategy.source is not None
    assert strategy.source.url == "https://bots.example/scram"
