"""A stop of many accounts, from the act to the proof, beside a plain script and beside the floor.

`python3 packaging/dev.py bench stop [--json FILE] [--accounts N] [--weighed N]`. Paper exchanges in a process of their
own, half of the accounts at Binance USD-M and half at OKX, each with 8 regular orders and 2 triggers. In one run:

    scram    the stop of the desk, its acting sides prepared as an armed desk has them
    plain    asyncio.gather of ccxt's cancel_all_orders, ccxt as it is configured by default
    careful  the same script by somebody who passes symbols, and ids where ccxt has no cancel-all
    floor    the same requests as bare HTTP, and the same wait before the second listing

Then with request weights as at the real venue, from one address and from four: predicted beside actual.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import os
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from app.loop import run_headless
from core.clock import SystemClock
from core.config.egress import EgressConfig
from core.config.model import AccountConfig
from core.domain import PORTFOLIO, Side
from core.engine.accounts import connect, stoppables
from core.engine.halting import TargetFinder
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.target import StopSettings
from core.secrets import Credentials
from core.venues.messages import OrderUpdate, Source
from core.venues.settings import FeedSettings
from core.venues.shared_budget import MINUTE_S
from tests.bench._bare import BARE
from tests.bench._plain_script import cancel_all, cancel_all_with_care, plain_accounts

NO_LIMIT = 10_000_000
PROVEN_WITHIN_S = 300.0
PREPARED_AT_ONCE = 20
BINANCE_WEIGHT = 2_400
WEIGHED_WITHIN_S = 1_800.0
LINES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
Row = Mapping[str, Any]
Orders = Mapping[str, Sequence[Row]]


class Exchange:
    """The other process; see `tests.bench._resting_exchange`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.description: dict[str, Any] = {}

    async def say(self, word: str = "") -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if word:
            self._process.stdin.write(f"{word}\n".encode())
        return json.loads(await self._process.stdout.readline())

    async def fill(self) -> Orders:
        by_account: dict[str, list[Row]] = defaultdict(list)
        for row in await self.say("fill"):
            by_account[row["account"]].append(row)
        await self.say("mark")
        return by_account


