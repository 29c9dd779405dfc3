"""Limits, profiles, assignments, shocks and reasons in the file: what is read, and what is refused in which words."""

from __future__ import annotations

import datetime as dt

import pytest

from core.config import Config
from core.config.load import read_config
from core.config.templates import limits_of_profile, template_names, templates
from core.domain import Group, Policy, Scope, Severity, Trust
from core.errors import ConfigError
from core.ladder import Rung, Step
from core.risk.limits import METRIC_DIRECTIONS
from tests.core.config.texts import TWO_ACCOUNTS

GROUPED = TWO_ACCOUNTS + 'groups = ["majors", "alts"]\n'
LIMIT = '[[limits]]\nscope = "account:*"\nmetric = "drawdown"\nlow = 0.1\n'
FULL = """\
[[limits]]
scope = "group:majors"
metric = "net_exposure"
of = "equity"
low = 0.5
high = 1
confirm = "2 of 3"
min_trust = "trusted"
active = ["mon-fri 08:00-20:00 UTC", "sun 22:00-02:00 UTC"]
enabled = false
expires = 2026-12-01T00:00:00Z
note = "until the audit"
change_over_s = 300
"""


def read(text: str) -> Config:
    return read_config(text, "scram.toml", METRIC_DIRECTIONS)


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read(text)
    return str(raised.value)


def test_every_term_of_a_limit_arrives() -> None:
    (limit,) = read(GROUPED + FULL).limits
    assert limit.scope == Group("majors")
    assert limit.thresholds == {Severity.LOW: 0.5, Severity.HIGH: 1.0}
    assert (limit.of, limit.confirm, limit.min_trust, limit.change_over_s) == ("equity", (2, 3), Trust.TRUSTED, 300.0)
    assert [str(window) for window in limit.active] == ["mon,tue,wed,thu,fri 08:00-20:00 UTC", "sun 22:00-02:00 UTC"]
    assert not limit.enabled
    assert limit.expires == dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    assert limit.note == "until the audit"


def test_groups_gather_accounts_in_the_order_of_the_file() -> None:
    text = '[[accounts]]\nname = "z"\nexchange = "okx"\ngroups = ["alts"]\n' + GROUPED
    assert read(text).groups == {"alts": ("z", "beta-1"), "majors": ("beta-1",)}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('confirm = "4 of 3"', 'confirm is "4 of 3"; at least 1 is needed, and no more than there are readings'),
        ("confirm = 3", 'confirm is 3; text such as "2 of 3" is needed: so many of the last so many readings'),
        ('confirm = "2 of 9999"', 'confirm is "2 of 9999"; at most 1000 readings are looked back on'),
        ('min_trust = "unknown"', 'min_trust is "unknown"; allowed are stale, trusted, unsettled'),
        ('of = "cash"', 'of is "cash"; an amount to be a share of is needed: "capital" or '),
        ("change_over_s = -1", "change_over_s is -1; it must be at least 0"),
        ('active = "always"', 'active is "always"; a list is needed; a window such as "mon-fri 08:00-20:00 UTC"'),
        ('active = ["mon 08:00-08:00 UTC"]', 'active: "mon 08:00-08:00 UTC": it begins when it ends'),
        ('expires = "2026-12-01"', 'expires is "2026-12-01"; a moment with its time zone is needed'),
        ("expires = 2026-12-01T00:00:00", "expires: a moment with its time zone is needed"),
        ('enabled = "no"', 'enabled is "no"; '),
        ("medium = 0.05", "thresholds must not fall from low to critical, and they do: low = 0.1, medium = 0.05"),
    ],
)
def test_a_wrong_term_is_refused_with_value_and_what_is_allowed(lines: str, sentence: str) -> None:
    said = complaint(TWO_ACCOUNTS + LIMIT + lines + "\n")
    assert said.startswith('scram.toml: limits[0] "account:* drawdown" (from line 8): ')
    assert said.split("): ", 1)[1].startswith(sentence)


