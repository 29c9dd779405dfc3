from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import (
    AccountConfig,
    AssignConfig,
    ChangeConfig,
    Config,
    LimitConfig,
    ProfileConfig,
    RiskConfig,
    ShockConfig,
    load_config,
)
from core.config.exchanges import known_exchanges
from core.config.load import read_config
from core.domain import AccountMode, Policy, Scope, Severity
from core.errors import ConfigError
from core.ladder import Response
from core.risk.limits import METRIC_DIRECTIONS
from tests.core.config.texts import FULL, TWO_ACCOUNTS

Write = Callable[[str | bytes], Path]

LIMIT = '[[limits]]\nscope = "account:*"\nmetric = "drawdown"\n'


def complaint(text: str, metrics: set[str] | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        read_config(text, "scram.toml", metrics)
    return str(raised.value)


def test_the_sample_is_valid_and_harmless(repository: Path) -> None:
    config = load_config(repository / "resources" / "samples" / "scram.toml")
    assert {account.mode for account in config.accounts} == {AccountMode.WATCH}
    assert {policy for limit in config.limits for policy in limit.policy.values()} <= {Response.of(Policy.PROPOSE)}
    assert config.stop.on_blind_s is None


def test_the_times_in_the_sample_are_the_defaults_that_it_says_they_are(repository: Path) -> None:
    config = load_config(repository / "resources" / "samples" / "scram.toml")
    plain = Config(accounts=(AccountConfig(name="a", exchange="okx"),))
    assert (config.stop, config.feed, config.engine) == (plain.stop, plain.feed, plain.engine)
    assert config.mitigation == plain.mitigation
    assert config.journal == plain.journal
    assert config.events == plain.events
    assert config.guardian == plain.guardian.model_copy(update={"enabled": True})
    assert config.risk == plain.risk
    fields = LimitConfig.model_fields
    told = ("clear", "on_delay_s", "off_delay_s", "reduce_share", "confirm", "min_trust", "enabled")
    assert all(getattr(config.limits[0], key) == fields[key].default for key in told)


def test_everything_that_the_sample_only_hints_at_is_valid_too(repository: Path, tmp_path: Path) -> None:
    text = (repository / "resources" / "samples" / "scram.toml").read_text()
    # A key or header behind a hash and one blank is a hint; prose has no equals sign behind its first word.
    hint = re.compile(r"^# (\[\[?[a-z_.]+\]?\]|[a-z_]+ = .*)$", re.MULTILINE)
    assert len(hint.findall(text)) > 30
    (tmp_path / "accounts.csv").write_text("name,exchange\ngamma-1,okx\n")
    whole = tmp_path / "scram.toml"
    whole.write_text(hint.sub(r"\1", text))
    config = load_config(whole, METRIC_DIRECTIONS)
    assert config.change is not None
    assert (len(config.profiles), len(config.assign), len(config.shocks), len(config.accounts)) == (1, 1, 3, 3)
    assert {row.name for row in config.egress} == {"line-2", "tunnel"}
    known = {key for table in _tables(whole) for key in table}
    tables = (Config, AccountConfig, LimitConfig, ProfileConfig, AssignConfig, ChangeConfig, ShockConfig, RiskConfig)
    for model in tables:
        assert not model.model_fields.keys() - known - {"by_beta"}, model


def _tables(path: Path) -> list[dict[str, object]]:
    """Every table of the file: the top, those below it, and the rows of lists."""
    data = tomllib.loads(path.read_text())
    rows = [row for value in data.values() if isinstance(value, list) for row in value]
    return [data, *(row for row in [*rows, *data.values()] if isinstance(row, dict))]


def test_every_key_arrives_where_it_belongs() -> None:
    config = read_config(FULL, "scram.toml")
    alpha, beta, gamma = config.accounts
    assert (alpha.venue, alpha.mode, alpha.credentials) == ("north", AccountMode.ACT, "keyring")
    assert (beta.venue, beta.mode, beta.credentials) == ("okx", AccountMode.WATCH, "env:BETA")
    assert beta.ccxt == {"options": {"defaultType": "swap"}, "urls": {"api": "http://127.0.0.1:8080"}}
    assert gamma.ccxt == {}
    (limit,) = config.limits
    assert limit.scope == Scope.parse("account:*")
    assert limit.thresholds == {Severity.LOW: 0.03, Severity.HIGH: 0.08}
    assert limit.policy == {Severity.HIGH: Response.of(Policy.APPROVE)}
    assert (config.stop.settle_s, config.feed.stale_after_s, config.engine.cycle_hz) == (2.0, 5.0, 20.0)
    assert config.strategies[0].capital == 250_000


def test_a_mistyped_key_is_refused_with_the_nearest_word() -> None:
    assert 'scram.toml: "limitz" is not a key here; did you mean "limits"?' in complaint("limitz = 1\n" + TWO_ACCOUNTS)
    said = complaint(TWO_ACCOUNTS + "[stop]\nsweep = 1\n")
    assert said == 'scram.toml: [stop]: "sweep" is not a key here; did you mean "sweep_s"?'
    said = complaint(TWO_ACCOUNTS + "[feed]\nstale_after = 1\n")
    assert said.startswith('scram.toml: [feed]: "stale_after" is not a key here; allowed are reconcile_s, ')
    assert said.endswith('did you mean "stale_after_s"?')


def test_a_problem_names_file_table_index_name_line_key_value_and_what_is_allowed() -> None:
    said = complaint(TWO_ACCOUNTS + 'mode = "acct"\n')
    assert (
        said
        == 'scram.toml: accounts[1] "beta-1" (from line 5): mode is "acct"; allowed are act, watch; did you mean "act"?'
    )


def test_problems_in_several_places_are_told_at_once_a_line_each() -> None:
    said = complaint(
        'base_currency = "usd"\n' + TWO_ACCOUNTS + "venue = 3\n" + LIMIT + "low = -1\n[stop]\nsettle_s = 1\n"
    )
    assert len(said.splitlines()) == 4
    assert "base_currency" in said
    assert "venue is 3; text in quotes is needed" in said
    assert 'limits[0] "account:* drawdown"' in said
    assert "[stop]: settle_s is 1; it must be at least 1.5" in said


def test_a_flood_of_problems_is_counted_after_a_handful() -> None:
    said = complaint(TWO_ACCOUNTS + "".join(f"[[limits]]\nx{n} = 1\n" for n in range(20))).splitlines()
    assert len(said) == 9
    assert said[-1].endswith("more")


@pytest.mark.parametrize("exchange", ["binanceusdn", "Binance", "base", "pro", "", "../okx"])
def test_an_exchange_that_ccxt_does_not_know_is_refused(exchange: str) -> None:
    assert "an exchange id of ccxt is needed" in complaint(f'[[accounts]]\nname = "a"\nexchange = "{exchange}"\n')


def test_an_exchange_that_ccxt_cannot_listen_to_is_refused_here_and_not_when_it_is_needed() -> None:
    assert "no streams for it" in complaint('[[accounts]]\nname = "a"\nexchange = "bitso"\n')


def test_the_known_exchanges_are_those_that_ccxt_itself_lists() -> None:
    program = "import ccxt.pro, sys; sys.stdout.write(' '.join(ccxt.pro.exchanges))"
    listed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert set(listed.split()) == known_exchanges()


def test_a_near_exchange_is_suggested() -> None:
    assert 'did you mean "binanceusdm"?' in complaint('[[accounts]]\nname = "a"\nexchange = "binanceusdn"\n')


def test_reading_a_configuration_does_not_import_ccxt(repository: Path) -> None:
    program = (
        "import sys; from core.config import load_config; load_config(__import__('pathlib').Path(sys.argv[1]));"
        "sys.exit('ccxt' in sys.modules)"
    )
    sample = repository / "resources" / "samples" / "scram.toml"
    done = subprocess.run([sys.executable, "-c", program, str(sample)], cwd=repository, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-0.01", "true", '"0.1"', "[1]"])
def test_a_threshold_is_a_finite_number_not_below_zero(value: str) -> None:
    assert "low" in complaint(TWO_ACCOUNTS + LIMIT + f"low = {value}\n")


def test_thresholds_may_not_fall_with_severity() -> None:
    assert "must not fall" in complaint(TWO_ACCOUNTS + LIMIT + "low = 0.1\ncritical = 0.05\n")


def test_thresholds_of_equity_may_fall_with_severity_but_not_go_up_and_down() -> None:
    equity = LIMIT.replace("drawdown", "equity")
    assert read_config(TWO_ACCOUNTS + equity + "low = 100\ncritical = 50\n", "f").limits[0].low == 100
    assert "must not fall" in complaint(TWO_ACCOUNTS + equity + "low = 100\nmedium = 50\nhigh = 80\n")


def test_a_limit_without_a_threshold_is_refused() -> None:
    assert "at least one threshold is needed" in complaint(TWO_ACCOUNTS + LIMIT)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('{ critical = "auto" }', "policy names critical, which has no threshold"),
        (
            '{ hihg = "auto" }',
            '"hihg" is not a severity; allowed are critical, high, low, medium; did you mean "high"?',
        ),
        ('{ high = "atuo" }', 'high is "atuo"; allowed are approve, auto, propose, stop; did you mean "auto"?'),
        ("{ high = true }", "high is True"),
        ('"auto"', "a table such as"),
    ],
)
def test_a_policy_that_could_not_be_followed_is_refused(policy: str, said: str) -> None:
    assert said in complaint(TWO_ACCOUNTS + LIMIT + f"high = 0.1\npolicy = {policy}\n")


