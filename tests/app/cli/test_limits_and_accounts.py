"""`scram limits` and `scram accounts`: what they say, what they write, and what they leave alone."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.cli.commands import run
from core.config.write import to_toml

TIGHT = {"scope": "account:*", "metric": "leverage", "high": 2.0}


class Home:
    """A configuration that nobody connects with, and the commands on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "scram.toml"
        self._capsys = capsys
        self.tables: dict[str, Any] = {
            "operator": "ada",
            "limits": [],
            "accounts": [{"name": name, "exchange": "okx", "venue": "north"} for name in ("alpha-1", "alpha-2")],
        }

    def write(self) -> str:
        text = to_toml(self.tables)
        self.config.write_text(text)
        return text

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run([*arguments, "--home", str(self.folder)])
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Home:
    return Home(tmp_path, capsys)


def test_problems_of_limits_are_told_without_connecting(desk: Home) -> None:
    desk.tables["limits"] = [{"scope": "account:zeta-*", "metric": "leverage", "low": 3.0}]
    desk.write()
    code, out, _ = desk.run("limits", "check", "--json")
    assert code == 3
    assert json.loads(out)["problems"] == [
        "the limit on leverage of account:zeta-* matches no scope and guards nothing"
    ]
    desk.tables["limits"] = [TIGHT]
    desk.write()
    assert desk.run("limits", "check") == (0, f"{desk.config}: 1 limits, 2 places, 0 problems\n", "")


def test_a_limit_is_explained_with_what_stands_behind_it(desk: Home) -> None:
    desk.tables["limits"] = [TIGHT]
    desk.tables["accounts"][0]["groups"] = ["majors"]
    desk.tables["assign"] = [{"scope": "group:majors", "profile": "conservative"}]
    desk.write()
    code, out, _ = desk.run("limits", "explain", "account:alpha-1", "leverage")
    assert code == 0
    assert out.splitlines() == [
        "leverage of account:alpha-1: from account:*",
        "  in force   high 2  from account:*",
        "  behind it  low 1, medium 1.5, high 2, critical 3  from profile conservative by group:majors",
    ]
    assert desk.run("limits", "explain", "portfolio", "leverage")[1] == "leverage of portfolio: no limit\n"
    assert desk.run("limits", "explain", "account:alpha-7", "leverage") == (
        2, "", f"scram: account:alpha-7 is not a scope of {desk.config}\n",
    )  # fmt: skip
    assert 'did you mean "leverage"?' in desk.run("limits", "explain", "portfolio", "leverag")[2]


def test_limits_go_out_and_come_in_as_toml_and_a_looser_one_needs_a_reason(desk: Home) -> None:
    desk.tables["limits"] = [TIGHT]
    text = desk.write()
    file = desk.folder / "limits.toml"
    assert desk.run("limits", "export", "--out", str(file))[0] == 0
    assert tomllib.loads(file.read_text()) == {"limits": [TIGHT]}
    file.write_text(file.read_text().replace("2.0", "2.5"))
    assert desk.run("limits", "import", str(file)) == (
        2,
        "LOOSER   the limit on leverage of account:* (2 scopes) leaves more room (high)\n",
        "scram: some of this leaves more room than what is in force, and that needs a reason: --reason TEXT\n",
    )
    assert desk.run("limits", "import", str(file), "--reason", "agreed", "--dry-run")[0] == 0
    assert desk.config.read_text() == text
    assert desk.run("limits", "import", str(file), "--reason", "agreed", "--by", "bob")[0] == 0
    written, before = tomllib.loads(desk.config.read_text()), tomllib.loads(text)
    assert written.pop("limits") == [{**TIGHT, "high": 2.5}]
    change = written.pop("change")
    assert (change["reason"], change["by"]) == ("agreed", "bob")
    before.pop("limits")
    assert written == before


def test_what_is_in_force_is_exported_scope_by_scope(desk: Home) -> None:
    desk.tables["assign"] = [{"scope": "account:alpha-1", "profile": "market-neutral"}]
    desk.tables["limits"] = [TIGHT]
    desk.write()
    _, out, _ = desk.run("limits", "export", "--effective")
    rows = tomllib.loads(out)["limits"]
    assert len(rows) == 10
    held = {(row["scope"], row["metric"]): row for row in rows}
    assert held[("account:alpha-1", "leverage")]["note"] == "from account:*"
    assert held[("account:alpha-1", "drawdown")]["note"] == "from profile market-neutral by account:alpha-1"
    file = desk.folder / "effective.toml"
    file.write_text(out)
    code, out, _ = desk.run("limits", "import", str(file), "--dry-run")
    assert (code, out) == (0, "nothing was written\n")