def test_where_smaller_is_worse_thresholds_must_not_rise() -> None:
    equity = '[[limits]]\nscope = "account:*"\nmetric = "equity"\nlow = 100\nhigh = 200\n'
    assert complaint(TWO_ACCOUNTS + equity).endswith(
        "smaller is worse here, so thresholds must not rise from low to critical: low = 100, high = 200"
    )
    falling = equity.replace("low = 100", "low = 300")
    assert read(TWO_ACCOUNTS + falling).limits
    assert read(TWO_ACCOUNTS + equity + "change_over_s = 60\n").limits


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (
            LIMIT.replace("account:*", "group:minors"),
            (
                'scram.toml: limits[0] "group:minors drawdown" (from line 9): scope is "group:minors"; no group has '
                'this name; allowed are alts, majors; did you mean "majors"?'
            ),
        ),
        (
            '[[assign]]\nscope = "account:*"\nprofile = "conservativ"\n',
            (
                'scram.toml: assign[0] "account:* conservativ" (from line 9): profile is "conservativ"; no profile '
                'has this name; allowed are conservative, directional, market-neutral; did you mean "conservative"?'
            ),
        ),
        (
            '[[profiles]]\nname = "a"\nbased_on = "b"\n[[profiles]]\nname = "b"\nbased_on = "a"\n',
            (
                'scram.toml: profiles[0] "a" (from line 9): based_on is "b"; it is based on itself through others\n'
                'scram.toml: profiles[1] "b" (from line 12): based_on is "a"; it is based on itself through others'
            ),
        ),
        (
            '[[profiles]]\nname = "a"\n[[profiles.limits]]\nmetric = "drawdwn"\nlow = 0.1\n',
            'scram.toml: profiles[0] "a" (from line 9): limits[0].metric is "drawdwn"; it is not a metric; ',
        ),
        (
            '[[profiles]]\nname = "a"\n[[profiles.limits]]\nscope = "account:*"\nmetric = "drawdown"\nlow = 0.1\n',
            'scram.toml: profiles[0] "a" (from line 9): "scope" is not a key here; ',
        ),
        (
            LIMIT + LIMIT,
            'scram.toml: limits[1] "account:* drawdown" (from line 13): limits[0] has the same scope and metric',
        ),
        (
            '[[assign]]\nscope = "account:nobody"\nprofile = "conservative"\n',
            (
                'scram.toml: assign[0] "account:nobody conservative" (from line 9): scope is "account:nobody"; no '
                "account has this name; allowed are alpha-1, beta-1"
            ),
        ),
        ('[change]\nreason = " "\n', 'scram.toml: [change]: reason is " "; it must not be empty'),
    ],
)
def test_a_name_without_a_bearer_is_refused(tables: str, sentence: str) -> None:
    assert complaint(GROUPED + tables).startswith(sentence)


def test_level_and_change_of_one_metric_stand_side_by_side() -> None:
    assert len(read(TWO_ACCOUNTS + LIMIT + LIMIT + "change_over_s = 60\n").limits) == 2


def test_a_profile_takes_what_it_does_not_say_from_what_it_is_based_on() -> None:
    text = (
        '[[profiles]]\nname = "mine"\nbased_on = "conservative"\n'
        '[[profiles.limits]]\nmetric = "drawdown"\nlow = 0.5\n[[profiles.limits]]\nmetric = "equity"\nlow = 5\n'
    )
    found = {
        (terms.metric, terms.change_over_s): terms for terms in limits_of_profile("mine", read(TWO_ACCOUNTS + text))
    }
    conservative = limits_of_profile("conservative", read(TWO_ACCOUNTS))
    template = {(terms.metric, terms.change_over_s): terms for terms in conservative}
    assert found.keys() == template.keys() | {("equity", 0.0)}
    assert found[("drawdown", 0.0)].low == 0.5
    assert found[("leverage", 0.0)] == template[("leverage", 0.0)]


def test_a_profile_of_the_file_stands_before_a_template_of_its_name_and_may_be_based_on_it() -> None:
    own = '[[profiles]]\nname = "directional"\n[[profiles.limits]]\nmetric = "leverage"\nlow = 9\n'
    (only,) = limits_of_profile("directional", read(TWO_ACCOUNTS + own))
    assert only.low == 9
    based = own.replace("[[profiles.limits]]", 'based_on = "directional"\n[[profiles.limits]]')
    found = limits_of_profile("directional", read(TWO_ACCOUNTS + based))
    assert len(found) == len(templates()["directional"].limits)
    assert found[0].low == 9


def test_the_templates_are_valid_and_name_metrics_that_there_are() -> None:
    assert template_names() == {"conservative", "market-neutral", "directional"}
    for name, profile in templates().items():
        assert profile.name == name
        assert profile.note
        for terms in profile.limits:
            assert terms.metric in METRIC_DIRECTIONS
        for terms in limits_of_profile(name, read(TWO_ACCOUNTS)):
            told = terms.metric in ("data_age", "daily_loss") or terms.change_over_s > 0.0
            assert bool(terms.policy) is not told, "what no reduction mends is told and nothing more"
            for severity, response in terms.policy.items():
                assert severity >= Severity.HIGH
                assert not response.may_stop, "a stop is the desk's own decision"
                assert response.steps[0] == Step(Rung.RESTORE, Policy.AUTO)
                assert Rung.FLATTEN not in {step.rung for step in response.steps}


