"""Rows of limits changed in a file written by hand: nothing else in it moves, and what is undone is undone."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.row_edits import with_edits
from core.config.rows import (
    ASSIGN,
    LIMITS,
    PROFILE_LIMITS,
    PROFILES,
    RowEdit,
    RowKey,
    limit_text,
    mark_of,
    place_of,
    row_changes,
    rows_of,
)
from core.errors import ConfigError

FILE = """# The desk of spring
operator = "ada"

[[accounts]]
name = "alpha-1"

# tight since March
[[limits]]
scope = "account:*"   # everybody
metric = "drawdown"
low = 0.03  # three
high = 0.08
policy = { high = "approve" }

# -- further down

[[limits]]
scope = "portfolio"
metric = "leverage"
high = 3.0
[limits.policy]
high = "auto" # by itself

[[profiles]]
name = "calm"
note = "of the desk"
[[profiles.limits]]
metric = "drawdown"
high = 0.1

[[profiles.limits]]
metric = "leverage"
active = [
  "mon-fri 08:00-20:00 UTC",
]
high = 4.0

[[assign]]
scope = "account:*"
profile = "calm"

[stop]
settle_s = 2.0
"""
DRAWDOWN = RowKey(LIMITS, "account:*", "", "drawdown")
LEVERAGE = RowKey(LIMITS, "portfolio", "", "leverage")
CALM_LEVERAGE = RowKey(PROFILE_LIMITS, "", "calm", "leverage")


def edit(text: str, key: RowKey, **values: Any) -> RowEdit:
    was = rows_of(text)[key].values
    return RowEdit(key, {**was, **values}, was=was)


def away(text: str, key: RowKey) -> RowEdit:
    return RowEdit(key, None, was=rows_of(text)[key].values)


def undone(before: str, after: str) -> str:
    return with_edits(after, [change.undone for change in row_changes(before, after)])


def test_every_row_is_found_with_its_line_and_what_it_says() -> None:
    rows = rows_of(FILE)
    assert list(rows) == [
        DRAWDOWN, LEVERAGE, RowKey(PROFILES, "", "calm"), RowKey(PROFILE_LIMITS, "", "calm", "drawdown"), CALM_LEVERAGE,
        RowKey(ASSIGN, "account:*", "calm"),
    ]  # fmt: skip
    lines = FILE.splitlines()
    assert [lines[row.line - 1].strip("[]") for row in rows.values()] == [
        "limits", "limits", "profiles", "profiles.limits", "profiles.limits", "assign",
    ]  # fmt: skip
    assert rows[LEVERAGE].values["policy"] == {"high": "auto"}
    assert rows[DRAWDOWN].text.startswith("# tight since March\n[[limits]]")


def test_a_change_writes_its_own_keys_anew_and_leaves_every_other_character() -> None:
    after = with_edits(FILE, [edit(FILE, DRAWDOWN, low=0.02, note="agreed")])
    assert after == FILE.replace("low = 0.03  # three", "low = 0.02  # three").replace(
        '{ high = "approve" }\n', '{ high = "approve" }\nnote = "agreed"\n', 1
    )
    after = with_edits(FILE, [edit(FILE, CALM_LEVERAGE, active=None)])
    assert after == FILE.replace('active = [\n  "mon-fri 08:00-20:00 UTC",\n]\n', "")


def test_a_comment_of_a_key_that_goes_stays_within_its_row() -> None:
    text = FILE.replace('policy = { high = "approve" }', '# by hand\npolicy = { high = "approve" }')
    after = with_edits(text, [edit(text, DRAWDOWN, policy=None)])
    assert "low = 0.03  # three\n# by hand\nhigh = 0.08\n\n# -- further down" in after
    assert undone(text, after) == text
    more = with_edits(text, [edit(text, DRAWDOWN, policy=None, note="so")])
    assert 'high = 0.08\n# by hand\nnote = "so"\n\n# -- further down' in more


def test_a_table_of_its_own_becomes_a_line_where_it_changes() -> None:
    after = with_edits(FILE, [edit(FILE, LEVERAGE, policy={"high": "stop"})])
    assert 'high = 3.0\npolicy = { high = "stop" }\n\n[[profiles]]' in after
    assert undone(FILE, after) == FILE


def test_a_row_that_comes_stands_behind_the_last_of_its_table() -> None:
    new = RowKey(LIMITS, "account:alpha-1", "", "leverage")
    values = {"scope": "account:alpha-1", "metric": "leverage", "high": 2.0}
    after = with_edits(FILE, [RowEdit(new, values)])
    assert (
        '# by itself\n\n[[limits]]\nscope = "account:alpha-1"\nmetric = "leverage"\nhigh = 2.0\n\n[[profiles]]' in after
    )
    inner = RowKey(PROFILE_LIMITS, "", "calm", "margin_use")
    after = with_edits(FILE, [RowEdit(inner, {"metric": "margin_use", "high": 0.7})])
    assert 'high = 4.0\n\n[[profiles.limits]]\nmetric = "margin_use"\nhigh = 0.7\n\n[[assign]]' in after
    empty = with_edits('operator = "ada"\n', [RowEdit(new, values)])
    assert tomllib.loads(empty)["limits"] == [values]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (RowEdit(DRAWDOWN, {"metric": "drawdown", "high": 0.5}), "is in the file already (line 8)"),
        (RowEdit(DRAWDOWN, None, was={"scope": "account:*"}), "was changed meanwhile: look at it again"),
        (RowEdit(RowKey(LIMITS, "venue:okx", "", "leverage"), None, was={"high": 1.0}), "is not in the file any more"),
        (RowEdit(RowKey(PROFILE_LIMITS, "", "wild", "leverage"), {"metric": "leverage"}), "is not in the file"),
        (
            RowEdit(DRAWDOWN, {"scope": "portfolio", "metric": "leverage"}, was=rows_of(FILE)[DRAWDOWN].values),
            "the limit on leverage of portfolio is in the file already",
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_seen_is_refused(wanted: RowEdit, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        with_edits(FILE, [wanted])
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        'limits = [{ scope = "portfolio", metric = "leverage", high = 3.0 }]\n',
        '[[profiles]]\nname = "p"\nnote = """\n[[limits]]\nscope = "portfolio"\nmetric = "leverage"\nhigh = 3.0\n"""\n',
    ],
)
def test_what_is_written_otherwise_is_left_to_a_person(text: str) -> None:
    values = {"scope": "portfolio", "metric": "leverage", "high": 3.0}
    with pytest.raises(ConfigError, match=r"edit it by hand|not in the file any more"):
        with_edits(text, [RowEdit(LEVERAGE, None, was=values)])


def test_what_only_looks_like_a_row_is_left_alone() -> None:
    row = '[[limits]]\nscope = "portfolio"\nmetric = "leverage"\nhigh = 3.0\n'
    text = f'[[profiles]]\nname = "p"\nnote = """\n{row}[[limits]]\n"""\n'
    was = rows_of(text)[LEVERAGE].values
    with pytest.raises(ConfigError, match="edit it by hand"):
        with_edits(text, [RowEdit(LEVERAGE, {**was, "high": 2.0}, was=was)])


def test_a_place_is_known_again_by_what_stands_above_it_and_says_nothing_of_that() -> None:
    secret = 'secret = "hunter2"\n' + FILE
    place = rows_of(secret)[LEVERAGE].start
    mark = mark_of(secret, place)
    assert place_of(secret, mark) == place
    assert "hunter2" not in mark
    assert place_of(secret.replace("further", "farther"), mark) is None
    assert place_of("", mark) is None


# -- whatever is in the file ------------------------------------------------------------------------------------------

METRICS = ("drawdown", "leverage", "margin_use")
SCOPES = ("portfolio", "account:*", "account:alpha-1", "venue:okx")
COMMENTS = st.sampled_from(["", "# a word\n", "\n# apart\n\n", "# [[limits]] was here\n", "\n"])
LEVELS = st.floats(0.01, 9.0).map(lambda value: round(value, 3))


@st.composite
def files(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.tuples(st.sampled_from(SCOPES), st.sampled_from(METRICS)), unique=True, max_size=5))
    parts = ['operator = "ada"\n']
    for scope, metric in keys:
        parts.append(draw(COMMENTS))
        tail = draw(st.sampled_from(["", "  # why", "\n# within"]))
        parts.append(f'[[limits]]\nscope = "{scope}"\nmetric = "{metric}"\nhigh = {draw(LEVELS)!r}{tail}\n')
        parts.append(draw(st.sampled_from(["", 'policy = { high = "approve" }\n', '[limits.policy]\nhigh = "auto"\n'])))
        parts.append(draw(st.sampled_from(["", "\n", "\n\n"])))
        if draw(st.booleans()):
            parts.append("[stop]\nsettle_s = 2.0\n" if "[stop]" not in "".join(parts) else "")
    return "".join(parts)


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, list[RowEdit]]:
    text = draw(files())
    edits = []
    for key, row in rows_of(text).items():
        what = draw(st.sampled_from(["leave", "change", "away"]))
        if what == "away":
            edits.append(away(text, key))
        elif what == "change":
            values = {"low": draw(st.none() | LEVELS), "high": draw(LEVELS), "note": draw(st.none() | st.just("x"))}
            policy = draw(st.sampled_from([row.values.get("policy"), {"high": "stop"}, None]))
            merged = {
                name: part for name, part in {**row.values, **values, "policy": policy}.items() if part is not None
            }
            edits.append(RowEdit(key, merged, was=row.values))
    for scope, metric in [(scope, metric) for scope in SCOPES for metric in METRICS]:
        key = RowKey(LIMITS, scope, "", metric)
        if key not in rows_of(text) and draw(st.integers(0, 5)) == 0:
            edits.append(RowEdit(key, {"scope": scope, "metric": metric, "critical": draw(LEVELS)}))
    return text, edits


@settings(max_examples=120, deadline=None)
@given(changes())
def test_a_change_that_is_undone_leaves_the_file_as_it_was(made: tuple[str, list[RowEdit]]) -> None:
    text, edits = made
    after = with_edits(text, edits)
    data = tomllib.loads(after)
    rows = {RowKey(LIMITS, row["scope"], "", row["metric"]): row for row in data.get("limits", [])}
    for one in edits:
        assert rows.get(one.key) == one.values
    back = undone(text, after)
    assert tomllib.loads(back) == tomllib.loads(text)
    assert back.rstrip("\n") == text.rstrip("\n")


def test_the_part_of_a_file_that_its_rows_stand_in_is_changed_just_as_the_whole() -> None:
    part = limit_text(FILE)
    assert list(rows_of(part)) == list(rows_of(FILE))
    assert "[stop]" not in part
    assert "accounts" not in part
    wanted = [edit(FILE, DRAWDOWN, low=0.01), away(FILE, CALM_LEVERAGE)]
    assert rows_of(with_edits(part, wanted)).keys() == rows_of(with_edits(FILE, wanted)).keys()


def test_a_table_that_is_written_as_empty_gets_its_first_row() -> None:
    values = {"scope": "portfolio", "metric": "leverage", "high": 3.0}
    after = with_edits('limits = []\noperator = "ada"\n', [RowEdit(LEVERAGE, values)])
    assert tomllib.loads(after) == {"operator": "ada", "limits": [values]}