def test_a_file_of_limits_may_hold_nothing_else(desk: Home) -> None:
    desk.write()
    file = desk.folder / "limits.toml"
    file.write_text('[[accounts]]\nname = "x"\n')
    assert desk.run("limits", "import", str(file), "--reason", "x") == (
        2, "", f'scram: {file}: "accounts" is not a key here; allowed are assign, limits, profiles\n',
    )  # fmt: skip
    file.write_text('[[limits]]\nscope = "portfolio"\nmetric = "drawdwn"\nlow = 0.1\n')
    assert 'did you mean "drawdown"?' in desk.run("limits", "import", str(file), "--reason", "x")[2]


def test_a_reason_is_written_down_for_what_waits_for_one(desk: Home) -> None:
    desk.write()
    code, out, _ = desk.run("limits", "apply", "--reason", "a calmer market")
    assert code == 0
    assert out.splitlines()[0] == "nothing is held back; the reason goes with the next change"
    assert tomllib.loads(desk.config.read_text())["change"]["reason"] == "a calmer market"
    assert desk.run("limits", "apply")[2] == "scram: a reason is needed: --reason TEXT\n"


def test_a_second_person_is_named_where_the_configuration_asks_for_one(desk: Home) -> None:
    desk.tables["loosening"] = {"second_person": True}
    desk.write()
    apply = ("limits", "apply", "--reason", "a calmer market", "--by", "ada")
    refused = "scram: [loosening] asks for a second, different person beside the reason: --second NAME\n"
    assert desk.run(*apply)[::2] == (2, refused)
    assert desk.run(*apply, "--second", " Ada")[::2] == (2, refused)
    assert desk.run(*apply, "--second", "bob")[0] == 0
    change = tomllib.loads(desk.config.read_text())["change"]
    assert (change["by"], change["second"]) == ("ada", "bob")


def test_accounts_of_a_spreadsheet_are_added_and_bad_rows_are_named(desk: Home) -> None:
    text = "# kept\n" + desk.write() + "# at the end\n"
    desk.config.write_text(text)
    file = desk.folder / "accounts.csv"
    file.write_text(
        "name,exchange,venue,mode,credentials,groups\n"
        "gamma-1,okx,,watch,env:G1,majors alts\n"
        "gamma-2,okxx,,,,\n"
        "alpha-1,okx,south,act,,\n"
        "gamma-3,okx,,,hush-this-is-a-key,\n"
    )
    arguments = ("accounts", "import", str(file))
    code, out, _ = desk.run(*arguments, "--dry-run")
    assert (code, out) == (3, "1 new, 0 there already, 3 bad; nothing was written\n")
    assert desk.config.read_text() == text
    code, _, err = desk.run(*arguments)
    assert code == 3
    another = "the configuration has an account of this name with another venue and mode; change it there"
    needed = '"keyring", "file" or "env:PREFIX" is needed; PREFIX begins names of environment variables'
    assert err.splitlines() == [
        f'{file}: line 3 "gamma-2": exchange is "okxx"; an exchange id of ccxt is needed; did you mean "okx"?',
        f'{file}: line 4 "alpha-1": {another}',
        f'{file}: line 5 "gamma-3": credentials: {needed}',
    ]
    after = desk.config.read_text()
    assert after.startswith("# kept\n")
    assert after.endswith("# at the end\n")
    assert "hush" not in after
    assert tomllib.loads(after)["accounts"][-1] == {
        "name": "gamma-1", "exchange": "okx", "mode": "watch", "credentials": "env:G1", "groups": ["majors", "alts"],
    }  # fmt: skip
    assert desk.run(*arguments)[1] == "0 new, 1 there already, 3 bad; there is nothing to write\n"
    assert desk.config.read_text() == after
    file.write_text("name,exchange,api_secret\n")
    assert desk.run(*arguments)[2] == (
        f'scram: {file}: a column is called "api_secret": credentials belong in the keyring or the environment\n'
    )
