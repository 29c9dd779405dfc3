"""What Scram writes into a configuration, and what it leaves alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.config.edit import with_reason, with_rows, with_tables, write_config
from core.config.write import to_toml
from core.errors import ConfigError
from tests.core.config.texts import FULL, TWO_ACCOUNTS

COMMENTED = """\
# at the top
base_currency = "USD" # as the books are kept

[[accounts]]
name = "alpha-1" # the first
exchange = "okx"

# ---- limits ----
[[limits]]
scope = "portfolio"
metric = "drawdown"
low = 0.1

# ---- times ----
[stop]
settle_s = 2.0
"""


def test_rows_come_after_those_that_there_are_and_comments_stay() -> None:
    after = with_rows(COMMENTED, "accounts", [{"name": "beta-1", "exchange": "okx"}])
    assert after == COMMENTED.replace(
        "# ---- limits", '[[accounts]]\nname = "beta-1"\nexchange = "okx"\n\n# ---- limits'
    ).replace('exchange = "okx"\n\n[[accounts]]', 'exchange = "okx"\n\n[[accounts]]')
    assert [row["name"] for row in tomllib.loads(after)["accounts"]] == ["alpha-1", "beta-1"]


def test_a_first_row_goes_to_the_end() -> None:
    after = with_rows(COMMENTED, "strategies", [{"name": "mm", "match": {"account": "*"}}])
    assert after == COMMENTED + '\n[[strategies]]\nname = "mm"\nmatch = { account = "*" }\n'


def test_tables_are_replaced_and_the_comments_around_them_stay() -> None:
    after = with_tables(COMMENTED, {"limits": [{"scope": "account:*", "metric": "leverage", "low": 3.0}]}, ("limits",))
    data = tomllib.loads(after)
    assert data["limits"] == [{"scope": "account:*", "metric": "leverage", "low": 3.0}]
    assert {key: data[key] for key in ("accounts", "stop", "base_currency")} == {
        key: tomllib.loads(COMMENTED)[key] for key in ("accounts", "stop", "base_currency")
    }
    for comment in (
        "# at the top",
        "# as the books are kept",
        "# the first",
        "# ---- limits ----",
        "# ---- times ----",
    ):
        assert comment in after


def test_a_reason_stands_once_however_often_it_is_given() -> None:
    once = with_reason(COMMENTED, {"reason": "a", "by": "ada"})
    twice = with_reason(once, {"reason": "b", "by": "bob"})
    assert tomllib.loads(twice)["change"] == {"reason": "b", "by": "bob"}
    assert twice.count("[change]") == 1


def test_everything_else_says_the_same_in_a_file_that_is_hard_to_cut() -> None:
    before = tomllib.loads(FULL)
    after = tomllib.loads(with_tables(FULL, {"limits": [{"scope": "portfolio"}]}, ("limits",)))
    assert {key: value for key, value in after.items() if key != "limits"} == {
        key: value for key, value in before.items() if key != "limits"
    }


@pytest.mark.parametrize(
    "text",
    ['note = """\n[[limits]]\nlow = 1\n"""\n' + COMMENTED.split("\n", 2)[2], 'limits = [{ scope = "portfolio" }]\n'],
    ids=["a header within a text", "rows on one line"],
)
def test_a_file_that_cannot_be_changed_safely_is_left_to_a_person(text: str) -> None:
    with pytest.raises(ConfigError, match="written in a way that Scram cannot change: edit limits by hand"):
        with_tables(text, {"limits": [{"scope": "account:*", "metric": "leverage", "low": 3.0}]}, ("limits",))


def test_lists_of_tables_within_rows_get_headers_of_their_own() -> None:
    table = {"profiles": [{"name": "a", "limits": [{"metric": "drawdown", "low": 0.1}]}, {"name": "b"}]}
    assert to_toml(table) == (
        '[[profiles]]\nname = "a"\n\n[[profiles.limits]]\nmetric = "drawdown"\nlow = 0.1\n\n[[profiles]]\nname = "b"\n'
    )
    assert tomllib.loads(to_toml(table)) == table


def test_a_text_that_would_not_be_valid_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "scram.toml"
    path.write_text(TWO_ACCOUNTS)
    with pytest.raises(ConfigError, match=r"as it would be: limits\[0\]"):
        write_config(path, TWO_ACCOUNTS, TWO_ACCOUNTS + '[[limits]]\nscope = "portfolio"\n')
    assert path.read_text() == TWO_ACCOUNTS


def test_a_file_that_somebody_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "scram.toml"
    path.write_text(TWO_ACCOUNTS + "# theirs\n")
    with pytest.raises(ConfigError, match="was changed meanwhile and is left alone; try again"):
        write_config(path, TWO_ACCOUNTS, TWO_ACCOUNTS + "# ours\n")
    assert path.read_text() == TWO_ACCOUNTS + "# theirs\n"
    write_config(path, TWO_ACCOUNTS + "# theirs\n", TWO_ACCOUNTS + "# ours\n")
    assert path.read_text() == TWO_ACCOUNTS + "# ours\n"
    assert [file.name for file in tmp_path.iterdir()] == ["scram.toml"]
