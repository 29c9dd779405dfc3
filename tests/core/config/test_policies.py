from __future__ import annotations

import tomllib

import pytest
from hypothesis import given

from core.config.load import read_config
from core.config.mitigation import mitigation_notices
from core.config.policies import parse_policy, policy_table
from core.config.templates import limits_of_profile
from core.config.write import to_toml
from core.domain import Policy, Severity
from core.errors import ConfigError
from core.ladder import OnLapse, Response, Rung, Step
from tests.core.config.texts import TWO_ACCOUNTS
from tests.core.risk.limits.test_changes_of_limits import RESPONSES

LIMIT = '[[limits]]\nscope = "account:*"\nmetric = "leverage"\nhigh = 3\ncritical = 5\n'
ALLOW = "[mitigation]\nflatten = true\n"


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read_config(text, "scram.toml")
    return str(raised.value)


def policy_of(text: str) -> dict[Severity, Response]:
    return dict(read_config(TWO_ACCOUNTS + LIMIT + f"policy = {text}\n", "f").limits[0].policy)


def test_the_short_form_restores_at_least_cost_and_stop_is_the_emergency_stop() -> None:
    found = policy_of('{ high = "auto", critical = "stop" }')
    assert found[Severity.HIGH].steps == (Step(Rung.RESTORE, Policy.AUTO),)
    assert found[Severity.CRITICAL].steps == (Step(Rung.STOP, Policy.AUTO),)
    assert [str(found[level]) for level in sorted(found)] == ["auto", "stop"]


def test_the_long_form_names_rungs_each_with_its_mode_or_the_tables() -> None:
    found = policy_of(
        '{ high = { do = ["block", "restore", "propose stop"], mode = "auto", countdown_s = 30, on_lapse = "run", '
        "factor = 0.25, tries = 3 } }"
    )[Severity.HIGH]
    assert found == Response(
        (Step(Rung.BLOCK, Policy.AUTO), Step(Rung.RESTORE, Policy.AUTO), Step(Rung.STOP, Policy.PROPOSE)),
        30.0, OnLapse.RUN, 0.25, 3,
    )  # fmt: skip
    assert str(found) == "auto block, then auto restore, then propose stop, after 30 s, unanswered it runs"
    assert not found.may_stop


def test_without_a_mode_it_is_only_proposed() -> None:
    assert policy_of('{ high = { do = "reduce-only" } }')[Severity.HIGH].mode is Policy.PROPOSE


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('{ high = { mode = "auto" } }', "high: do is missing; it names rungs of the ladder: notify, block, cancel"),
        ('{ high = { do = "restor" } }', 'high: do is "restor"; did you mean "restore"?'),
        ('{ high = { do = ["restore", "block"] } }', "block comes after restore, and the ladder is only climbed"),
        ('{ high = { do = ["notify", "block"] } }', "notify stands alone"),
        ('{ high = { do = [] } }', "a rung or a list of rungs is needed"),
        ('{ high = { do = "loudly stop" } }', 'high: do is "loudly"; allowed are'),
        ('{ high = { do = "block", mode = "stop" } }', 'high: mode is "stop"; allowed are approve, auto, propose'),
        ('{ high = { do = "block", countdown_s = -1 } }', "high: countdown_s is -1; a number from 0 to 86400 is"),
        ('{ high = { do = "block", on_lapse = "go" } }', 'high: on_lapse is "go"; allowed are lapse, run'),
        ('{ high = { do = "scale", factor = 1 } }', "high: factor is 1; a number from 0 to 0.99 is allowed"),
        ('{ high = { do = "scale", tries = 0 } }', "high: tries is 0; a whole number from 1 to 10 is allowed"),
        ('{ high = { do = "scale", faktor = 1 } }', 'high: "faktor" is not a key here; '),
        ('{ high = { do = ["restore", "flatten"] } }', "high asks for flatten, which [mitigation] flatten"),
    ],
)  # fmt: skip
def test_a_policy_that_says_nonsense_is_refused_with_what_is_allowed(policy: str, said: str) -> None:
    assert said in complaint(TWO_ACCOUNTS + LIMIT + f"policy = {policy}\n")


