"""Accounts in a spreadsheet: read with the configuration, read leniently by the stop, every bad row named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import AccountConfig, load_accounts, load_config
from core.config.roster import read_roster
from core.domain import AccountMode
from core.errors import ConfigError

HEADER = "name,exchange,venue,mode,credentials,groups\n"
GOOD = HEADER + "alpha-1,binanceusdm,north,act,env:A1,majors alts\nbeta-1,okx,,,,\n"


def rows(text: str) -> dict[int, tuple[str, ...]]:
    """What is wrong, by line; () where nothing is."""
    return {row.line: row.problems for row in read_roster(text.encode())}


def test_a_row_is_an_account_and_empty_cells_are_the_defaults() -> None:
    alpha, beta = (row.account for row in read_roster(GOOD.encode()))
    assert alpha == AccountConfig(
        name="alpha-1", exchange="binanceusdm", venue="north", mode=AccountMode.ACT, credentials="env:A1",
        groups=("majors", "alts"),
    )  # fmt: skip
    assert beta == AccountConfig(name="beta-1", exchange="okx")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        "# what a person noted\n\n" + GOOD + ",,,,,\n",
        GOOD.replace("name,exchange", "Name, Exchange"),
        GOOD.replace("alpha-1", '"alpha-1"').replace("majors alts", '"majors; alts"'),
    ],
    ids=["semicolons", "tabs", "line ends", "byte order mark", "comments", "capitals", "quotes"],
)
def test_whatever_a_spreadsheet_makes_of_it_it_is_the_same(text: str) -> None:
    if "majors; alts" not in text and ";" in text:
        assert [row.account for row in read_roster(text.encode())][1] == AccountConfig(name="beta-1", exchange="okx")
    else:
        assert [row.account for row in read_roster(text.encode())] == [
            row.account for row in read_roster(GOOD.encode())
        ]


def test_every_bad_row_is_told_with_line_value_and_what_is_allowed() -> None:
    found = rows(
        HEADER + "a 1,okx,,,,\nb-1,okxx,,,,\nc-1,okx,,acct,,\nd-1,okx,,,hunter2,\ne-1,okx,,,,\ne-1,okx,,,,\n"
        'f-1,okx,,,,,7\n"g-1,okx,,,,\nh-1,okx,,,,x y!\n'
    )
    assert found == {
        2: ('name is "a 1"; letters, digits, - _ and . are allowed, beginning with a letter or digit, 64 at most',),
        3: ('exchange is "okxx"; an exchange id of ccxt is needed; did you mean "okx"?',),
        4: ('mode is "acct"; allowed are act, watch; did you mean "act"?',),
        5: ('credentials: "keyring", "file" or "env:PREFIX" is needed; PREFIX begins names of environment variables',),
        6: (),
        7: ('name is "e-1"; line 6 has the same',),
        8: ("it has 7 cells, and the header 6",),
        9: ("its quotes do not match",),
        10: (
            'groups[1] is "y!"; letters, digits, - _ and . are allowed, beginning with a letter or digit, 64 at most',
        ),
    }


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (
            "name,venue",
            "the header lacks exchange; its columns are name, exchange, venue, mode, credentials, groups, egress",
        ),
        (
            "name,exchange,vneue",
            '"vneue" is not a column here; did you mean "venue"?',
        ),
        ("name,exchange,api_key", 'a column is called "api_key": credentials belong in the keyring or the environment'),
        ("name,exchange,name", "a column is there twice"),
        (
            "",
            "the file is empty; a header with the columns name, exchange, venue, mode, credentials, groups, egress",
        ),
        ("name,exchange\0", "the file holds zero bytes, as if half written; restore it from a copy"),
    ],
)
def test_a_header_that_is_none_is_refused(header: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_roster(header.encode())
    assert str(raised.value).startswith(sentence)


@given(st.lists(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True), unique=True, max_size=5))
def test_every_row_is_the_account_that_it_says(names: list[str]) -> None:
    text = "\n".join(["name,exchange,groups", *(f"{name},okx,g {name}" for name in names)])
    accounts = [AccountConfig(name=name, exchange="okx", groups=("g", name)) for name in names]
    assert [row.account for row in read_roster(text.encode())] == accounts


def test_the_configuration_takes_the_accounts_of_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(GOOD)
    config = tmp_path / "scram.toml"
    config.write_text('accounts_file = "accounts.csv"\n[[accounts]]\nname = "own"\nexchange = "okx"\n')
    assert [account.name for account in load_config(config).accounts] == ["own", "alpha-1", "beta-1"]
    assert load_config(config).groups == {"majors": ("alpha-1",), "alts": ("alpha-1",)}
    config.write_text('accounts_file = "accounts.csv"\n')
    assert [account.name for account in load_config(config).accounts] == ["alpha-1", "beta-1"]


@pytest.mark.parametrize(
    ("roster", "sentence"),
    [
        (None, "accounts.csv: there is no such file; the accounts_file has to lie beside the configuration"),
        (HEADER + "alpha-1,okx,,acct,,\n", 'accounts.csv: line 2 "alpha-1": mode is "acct"; allowed are act, watch; '),
        (HEADER + "own,okx,,,,\n", 'accounts.csv: line 2 "own": the configuration itself has an account of this name'),
        ("name\n", "accounts.csv: the header lacks exchange; its columns are "),
    ],
)
def test_the_configuration_refuses_a_bad_file_of_accounts(tmp_path: Path, roster: str | None, sentence: str) -> None:
    if roster is not None:
        (tmp_path / "accounts.csv").write_text(roster)
    config = tmp_path / "scram.toml"
    config.write_text('accounts_file = "accounts.csv"\n[[accounts]]\nname = "own"\nexchange = "okx"\n')
    with pytest.raises(ConfigError) as raised:
        load_config(config)
    assert str(raised.value).startswith(f"{tmp_path}/{sentence}")


# -- the emergency stop -----------------------------------------------------------------------------------------------


def stoppable(tmp_path: Path, roster: bytes | None, toml: str = "") -> tuple[list[str], list[tuple[str, str]]]:
    """Names of the accounts that can be stopped, and (name, reason) of those that cannot."""
    if roster is not None:
        (tmp_path / "accounts.csv").write_bytes(roster)
    config = tmp_path / "scram.toml"
    config.write_text('accounts_file = "accounts.csv"\n' + toml + '[[accounts]]\nname = "own"\nexchange = "okx"\n')
    reading = load_accounts(config)
    return [account.name for account in reading.accounts], [(row.name, row.reason) for row in reading.bad]


def test_one_bad_row_disarms_no_other(tmp_path: Path) -> None:
    text = GOOD + 'c-1,okxx,,,,\nd-1,okx,,acct,,\n"e-1,okx\n,okx,,,,\nf-1,bybit,,,,\n'
    good, bad = stoppable(tmp_path, text.encode() + b"g-\xff,okx,,,,\nh-1,okx,,,,\n")
    assert good == ["own", "alpha-1", "beta-1", "d-1", "f-1", "h-1"]
    assert [name for name, _ in bad] == ["c-1", "accounts.csv line 6", "accounts.csv line 7", "g-\ufffd"]


@pytest.mark.parametrize("broken", ["broken = = 1\n", "[stop\n", "", "[[limits]]\nlow = \n"])
def test_a_broken_configuration_disarms_no_account_of_the_file_beside_it(tmp_path: Path, broken: str) -> None:
    good, bad = stoppable(tmp_path, GOOD.encode(), broken)
    assert good == ["own", "alpha-1", "beta-1"]
    assert bad == []


@pytest.mark.parametrize("roster", [None, b"", b"nothing,here\n1,2\n"], ids=["missing", "empty", "headless"])
def test_a_file_that_cannot_be_read_is_unknown_and_the_others_are_stopped(tmp_path: Path, roster: bytes | None) -> None:
    good, bad = stoppable(tmp_path, roster)
    assert good == ["own"]
    ((name, reason),) = bad
    assert name == "accounts.csv"
    assert reason


def test_an_account_that_stands_in_both_files_is_stopped_once(tmp_path: Path) -> None:
    good, bad = stoppable(tmp_path, (HEADER + "own,okx,,,,\nbeta-1,okx,,,,\nbeta-1,okx,,,,\n").encode())
    assert good == ["own", "beta-1"]
    assert bad == []


@given(st.binary(max_size=120))
def test_no_bytes_at_all_make_the_stop_fail(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    good, _ = stoppable(tmp_path_factory.mktemp("roster"), HEADER.encode() + raw)
    assert good[0] == "own"
