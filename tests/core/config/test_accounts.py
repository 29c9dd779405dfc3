from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.config import AccountConfig, load_accounts, to_toml
from core.config.lenient import AccountsReading, read_accounts
from core.errors import ConfigError
from tests.core.config.texts import FULL, TWO_ACCOUNTS

Write = Callable[[str | bytes], Path]

RAW = FULL.encode()
ENDS = {
    "alpha-1": RAW.index(b'[[accounts]]\nname = "beta-1"'),
    "beta-1": RAW.index(b"[[strategies]]"),
    "gamma": RAW.index(b"[[limits]]"),
}


def read(text: str | bytes) -> AccountsReading:
    return read_accounts(text.encode() if isinstance(text, str) else text, "scram.toml")


def names(reading: AccountsReading) -> list[str]:
    return [account.name for account in reading.accounts]


WHOLE = {account.name: account for account in read(RAW).accounts}


def test_a_valid_file_is_read_without_a_remark() -> None:
    reading = read(RAW)
    assert names(reading) == ["alpha-1", "beta-1", "gamma"]
    assert [strategy.name for strategy in reading.strategies] == ["basis"]
    assert reading.stop.settle_s == 2.0
    assert reading.bad == ()
    assert reading.problems == ()


def test_whatever_a_file_is_cut_to_every_account_wholly_before_the_cut_is_read() -> None:
    for cut in range(len(RAW) + 1):
        found = {account.name: account for account in read(RAW[:cut]).accounts}
        for name, end in ENDS.items():
            if cut >= end:
                assert found.get(name) == WHOLE[name], f"cut at {cut}: {RAW[max(0, cut - 30) : cut]!r}"


@pytest.mark.parametrize("fault", ["broken = = 1\n", "[[limits]]\nlow = \n", '[[accounts]\nname = "x"\n', "\0\0"])
def test_a_fault_behind_the_accounts_costs_none_of_them(fault: str) -> None:
    assert set(names(read(FULL + fault))) >= set(WHOLE)


@given(st.text(alphabet='[]{}"=\n#.ae1\\', max_size=30), st.sampled_from(sorted(ENDS.values())))
@example("[[[", ENDS["alpha-1"])
def test_rubbish_between_two_tables_costs_no_account_before_it(rubbish: str, at: int) -> None:
    # An own table before the rubbish, so that it does not become a part of the account above.
    raw = RAW[:at] + b"[feed]\n" + rubbish.encode() + b"\n" + RAW[at:]
    found = set(names(read(raw)))
    assert found >= {name for name, end in ENDS.items() if end <= at}


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_raise(raw: bytes) -> None:
    read(raw)


@given(st.data())
def test_a_damaged_file_never_raises_anything_but_a_config_error(data: st.DataObject) -> None:
    raw = bytearray(RAW)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    reading = read(bytes(raw))
    assert len({account.name for account in reading.accounts}) == len(reading.accounts)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.from_regex(r"[a-z][a-z0-9._-]{0,8}", fullmatch=True), "exchange": st.just("okx")},
            optional={"ccxt": st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3)},
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda row: str(row["name"]),
    ),
    st.integers(0, 10_000),
)
def test_of_any_written_configuration_any_cut_leaves_the_accounts_before_it(
    rows: list[dict[str, object]], cut: int
) -> None:
    ends: list[int] = []
    text = ""
    for row in rows:
        text += to_toml({"accounts": [row]})
        ends.append(len(text))
    cut %= len(text) + 1
    expected = {str(row["name"]) for row, end in zip(rows, ends, strict=True) if end <= cut}
    assert set(names(read(text[:cut]))) >= expected


def test_a_bad_row_is_named_with_its_reason_and_costs_no_other() -> None:
    reading = read(TWO_ACCOUNTS + '[[accounts]]\nname = "x"\nexchange = "binanse"\n[[accounts]]\nexchange = "okx"\n')
    assert names(reading) == ["alpha-1", "beta-1"]
    first, second = reading.bad
    assert (first.name, first.exchange) == ("x", "binanse")
    assert 'did you mean "binance"?' in first.reason
    assert (second.name, second.exchange) == ("accounts[3]", "okx")
    assert "name is missing" in second.reason
    assert len(reading.problems) == 2


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        ('mode = "atc"', "mode is"),
        ("mode = act", "mode is left out"),
        ("mode = ", "mode is left out"),
        ('mode = "act"\nmode = "act"', "mode is left out"),
        ('colour = "red"', '"colour" is not a key here'),
        ("colour = red", "colour is left out"),
        ('venue = "a b"', "venue is"),
        ('ccxt = { secret = "SEKRET" }', "secret must not be here"),
        ('apiKey = "SEKRET"', '"apiKey" is not a key here'),
    ],
)
def test_a_fault_in_a_key_that_the_stop_can_do_without_is_noted_and_passed_over(line: str, noted: str) -> None:
    reading = read(TWO_ACCOUNTS + line + "\n")
    assert names(reading) == ["alpha-1", "beta-1"]
    assert any(noted in problem for problem in reading.problems)
    assert "SEKRET" not in repr(reading)
    assert "SEKRET" not in str(reading.accounts[1].ccxt)


@pytest.mark.parametrize(
    "line", ["ccxt = 5", "ccxt = {", "ccxt = { a = 1", 'credentials = "x"', "credentials = env:X", 'exchange = "okx"']
)
def test_a_fault_in_a_key_that_the_stop_needs_makes_the_account_bad(line: str) -> None:
    reading = read(TWO_ACCOUNTS + line + "\n")
    assert names(reading) == ["alpha-1"]
    assert [(bad.name, bad.exchange) for bad in reading.bad] == [("beta-1", "okx")]


