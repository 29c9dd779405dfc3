from __future__ import annotations

import numpy as np
import pytest

from core.domain import PORTFOLIO, Scope
from core.intents import ClosePage, OpenPage
from core.snapshot import ScopePage
from tests.core.engine.ground import Ground, Running, until

ALPHA = Scope.parse("account:alpha-1")


async def _page(it: Running, scope: str) -> ScopePage:
    wanted = Scope.parse(scope)
    it.engine.submit(OpenPage(wanted))
    await until(lambda: it.latest.page is not None and it.latest.page.scope == wanted)
    assert it.latest.page is not None
    return it.latest.page


async def test_nothing_is_painted_until_a_page_is_opened_and_after_it_is_closed(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        assert it.latest.page is None
        await _page(it, "account:alpha-1")
        it.engine.submit(ClosePage())
        await until(lambda: it.latest.page is None)
        it.engine.submit(OpenPage(Scope.parse("account:nobody")))
        await it.cycles(2)
        assert it.latest.page is None


async def test_an_accounts_page_lists_what_the_server_holds_of_it(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        page = await _page(it, "account:alpha-1")
        held = {line.symbol: line.quantity for line in page.positions if not line.is_coin}
        server = {symbol: quantity for (name, symbol), quantity in ground.positions().items() if name == "alpha-1"}
        assert sorted(held.values()) == pytest.approx(sorted(server.values()))
        assert all(line.account == "alpha-1" for line in page.positions)
        assert len(page.orders) == page.orders_all == ground.resting("alpha-1") > 0
        assert page.unlisted == 0
        assert page.why_unknown == ()


async def test_the_lines_of_a_page_add_up_to_the_figures_of_its_scope(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        names = [str(scope) for scope in it.latest.matrix.scopes]
        for name in names:
            page = await _page(it, name)
            gross = sum(abs(line.notional) for line in page.positions)
            assert gross == pytest.approx(it.value(name, "gross_exposure"), rel=1e-2, abs=1.0), name
            assert sum(row.gross for row in page.exposures) == pytest.approx(gross, rel=1e-9, abs=1e-6)
            assert len(page.positions) == page.positions_all


async def test_orders_of_all_strategies_are_the_orders_of_the_portfolio(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        whole = {(line.account, line.order_id) for line in (await _page(it, "portfolio")).orders}
        strategies = [str(scope) for scope in it.latest.matrix.scopes if scope.kind.value == "strategy"]
        parts = [{(line.account, line.order_id) for line in (await _page(it, name)).orders} for name in strategies]
        assert set().union(*parts) == whole
        assert sum(map(len, parts)) == len(whole) > 0


async def test_a_page_names_the_limits_in_force_and_where_they_are_written(ground: Ground) -> None:
    ground.limit("account:alpha-*", "leverage", high=40.0, critical=50.0, policy={"critical": "stop"})
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        (limit,) = (await _page(it, "account:alpha-1")).limits
        assert (limit.metric, limit.origin) == ("leverage", "from account:alpha-*")
        assert [(severity.word, level, policy) for severity, level, policy in limit.levels] == [
            ("high", 40.0, ""),
            ("critical", 50.0, "stop"),
        ]
        assert it.latest.limits is not None
        assert it.latest.limits.explain(ALPHA, "leverage") == "from account:alpha-*"
        assert (await _page(it, "portfolio")).limits == ()


async def test_a_page_names_what_a_limit_asks_for_besides_its_thresholds(ground: Ground) -> None:
    ground.limit(
        "portfolio", "drawdown", high=0.4, change_over_s=300.0, confirm="2 of 3", note="after the review"
    )  # fmt: skip
    ground.limit("portfolio", "gross_exposure", high=90.0, of="equity")
    async with ground.engine() as it:
        await it.watched()
        exposure, drawdown = (await _page(it, "portfolio")).limits
        assert (exposure.subject, exposure.share_of, exposure.on_level) == ("gross_exposure", "equity", False)
        assert (drawdown.subject, drawdown.change_over_s, drawdown.on_level) == ("drawdown_in_300s", 300.0, False)
        assert drawdown.terms == ("breached in 2 of 3 readings", "after the review")


async def test_a_page_leads_to_the_scopes_that_it_is_made_of(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        of_portfolio = (await _page(it, "portfolio")).members
        assert {scope.kind.value for scope in of_portfolio} == {"venue", "strategy"}
        venues = [scope for scope in of_portfolio if scope.kind.value == "venue"]
        accounts = [member for venue in venues for member in (await _page(it, str(venue))).members]
        assert sorted(map(str, accounts)) == ["account:alpha-1", "account:alpha-2"]
        assert (await _page(it, "account:alpha-1")).members[0] in venues


async def test_the_portfolios_page_has_its_course(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        page = await _page(it, "portfolio")
        assert page.scope == PORTFOLIO
        await until(lambda: it.latest.page is not None and bool(np.isfinite(it.latest.page.history.equity).any()))


async def test_looking_at_a_page_is_no_act_and_leaves_no_record(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        await _page(it, "account:alpha-1")
        it.engine.submit(ClosePage())
    assert not [kind for kind in ground.kinds() if kind.startswith("operator.")]
