"""The acting side when something else is in trouble: the stop of one account waits for nobody."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest

from core.clock import SystemClock
from core.domain import Side
from core.errors import VenueDenied, VenueError, VenueGarbled, VenueRefused, VenueTimeout
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.venues.hub import VenueHub
from core.venues.protocol import OrderRequest
from tests.core.venues.conftest import BTC, QUICK, MakeHub, eventually, paper_account, settings_of
from tests.core.venues.watched import watching

PATIENT = dataclasses.replace(QUICK, acting_timeout_s=20.0, call_timeout_s=20.0)
"""For calls that nothing holds up: a machine that is busy with other things takes its time too."""
SOON_S = 10.0


async def test_a_hanging_venue_holds_up_no_account_of_another(site: PaperSite, hub: VenueHub) -> None:
    await asyncio.gather(*(hub.acting(name).prepare() for name in ("alpha", "beta", "gamma")))
    site.add_fault(Fault(FaultKind.HANG, venue="north"))
    hanging = asyncio.gather(
        *(hub.acting(name).list_orders("regular") for name in ("alpha", "beta")), return_exceptions=True
    )
    assert (await hub.acting("gamma").list_orders("regular")).orders == ()
    assert not hanging.done()
    assert [type(result) for result in await hanging] == [VenueTimeout] * 2


async def test_acting_waits_for_no_reading_of_the_same_account(site: PaperSite, make_hub: MakeHub) -> None:
    hub = make_hub(settings_of(site), PATIENT)
    acting = hub.acting("beta")
    await acting.prepare()
    async with watching(hub, "beta") as told:
        await eventually(told.is_up)
        site.add_fault(Fault(FaultKind.HANG, account="beta", path="/fapi/v3/*"))
        for _ in range(5):
            hub.watching("beta").read_soon()
        await SystemClock().sleep(0.3)
        clock = SystemClock()
        began_s = clock.monotonic()
        await acting.cancel_symbol("regular", BTC)
        assert clock.monotonic() - began_s < SOON_S  # the readings hang for twice as long
        site.faults.clear()


async def test_hundreds_of_cancels_wait_for_no_limiter(site: PaperSite, make_hub: MakeHub) -> None:
    acting = make_hub(settings_of(site), PATIENT).acting("beta")
    await acting.prepare()
    clock = SystemClock()
    began_s = clock.monotonic()
    await asyncio.gather(*(acting.cancel_symbol("regular", BTC) for _ in range(300)))
    # ccxt's own limiter would take 15 s
    assert clock.monotonic() - began_s < SOON_S


async def test_the_first_cancel_of_a_new_object_needs_nothing_that_an_account_beside_it_has_loaded(
    site: PaperSite, hub: VenueHub
) -> None:
    await hub.acting("alpha").prepare()
    for path in ("/fapi/v1/exchangeInfo", "/fapi/v1/time"):
        site.add_fault(Fault(FaultKind.STATUS, path=path, status=503))
    await hub.acting("beta").cancel_symbol("trigger", BTC)
    assert any(entry.method == "DELETE" and entry.status == 200 for entry in site.log.since(0))


async def test_a_reducing_order_never_opens_the_other_side(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("alpha")
    ack = await acting.place(OrderRequest(BTC, Side.SELL, 5.0, True, "scm-1"))
    assert ack.filled == pytest.approx(1.5)
    assert await acting.read_positions() == ()
    with pytest.raises(VenueRefused):
        await acting.place(OrderRequest(BTC, Side.SELL, 0.1, True, "scm-2"))


async def test_a_key_that_is_revoked_in_the_middle_is_denied(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.prepare()
    site.add_fault(Fault(FaultKind.REVOKE_KEY, account="beta"))
    with pytest.raises(VenueDenied):
        await acting.list_orders("regular")
    with pytest.raises(VenueDenied):
        await acting.cancel_symbol("regular", BTC)


@pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.REFUSE, FaultKind.MALFORMED, FaultKind.BUSY])
async def test_a_listing_that_was_not_had_is_never_told_as_empty(
    site: PaperSite, hub: VenueHub, kind: FaultKind
) -> None:
    acting = hub.acting("beta")
    await acting.place(OrderRequest(BTC, Side.BUY, 0.01, False, "mm-1", 30_000.0))
    site.add_fault(Fault(kind, account="beta", path="*penOrders", seconds=1))
    with pytest.raises(VenueError):
        await acting.list_orders("regular")
    site.faults.clear()
    assert len((await acting.list_orders("regular")).orders) == len(paper_account(site, "beta").open_orders()) == 1


async def test_what_a_venue_hides_from_its_listing_is_not_made_up(site: PaperSite, make_hub: MakeHub) -> None:
    acting = make_hub(settings_of(site)).acting("beta")
    for number in range(3):
        await acting.place(OrderRequest(BTC, Side.BUY, 0.01, False, f"mm-{number}", 30_000.0 + number))
    site.add_fault(Fault(FaultKind.TRUNCATE, path="*penOrders", keep=1))
    assert len((await acting.list_orders("regular")).orders) == 1


async def test_nothing_of_ours_holds_up_the_loop(site: PaperSite, hub: VenueHub) -> None:
    worst = [0.0]

    async def pulse() -> None:
        while True:
            # The processor's time of this thread: what others do on the machine is not ours.
            before = time.thread_time()
            await asyncio.sleep(0)
            worst[0] = max(worst[0], time.thread_time() - before)

    await hub.acting("alpha").prepare()  # ccxt itself is loaded by now
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(pulse())
        await hub.acting("beta").prepare()
        for _ in range(20):
            await hub.acting("beta").list_orders("regular")
        beating.cancel()
    # 20 ms are meant; a shared machine takes some of its own
    assert worst[0] < 0.1


async def test_an_object_in_place_of_a_list_is_no_empty_listing(
    site: PaperSite, hub: VenueHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting = hub.acting("beta")
    await acting.prepare()

    async def empty_object(*_: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr(acting._ccxt, "fapiPrivateGetOpenOrders", empty_object)
    with pytest.raises(VenueGarbled, match="something else than a list"):
        await acting.list_orders("regular")
