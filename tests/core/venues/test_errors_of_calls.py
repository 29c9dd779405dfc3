"""Every call ends in a result, an error of our tree, or cancellation; and in none of them shows a secret."""

from __future__ import annotations

import asyncio
import importlib
import socket
import traceback
from typing import Any

import aiohttp
import ccxt.pro
import pytest

from core.clock import SystemClock
from core.errors import (
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
from core.tasks import spawn
from core.venues.calls import KINDS, PLAIN_WORDS, Caller, is_gone, kind_of, retry_after_s
from core.venues.scrub import Scrubber

errors = importlib.import_module("ccxt.base.errors")

EXPECTED: dict[str, type[VenueError]] = {
    "BaseError": VenueUnreachable,
    "ExchangeError": VenueRefused,
    "AuthenticationError": VenueDenied,
    "PermissionDenied": VenueDenied,
    "AccountNotEnabled": VenueDenied,
    "AccountSuspended": VenueDenied,
    "ArgumentsRequired": VenueUnsupported,
    "BadRequest": VenueRefused,
    "BadSymbol": VenueRefused,
    "OperationRejected": VenueRefused,
    "NoChange": VenueRefused,
    "MarginModeAlreadySet": VenueRefused,
    "MarketClosed": VenueRefused,
    "ManualInteractionNeeded": VenueRefused,
    "RestrictedLocation": VenueRefused,
    "InsufficientFunds": VenueRefused,
    "InvalidAddress": VenueRefused,
    "AddressPending": VenueRefused,
    "InvalidOrder": VenueRefused,
    "OrderNotFound": VenueRefused,
    "OrderNotCached": VenueRefused,
    "OrderImmediatelyFillable": VenueRefused,
    "OrderNotFillable": VenueRefused,
    "DuplicateOrderId": VenueRefused,
    "ContractUnavailable": VenueRefused,
    "NotSupported": VenueUnsupported,
    "InvalidProxySettings": VenueUnsupported,
    "ExchangeClosedByUser": VenueUnreachable,
    "OperationFailed": VenueUnreachable,
    "NetworkError": VenueUnreachable,
    "DDoSProtection": VenueBusy,
    "RateLimitExceeded": VenueBusy,
    "ExchangeNotAvailable": VenueUnreachable,
    "OnMaintenance": VenueUnreachable,
    "InvalidNonce": VenueClock,
    # It is a kind of InvalidNonce in ccxt, and has nothing to do with anybody's clock.
    "ChecksumError": VenueGarbled,
    "RequestTimeout": VenueTimeout,
    "BadResponse": VenueGarbled,
    "NullResponse": VenueGarbled,
    "CancelPending": VenueTimeout,
    "UnsubscribeError": VenueRefused,
}


def the_classes_of_ccxt() -> list[type[Exception]]:
    found: list[type[Exception]] = [errors.BaseError]
    for known in found:
        found.extend(known.__subclasses__())
    return [known for known in found if known.__module__ == "ccxt.base.errors"]


def a_caller(*secrets: str, timeout_s: float = 1.0) -> Caller:
    return Caller("alpha", Scrubber(secrets), timeout_s)


async def failing(caller: Caller, error: BaseException) -> VenueError:
    async def call() -> None:
        raise error

    with pytest.raises(VenueError) as caught:
        await caller(call)
    return caught.value


def test_the_table_of_this_test_knows_every_error_that_ccxt_has() -> None:
    assert {known.__name__ for known in the_classes_of_ccxt()} == set(EXPECTED)
    assert set(KINDS) <= set(EXPECTED)


@pytest.mark.parametrize("known", the_classes_of_ccxt(), ids=lambda known: known.__name__)
def test_every_error_of_ccxt_has_its_place_in_our_tree(known: type[Exception]) -> None:
    kind = kind_of(known("some text"))
    assert kind is EXPECTED[known.__name__]
    assert PLAIN_WORDS[kind]


def test_an_error_that_only_one_venue_has_takes_its_place_from_its_ancestors() -> None:
    own = type("SomethingOfOneVenue", (errors.InsufficientFunds,), {})
    assert kind_of(own("x")) is VenueRefused


def test_a_class_of_ours_that_is_called_like_one_of_ccxts_is_not_taken_for_it() -> None:
    assert kind_of(type("AuthenticationError", (OSError,), {})("x")) is VenueUnreachable


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectionError("reset"), VenueUnreachable),
        (aiohttp.ServerDisconnectedError(), VenueUnreachable),
        (aiohttp.ClientPayloadError("cut off"), VenueUnreachable),
        (aiohttp.ServerTimeoutError(), VenueTimeout),
        (aiohttp.ConnectionTimeoutError(), VenueTimeout),
        (ConnectionRefusedError(111, "refused"), VenueUnreachable),
        (socket.gaierror(-2, "no such host"), VenueUnreachable),
        (OSError("network is down"), VenueUnreachable),
        (TimeoutError(), VenueTimeout),
        (ValueError("not JSON"), VenueGarbled),
        (KeyError("id"), VenueGarbled),
        (TypeError("NoneType"), VenueGarbled),
        (AttributeError("get"), VenueGarbled),
        (IndexError("0"), VenueGarbled),
        (RuntimeError("session is closed"), VenueUnreachable),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value.__name__,
)
async def test_errors_from_below_ccxt_have_theirs(error: BaseException, kind: type[VenueError]) -> None:
    told = await failing(a_caller(), error)
    assert type(told) is kind
    assert told.account == "alpha"
    assert str(told).startswith(PLAIN_WORDS[kind])


