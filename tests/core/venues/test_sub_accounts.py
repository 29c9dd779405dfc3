"""Accounts under a master key: listed to the last page where the key may know, and unknown where it may not."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import ccxt.pro
import pytest
from aiohttp import web

from core.clock import ManualClock
from core.domain import LinkState
from core.paper.site import PaperSite
from core.venues.families import family_of
from core.venues.families.sub_accounts import LISTS
from core.venues.messages import LinkUpdate, SubAccountsUpdate
from core.venues.sub_accounts import NOT_A_MASTER_S, SubAccounts
from tests.core.venues.conftest import QUICK, MakeHub, Told, eventually, settings_of
from tests.core.venues.recorded_venue import RecordedVenue, reading, recorded
from tests.core.venues.watched import watching
from tests.loopback import served

PERIOD_S = 300.0


def some(venue: str, told: Told, period_s: float = PERIOD_S) -> SubAccounts:
    return SubAccounts("main", LISTS[venue], period_s, ManualClock())


def names(told: Told) -> tuple[str, ...]:
    (update,) = told.of(SubAccountsUpdate)
    assert update.account == "main"
    return update.names


class Paged:
    """A venue that answers page after page, by whatever it turns its pages with."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        return web.json_response(self.answer(dict(request.query)))


Serve = Callable[[Paged], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a venue; answers with its port."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(venue: Paged) -> int:
            return await stack.enter_async_context(served(venue.handle))

        yield start


def people(first: int, last: int) -> list[str]:
    return [f"desk-{number}@ours" for number in range(first, last)]


@pytest.mark.parametrize("venue", LISTS)
def test_every_list_names_a_call_that_ccxt_has(venue: str) -> None:
    assert callable(getattr(getattr(ccxt.pro, venue)(), LISTS[venue].call))
    assert family_of(venue).sub_accounts is LISTS[venue]


async def test_binance_is_asked_page_by_page_until_one_is_not_full(serve: Serve) -> None:
    def answer(query: dict[str, str]) -> Any:
        page = int(query["page"])
        rows = people(200 * (page - 1), min(200 * page, 812))
        return {"subAccounts": [{"email": name, "isFreeze": False} for name in rows]}

    venue, told = Paged(answer), Told()
    async with reading(await serve(venue), "binanceusdm", {}, {}) as (reader, _):
        assert await some("binanceusdm", told).look(reader, told) == PERIOD_S
    assert names(told) == tuple(people(0, 812))
    assert [query["page"] for query in venue.asked] == ["1", "2", "3", "4", "5"]


async def test_bybit_turns_its_pages_with_a_cursor(serve: Serve) -> None:
    def answer(query: dict[str, str]) -> Any:
        first = int(query.get("nextCursor", 0))
        rows = people(first, min(first + 100, 250))
        after = str(first + 100) if first + 100 < 250 else "0"
        return {"retCode": 0, "result": {"subMembers": [{"username": name} for name in rows], "nextCursor": after}}

    venue, told = Paged(answer), Told()
    options = {"enableUnifiedMargin": False, "enableUnifiedAccount": True}
    async with reading(await serve(venue), "bybit", {}, options) as (reader, _):
        await some("bybit", told).look(reader, told)
    assert names(told) == tuple(people(0, 250))


async def test_okx_goes_on_after_the_last_row(serve: Serve) -> None:
    def answer(query: dict[str, str]) -> Any:
        first = int(query.get("after", 0))
        rows = [{"subAcct": f"desk-{at}", "ts": str(at + 1)} for at in range(first, min(first + 100, 130))]
        return {"code": "0", "data": rows}

    venue, told = Paged(answer), Told()
    async with reading(await serve(venue), "okx", {}, {}) as (reader, _):
        await some("okx", told).look(reader, told)
    assert len(names(told)) == 130


async def test_the_master_itself_is_no_account_under_it(serve: Serve) -> None:
    rows = [{"username": "main", "type": "main"}, {"username": "one", "type": "subaccount"}]
    venue, told = Paged(lambda _: {"result": rows}), Told()
    async with reading(await serve(venue), "deribit", {}, {}) as (reader, _):
        await some("deribit", told).look(reader, told)
    assert names(told) == ("one",)


@pytest.mark.parametrize(
    ("venue", "file", "found"),
    [
        ("okx", "OKX.Net/OKX.Net.UnitTests/Endpoints/UnifiedApi/SubAccounts/GetSubAccounts.txt", "D456DDDL"),
        ("kucoinfutures", "Kucoin.Net/Kucoin.Net.UnitTests/Endpoints/Spot/SubAccount/GetSubAccounts.txt", "margin01"),
    ],
)
async def test_recorded_lists_are_read(venue: str, file: str, found: str, shared_folder: Path) -> None:
    answer, told = recorded(shared_folder / "payloads" / file), Told()
    async with (
        RecordedVenue({answer.path: answer.body}).running() as running,
        reading(running.port, venue, {}, {"uta": False}) as (reader, _),
    ):
        await some(venue, told).look(reader, told)
    assert names(told) == (found,)


async def test_a_key_that_may_not_know_is_left_alone_and_nothing_is_claimed(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "core.venues.sub_accounts")
    venue, told = Paged(lambda _: {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}), Told()
    others = some("binanceusdm", told)
    async with reading(await serve(venue), "binanceusdm", {}, {}) as (reader, _):
        for _ in range(3):
            assert await others.look(reader, told) == NOT_A_MASTER_S
    assert not told.updates
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "what accounts exist beside main is unknown"
    ]


@pytest.mark.parametrize(
    "reply", [{}, {"subAccounts": None}, {"subAccounts": {}}, {"subAccounts": [{"email": ""}]}, []]
)
async def test_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(serve: Serve, reply: Any) -> None:
    told = Told()
    async with reading(await serve(Paged(lambda _: reply)), "binanceusdm", {}, {}) as (reader, _):
        assert await some("binanceusdm", told).look(reader, told) == PERIOD_S
    assert not told.updates


async def test_a_master_without_others_has_none(serve: Serve) -> None:
    told = Told()
    async with reading(await serve(Paged(lambda _: {"subAccounts": []})), "binanceusdm", {}, {}) as (reader, _):
        await some("binanceusdm", told).look(reader, told)
    assert names(told) == ()


async def test_a_venue_whose_list_nobody_knows_is_asked_for_nothing(serve: Serve, rng: random.Random) -> None:
    venue, told = Paged(lambda _: {}), Told()
    async with reading(await serve(venue), "kraken", {}, {}) as (reader, _):
        others = SubAccounts("main", family_of("kraken").sub_accounts, PERIOD_S, ManualClock())
        assert await others.look(reader, told) == NOT_A_MASTER_S
    assert (venue.asked, told.updates) == ([], [])


async def test_a_venue_that_has_no_such_list_does_not_trouble_the_watching(
    site: PaperSite, make_hub: MakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "core.venues.sub_accounts")
    hub = make_hub(settings_of(site), dataclasses.replace(QUICK, sub_accounts_every_s=0.2))
    async with watching(hub, "alpha") as told:
        await eventually(told.is_up)
        await eventually(lambda: caplog.records)
        readings = len(told.readings)
        hub.watching("alpha").read_soon()
        await eventually(lambda: len(told.readings) > readings)
    assert not told.of(SubAccountsUpdate)
    states = [update.state for update in told.of(LinkUpdate)]
    assert LinkState.DOWN not in states
    assert len(caplog.records) == 1
