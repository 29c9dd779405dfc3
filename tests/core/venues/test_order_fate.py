"""Orders are found again by the id that we gave them, at every dialect that there is a venue for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain import Leg, Side
from core.errors import VenueUnsupported
from core.venues.messages import MarginMode
from core.venues.order_fate import LookupVenue, OrderFate, find_order
from core.venues.protocol import OrderRequest
from tests.core.halt.conftest import ground_at
from tests.core.halt.guarded import DIALECTS, Dialect, site_of

BTC = "BTC/USDT:USDT"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda row: row.exchange)
async def test_what_was_filled_is_told_by_the_venues_own_books(tmp_path: Path, dialect: Dialect) -> None:
    account = dialect.names["net"]
    async with ground_at(tmp_path, spec=site_of(dialect), timeout_s=4.0) as made:
        made.site.running = False
        await made.prepare()
        acting = made.hub.acting(account)
        assert isinstance(acting, LookupVenue)
        how = {"leg": Leg.NET, "margin_mode": MarginMode.CROSS}
        await acting.place(OrderRequest(BTC, Side.SELL, 0.4, True, "scm1", **how))  # type: ignore[arg-type]
        far = OrderRequest(BTC, Side.SELL, 0.2, True, "scm2", 200_000.0, **how)  # type: ignore[arg-type]
        await acting.place(far)
        assert await acting.find_order(BTC, "scm1") == OrderFate(pytest.approx(0.4), ended=True)
        assert await acting.find_order(BTC, "scm2") == OrderFate(0.0, ended=False)
        assert await acting.find_order(BTC, "scm3") is None


async def test_a_venue_that_cannot_be_asked_by_our_id_says_so() -> None:
    class Elsewhere:
        id = "elsewhere"

    with pytest.raises(VenueUnsupported, match="elsewhere cannot be asked"):
        await find_order(Elsewhere(), {}, BTC, "scm1")
