"""An engine that may not act on an account sends nothing there, not even the rest of what it began."""

from __future__ import annotations

from core.clock import SystemClock
from core.mitigation.executor import Execution, Surroundings
from tests.core.mitigation.scripted_venue import ScriptedVenue, having
from tests.core.mitigation.test_executor import QUICK, long, mitigation, reduction

HELD = "account alpha is held by bob on tower until 10:00:15"


async def test_nothing_is_sent_to_an_account_that_another_engine_holds() -> None:
    alpha, beta = ScriptedVenue("alpha", long(10.0)), ScriptedVenue("beta", long(10.0))
    rows = [reduction(4.0), reduction(4.0, account="beta")]
    report = await Execution(
        mitigation(*rows), having({"alpha": alpha, "beta": beta}), SystemClock(),
        Surroundings(lambda *_: None, lambda account: HELD if account == "alpha" else ""), QUICK,
    ).run()  # fmt: skip
    assert alpha.requests == []
    assert [row.refused for row in report.outcomes] == [HELD, ""]
    assert beta.positions == long(6.0)


async def test_whoever_loses_an_account_between_two_orders_sends_no_second_one() -> None:
    venue = ScriptedVenue(positions=long(10.0) | long(5.0, "ETH"))
    report = await Execution(
        mitigation(reduction(4.0), reduction(2.0, "ETH")), having({"alpha": venue}), SystemClock(),
        Surroundings(lambda *_: None, lambda _: HELD if venue.requests else ""), QUICK,
    ).run()  # fmt: skip
    assert [order.symbol for order in venue.requests] == ["BTC"]
    assert [row.refused for row in report.outcomes] == ["", HELD]