def test_metrics_are_checked_only_when_they_are_known() -> None:
    text = TWO_ACCOUNTS + LIMIT.replace("drawdown", "drawdwn") + "low = 0.1\n"
    assert read_config(text, "f").limits[0].metric == "drawdwn"
    assert 'did you mean "drawdown"?' in complaint(text, {"drawdown", "leverage"})


@pytest.mark.parametrize("scope", ["acount:x", "portfolio:x", "account:", "account", "venue:a b", 'account:"'])
def test_a_scope_that_is_none_is_refused(scope: str) -> None:
    text = LIMIT.replace('"account:*"', f"'{scope}'")
    assert "scope is" in complaint(TWO_ACCOUNTS + text + "low = 0.1\n")


@pytest.mark.parametrize("scope", ["account:alpha-2", "venue:binance", "strategy:basis"])
def test_a_limit_on_a_name_that_does_not_exist_is_refused_because_it_would_guard_nothing(scope: str) -> None:
    text = TWO_ACCOUNTS + LIMIT.replace("account:*", scope) + "low = 0.1\n"
    assert f"no {scope.partition(':')[0]} has this name" in complaint(text)


def test_a_limit_on_a_pattern_may_match_nothing_yet() -> None:
    assert read_config(TWO_ACCOUNTS + LIMIT.replace("account:*", "strategy:*") + "low = 0.1\n", "f").limits


