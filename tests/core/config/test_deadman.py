"""After how many seconds a venue shall cancel by itself: what each takes, and what the stop makes of a bad one."""

from __future__ import annotations

import pytest

from core.config.lenient import read_accounts
from core.config.load import read_config
from core.config.roster import read_roster
from core.errors import ConfigError


def account(exchange: str, value: object) -> str:
    return f'[[accounts]]\nname = "alpha-1"\nexchange = "{exchange}"\ndeadman_s = {value}\n'


def test_it_is_off_unless_asked_for() -> None:
    config = read_config('[[accounts]]\nname = "alpha-1"\nexchange = "okx"\n', "scram.toml")
    assert config.accounts[0].deadman_s is None


@pytest.mark.parametrize(("exchange", "seconds"), [("okx", 10), ("okx", 120), ("binanceusdm", 3600), ("bitget", 60)])
def test_what_the_venue_counts_is_taken(exchange: str, seconds: int) -> None:
    assert read_config(account(exchange, seconds), "scram.toml").accounts[0].deadman_s == seconds


@pytest.mark.parametrize(
    ("exchange", "value", "sentence"),
    [
        ("okx", 9, "deadman_s is 9; from 10 to 120 s are possible there"),
        ("okx", 121, "deadman_s is 121; from 10 to 120 s are possible there"),
        ("bitget", 61, "deadman_s is 61; from 5 to 60 s are possible there"),
        ("phemex", 60, "deadman_s is 60; no dead-man's switch is known there"),
        ("binanceusdm", 4, "deadman_s is 4"),
        ("binanceusdm", 90_000, "deadman_s is 90000"),
        ("binanceusdm", 1.5, "deadman_s is 1.5"),
        ("binanceusdm", '"60"', "deadman_s"),
        ("binanceusdm", "true", "deadman_s is true"),
    ],
)
def test_what_it_does_not_is_refused_with_what_is_possible(exchange: str, value: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config(account(exchange, value), "scram.toml")
    assert sentence in str(raised.value)


def test_a_bad_one_takes_no_account_from_the_stop() -> None:
    reading = read_accounts(account("okx", 7).encode(), "scram.toml")
    assert [(row.name, row.deadman_s) for row in reading.accounts] == [("alpha-1", None)]
    assert reading.bad == ()
    assert any("deadman_s" in problem for problem in reading.problems)


def test_a_spreadsheet_may_say_it_too() -> None:
    good, bad = read_roster(b"name,exchange,deadman_s\nalpha-1,okx,60\nalpha-2,okx,soon\n")
    assert good.account is not None
    assert good.account.deadman_s == 60
    assert bad.account is None
    assert "deadman_s" in bad.problems[0]
