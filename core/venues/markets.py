"""The markets of one endpoint: loaded once, in a thread of their own, shared by every object of that endpoint."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from core.clock import Clock
from core.venues.calls import Caller
from core.venues.connect import construct
from core.venues.families.family import Family
from core.venues.messages import Instrument
from core.venues.normalise import each, instrument_from
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings

LOAD_TIMEOUT_S = 20.0


class SharedMarkets:
    def __init__(self, endpoint: str, settings: AccountSettings, family: Family, clock: Clock) -> None:
        """`settings` of any account of this endpoint; its credentials are not used."""
        self.endpoint = endpoint
        self._settings = settings
        self._family = family
        self._clock = clock
        self._call = Caller("", Scrubber(), LOAD_TIMEOUT_S)
        self._source: Any = None
        self._loading = asyncio.Lock()
        self.instruments: tuple[Instrument, ...] = ()

    @property
    def loaded(self) -> bool:
        return self._source is not None

    async def share_with(self, exchange: Any) -> None:
        """Give `exchange` these markets, loading them first where nobody has; raises VenueError."""
        async with self._loading:
            if self._source is None:
                source = await self._call(lambda: asyncio.to_thread(self._load))
                rows, _ = each(source.markets.values(), lambda row: instrument_from(row, self.endpoint), "market")
                self.instruments = rows
                self._source = source
        exchange.set_markets_from_exchange(self._source)

    def _load(self) -> Any:
        # The blocking twin of the same class: parsing a venue's whole catalogue would hold up the loop.
        ccxt = importlib.import_module("ccxt")
        exchange = construct(ccxt, self._settings, self._family, None, acting=False, public=True)
        try:
            exchange.load_markets()
        finally:
            exchange.session.close()
        return exchange