RISK = "[risk]\n"
SHOCK = '[[shocks]]\nname = "crash"\n'


def test_shocks_and_what_the_risk_model_is_told_arrive() -> None:
    config = read(
        GROUPED + RISK + "confidence = 0.975\nmin_samples = 24\n"
        + SHOCK + 'title = "A crash"\nmoves = { BTC = -0.2, "*" = -0.4 }\n'
        + '[[shocks]]\nname = "depeg"\ndepeg = { USDT = -0.1 }\n[[shocks]]\nname = "gone"\nvenue = "okx"\n'
        + LIMIT.replace("drawdown", "stress_crash_loss")
    )  # fmt: skip
    assert (config.risk.confidence, config.risk.min_samples, config.risk.benchmark) == (0.975, 24, "BTC")
    crash, depeg, gone = config.shocks
    assert (crash.moves, depeg.depeg, gone.venue) == ({"BTC": -0.2, "*": -0.4}, {"USDT": -0.1}, "okx")


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (RISK + "confidence = 1.0\n", "scram.toml: [risk]: confidence is 1.0; it must be less than 1"),
        (RISK + "confidence = 0.5\n", "scram.toml: [risk]: confidence is 0.5; it must be more than 0.5"),
        (RISK + "horizon_s = 1\n", "scram.toml: [risk]: horizon_s is 1; it must be at least 60"),
        (RISK + "participation = 2\n", "scram.toml: [risk]: participation is 2; it must be at most 1"),
        (
            RISK + "min_samples = 1.5\n",
            "scram.toml: [risk]: min_samples is 1.5; a whole number is needed, without quotes",
        ),
        (
            RISK + "min_samples = 50\nreturns_count = 40\n",
            "scram.toml: risk: min_samples must be at most returns_count, and 50 is more than 40",
        ),
        (RISK + "benchmrk = 1\n", 'scram.toml: [risk]: "benchmrk" is not a key here; '),
        (RISK + 'benchmark = ""\n', 'scram.toml: [risk]: benchmark is ""; a coin code such as USDT is needed'),
        (RISK + "sample_s = 0\n", "scram.toml: [risk]: sample_s is 0; it must be at least 1"),
        (
            SHOCK,
            'scram.toml: shocks[0] "crash" (from line 9): at least one of moves, depeg and venue is needed',
        ),
        (
            SHOCK + "moves = { BTC = -1.5 }\n",
            'scram.toml: shocks[0] "crash" (from line 9): moves.BTC is -1.5; it must be at least -1',
        ),
        (
            SHOCK + 'moves = { "BT C" = -0.5 }\n',
            'scram.toml: shocks[0] "crash" (from line 9): moves.BT C.[key]: a coin code such as USDT is needed',
        ),
        (
            SHOCK + 'venue = "nowhere"\n',
            'scram.toml: shocks[0] "crash" (from line 9): venue is "nowhere"; no venue has this name; ',
        ),
        (
            SHOCK + 'moves = { ETH = -0.5 }\nby_beta = "BTC"\n',
            'scram.toml: shocks[0] "crash" (from line 9): by_beta is "BTC", which moves does not name; ',
        ),
        (
            SHOCK.replace("crash", "Big Crash") + "moves = { BTC = -0.5 }\n",
            'scram.toml: shocks[0] "Big Crash" (from line 9): name is "Big Crash"; small letters, digits and _ are ',
        ),
        (
            LIMIT.replace("drawdown", "stress_crush_loss") + SHOCK + "moves = { BTC = -0.5 }\n",
            (
                'scram.toml: limits[0] "account:* stress_crush_loss" (from line 9): metric is "stress_crush_loss"; it '
                'is no column of a named shock; did you mean "stress_crash_loss"?'
            ),
        ),
    ],
)
def test_what_the_risk_model_cannot_be_told_is_refused(tables: str, sentence: str) -> None:
    assert complaint(GROUPED + tables).startswith(sentence)


def test_a_scope_of_no_kind_is_refused_with_all_that_there_are() -> None:
    assert complaint(TWO_ACCOUNTS + LIMIT.replace("account:*", "desk:1")).endswith(
        'scope is "desk:1"; allowed are portfolio, venue:NAME, account:NAME and strategy:NAME, where NAME may be a '
        "pattern, and group:NAME"
    )
    assert read(TWO_ACCOUNTS + LIMIT).limits[0].scope == Scope.parse("account:*")
