"""The dead-man's switch of one account: which countdowns guard what it holds, and the request that moves each."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from core.clock import DAY_S
from core.errors import VenueUnsupported
from core.venues.budget import RequestBudget
from core.venues.plans.account import AccountPlan
from core.venues.plans.deadman import Countdown, Stream, Told
from core.venues.plans.moves import Ask
from core.venues.plans.plan import Call
from core.venues.plans.templates import filled, market_values
from core.venues.protocol import SwitchTerms
from core.venues.switch_stream import SwitchStream

MS_FROM = 1e11
"""A time since 1970 above this is in milliseconds."""


class Timers:
    """Countdowns are called by names: a product's, or the symbol of the instrument that one belongs to."""

    def __init__(self, plan: AccountPlan, ask: Ask, exchange: Callable[[], Any], budget: RequestBudget) -> None:
        """`ask` sends like everything else of the acting side; `exchange` gives its ccxt object once it is built."""
        self._plan = plan
        self._ask = ask
        self._budget = budget
        self._exchange = exchange
        self._streams: dict[tuple[str, ...], tuple[Any, SwitchStream]] = {}
        """By address, with the ccxt object whose stream it is."""

    @property
    def terms(self) -> SwitchTerms:
        return self._plan.switch_terms

    def names(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """The countdowns that have to run while orders rest or positions stand in `symbols`."""
        held = {symbol: self._market(symbol) for symbol in symbols}
        found: dict[str, None] = {}
        for row in self._plan.countdowns:
            covered = [symbol for symbol, market in held.items() if _covers(row, market)]
            if row.each_symbol:
                found.update(dict.fromkeys(covered))
            elif row.holds is None or covered:
                found[row.name] = None
        return tuple(found)

    async def room(self, name: str, patience_s: float) -> bool:
        """Wait at most so long for room in the request budget beside the stop's reserve; whether it was taken.

        Many symbols of many accounts begin at once: unpaced, they would use up what the stop may need.
        """
        try:
            async with asyncio.timeout(patience_s):
                await self._budget.acquire(self._named(name).weight)
        except TimeoutError:
            return False
        return True

    async def arm(self, name: str, seconds: int, *, counted: bool = False) -> float | None:
        """Start the countdown, or push it back; raises a VenueError. `counted`: its room in the budget was taken.

        Returns what the venue says it now runs for, in seconds, None where it does not say.
        """
        row = self._named(name)
        weight = 0.0 if counted else row.weight
        reply = None if row.arm is None else await self._send(row, row.arm, name, seconds, weight)
        if row.stream is None:
            return granted_s(row.told, reply)
        how, silent_s = row.stream, 0.0

        async def hold() -> None:
            nonlocal silent_s
            silent_s = await self._stream(how).hold(name, how.arm)

        await self._ask(hold, 1.0)
        # The time begins when the venue misses the stream, which is not before it was last heard of.
        return seconds - silent_s

    async def disarm(self, name: str) -> bool:
        """Take it back; False where the venue has no request for that. Raises a VenueError."""
        row = self._named(name)
        if row.stream is not None and row.stream.disarm is not None:
            how, message = row.stream, row.stream.disarm
            await self._ask(lambda: self._stream(how).ask(f"not {name}", message), 1.0)
            return True
        if row.disarm is None:
            return False
        await self._send(row, row.disarm, name, 0, row.weight)
        return True

    def _stream(self, how: Stream) -> SwitchStream:
        exchange = self._exchange()
        made_for, stream = self._streams.get(how.address, (None, None))
        if stream is None or made_for is not exchange:
            stream = SwitchStream(exchange, how)
            self._streams[how.address] = (exchange, stream)
        return stream

    def _named(self, name: str) -> Countdown:
        rows = self._plan.countdowns
        own = next((row for row in rows if row.name == name and not row.each_symbol), None)
        found = own or next((row for row in rows if row.each_symbol and _covers(row, self._market(name))), None)
        if found is None:
            raise VenueUnsupported(f"there is no countdown {name} for this account")
        return found

    def _market(self, symbol: str) -> Mapping[str, Any] | None:
        exchange = self._exchange()
        markets = None if exchange is None else exchange.markets
        return (markets or {}).get(symbol)

    async def _send(self, row: Countdown, call: Call, name: str, seconds: int, weight: float) -> Any:
        absent = self._plan.plan.absent

        async def send() -> Any:
            market = self._market(name) if row.each_symbol else None
            known = market_values(market) if market else {"market": name, "symbol": name}
            values = {**known, "s": seconds, "s_text": str(seconds), "ms": seconds * 1000}
            try:
                return await _invoke(self._exchange(), call, filled(call.params, values), seconds * 1000)
            except Exception as error:
                if any(kind.__name__ in absent for kind in type(error).__mro__):
                    return None  # the account has no such wallet: nothing rests in it that would have to go
                raise

        return await self._ask(send, weight)


def _covers(row: Countdown, market: Mapping[str, Any] | None) -> bool:
    """An instrument that nobody knows may be any."""
    return row.holds is None or market is None or row.holds.may_hold(market)


async def _invoke(exchange: Any, call: Call, params: Mapping[str, Any], ms: int) -> Any:
    match call.name:
        case "cancel_all_orders_after":
            return await exchange.cancel_all_orders_after(ms, dict(params))
        case "unschedule_cancel":
            return await _unschedule(exchange)
        case name if not hasattr(exchange, name):
            raise VenueUnsupported(f"this release of ccxt has no call {name}")
        case name:
            send: Callable[[dict[str, Any]], Awaitable[Any]] = getattr(exchange, name)
            return await send(dict(params))


async def _unschedule(exchange: Any) -> Any:
    """Hyperliquid's scheduled cancel without a time, which takes it back. The method of ccxt always sends one."""
    vault = exchange.options.get("vaultAddress") or exchange.options.get("subAccountAddress")
    vault = None if vault is None else exchange.format_vault_address(vault)
    action = {"type": "scheduleCancel"}
    nonce = exchange.incrementing_nonce()
    request = {"nonce": nonce, "action": action, "signature": exchange.sign_l1_action(action, nonce, vault)}
    return await exchange.privatePostExchange(request if vault is None else request | {"vaultAddress": vault})


def granted_s(told: Told, reply: Any) -> float | None:
    """For how long the countdown runs by the venue's own word, seconds; None where it cannot be told."""
    if told.left_ms:
        left = _number(_at(reply, told.left_ms))
        return None if left is None else left / 1000.0
    end_s, now_s = _moment_s(_at(reply, told.end)), _moment_s(_at(reply, told.now))
    if end_s is None or now_s is None or not 0.0 <= end_s - now_s <= 2 * DAY_S:
        return None
    return end_s - now_s


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path; of a list the first."""
    for key in path.split(".") if path else ():
        value = value[0] if isinstance(value, list) and value else value
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if path else None


def _moment_s(value: Any) -> float | None:
    number = _number(value)
    if number is not None:
        return number / 1000.0 if number > MS_FROM else number
    try:
        return dt.datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
