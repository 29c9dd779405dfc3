from __future__ import annotations

import math

import pytest

from core.domain import PORTFOLIO, Policy, Scope, Severity, Trust
from core.ladder import Response
from core.risk.limits import Limit, LimitCheck, Thresholds, compile_limits, limit_lines
from core.risk.matrix import RiskModel
from tests.core.book.desk import BTC, Desk

SCOPES = tuple(Scope.parse(text) for text in ("portfolio", "venue:north", "account:alpha-1", "account:beta-1"))
LEVELS: Thresholds = (1.0, 2.0, 3.0, 4.0)


def a_limit(scope: str, metric: str = "leverage", levels: Thresholds = LEVELS, clear: float = 0.05) -> Limit:
    return Limit(Scope.parse(scope), metric, levels, clear=clear)


def desk_at(price: float, quantity: float = 10.0) -> Desk:
    desk = Desk()
    desk.mark(100.0)
    for account in "abc":
        desk.read(account, 1_000.0, {BTC: (quantity, 100.0)})
    desk.view()
    desk.mark(price)
    return desk


def check(desk: Desk, limit: Limit, scope: str = "account:a", *, keep: bool = True) -> LimitCheck | None:
    model = RiskModel(desk.book.scopes, [limit])
    matrix = model.evaluate(desk.view(), desk.now_s)
    key = (Scope.parse(scope), limit.metric)
    found = [row for row in model.checks(matrix, {key} if keep else ()) if (row.scope, row.metric) == key]
    return found[0] if found else None


def checked(desk: Desk, limit: Limit, scope: str = "account:a") -> LimitCheck:
    found = check(desk, limit, scope)
    assert found is not None
    return found


def test_the_most_specific_pattern_wins_whatever_the_order() -> None:
    limits = [a_limit("account:alpha-1"), a_limit("account:*"), a_limit("account:alpha-*")]
    for order in (limits, limits[::-1]):
        compiled = compile_limits(SCOPES, order)
        assert compiled.explain(SCOPES[2], "leverage") == "from account:alpha-1"
        assert compiled.explain(SCOPES[3], "leverage") == "from account:*"
        assert compiled.explain(PORTFOLIO, "leverage") == "no limit"
        assert compiled.problems == ()


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (a_limit("account:*", levels=(5.0, None, None, 4.0)), "low 5 above critical 4"),
        (a_limit("account:*", "equity", (5.0, None, None, 6.0)), "low 5 below critical 6"),
        (a_limit("account:*", "charm"), "names no metric"),
        (a_limit("account:*", levels=(None, None, None, None)), "has no threshold"),
        (a_limit("account:gamma-*"), "matches no scope"),
    ],
)
def test_what_contradicts_itself_or_guards_nothing_is_said(limit: Limit, sentence: str) -> None:
    compiled = compile_limits(SCOPES, [limit])
    assert sentence in compiled.problems[0]
    assert len(compiled.row) == 0


def test_a_pattern_leaves_the_unattributed_rest_out_and_its_own_name_reaches_it() -> None:
    scopes = (Scope.parse("strategy:mm"), Scope.parse("strategy:unattributed"))
    assert compile_limits(scopes, [a_limit("strategy:*")]).explain(scopes[1], "leverage") == "no limit"
    assert compile_limits(scopes, [a_limit(str(scopes[1]))]).explain(scopes[1], "leverage") == f"from {scopes[1]}"


def test_equally_specific_patterns_are_said_and_the_first_holds() -> None:
    compiled = compile_limits(SCOPES, [a_limit("account:alpha*"), a_limit("account:*pha-1")])
    assert "equally specific" in compiled.problems[0]
    assert compiled.explain(SCOPES[2], "leverage") == "from account:alpha*"


@pytest.mark.parametrize(
    ("quantity", "outcome", "severity"),
    [(8.0, "inside", None), (9.5, "near", None), (10.0, "breached", 1), (29.0, "breached", 2), (99.0, "breached", 4)],
)
def test_inside_near_and_breached(quantity: float, outcome: str, severity: int | None) -> None:
    found = checked(desk_at(100.0, quantity), a_limit("account:*"))
    assert (found.outcome, found.severity) == (outcome, None if severity is None else Severity(severity))
    assert found.value == pytest.approx(quantity / 10.0)
    assert found.threshold == (1.0 if severity is None else LEVELS[severity - 1])
    assert found.cleared == (quantity <= 9.5)


def test_a_value_within_the_deadband_is_inside_and_not_cleared() -> None:
    found = checked(desk_at(100.0, 9.6), a_limit("account:*"))
    assert not found.cleared
    assert found.clear_level == pytest.approx(0.95)
    assert checked(desk_at(100.0, 25.0), a_limit("account:*")).clear_level == pytest.approx(1.9)


def test_only_limits_that_need_attention_are_checked_unless_kept() -> None:
    desk = desk_at(100.0, 5.0)
    assert check(desk, a_limit("account:*"), keep=False) is None
    assert check(desk, a_limit("account:*"), keep=True) is not None
    assert check(desk_at(100.0, 50.0), a_limit("account:*"), keep=False) is not None


