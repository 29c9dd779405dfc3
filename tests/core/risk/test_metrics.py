"""Every metric against a reference in plain Python that shares no code with it, and what must not change a metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.attribution import AccountEntry
from core.domain import Scope
from core.risk.frame import exposures
from core.risk.limits import Limit
from core.risk.matrix import RiskModel
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES
from core.risk.model import RiskMatrix
from tests.core.book.desk import BTC, ETH, Desk

SYMBOLS = {BTC: "BTC", "BTC/USDC:USDC": "BTC", ETH: "ETH"}
ACCOUNT = {"a": "north", "b": "north", "c": "south"}


def matrix_of(desk: Desk, *limits: Limit) -> RiskMatrix:
    return RiskModel(desk.book.scopes, limits).evaluate(desk.view(), desk.now_s)


def value(matrix: RiskMatrix, scope: str, metric: str) -> float:
    return float(matrix.value[matrix.row(Scope.parse(scope)), matrix.column(metric)])


@dataclass
class Row:
    account: str
    symbol: str
    quantity: float
    entry: float


rows_of = st.builds(
    Row,
    st.sampled_from(sorted(ACCOUNT)),
    st.sampled_from(sorted(SYMBOLS)),
    st.integers(-20, 20).filter(bool).map(float),
    st.floats(50.0, 150.0),
)


def reference(rows: list[Row], wallet: float, marks: dict[str, float], accounts: set[str]) -> dict[str, float]:
    mine = [row for row in rows if row.account in accounts]
    notionals = [row.quantity * marks[row.symbol] for row in mine]
    unrealised = math.fsum(row.quantity * (marks[row.symbol] - row.entry) for row in mine)
    equity = wallet * len(accounts) + unrealised
    gross = math.fsum(abs(notional) for notional in notionals)
    by_coin: dict[str, list[float]] = {}
    for row, notional in zip(mine, notionals, strict=True):
        by_coin.setdefault(SYMBOLS[row.symbol], []).append(notional)
    largest = max((abs(math.fsum(parts)) for parts in by_coin.values()), default=0.0)
    first = wallet * len(accounts)
    fall = 1.0 - equity / first
    at_risk = gross > 0.0
    out = {
        "equity": equity,
        "unrealised_pnl": unrealised,
        "gross_exposure": gross,
        "net_exposure": math.fsum(notionals),
        "leverage": gross / equity if equity > 0.0 else (math.inf if at_risk else 0.0),
        "drawdown": max(fall, 0.0) if equity > 0.0 else math.inf,
        "daily_loss": fall if equity > 0.0 else math.inf,
        "largest_position_share": largest / gross if at_risk else 0.0,
        "margin_use": 0.1 * gross / equity if equity > 0.0 else (math.inf if at_risk else 0.0),
        "data_age": 0.0,
    }
    return out | {"drawdown_day": out["drawdown"]}


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(rows_of, max_size=8, unique_by=lambda row: (row.account, row.symbol)),
    prices=st.tuples(*[st.floats(50.0, 150.0)] * 3),
)
def test_every_metric_agrees_with_a_plain_reference(rows: list[Row], prices: tuple[float, ...]) -> None:
    desk, wallet = Desk(), 2_000.0
    for account in ACCOUNT:
        # At entry prices nothing is unrealised yet: every series begins at its wallet.
        desk.read(account, wallet)
    desk.view()
    marks = dict(zip(sorted(SYMBOLS), prices, strict=True))
    for symbol, price in marks.items():
        desk.mark(price, symbol)
    for row in rows:
        desk.book.apply(desk.a_fill(row.quantity, row.entry, "", account=row.account, symbol=row.symbol))
        desk.position(row.quantity, row.entry, row.account, row.symbol)
    matrix = matrix_of(desk)
    groups = {"portfolio": set(ACCOUNT), "venue:north": {"a", "b"}, "venue:south": {"c"}}
    groups |= {f"account:{name}": {name} for name in ACCOUNT}
    for scope, accounts in groups.items():
        for metric, wanted in reference(rows, wallet, marks, accounts).items():
            assert value(matrix, scope, metric) == pytest.approx(wanted, rel=1e-9, abs=1e-9), (scope, metric)
    whole = exposures(desk.view())
    assert [row.gross for row in whole] == sorted((row.gross for row in whole), reverse=True)
    assert math.fsum(row.net for row in whole) == pytest.approx(value(matrix, "portfolio", "net_exposure"))


@settings(deadline=None, max_examples=40)
@given(parts=st.lists(st.tuples(st.sampled_from(["mm-1", "tr-1", ""]), st.integers(1, 9)), min_size=1, max_size=6))
def test_splitting_a_position_over_strategies_changes_nothing_for_its_account(parts: list[tuple[str, int]]) -> None:
    whole, split = Desk(), Desk()
    total = float(sum(quantity for _, quantity in parts))
    for desk in (whole, split):
        desk.mark(100.0)
        for account in ACCOUNT:
            desk.read(account)
    whole.fill(total, client="")
    for client, quantity in parts:
        split.fill(float(quantity), client=client)
    for desk in (whole, split):
        desk.position(total)
        desk.mark(104.0)
    until = len(ACCOUNT) + 3
    np.testing.assert_allclose(matrix_of(split).value[:until], matrix_of(whole).value[:until], rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(data=st.data(), rows=st.lists(rows_of, max_size=8, unique_by=lambda row: (row.account, row.symbol)))
def test_the_order_in_which_positions_are_told_changes_nothing(data: st.DataObject, rows: list[Row]) -> None:
    one, other = Desk(), Desk()
    for desk, told in ((one, rows), (other, data.draw(st.permutations(rows)))):
        for symbol in SYMBOLS:
            desk.mark(100.0, symbol)
        for account in ACCOUNT:
            desk.read(account, 5_000.0)
        for row in told:
            desk.position(row.quantity, row.entry, row.account, row.symbol)
    np.testing.assert_allclose(matrix_of(other).value, matrix_of(one).value, rtol=1e-12, atol=1e-9)


def test_a_strategys_share_of_a_split_position_is_its_own() -> None:
    desk = Desk()
    desk.mark(100.0)
    for account in ACCOUNT:
        desk.read(account)
    desk.fill(3.0, client="mm-1")
    desk.fill(-1.0, client="tr-1")
    desk.position(2.0)
    matrix = matrix_of(desk)
    assert value(matrix, "account:a", "gross_exposure") == 200.0
    assert value(matrix, "strategy:mm", "gross_exposure") == 300.0
    assert value(matrix, "strategy:trend", "net_exposure") == -100.0
    assert value(matrix, "strategy:mm", "leverage") == pytest.approx(0.03)
    assert math.isnan(value(matrix, "strategy:unattributed", "leverage"))


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(rows_of, max_size=6, unique_by=lambda row: (row.account, row.symbol)))
def test_a_flat_account_changes_nothing_but_equity(rows: list[Row]) -> None:
    few, more = Desk(), Desk(accounts=(*Desk().accounts, AccountEntry("idle", "west", "e")))
    for desk in (few, more):
        for symbol in SYMBOLS:
            desk.mark(100.0, symbol)
        for account in ACCOUNT:
            held = {row.symbol: (row.quantity, 100.0) for row in rows if row.account == account}
            desk.read(account, 5_000.0, held)
    more.read("idle", 0.0)
    one, other = matrix_of(few), matrix_of(more)
    assert value(other, "account:idle", "drawdown") == 0.0
    for metric in METRIC_NAMES:
        wanted = pytest.approx(value(other, "portfolio", metric), nan_ok=True)
        assert value(one, "portfolio", metric) == wanted, metric


def test_an_unread_account_makes_sums_unknown_and_never_zero() -> None:
    desk = Desk()
    desk.read("a")
    desk.read("c")
    matrix = matrix_of(desk)
    for metric in set(METRIC_NAMES) - {"data_age", "trust"}:
        for scope in ("account:b", "venue:north", "portfolio"):
            assert math.isnan(value(matrix, scope, metric)), (scope, metric)
    assert math.isnan(value(matrix, "strategy:mm", "gross_exposure"))
    assert math.isnan(value(matrix, "portfolio", "data_age"))
    assert value(matrix, "venue:south", "equity") == 1_000.0


def test_margin_use_is_unknown_where_the_venue_names_no_rate() -> None:
    desk = Desk()
    desk.mark(100.0)
    for account in ACCOUNT:
        desk.read(account)
    row = desk.row("a", BTC, 1.0, 100.0, desk.a_fill(1.0).source)
    desk.book.apply(type(row)(row.account, row.symbol, row.leg, 1.0, 100.0, row.source, row.received_s))
    matrix = matrix_of(desk)
    assert math.isnan(value(matrix, "account:a", "margin_use"))
    assert value(matrix, "account:b", "margin_use") == 0.0


def test_coins_are_an_exposure_and_stablecoins_are_none() -> None:
    desk = Desk()
    desk.mark(50.0, "SOL/USDT")
    for account in ACCOUNT:
        desk.read(account, {"USDT": 500.0, "USDC": 500.0, "SOL": 4.0})
    matrix = matrix_of(desk)
    assert value(matrix, "account:a", "gross_exposure") == 200.0
    assert value(matrix, "account:a", "leverage") == pytest.approx(200.0 / 1_200.0)
    assert value(matrix, "account:a", "unrealised_pnl") == 0.0
    assert value(matrix, "account:a", "margin_use") == 0.0


def test_an_emptied_account_is_no_ruin() -> None:
    desk = Desk()
    for account in ACCOUNT:
        desk.read(account)
    desk.view()
    desk.wallet(0.0, reason="WITHDRAW")
    matrix = matrix_of(desk)
    assert value(matrix, "account:a", "drawdown") == 0.0
    assert value(matrix, "account:a", "leverage") == 0.0


def test_every_metric_says_its_formula_and_source() -> None:
    for info in METRIC_INFOS:
        assert len(info.formula) > 20, info.name
        assert info.source, info.name
        assert info.unit in {"money", "ratio", "multiple", "seconds", "count", "rate", "number"}
