from __future__ import annotations

import math

import numpy as np
import pytest

from core.engine.contributions import RiskContributions
from core.risk.costly.run import CostlyColumns
from tests.core.risk.costly.panel import Book, Held, related


def _columns(*held: Held, captured_s: float = 1.0) -> CostlyColumns:
    book = Book(held, related(np.random.default_rng(3), 400, 4, 0.4))
    frame = book.frame()
    return CostlyColumns(np.empty((len(book.scopes), 0)), np.empty(4), frame, captured_s, 0.0)


LONG_AND_HEDGE = (Held("a", "BTC", 900.0), Held("b", "ETH", 400.0), Held("c", "SOL", -100.0))


def test_nothing_is_estimated_before_the_first_run() -> None:
    assert RiskContributions(lambda: None)(0) == ()


def test_the_shares_of_a_scope_add_up_to_the_whole_the_largest_first() -> None:
    columns = _columns(*LONG_AND_HEDGE)
    found = RiskContributions(lambda: columns)(0)
    assert [row.name for row in found][:2] == ["BTC", "ETH"]
    assert math.fsum(row.share for row in found) == pytest.approx(1.0)
    assert next(row.share for row in found if row.name == "SOL") < 0.0


def test_every_scope_has_its_own_and_a_new_run_replaces_the_old_one() -> None:
    newest = [_columns(*LONG_AND_HEDGE)]
    shares = RiskContributions(lambda: newest[0])
    rows = newest[0].frame.inputs.layout.scopes
    account = next(row for row, scope in enumerate(rows) if str(scope) == "account:a")
    assert [row.name for row in shares(account)] == ["BTC"]
    assert len(shares(0)) == 3
    newest[0] = _columns(Held("a", "ETH", 100.0), captured_s=2.0)
    assert [row.name for row in shares(account)] == ["ETH"]
