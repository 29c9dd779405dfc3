"""Notification routes in the file: what is read, and what is refused in which words, never with an address in them."""

from __future__ import annotations

import pytest

from core.config import Config, RouteConfig
from core.config.load import read_config
from core.domain import Group, NotifyKind, Scope, Severity
from core.errors import ConfigError
from tests.core.config.texts import TWO_ACCOUNTS

GROUPED = TWO_ACCOUNTS + 'groups = ["majors"]\n'
ROUTE = '[[notify.routes]]\nname = "night"\n'


def read(text: str) -> Config:
    return read_config(GROUPED + text, "scram.toml")


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read(text)
    return str(raised.value).removeprefix("scram.toml: ")


def test_nobody_is_told_anything_unless_a_route_is_there() -> None:
    assert read("").notify.routes == ()


def test_every_key_of_a_route_arrives() -> None:
    text = ROUTE + (
        'url = "env:CHAT"\nleast = "medium"\nscopes = ["portfolio", "account:beta-*", "group:majors"]\n'
        'kinds = ["raised", "resolved"]\nquiet = ["22:00-06:00 UTC"]\nquiet_least = "high"\nper_minute = 2\n'
        "burst = 1\ndigest_s = 30\ntimeout_s = 5\n"
    )
    (route,) = read(text).notify.routes
    assert (route.name, route.url, route.least, route.quiet_least) == (
        "night", "env:CHAT", Severity.MEDIUM, Severity.HIGH,
    )  # fmt: skip
    assert route.scopes == (Scope.parse("portfolio"), Scope.parse("account:beta-*"), Group("majors"))
    assert route.kinds == (NotifyKind.RAISED, NotifyKind.RESOLVED)
    assert [str(window) for window in route.quiet] == ["22:00-06:00 UTC"]
    assert (route.per_minute, route.burst, route.digest_s, route.timeout_s) == (2.0, 1, 30.0, 5.0)


def test_a_route_that_says_nothing_but_its_name_tells_of_high_and_critical_everywhere() -> None:
    (route,) = read(ROUTE).notify.routes
    assert route == RouteConfig(name="night")
    assert (route.least, route.scopes, route.url) == (Severity.HIGH, (), "keyring")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('url = "tgram://SEKRET/12"', '[notify]: routes[0].url: "keyring" or "env:NAME" is needed'),
        (
            'least = "hihg"',
            '[notify]: routes[0].least is "hihg"; allowed are critical, high, low, medium',
        ),
        ('scopes = ["account:nobody"]', '[notify]: routes[0].scopes[0] is "account:nobody"; no account has this name'),
        ('scopes = ["group:minors"]', '[notify]: routes[0].scopes[0] is "group:minors"; no group has this name'),
        (
            'kinds = ["rised"]',
            '[notify]: routes[0].kinds[0] is "rised"; allowed are cleared',
        ),
        ("kinds = []", "[notify]: routes[0].kinds: at least one is needed"),
        ('quiet = ["22-6"]', '[notify]: routes[0].quiet: "22-6": a window such as'),
        ("per_minute = 0", "[notify]: routes[0].per_minute is 0; it must be more than 0"),
        ("timeout_s = 600", "[notify]: routes[0].timeout_s is 600; it must be at most 60"),
        ('adress = "x"', '[notify]: "adress" is not a key here'),
        ('[[notify.routes]]\nname = "night"', '[notify]: routes[1].name is "night"; routes[0] has the same name'),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(line: str, sentence: str) -> None:
    said = complaint(ROUTE + line + "\n")
    assert said.startswith(sentence), said
    assert "SEKRET" not in said