def test_the_same_limit_twice_is_refused_because_neither_is_the_more_specific() -> None:
    assert "limits[0] has the same scope and metric" in complaint(TWO_ACCOUNTS + (LIMIT + "low = 0.1\n") * 2)


def test_the_same_name_twice_is_refused() -> None:
    said = complaint(TWO_ACCOUNTS + '[[accounts]]\nname = "alpha-1"\nexchange = "okx"\n')
    assert 'accounts[2] "alpha-1" (from line 8): name is "alpha-1"; accounts[0] has the same name' in said
    strategy = '[[strategies]]\nname = "s"\nmatch = { account = "*" }\n'
    assert "strategies[0] has the same name" in complaint(TWO_ACCOUNTS + strategy * 2)


@pytest.mark.parametrize("name", ["", "a b", "../up", ".hidden", "a/b", "naïve", "a\\n", "x" * 65])
def test_a_name_is_made_of_few_characters(name: str) -> None:
    assert "name is" in complaint(f'[[accounts]]\nname = "{name}"\nexchange = "okx"\n')


def test_a_strategy_needs_something_to_match_and_a_name_of_its_own() -> None:
    assert "at least one of account" in complaint(TWO_ACCOUNTS + '[[strategies]]\nname = "s"\nmatch = {}\n')
    reserved = '[[strategies]]\nname = "unattributed"\nmatch = { symbol = "*" }\n'
    assert "choose another" in complaint(TWO_ACCOUNTS + reserved)


@pytest.mark.parametrize(
    "line",
    [
        'credentials = "SEKRET"',
        'apiKey = "SEKRET"',
        'ccxt = { apiKey = "SEKRET" }',
        'ccxt = { options = { headers = [{ "X-MBX-APIKEY" = "SEKRET" }] } }',
        'ccxt = { walletAddress = "SEKRET" }',
        'ccxt = { private_key = "SEKRET" }',
        'ccxt = { httpsProxy = "http://me:SEKRET@proxy:1" }',
        'ccxt = "SEKRET"',
        "credentials = 1",
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(line: str) -> None:
    assert "SEKRET" not in complaint(TWO_ACCOUNTS + line + "\n")


def test_a_password_in_the_journals_address_is_refused_and_never_repeated() -> None:
    said = complaint(TWO_ACCOUNTS + '[journal]\nurl = "postgresql://me:SEKRET@host/x"\n')
    assert "password" in said
    assert "SEKRET" not in said


def test_ccxts_own_words_about_secrets_are_no_secrets() -> None:
    text = TWO_ACCOUNTS + "ccxt = { requiredCredentials = { apiKey = false, secret = false } }\n"
    assert read_config(text, "f").accounts[1].ccxt["requiredCredentials"] == {"apiKey": False, "secret": False}


def test_the_settings_for_ccxt_do_not_show_when_an_account_is_printed() -> None:
    assert "SEEN" not in repr(AccountConfig(name="a", exchange="okx", ccxt={"options": {"x": "SEEN"}}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"base_currency = ", "half written"),
        (b'operator = """half', "half written"),
        (b"a = 1\n[[accounts]]\nname == 1\n", "line 3, column 7"),
        (b'operator = "\xff"', "not UTF-8: line 1"),
        ("a = 1".encode("utf-16"), "UTF-16"),
        (b'operator = "a"\n\0\0\0', "line 2 holds zero bytes"),
        (b"x = " + b"[" * 5_000, "nested too deeply"),
        (b"x = " + b"9" * 5_000, "beyond what can be read"),
        (b"accounts = []", "at least one is needed"),
        (b"accounts = 3", "a list is needed"),
        (b"accounts = [3]", "a table is needed"),
        (b'base_currency = "USD"', "accounts is missing"),
    ],
)
def test_a_file_that_is_no_configuration_gets_one_clear_sentence(config_file: Write, content: bytes, said: str) -> None:
    path = config_file(content)
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_byte_order_mark_does_no_harm(config_file: Write) -> None:
    assert len(load_config(config_file(b"\xef\xbb\xbf" + TWO_ACCOUNTS.encode())).accounts) == 2


def test_a_file_that_cannot_be_opened_gets_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="this is a folder"):
        load_config(tmp_path)
