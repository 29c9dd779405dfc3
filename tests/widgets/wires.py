"""Requests and replies as the acting side of an account would have made them under a stop."""

from __future__ import annotations

import hashlib
import json

from core.snapshot import WirePage
from core.venues.wire_lines import CallKind, WireLine
from tests.widgets.snapshots import NOW_S

HOST = "fapi.binance.com"
FIRED_S = 1_000.0
GIVEN_UP = "CancelledError: given up before there was a reply"
BOOKS = {
    "regular": ("/fapi/v1/openOrders", "/fapi/v1/allOpenOrders"),
    "trigger": ("/fapi/v1/openAlgoOrders", "/fapi/v1/algoOpenOrders"),
}
ORDER = {
    "orderId": 8389765518,
    "symbol": "BTCUSDT",
    "status": "NEW",
    "clientOrderId": "bas-71",
    "price": "50000",
    "origQty": "0.5",
}


def line(number: int, kind: CallKind, book: str, after_ms: float, took_ms: float | None = 31.0, *,
         reply: object = (), status: int | None = 200, error: str = "", call: int = 0) -> WireLine:  # fmt: skip
    listing, cancel = BOOKS.get(book, ("/fapi/v3/positionRisk", ""))
    text = json.dumps(reply, separators=(",", ":"))
    answered = status is not None and took_ms is not None
    query = "" if kind is CallKind.LIST else "symbol=BTCUSDT&"
    return WireLine(
        number=number, call=call or number, kind=kind, book=book, at_s=NOW_S - 7 + after_ms / 1000.0,
        sent_s=FIRED_S + after_ms / 1000.0, took_s=None if took_ms is None else took_ms / 1000.0,
        method="DELETE" if kind is CallKind.CANCEL else "GET", host=HOST,
        path=cancel if kind is CallKind.CANCEL else listing,
        query=f"{query}timestamp=1700000000123&recvWindow=10000&signature=***", body="",
        status=status if answered else None,
        headers=(("content-type", "application/json"), ("x-mbx-used-weight-1m", str(40 + number))) if answered else (),
        reply=text if answered else "", reply_chars=len(text) if answered else None,
        reply_sha256=hashlib.sha256(text.encode()).hexdigest() if answered else "", error=error,
    )  # fmt: skip


def wire_page(account: str, halt_id: str = "h-1") -> WirePage:
    """A stop that met a time-out and a busy venue, and was proven after it."""
    cancelled = {"code": 200, "msg": "The operation of cancel all open order is done."}
    busy = {"code": -1003, "msg": "Too many requests; current limit is 2400 requests per minute."}
    said = f"RateLimitExceeded: binanceusdm {json.dumps(busy)}"
    lines = (
        line(201, CallKind.CANCEL, "regular", 3.2, 41.0, reply=cancelled),
        line(202, CallKind.CANCEL, "trigger", 3.4, 44.0, reply=cancelled),
        line(203, CallKind.LIST, "regular", 51.0, 38.0, reply=[ORDER] * 4),
        line(204, CallKind.LIST, "trigger", 51.2, 29.0, reply=[]),
        line(205, CallKind.CANCEL, "regular", 92.0, 4000.0, status=None, error=GIVEN_UP),
        line(206, CallKind.LIST, "regular", 4_101.0, 22.0, status=429, reply=busy, error=said),
        line(207, CallKind.LIST, "regular", 5_210.0, 30.0, reply=[]),
        line(208, CallKind.LIST, "trigger", 5_210.4, 31.0, reply=[]),
        line(209, CallKind.LIST, "regular", 6_730.0, 28.0, reply=[]),
        line(210, CallKind.LIST, "trigger", 6_730.3, 33.0, reply=[]),
        line(260, CallKind.LIST, "regular", 7_740.0, 28.0, reply=[]),
        line(261, CallKind.LIST, "trigger", 7_740.2, None),
    )  # fmt: skip
    return WirePage(halt_id, account, FIRED_S, lines, dropped=49, proving=frozenset(range(207, 211)))
