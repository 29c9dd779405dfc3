"""Ways out of this machine: what may stand in the file, who may name them, and what the stop makes of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.lenient import read_accounts
from core.config.load import load_config, read_config
from core.config.roster import read_roster
from core.errors import ConfigError

ACCOUNT = '[[accounts]]\nname = "alpha-1"\nexchange = "okx"\n'
LINE = '[[egress]]\nname = "line-2"\naddress = "192.0.2.7"\n'
TUNNEL = '[[egress]]\nname = "tunnel"\nproxy = "http://192.0.2.1:3128"\n'


def test_an_account_names_its_way_out() -> None:
    config = read_config(ACCOUNT + 'egress = "tunnel"\n' + LINE + TUNNEL, "scram.toml")
    assert config.accounts[0].egress == "tunnel"
    assert [(row.name, row.address, row.proxy) for row in config.egress] == [
        ("line-2", "192.0.2.7", None),
        ("tunnel", None, "http://192.0.2.1:3128"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ACCOUNT + 'egress = "line-3"\n' + LINE, 'egress is "line-3"; no egress has this name; allowed are line-2'),
        (ACCOUNT + '[[egress]]\nname = "x"\n', 'egress[0] "x" (from line 4): one of address and proxy is needed'),
        (ACCOUNT + LINE + 'proxy = "http://192.0.2.1:3128"\n', "it has an address and a proxy; one of the two"),
        (ACCOUNT + '[[egress]]\nname = "x"\naddress = "box"\n', 'address is "box"; an IP address of this machine'),
        (ACCOUNT + '[[egress]]\nname = "x"\naddress = "0.0.0.0"\n', "an address that this machine sends from"),
        (ACCOUNT + '[[egress]]\nname = "x"\nproxy = "socks5://192.0.2.1"\n', "SOCKS is not supported"),
        (ACCOUNT + '[[egress]]\nname = "x"\nproxy = "192.0.2.1:3128"\n', "the address of a proxy such as"),
        (ACCOUNT + LINE + LINE, "egress[0] has the same name"),
        (
            ACCOUNT + 'egress = "line-2"\nccxt = { httpsProxy = "http://192.0.2.1:3128" }\n' + LINE,
            "httpsProxy is a second way out beside its egress",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config(text, "scram.toml")
    assert sentence in str(raised.value)


def test_a_proxys_password_is_refused_and_told_to_nobody() -> None:
    text = ACCOUNT + '[[egress]]\nname = "x"\nproxy = "http://ada:hush@192.0.2.1:3128"\n'
    with pytest.raises(ConfigError) as raised:
        read_config(text, "scram.toml")
    assert "a password does not belong in this file" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_spreadsheet_names_ways_out_too(tmp_path: Path) -> None:
    (row,) = read_roster(b"name,exchange,egress\nbeta-1,okx,line-2\n")
    assert row.account is not None
    assert row.account.egress == "line-2"
    (tmp_path / "accounts.csv").write_text("name,exchange,egress\nbeta-1,okx,line-3\n")
    (tmp_path / "scram.toml").write_text('accounts_file = "accounts.csv"\n' + ACCOUNT + LINE)
    with pytest.raises(ConfigError, match="no egress has this name"):
        load_config(tmp_path / "scram.toml")


@pytest.mark.parametrize("broken", ['address = "box"\n', "address = 192.0.2.7\n", 'proxy = "socks5://192.0.2.1"\n'])
def test_the_stop_takes_an_account_whose_way_out_is_broken_by_the_systems_choice(broken: str) -> None:
    text = ACCOUNT + 'egress = "line-3"\n' + '[[egress]]\nname = "line-3"\n' + broken + LINE
    reading = read_accounts(text.encode(), "scram.toml")
    assert [(row.name, row.egress) for row in reading.accounts] == [("alpha-1", None)]
    assert [row.name for row in reading.egress] == ["line-2"]
    assert any("its requests leave as the system chooses" in problem for problem in reading.problems)


def test_the_stop_reads_ways_out_from_a_file_that_is_broken_elsewhere() -> None:
    text = ACCOUNT + 'egress = "line-2"\n' + LINE + "[[limits]]\nscope =\n"
    reading = read_accounts(text.encode(), "scram.toml")
    assert [(row.name, row.egress) for row in reading.accounts] == [("alpha-1", "line-2")]
    assert [(row.name, row.address) for row in reading.egress] == [("line-2", "192.0.2.7")]


def test_the_stop_keeps_to_the_request_budget_of_the_file() -> None:
    text = ACCOUNT + "[feed]\nrequest_weight_per_minute = 1200\nreconcile_s = -3\n"
    reading = read_accounts(text.encode(), "scram.toml")
    assert reading.feed.request_weight_per_minute == 1_200
    assert any("[feed]: reconcile_s is -3" in problem for problem in reading.problems)
