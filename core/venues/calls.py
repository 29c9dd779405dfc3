"""Every call to ccxt goes through here: a deadline of our own, every error into our tree, every message scrubbed."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import aiohttp

from core.errors import (
    ConfigError,
    VenueBusy,
    VenueClock,
    VenueDenied,
    VenueError,
    VenueGarbled,
    VenueRefused,
    VenueTimeout,
    VenueUnreachable,
    VenueUnsupported,
)
from core.venues.scrub import Scrubber

T = TypeVar("T")

# By name and not by class, so that ccxt (0.4 s to import) is loaded only where a venue is really spoken to. Every class
# of ccxt.base.errors is named; of one that is not (another release, a venue's own) the nearest ancestor decides.
KINDS: dict[str, type[VenueError]] = {
    "BaseError": VenueUnreachable,
    "ExchangeError": VenueRefused,
    "AuthenticationError": VenueDenied,
    "PermissionDenied": VenueDenied,
    "AccountNotEnabled": VenueDenied,
    "AccountSuspended": VenueDenied,
    "ArgumentsRequired": VenueUnsupported,
    "NotSupported": VenueUnsupported,
    "InvalidProxySettings": VenueUnsupported,
    "BadRequest": VenueRefused,
    "BadSymbol": VenueRefused,
    "OperationRejected": VenueRefused,
    "NoChange": VenueRefused,
    "MarginModeAlreadySet": VenueRefused,
    "MarketClosed": VenueRefused,
    "RestrictedLocation": VenueRefused,
    "ManualInteractionNeeded": VenueRefused,
    "ContractUnavailable": VenueRefused,
    "InsufficientFunds": VenueRefused,
    "InvalidAddress": VenueRefused,
    "AddressPending": VenueRefused,
    "InvalidOrder": VenueRefused,
    "OrderNotFound": VenueRefused,
    "OrderNotCached": VenueRefused,
    "OrderImmediatelyFillable": VenueRefused,
    "OrderNotFillable": VenueRefused,
    "DuplicateOrderId": VenueRefused,
    "UnsubscribeError": VenueRefused,
    "OperationFailed": VenueUnreachable,
    "NetworkError": VenueUnreachable,
    "ExchangeNotAvailable": VenueUnreachable,
    "OnMaintenance": VenueUnreachable,
    "ExchangeClosedByUser": VenueUnreachable,
    "DDoSProtection": VenueBusy,
    "RateLimitExceeded": VenueBusy,
    "InvalidNonce": VenueClock,
    "ChecksumError": VenueGarbled,
    "RequestTimeout": VenueTimeout,
    "CancelPending": VenueTimeout,
    "BadResponse": VenueGarbled,
    "NullResponse": VenueGarbled,
}

PLAIN_WORDS: dict[type[VenueError], str] = {
    VenueUnreachable: "the venue cannot be reached",
    VenueTimeout: "the venue did not answer in time",
    VenueBusy: "the venue asks us to slow down",
    VenueDenied: "the venue refuses the key",
    VenueClock: "our clock and the venue's differ too much",
    VenueRefused: "the venue turned the request down",
    VenueUnsupported: "the venue has no such call",
    VenueGarbled: "the venue's answer cannot be understood",
}

ORDER_IS_GONE = frozenset({"OrderNotFound"})


def kind_of(error: BaseException) -> type[VenueError]:
    """The class of our tree for an error of ccxt, aiohttp or the system."""
    if isinstance(error, ConfigError):
        return VenueUnsupported
    if isinstance(error.__cause__, aiohttp.ClientError) and type(error).__name__ == "ExchangeError":
        # ccxt calls a connection that broke within a reply an ExchangeError, as if the venue had said no.
        return VenueUnreachable
    for ancestor in type(error).__mro__:
        if ancestor.__module__.startswith("ccxt") and ancestor.__name__ in KINDS:
            return KINDS[ancestor.__name__]
    if isinstance(error, TimeoutError):
        return VenueTimeout
    if isinstance(error, ValueError | KeyError | TypeError | AttributeError | IndexError):
        return VenueGarbled
    return VenueUnreachable


class Caller:
    """Calls on behalf of one account (or, with account "", of an endpoint's public side)."""

    def __init__(
        self, account: str, scrub: Scrubber, timeout_s: float, retry_after_s: Callable[[], float | None] = lambda: None
    ) -> None:
        """`retry_after_s` reads the venue's wish from its last reply."""
        self.account = account
        self._scrub = scrub
        self._timeout_s = timeout_s
        self._retry_after_s = retry_after_s

    async def __call__(self, call: Callable[[], Awaitable[T]], *, timeout_s: float | None = None) -> T:
        """The result of `call`; raises a VenueError, and nothing else but cancellation."""
        with self.translated():
            async with asyncio.timeout(timeout_s or self._timeout_s):
                return await call()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # ccxt cancels what its closing clients were waiting for: nobody has cancelled us.
            raise VenueUnreachable("the connection was closed", account=self.account) from None
        except VenueError:
            raise
        except Exception as error:
            # `from None`: the original carries the signed URL, and a traceback would print it.
            raise self.translate(error) from None

    def translate(self, error: BaseException) -> VenueError:
        kind = kind_of(error)
        detail = self._scrub(str(error))
        text = detail if isinstance(error, ConfigError) else PLAIN_WORDS[kind] + (f": {detail}" if detail else "")
        if kind is VenueBusy:
            return VenueBusy(text, account=self.account, retry_after_s=self._retry_after_s())
        return kind(text, account=self.account)


def is_gone(error: BaseException) -> bool:
    """Whether the venue says that the order is not there (any more)."""
    return any(ancestor.__name__ in ORDER_IS_GONE for ancestor in type(error).__mro__)


def retry_after_s(exchange: Any) -> float | None:
    """What the last reply of a ccxt object said in `Retry-After`, seconds; None where it said nothing."""
    headers = getattr(exchange, "last_response_headers", None) or {}
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            with contextlib.suppress(TypeError, ValueError):
                wish_s = float(value)
                return wish_s if 0.0 <= wish_s < math.inf else None
    return None
