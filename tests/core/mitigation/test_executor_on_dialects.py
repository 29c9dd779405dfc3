"""Reductions name the leg and the margin mode of what they reduce, at every dialect that there is a venue for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import Leg, Side
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Reduction
from core.mitigation.urgency import ExecutorSettings
from tests.core.halt.conftest import ground_at
from tests.core.halt.guarded import DIALECTS, Dialect, site_of
from tests.core.mitigation.scripted_venue import having
from tests.core.mitigation.test_executor import mitigation
from tests.core.venues.conftest import paper_account

QUICK = ExecutorSettings(verify_pause_s=0.05)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda row: row.exchange)
async def test_each_leg_and_what_has_its_margin_to_itself_are_reduced(tmp_path: Path, dialect: Dialect) -> None:
    legs, pot = dialect.names["legs"], dialect.names["pot"]
    cuts = [(legs, Side.SELL, 0.4), (legs, Side.BUY, 0.2), (pot, Side.BUY, 0.1)]
    rows = [Reduction(account, "BTC/USDT:USDT", "basis", side, size, 1.0) for account, side, size in cuts]
    async with ground_at(tmp_path, spec=site_of(dialect), timeout_s=4.0) as made:
        made.site.running = False
        await made.prepare()
        venues = {account: made.hub.acting(account) for account in (legs, pot)}
        report = await Execution(
            mitigation(*rows), having(venues), SystemClock(), Surroundings(lambda *_: None), QUICK
        ).run()
        assert report.complete, report
        assert {
            (name, leg): paper_account(made.site, name).quantity_of(dialect.bitcoin, leg) * dialect.lot
            for name, leg in ((legs, Leg.LONG), (legs, Leg.SHORT), (pot, Leg.NET))
        } == pytest.approx({(legs, Leg.LONG): 0.6, (legs, Leg.SHORT): -0.3, (pot, Leg.NET): -0.3})
