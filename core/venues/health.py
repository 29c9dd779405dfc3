"""How one account's watching side is doing: how long its requests take, and whether streams serve it. Only noted here.

Nobody decides anything by it, and the acting side has no part in it.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from types import SimpleNamespace
from typing import Any

import aiohttp

from core.clock import Clock

KEPT = 128
"""Round trips that percentiles are taken of: at the usual pace those of the last ten minutes or so."""


class LinkHealth:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._took_ms: deque[float] = deque(maxlen=KEPT)
        self._ordered: tuple[float, ...] | None = ()
        self.requests = 0
        """That were answered since the start."""
        self.streams: bool | None = None
        """Whether private streams serve it; False: it is asked in turn. None until that is known."""

    def took(self, milliseconds: float) -> None:
        """From a request's last byte out to its reply's first byte in."""
        self._took_ms.append(milliseconds)
        self._ordered = None
        self.requests += 1

    def percentile_ms(self, share: float) -> float:
        """Of the newest round trips, 0 to 1; NaN before any was measured."""
        if self._ordered is None:
            self._ordered = tuple(sorted(self._took_ms))
        ordered = self._ordered
        # The nearest rank: a figure that was measured, not one between two.
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan

    def trace(self) -> aiohttp.TraceConfig:
        """For the session whose requests are to be measured."""
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(self._sent)
        trace.on_request_end.append(self._answered)
        return trace

    async def _sent(self, _session: Any, context: SimpleNamespace, _params: Any) -> None:
        # Of a request with a body this is a moment early, and the body of a signed request is a few hundred bytes.
        context.sent_s = self._clock.monotonic()

    async def _answered(self, _session: Any, context: SimpleNamespace, _params: Any) -> None:
        with contextlib.suppress(AttributeError):  # a request that was redirected may end without having been sent
            self.took((self._clock.monotonic() - context.sent_s) * 1000.0)
