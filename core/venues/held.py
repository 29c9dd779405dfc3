"""What the accounts of one endpoint hold, and the marks of it that no listing of the endpoint's usual kind tells."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.errors import ScramError, VenueUnsupported

log = logging.getLogger(__name__)

LOOK_S = 0.25
"""How often it is looked whether something is due."""
LONGEST_PAUSE_S = 300.0
"""Between two tries of what fails again and again."""

Ask = Callable[[tuple[str, ...]], Awaitable[None]]
"""Has the marks of these symbols told, by one request; raises a ScramError."""


class HeldSymbols:
    """By symbol, what the watching side of any account of the endpoint has seen held."""

    def __init__(self) -> None:
        self._of: dict[str, frozenset[str]] = {}
        self._whole: frozenset[str] | None = None
        """Put together once for many looks: hundreds of accounts share an endpoint."""

    def read(self, account: str, symbols: Iterable[str]) -> None:
        """These alone, by a reading of the whole account."""
        if (held := frozenset(symbols)) != self._of.get(account):
            self._of[account], self._whole = held, None

    def met(self, account: str, symbol: str) -> None:
        """This one too, by a stream."""
        if symbol not in (known := self._of.get(account, frozenset())):
            self._of[account], self._whole = known | {symbol}, None

    @property
    def symbols(self) -> frozenset[str]:
        if self._whole is None:
            self._whole = frozenset[str]().union(*self._of.values())
        return self._whole


@dataclass
class _Due:
    at_s: float
    failures: int = 0


class HeldMarks:
    """Asks kind by kind, as venues list them, for what is held and was not told otherwise; nothing held costs nothing.

    ccxt lists one kind of contract where it is not told which: Bybit's linear ones, OKX's swaps. A kind that cannot be
    had holds up no other: its marks are missing, and the book says so.
    """

    def __init__(self, endpoint: str, held: HeldSymbols, clock: Clock, every_s: float) -> None:
        self._endpoint, self._held, self._clock, self._every_s = endpoint, held, clock, every_s
        self._due: dict[str, _Due] = {}

    async def run(self, markets: Callable[[], Mapping[str, Any]], told: Iterable[str], ask: Ask) -> None:
        """Until cancelled. `told`: a collection, growing elsewhere, of what needs no question of its own."""
        while True:
            for kind, symbols in kinds_of(self._held.symbols.difference(told), markets()).items():
                due = self._due.setdefault(kind, _Due(-math.inf))
                if due.at_s <= self._clock.monotonic():
                    self._due[kind] = await self._asked(kind, symbols, due, ask)
            await self._clock.sleep(LOOK_S)

    async def _asked(self, kind: str, symbols: tuple[str, ...], due: _Due, ask: Ask) -> _Due:
        try:
            await ask(symbols)
        except Exception as error:
            if not due.failures:
                what = error if isinstance(error, ScramError) else f"{type(error).__name__}: {error}"
                log.info("the marks of %s (%s) at %s are unknown: %s", kind, symbols[0], self._endpoint, what)
            pause_s = min(self._every_s * 2 ** min(due.failures, 10), LONGEST_PAUSE_S)
            if isinstance(error, VenueUnsupported):
                pause_s = math.inf
            return _Due(self._clock.monotonic() + pause_s, due.failures + 1)
        return _Due(self._clock.monotonic() + self._every_s)


def kinds_of(symbols: Iterable[str], markets: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What one request can tell; what the catalogue does not know is left out."""
    kinds: dict[str, tuple[str, ...]] = {}
    for symbol in sorted(symbols):
        if market := markets.get(symbol):
            kind = _kind_of(market)
            kinds[kind] = (*kinds.get(kind, ()), symbol)
    return kinds


def _kind_of(market: Mapping[str, Any]) -> str:
    kind = str(market.get("type"))
    if kind == "option":
        return f"{kind} {market.get('base')}"
    return f"{kind} inverse" if market.get("inverse") else f"{kind} {market.get('settle') or ''}".strip()
