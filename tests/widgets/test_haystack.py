"""A few letters found among many names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.haystack import WIDTH, Haystack

NAMES = (
    "okx-sub-0012 account",
    "okx venue",
    "binance-sub-0112 account",
    "Go to Stop and proof",
    "basis strategy",
    "Öl-Konto",
)
LETTERS = st.text(alphabet="abko-012 ", max_size=14)


def _hay(names: tuple[str, ...] | list[str]) -> Haystack:
    hay = Haystack()
    for first in range(0, len(names), 3):
        hay.add(names[first : first + 3])
    return hay


def _found(query: str, most: int = 10) -> list[str]:
    return [NAMES[row] for row, _ in _hay(NAMES).find(query, most)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("okx venue", "okx venue"), ("okx 12", "okx-sub-0012 account"), ("112", "binance-sub-0112 account"),
        ("stop", "Go to Stop and proof"), ("gsp", "Go to Stop and proof"), ("öl", "Öl-Konto"),
        ("BASIS", "basis strategy"),
    ],
)  # fmt: skip
def test_what_is_meant_comes_first(query: str, first: str) -> None:
    assert _found(query)[0] == first


def test_the_whole_name_costs_least_then_its_beginning_a_word_any_place_and_letters_apart() -> None:
    names = ["o-k-x", "my okx", "rokx", "okx one", "okx"]
    assert [names[row] for row, _ in _hay(names).find("okx", 9)] == ["okx", "okx one", "my okx", "rokx", "o-k-x"]


@given(st.lists(LETTERS, max_size=12), LETTERS, st.integers(1, 12))
def test_it_finds_what_a_search_name_by_name_finds(names: list[str], query: str, most: int) -> None:
    found = _hay(names).find(query, most)
    pattern = [re.compile(".*".join(map(re.escape, word))) for word in query.split()]
    right = {row for row, name in enumerate(names) if all(one.search(name) for one in pattern)}
    rows = [row for row, _ in found]
    assert set(rows) <= right
    assert len(rows) == len(set(rows)) == min(most, len(right))
    costs = [cost for _, cost in found]
    assert costs == sorted(costs)


def test_equals_come_in_the_order_of_the_names_also_where_there_are_too_many() -> None:
    names = [f"sub-{row:04}" for row in range(500)]
    assert [row for row, _ in _hay(names).find("sub", 20)] == list(range(20))


def test_nothing_is_found_in_nothing_and_by_what_is_longer_than_any_name() -> None:
    assert Haystack().find("a", 5) == []
    assert _hay(["short"]).find("x" * (WIDTH + 9), 5) == []
    assert [row for row, _ in _hay(["n" * 200]).find("n" * 60, 5)] == [0]