@contextlib.asynccontextmanager
async def exchange_of(accounts: int, weight: int) -> AsyncIterator[Exchange]:
    counts = (str(accounts - accounts // 2), str(accounts // 2), str(weight))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench._resting_exchange", *counts),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**28,
    )
    try:
        exchange = Exchange(process)
        exchange.description = await exchange.say()
        yield exchange
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Known:
    """What a desk's book would know of resting orders; in the shape that the stop is handed."""

    orders: dict[str, tuple[OrderUpdate, ...]]

    def known_symbols(self, account: str) -> frozenset[str]:
        return frozenset(order.symbol for order in self.orders[account])

    def resting_orders(self, account: str) -> tuple[OrderUpdate, ...] | None:
        return self.orders[account]


class Desk:
    """Scram's stop over the real adapter, armed."""

    def __init__(self, description: Mapping[str, Any], folder: Path, weight: int, addresses: Sequence[str]) -> None:
        """`addresses`: the local addresses by which the accounts reach their venues, in turn."""
        self._clock = SystemClock()
        ways = [EgressConfig(name=f"line-{place}", address=address) for place, address in enumerate(addresses)]
        turns = itertools.cycle([way.name for way in ways] or [None])
        accounts: list[AccountConfig] = []
        keys: dict[str, Credentials] = {}
        for venue in description["venues"]:
            for row in venue["accounts"]:
                keys[row["name"]] = Credentials(row["api_key"], row["secret"], password=row.get("password", ""))
                told = {"name": row["name"], "exchange": venue["exchange"], "venue": venue["name"]}
                accounts.append(AccountConfig(**told, ccxt=venue["ccxt"], egress=next(turns)))
        self._exchange_of = {row.name: row.exchange for row in accounts}
        connections = connect(
            accounts, {}, None, self._clock, random.Random(1), FeedSettings(weight_per_minute=weight),
            lambda account, *_: keys[account.name], ways,
        )  # fmt: skip
        self.hub = connections.hub
        self._known = Known(dict.fromkeys(self._exchange_of, ()))
        targets = TargetFinder(stoppables(accounts, connections), (), self._known)
        numbers = itertools.count(1)
        self.desk = HaltDesk(LatchFolder(folder), targets, self._clock, StopSettings(), lambda: f"h-{next(numbers)}")

    async def arm(self) -> None:
        turns = asyncio.Semaphore(PREPARED_AT_ONCE)

        async def prepare(account: str) -> None:
            async with turns:
                await self.hub.acting(account).prepare()

        await asyncio.gather(*(prepare(account) for account in self._exchange_of))
        # As a desk does once it has started (app/memory.py).
        gc.collect()
        gc.freeze()

    async def learn(self, orders: Orders) -> None:
        """What rests where, as the desk's own readings would have told it."""
        books: dict[tuple[str, str], str] = {}
        for exchange in set(self._exchange_of.values()):
            name = next(account for account, known in self._exchange_of.items() if known == exchange)
            acting = self.hub.acting(name)
            kinds = {row["id"]: row["kind"] for row in orders[name]}
            for listing in await asyncio.gather(*(acting.list_orders(book) for book in acting.books)):
                books |= {(exchange, kinds[order.order_id]): listing.book for order in listing.orders}
        for account, rows in orders.items():
            exchange = self._exchange_of[account]
            self._known.orders[account] = tuple(self._order(row, books[exchange, row["kind"]]) for row in rows)

    def _order(self, row: Row, book: str) -> OrderUpdate:
        is_trigger = row["kind"] == "trigger"
        return OrderUpdate(
            account=row["account"], symbol=row["symbol"], order_id=row["id"], client_order_id=row["client_id"],
            book=book, side=Side.BUY, is_open=True, quantity=1.0, filled=0.0,
            price=None if is_trigger else row["price"], trigger_price=row["price"] if is_trigger else None,
            reduce_only=False, at_s=None, source=Source.READING, received_s=self._clock.monotonic(),
        )  # fmt: skip

    async def until_a_minute_begins(self, weight: int) -> None:
        """Where weight counts: all begin with a whole minute's, and not with what connecting has left of one."""
        if weight < NO_LIMIT:
            await self._clock.sleep(MINUTE_S - self._clock.now() % MINUTE_S + 0.5)

    async def stop(self, within_s: float) -> tuple[float, Any]:
        """When it was fired (monotonic), and the view of the stop at its proof."""
        fired_s = self._clock.monotonic()
        runner = self.desk.fire(PORTFOLIO, "bench", "a benchmark")
        await runner.wait(within_s)
        view = runner.view()
        await self.desk.reset(runner.latch.halt_id, "bench", "measured")
        return fired_s, view

    async def close(self) -> None:
        await self.desk.close()
        await self.hub.close()


async def scram(
    exchange: Exchange, home: Path, *, weight: int, within_s: float, addresses: Sequence[str] = ()
) -> dict[str, Any]:
    desk = Desk(exchange.description, home, weight, addresses)
    try:
        await desk.arm()
        await desk.learn(await exchange.fill())
        await desk.until_a_minute_begins(weight)
        await exchange.say("mark")
        fired_s, view = await desk.stop(within_s)
        count, held = await exchange.say("count"), await exchange.say("held")
    finally:
        await desk.close()
    if view.proven and sum(held.values()):
        raise SystemExit(f"a false proof: {held} orders rest")
    wire_s = count["first_cancel_s"]
    return {
        "proven": view.verified,
        "first_cancel_ms": None if wire_s is None else round((wire_s - fired_s) * 1000.0, 1),
        "proof_ms": None if view.proof_ms is None else round(view.proof_ms, 1),
        "expected_ms": None if view.expected_ms is None else round(view.expected_ms, 1),
        "left": sum(held.values()),
        "requests": count["requests"],
        "refused": count["refused"],
    }


async def script(exchange: Exchange, *, careful: bool) -> dict[str, Any]:
    clock = SystemClock()
    async with plain_accounts(exchange.description) as accounts:
        orders = await exchange.fill()
        began_s = clock.monotonic()
        errors = await (cancel_all_with_care(accounts, orders) if careful else cancel_all(accounts))
        took_s = clock.monotonic() - began_s
    count, held = await exchange.say("count"), await exchange.say("held")
    wire_s = count["first_cancel_s"]
    return {
        "first_cancel_ms": None if wire_s is None else round((wire_s - began_s) * 1000.0, 1),
        "ms": round(took_s * 1000.0, 1),
        "left": sum(held.values()),
        "accounts_with_errors": errors,
        "requests": count["requests"],
    }


async def floor(exchange: Exchange) -> dict[str, Any]:
    clock = SystemClock()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        rows = {
            account["name"]: BARE[venue["exchange"]](session, venue["url"], account, clock)
            for venue in exchange.description["venues"]
            for account in venue["accounts"]
        }
        orders = await exchange.fill()
        began_s = clock.monotonic()
        empty = await asyncio.gather(*(bare.stop(orders[name], StopSettings().settle_s) for name, bare in rows.items()))
        took_s = clock.monotonic() - began_s
    count, held = await exchange.say("count"), await exchange.say("held")
    if not all(empty) or sum(held.values()):
        raise SystemExit(f"the floor left orders: {held}")
    return {
        "first_cancel_ms": round((count["first_cancel_s"] - began_s) * 1000.0, 1),
        "ms": round(took_s * 1000.0, 1),
        "requests": count["requests"],
    }


async def measure(accounts: int, home: Path) -> dict[str, Any]:
    async with exchange_of(accounts, NO_LIMIT) as exchange:
        stop = await scram(exchange, home, weight=NO_LIMIT, within_s=PROVEN_WITHIN_S)
        bare = await floor(exchange)
        plain = await script(exchange, careful=False)
        careful = await script(exchange, careful=True)
        orders = sum(len(rows) for rows in (await exchange.fill()).values())
    return {
        "accounts": accounts,
        "orders": orders,
        "first_cancel_ms": stop["first_cancel_ms"],
        "proof_ms": stop["proof_ms"],
        "floor_ms": bare["ms"],
        "naive_ms": plain["ms"],
        "naive_left": plain["left"],
        "scram": stop,
        "floor": bare,
        "plain": plain,
        "careful": careful,
        "load_average": round(os.getloadavg()[0], 2),
    }


async def weighed(accounts: int, home: Path) -> list[dict[str, Any]]:
    """With weight as at the real venue, from one address and from four."""
    rows = []
    for lines in (LINES[:1], LINES):
        async with exchange_of(accounts, BINANCE_WEIGHT) as exchange:
            row = await scram(
                exchange, home, weight=BINANCE_WEIGHT, within_s=WEIGHED_WITHIN_S, addresses=lines
            )  # fmt: skip
        rows.append({"addresses": len(lines), "accounts": accounts, **row})
        print(_weighed_line(rows[-1]), flush=True)
    return rows


def _weighed_line(row: Mapping[str, Any]) -> str:
    proof = "not proven" if row["proof_ms"] is None else f"proven after {row['proof_ms'] / 1000:.1f} s"
    expected = "nothing foretold" if row["expected_ms"] is None else f"foretold {row['expected_ms'] / 1000:.1f} s"
    return (
        f"{row['accounts']} accounts with real weights from {row['addresses']} address(es): first cancel after "
        f"{row['first_cancel_ms']} ms, {expected}, {proof}, {row['refused']} requests refused"
    )


def table_of(found: Mapping[str, Any]) -> str:
    names = ("first_cancel_ms", "proof_ms", "ms", "left", "requests", "accounts_with_errors")
    lines = [f"{found['accounts']:,} accounts, {found['orders']:,} orders, load {found['load_average']}", ""]
    lines.append(f"{'':<10}" + "".join(f"{name.replace('_', ' '):>22}" for name in names))
    lines += [
        f"{who:<10}" + "".join(f"{_shown(found[who].get(name)):>22}" for name in names)
        for who in ("scram", "floor", "plain", "careful")
    ]
    if found["proof_ms"] is not None:
        lines += ["", f"proof at {found['proof_ms'] / found['floor_ms']:.2f} times the floor"]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--weighed", type=int, default=200, help="accounts of the runs with real weights; 0: none")
    given = parser.parse_args()
    found: dict[str, Any] = {}

    async def run(_: asyncio.Event) -> int:
        with tempfile.TemporaryDirectory() as home:
            found.update(await measure(given.accounts, Path(home)))
            print(table_of(found), flush=True)
            found["weighed"] = await weighed(given.weighed, Path(home)) if given.weighed else []
        return 0

    run_headless(run)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
