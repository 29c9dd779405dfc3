"""An account tried out against real paper exchanges: all is read, nothing is changed, no secret is told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.clock import SystemClock
from core.errors import VenueDenied, VenueError
from core.joining.model import Draft, TrialStep
from core.joining.trial import CONNECT, STEPS, drill_account, try_account
from core.paper.site import PaperSite, make_spec
from core.secrets import Credentials


@pytest.fixture
async def site() -> AsyncIterator[PaperSite]:
    async with PaperSite(make_spec(1, 1, 7, "calm", okx=1, bybit=1)) as running:
        yield running


def drafts(site: PaperSite) -> dict[str, Draft]:
    return {
        venue["exchange"]: Draft(
            account["name"], venue["exchange"],
            Credentials(account["api_key"], account["secret"], account.get("password", "")), venue["url"],
        )
        for venue in site.describe()["venues"]
        for account in venue["accounts"]
    }  # fmt: skip


def orders(site: PaperSite) -> list[str]:
    return sorted(
        str(order.order_id)
        for venue in site.venues
        for account in venue.exchange.accounts.values()
        for order in account.orders.values()
    )


async def test_an_account_of_each_venue_is_read_and_its_rights_are_told(site: PaperSite) -> None:
    async def tried(exchange: str, draft: Draft) -> None:
        steps: list[TrialStep] = []
        found = await try_account(draft, SystemClock(), random.Random(1), steps.append)
        assert found.exchange == exchange
        assert found.coins
        assert (steps[-1].words, steps[-1].done) == ("everything held has a price", True)
        assert found.equity is not None
        assert found.equity > 0
        assert (found.rights.may_cancel, found.rights.may_withdraw) == (True, False)
        assert found.rights.from_listed_addresses is False
        assert [step.name for step in steps if step.done is not None] == list(STEPS)
        assert found.clock_offset_ms is not None
        assert {effect.template for effect in found.effects} == {"conservative", "market-neutral", "directional"}
        assert all(sum(effect.counts.values()) for effect in found.effects)

    # ccxt paces itself: one venue's pauses are the others' time.
    await asyncio.gather(*(tried(exchange, draft) for exchange, draft in drafts(site).items()))


async def test_a_wrong_key_is_told_at_its_step_without_being_told(site: PaperSite) -> None:
    draft = replace(drafts(site)["binanceusdm"], credentials=Credentials("WRONGKEY" * 4, "WRONGSEKRET" * 4))
    steps: list[TrialStep] = []
    with pytest.raises(VenueDenied) as raised:
        await try_account(draft, SystemClock(), random.Random(1), steps.append)
    assert (steps[-1].name, steps[-1].done) == (CONNECT, False)
    assert "WRONG" not in str(raised.value) + repr(steps) + repr(draft)


async def test_a_server_that_is_not_there_is_told(site: PaperSite) -> None:
    draft = replace(drafts(site)["binanceusdm"], server="http://127.0.0.1:9")
    with pytest.raises(VenueError):
        await try_account(draft, SystemClock(), random.Random(1), lambda _: None)


async def test_a_trial_that_is_called_off_ends_at_once_and_leaves_nothing_open(site: PaperSite) -> None:
    async with asyncio.timeout(20):
        began = asyncio.Event()
        running = asyncio.ensure_future(
            try_account(drafts(site)["binanceusdm"], SystemClock(), random.Random(1), lambda _: began.set())
        )
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_dry_drill_passes_and_places_and_cancels_nothing(site: PaperSite) -> None:
    site.running = False
    before = orders(site)
    report = await drill_account(drafts(site)["binanceusdm"], "ada", SystemClock(), random.Random(1))
    assert report is not None
    (row,) = report.rows
    assert row.passed, row.reason
    assert row.books
    assert orders(site) == before


def test_no_text_of_a_draft_holds_a_key() -> None:
    draft: Any = Draft("alpha", "okx", Credentials("SEKRET-key", "SEKRET-secret"))
    assert "SEKRET" not in repr(draft) + str(draft) + f"{draft!r}"