def test_flatten_is_allowed_separately() -> None:
    config = read_config(TWO_ACCOUNTS + ALLOW + LIMIT + 'policy = { high = { do = "flatten" } }\n', "f")
    assert config.limits[0].policy[Severity.HIGH].steps[0].rung is Rung.FLATTEN


@given(RESPONSES)
def test_what_is_written_is_read_as_the_same(response: Response) -> None:
    if len(response.steps) > 1 and response.steps[0].rung is Rung.NOTIFY:
        return  # not to be written by hand either
    table = {"limits": [{"policy": policy_table({Severity.HIGH: response})}]}
    (row,) = tomllib.loads(to_toml(table))["limits"]
    assert parse_policy(row["policy"]) == {Severity.HIGH: response}


def test_a_profiles_policy_is_for_its_limits_that_have_none() -> None:
    config = read_config(
        TWO_ACCOUNTS
        + '[[profiles]]\nname = "base"\npolicy = { medium = "propose", high = "auto" }\n'
        + '[[profiles.limits]]\nmetric = "leverage"\nlow = 1\nhigh = 3\ncritical = 5\n'
        + '[[profiles.limits]]\nmetric = "margin_use"\nhigh = 0.5\npolicy = { high = "approve" }\n'
        + '[[profiles.limits]]\nmetric = "data_age"\nhigh = 40\npolicy = {}\n'
        + '[[profiles]]\nname = "mild"\nbased_on = "base"\npolicy = { high = "propose" }\n',
        "f",
    )
    leverage, margin, age = limits_of_profile("base", config)
    assert leverage.policy == {Severity.HIGH: Response.of(Policy.AUTO), Severity.CRITICAL: Response.of(Policy.AUTO)}
    assert margin.policy == {Severity.HIGH: Response.of(Policy.APPROVE)}
    assert not age.policy
    mild = {terms.metric: terms.policy for terms in limits_of_profile("mild", config)}
    assert mild["leverage"][Severity.CRITICAL] == Response.of(Policy.PROPOSE)
    assert mild["margin_use"] == margin.policy


def test_old_names_are_still_read_and_said_to_be_old() -> None:
    config = read_config(TWO_ACCOUNTS + "[engine]\napprove_countdown_s = 30\nconfirmations = 4\ncool_down_s = 9\n", "f")
    assert (config.mending.countdown_s, config.mending.confirm, config.mending.cool_down_s) == (30.0, (4, 4), 9.0)
    told = mitigation_notices(config)
    assert len(told) == 3
    assert told[1] == "[engine] confirmations is called [mitigation] confirm now; the old name is still read"
    assert not mitigation_notices(read_config(TWO_ACCOUNTS, "f"))


def test_a_value_by_both_names_is_refused() -> None:
    said = complaint(TWO_ACCOUNTS + "[engine]\ncool_down_s = 9\n[mitigation]\ncool_down_s = 8\n")
    assert "[engine]: cool_down_s is 9; [mitigation] cool_down_s says the same by its new name; drop this one" in said


def test_limits_that_would_act_are_said_to_be_unarmed_until_they_are() -> None:
    asks = LIMIT + 'policy = { high = "auto" }\n'
    (told,) = mitigation_notices(read_config(TWO_ACCOUNTS + asks, "f"))
    assert "[mitigation] automatic = true arms them" in told
    assert not mitigation_notices(read_config(TWO_ACCOUNTS + "[mitigation]\nautomatic = true\n" + asks, "f"))
    assert not mitigation_notices(read_config(TWO_ACCOUNTS + LIMIT + 'policy = { high = "stop" }\n', "f"))