def test_an_account_whose_own_table_was_cut_in_half_is_not_taken_for_whole() -> None:
    cut = RAW[: RAW.index(b'"swap"') + 3]
    reading = read(cut)
    assert names(reading) == ["alpha-1"]
    assert reading.bad[0].name == "beta-1"


def test_a_mistyped_key_that_the_stop_needs_is_taken_for_what_it_was_meant_to_be() -> None:
    reading = read(TWO_ACCOUNTS + 'credential = "env:BETA"\ncctx = { options = { a = 1 } }\n')
    assert reading.accounts[1].credentials == "env:BETA"
    assert reading.accounts[1].ccxt == {"options": {"a": 1}}
    assert len(reading.problems) == 2


@pytest.mark.parametrize("header", ["[[account]]", "[accounts]", "[[acounts]]"])
def test_a_wrong_header_does_not_hide_an_account(header: str) -> None:
    reading = read(f'{header}\nname = "a"\nexchange = "okx"\n')
    assert names(reading) == ["a"]
    assert len(reading.problems) == 1


def test_a_header_with_a_missing_bracket_hides_no_account() -> None:
    reading = read(TWO_ACCOUNTS.replace("[[accounts]]", "[[accounts]", 1))
    assert names(reading) == ["alpha-1", "beta-1"]


def test_faults_elsewhere_are_not_the_stops_business() -> None:
    reading = read("base_currency = 5\n[[limits]]\nscope = 3\n[engine]\nx = 1\n" + TWO_ACCOUNTS)
    assert names(reading) == ["alpha-1", "beta-1"]


def test_a_bad_time_of_the_stop_gives_way_to_the_default() -> None:
    reading = read(TWO_ACCOUNTS + "[stop]\nsettle_s = 0.1\nsweep_s = 2.0\nx = 1\n")
    assert (reading.stop.settle_s, reading.stop.sweep_s) == (1.5, 2.0)
    assert len(reading.problems) == 2


def test_a_bad_strategy_is_left_out_and_a_bad_capital_is_not_a_reason_to() -> None:
    good = '[[strategies]]\nname = "a"\nmatch = { symbol = "*" }\ncapital = -1\n'
    reading = read(TWO_ACCOUNTS + good + '[[strategies]]\nname = "b"\n' + good)
    assert [(strategy.name, strategy.capital) for strategy in reading.strategies] == [("a", None)]


def test_accounts_of_one_name_are_all_kept_where_they_can_be_told_apart() -> None:
    row = '[[accounts]]\nname = "a"\nexchange = "{}"\ncredentials = "{}"\n'
    reading = read(row.format("okx", "env:A") + row.format("okx", "env:A") + row.format("bybit", "env:B"))
    assert [(account.name, account.exchange) for account in reading.accounts] == [("a", "okx"), ("a.2", "bybit")]
    reading = read(row.format("okx", "keyring") + row.format("bybit", "keyring"))
    assert names(reading) == ["a"]
    assert (reading.bad[0].name, reading.bad[0].exchange) == ("a", "bybit")


def test_a_file_in_another_encoding_still_gives_its_accounts() -> None:
    assert names(read(("# größer\n" + TWO_ACCOUNTS).encode("latin-1"))) == ["alpha-1", "beta-1"]
    assert names(read(TWO_ACCOUNTS.encode("utf-16"))) == ["alpha-1", "beta-1"]


def test_settings_for_ccxt_that_cannot_be_decoded_are_not_guessed() -> None:
    reading = read((TWO_ACCOUNTS + 'ccxt = { options = { a = "ö" } }\n').encode("latin-1"))
    assert names(reading) == ["alpha-1"]


def test_only_a_file_without_any_readable_account_is_an_error(config_file: Write) -> None:
    for content in (b"", b"x", b"[[accounts]]\n", b'[[accounts]]\nname = "a"\nexchange = "nope"\n', b"\0" * 40):
        with pytest.raises(ConfigError, match="no account can be read"):
            load_accounts(config_file(content))
    assert names(load_accounts(config_file(TWO_ACCOUNTS))) == ["alpha-1", "beta-1"]


def test_thousands_of_accounts_in_a_broken_file_are_read_in_seconds() -> None:
    rows = [{"name": f"a{n}", "exchange": "okx"} for n in range(2_000)]
    reading = read(to_toml({"accounts": rows}) + "ccxt = = 1\n" + '[[limits]]\nx = """\n' * 200)
    assert len(reading.accounts) == 1_999
    assert isinstance(reading.accounts[0], AccountConfig)


def test_how_many_requests_a_venue_grants_is_read_for_the_stop_too_and_a_bad_table_costs_itself_alone() -> None:
    reading = read_accounts(b'[[accounts]]\nname = "a"\nexchange = "okx"\n[feed]\nrequest_weight_per_minute = 7\n', "x")
    assert reading.feed.request_weight_per_minute == 7
    spoilt = read_accounts(b'[[accounts]]\nname = "a"\nexchange = "okx"\n[feed]\nstale_after_s = 900\n', "x")
    assert (spoilt.feed.stale_after_s, len(spoilt.accounts)) == (10.0, 1)
    assert any("[feed]" in problem for problem in spoilt.problems)
