"""The row of a limit as a person has it before him: what he does not touch stays, what he mistypes is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.limit_form import LEVELS, texts_of, typed_policy, values_of
from core.config.limits import LimitConfig
from core.errors import ConfigError

NOW_S = 1_767_600_000.0
ROW: dict[str, Any] = {
    "scope": "account:*", "metric": "drawdown", "low": 0.03, "high": 0.08, "clear": 0.1, "on_delay_s": 90.0,
    "policy": {"low": "propose", "high": {"do": ["block", "scale"], "mode": "auto", "factor": 0.25}},
    "active": ["mon-fri 08:00-20:00 UTC"], "expires": dt.datetime(2026, 12, 1, 8, 0, 30, tzinfo=dt.UTC), "note": "so",
}  # fmt: skip


def test_a_row_reads_in_the_units_of_people() -> None:
    texts = texts_of(ROW, "ratio", "USD")
    assert {name: texts[name] for name in ("low", "medium", "high", "clear", "on_delay_s", "active", "expires")} == {
        "low": "3 %", "medium": "", "high": "8 %", "clear": "10 %", "on_delay_s": "90 s",
        "active": "mon-fri 08:00-20:00 UTC", "expires": "2026-12-01 08:00 UTC",
    }  # fmt: skip
    assert (texts["then_low"], texts["then_high"]) == ("propose", "auto block, then auto scale")
    assert values_of(texts, ROW, "ratio", "USD", NOW_S) == (ROW, {})


def test_only_what_is_typed_changes() -> None:
    texts = texts_of(ROW, "ratio", "USD") | {"high": "9.5 %", "on_delay_s": "", "then_low": "", "expires": "in 2 h"}
    values, problems = values_of(texts, ROW, "ratio", "USD", NOW_S)
    assert not problems
    expected = {name: part for name, part in ROW.items() if name != "on_delay_s"} | {
        "high": 0.095, "policy": {"high": ROW["policy"]["high"]},
        "expires": dt.datetime.fromtimestamp(NOW_S + 7_200, tz=dt.UTC),
    }  # fmt: skip
    assert values == expected


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("high", "8", 'High: "8" is not it; a share such as 5 %'),
        ("on_delay_s", "soon", 'Raised after: "soon" is not it; a time with its unit'),
        ("scope", "desk:1", 'Scope: "desk:1" is not it; allowed are portfolio, venue:NAME'),
        ("confirm", "2/3", 'Confirmed by: "2/3" is not it; text such as "2 of 3"'),
        ("active", "mondays", 'Hours: "mondays": a window such as'),
        ("expires", "tomorrow", 'Until: "tomorrow" is not it; a moment such as'),
        ("then_high", "sell all", "Then at high: "),
        ("then_high", "auto stop, then auto block", "the ladder is only climbed"),
        ("min_trust", "blind", "Least trust: "),
    ],
)
def test_what_is_mistyped_is_told_with_its_place_its_value_and_what_is_allowed(
    field: str, text: str, words: str
) -> None:
    values, problems = values_of(texts_of(ROW, "ratio", "USD") | {field: text}, ROW, "ratio", "USD", NOW_S)
    assert list(problems) == [field]
    assert words in problems[field]
    assert values == ROW


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", None), ("Stop", "stop"), ("approve scale", {"do": ["approve scale"]}),
        ("auto block, then approve restore, then propose stop, after 30 s, unanswered it runs",
         {"do": ["auto block", "approve restore", "propose stop"], "countdown_s": 30.0, "on_lapse": "run"}),
    ],
)  # fmt: skip
def test_a_policy_is_typed_as_it_is_read(text: str, asked: Any) -> None:
    assert typed_policy(text, "high") == asked
    row = {"scope": "portfolio", "metric": "leverage", "high": 3.0, "policy": {"high": asked}}
    if asked is not None:
        assert texts_of(row, "multiple", "USD")["then_high"] == text.lower()


def test_an_unknown_policy_says_what_there_is() -> None:
    with pytest.raises(ConfigError, match="propose, approve, auto, stop, or rungs such as"):
        typed_policy("panic", "high")


LEVEL = st.floats(0.001, 5.0)


@given(
    st.dictionaries(st.sampled_from(LEVELS), LEVEL, min_size=1),
    st.dictionaries(st.sampled_from(["on_delay_s", "off_delay_s", "change_over_s"]), st.floats(0.0, 1e6)),
    st.none() | st.floats(0.0, 0.99),
)
def test_whatever_a_row_says_is_read_back_from_its_texts_as_it_is(
    levels: dict[str, float], times: dict[str, float], clear: float | None
) -> None:
    row: dict[str, Any] = {"scope": "account:*", "metric": "leverage", **levels, **times}
    if clear is not None:
        row["clear"] = clear
    typed = {name: text for name, text in texts_of(row, "multiple", "USD").items() if name != "profile"}
    values, problems = values_of(typed, {}, "multiple", "USD", NOW_S)
    assert not problems
    assert values == row
    if sorted(levels, key=LEVELS.index) == sorted(levels, key=lambda word: levels[word]):
        LimitConfig.model_validate(values)
