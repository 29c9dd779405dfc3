"""What a filter lets through, held to its meaning scope by scope."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings

from core.domain import Scope
from core.filtering.evaluating import Evaluator
from core.filtering.parsing import parse
from core.filtering.sight import Sight
from core.filtering.tree import Node, printed
from core.snapshot import Snapshot
from tests.core.filtering.one_by_one import answer
from tests.core.filtering.trees import NODES, VOCABULARY, small_book

BOOK = small_book()


def found(text: str, snapshot: Snapshot = BOOK, sight: Sight | None = None) -> set[str]:
    sight = sight or Sight()
    sight.show(snapshot)
    node = parse(text, VOCABULARY)
    assert node is not None
    rows = np.flatnonzero(Evaluator(VOCABULARY, sight).matching(node)).tolist()
    return {str(snapshot.matrix.scopes[row]) for row in rows}


@settings(max_examples=250, deadline=None)
@given(NODES)
def test_all_rows_at_once_say_what_they_say_one_by_one(node: Node) -> None:
    sight = Sight()
    sight.show(BOOK)
    yes, no = Evaluator(VOCABULARY, sight).answer(node)
    expected = [answer(node, BOOK, row) for row in range(len(BOOK.matrix.scopes))]
    assert [True if a else False if b else None for a, b in zip(yes, no, strict=True)] == expected, printed(node)


def _blinded(name: str, scope: str) -> Snapshot:
    value = BOOK.matrix.value.copy()
    value[BOOK.matrix.rows[Scope.parse(scope)], BOOK.matrix.column(name)] = math.nan
    return dataclasses.replace(BOOK, matrix=dataclasses.replace(BOOK.matrix, value=value))


@pytest.mark.parametrize("text", ["drawdown < 5%", "drawdown >= 0", "drawdown != 0", "not drawdown > 5%",
                                  "not (drawdown > 5% or kind = venue)", "not drawdown = 0"])  # fmt: skip
def test_an_unknown_figure_matches_no_comparison_nor_its_negation(text: str) -> None:
    blind = _blinded("drawdown", "account:okx-sub-0002")
    assert "account:okx-sub-0002" not in found(text, blind)
    assert "account:okx-sub-0002" in found(f"{text} or unknown(drawdown)", blind)
    assert "account:okx-sub-0002" in found("drawdown is unknown and venue = okx", blind)


def test_an_account_is_found_by_its_venue_its_groups_and_what_trades_in_it() -> None:
    assert found("venue = OKX and kind = account") == {"account:okx-sub-0002", "account:okx-sub-0011"}
    assert "venue:okx" in found("venue = okx")
    assert found("group = majors") <= {str(scope) for scope in BOOK.matrix.scopes if scope.kind.value == "account"}
    inside = found("strategy = basis")
    assert "strategy:basis" in inside
    assert any(name.startswith("account:") for name in inside)


def test_what_was_never_read_is_older_than_anything_and_of_unknown_age() -> None:
    age = BOOK.matrix.age_s.copy()
    age[5] = math.inf
    never = dataclasses.replace(BOOK, matrix=dataclasses.replace(BOOK.matrix, age_s=age))
    name = str(BOOK.matrix.scopes[5])
    assert name in found("age > 365d", never)
    assert name in found("unknown(age)", never)


def test_names_are_looked_up_again_when_others_come() -> None:
    sight = Sight()
    assert len(found("okx", BOOK, sight)) == 3
    assert len(found("okx", small_book(30), sight)) == 5
    other = dataclasses.replace(BOOK, roster=dataclasses.replace(BOOK.roster, groups={"majors": np.array([4])}))
    assert found("group = majors", other, sight) == {str(BOOK.matrix.scopes[4])}