async def test_an_error_of_our_own_tree_passes_as_it_is() -> None:
    own = VenueDenied("said before", account="beta")
    assert await failing(a_caller(), own) is own


async def test_a_call_that_takes_too_long_ends_at_our_deadline() -> None:
    clock = SystemClock()
    began_s = clock.monotonic()
    with pytest.raises(VenueTimeout, match="did not answer in time"):
        await a_caller(timeout_s=0.05)(lambda: asyncio.sleep(30))
    with pytest.raises(VenueTimeout):
        await a_caller(timeout_s=30.0)(lambda: asyncio.sleep(30), timeout_s=0.05)
    assert clock.monotonic() - began_s < 10.0


async def test_cancelling_a_call_is_no_error_of_the_venue() -> None:
    task = spawn(a_caller()(lambda: asyncio.sleep(30)), name="call")
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_future_that_ccxt_cancels_does_not_look_like_our_own_cancellation() -> None:
    # ccxt cancels what its closing client was waiting for; a feed would end without a word.
    async def call() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    with pytest.raises(VenueUnreachable):
        await a_caller()(call)


async def test_no_secret_is_left_in_the_error_nor_behind_it() -> None:
    key, secret = "the-key-of-alpha", "the/secret+of=alpha"
    signed = f"binanceusdm GET https://fapi.example/v1/account?key={key}&signature=deadbeef {secret} 503"
    told = await failing(a_caller(key, secret), errors.ExchangeNotAvailable(signed))
    assert told.__cause__ is None
    assert told.__suppress_context__
    shown = "".join(traceback.format_exception(told)) + repr(told)
    assert not any(text in shown for text in (key, secret, "deadbeef"))


async def test_being_busy_says_how_long_the_venue_wants_to_rest() -> None:
    exchange = type("Exchange", (), {"last_response_headers": {"Retry-After": "7"}})()
    caller = Caller("alpha", Scrubber(), 1.0, lambda: retry_after_s(exchange))
    told = await failing(caller, errors.DDoSProtection("429"))
    assert isinstance(told, VenueBusy)
    assert told.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"RETRY-AFTER": 1.5}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-4"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Content-Type": "text/html"}, None),
        (None, None),
    ],
)
def test_retry_after_is_believed_where_it_is_a_number_of_seconds(headers: Any, wish: float | None) -> None:
    assert retry_after_s(type("Exchange", (), {"last_response_headers": headers})()) == wish


def test_an_object_that_was_never_made_wishes_nothing() -> None:
    assert retry_after_s(None) is None


def test_only_an_order_that_is_not_there_is_gone() -> None:
    assert is_gone(ccxt.pro.OrderNotFound("unknown order"))
    assert not is_gone(ccxt.pro.InvalidOrder("bad price"))