def test_an_unknown_figure_is_an_outcome_of_its_own() -> None:
    desk = Desk()
    desk.read("a", held={BTC: (1.0, 100.0)})
    found = check(desk, a_limit("account:*"), keep=False)
    assert found is not None
    assert (found.outcome, found.severity, found.cleared) == ("unknown", None, False)
    assert math.isnan(found.value)


def test_old_data_makes_a_limit_unknown_but_not_the_limit_on_its_age() -> None:
    desk = desk_at(100.0, 50.0)
    desk.wait(61.0)
    assert checked(desk, a_limit("account:*")).outcome == "unknown"
    found = checked(desk, a_limit("account:*", "data_age", (20.0, 40.0, None, None)))
    assert (found.outcome, found.severity, found.trust) == ("breached", Severity.MEDIUM, Trust.TRUSTED)


def test_no_equity_with_positions_is_critical_whatever_the_limit_names() -> None:
    desk = desk_at(0.01, 10.0)
    desk.position(11.0, 100.0)
    desk.fill(1.0, 100.0)
    for metric in ("leverage", "drawdown", "drawdown_day", "daily_loss", "margin_use"):
        found = checked(desk, a_limit("account:*", metric, (0.5, None, None, None)))
        assert (found.value, found.severity, found.threshold) == (math.inf, Severity.CRITICAL, 0.5), metric


def test_equity_is_worse_the_smaller_it_is() -> None:
    desk = desk_at(40.0)
    found = checked(desk, a_limit("account:*", "equity", (900.0, 500.0, 200.0, None)))
    assert (found.value, found.severity, found.threshold) == (pytest.approx(400.0), Severity.MEDIUM, 500.0)
    assert found.clear_level == pytest.approx(525.0)
    assert checked(desk, a_limit("account:*", "equity", (390.0, None, None, None))).outcome == "near"
    inside = checked(desk, a_limit("account:*", "equity", (300.0, None, None, None)))
    assert (inside.outcome, inside.cleared) == ("inside", True)


def test_a_short_book_breaches_a_net_exposure_limit() -> None:
    found = checked(desk_at(100.0, -10.0), a_limit("account:*", "net_exposure", (500.0, None, None, None)))
    assert (found.value, found.severity) == (-1_000.0, Severity.LOW)


def test_a_pending_flow_leaves_the_limit_alone_and_marks_it_unsettled() -> None:
    desk = desk_at(100.0, 1.0)
    desk.wallet(400.0)
    found = checked(desk, a_limit("account:*", "drawdown", (0.05, 0.1, 0.2, 0.3)))
    assert (found.outcome, found.trust) == ("inside", Trust.UNSETTLED)


def test_lines_to_draw_name_severity_and_policy() -> None:
    limit = Limit(PORTFOLIO, "drawdown", (0.1, None, None, 0.3), policy={Severity.CRITICAL: Response.of(Policy.STOP)})
    lines = limit_lines(compile_limits(SCOPES, [limit]), PORTFOLIO)
    assert [(line.severity, line.threshold, line.policy) for line in lines] == [(1, 0.1, ""), (4, 0.3, "stop")]


def test_the_matrix_shows_next_threshold_and_headroom() -> None:
    desk = desk_at(100.0, 15.0)
    model = RiskModel(desk.book.scopes, [a_limit("account:a")])
    matrix = model.evaluate(desk.view(), desk.now_s)
    cell = matrix.cell(matrix.row(Scope.parse("account:a")), matrix.column("leverage"))
    assert (cell.severity, cell.threshold) == (1, 2.0)
    assert cell.headroom == pytest.approx(0.25)
    assert math.isnan(matrix.cell(0, matrix.column("leverage")).headroom)
    assert math.isnan(matrix.cell(0, matrix.column("equity")).headroom)
    with pytest.raises(ValueError, match="read-only"):
        matrix.value[0, 0] = 1.0


def test_other_limits_leave_the_newest_reading_of_the_old_ones_until_the_next_evaluation() -> None:
    desk = desk_at(100.0, 15.0)
    model = RiskModel(desk.book.scopes, [a_limit("account:*")])
    scope = Scope.parse("account:a")
    assert math.isnan(model.reading(scope, "leverage")[0])
    matrix = model.evaluate(desk.view(), desk.now_s)
    model.set_limits(compile_limits(desk.book.scopes, [a_limit("portfolio")]))
    assert model.reading(scope, "leverage") == (pytest.approx(1.5), 1)
    assert {str(row.scope) for row in model.checks(matrix)} == {"account:a", "account:b", "account:c"}
    matrix = model.evaluate(desk.view(), desk.now_s + 1.0)
    assert math.isnan(model.reading(scope, "leverage")[0])
    assert {str(row.scope) for row in model.checks(matrix)} == {"portfolio"}
