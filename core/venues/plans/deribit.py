"""Deribit, and Coinbase International, which has become an interface of the same kind.

https://docs.deribit.com/#private-cancel_all (every currency, every kind of instrument, trigger orders included)
https://docs.deribit.com/api-reference/trading/private-get_open_orders (all currencies, filtered only where asked)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.venues.plans.deadman import Countdown, DeadMan, Stream
from core.venues.plans.plan import Book, ByIds, Call, Listed, Plan


def _book(*, confirmed: bool) -> Book:
    return Book(
        name="regular",
        # ccxt's fetch_open_orders() lists the orders in BTC alone (deribit.py 2266), and Coinbase International's none
        # without a symbol; this one call, which it does not use, lists the account.
        listed=Listed(Call("privateGetGetOpenOrders"), rows="result"),
        empty=(Call("privateGetCancelAll"),),
        empty_symbol=(Call("privateGetCancelAllByInstrument", {"instrument_name": "{market}"}),),
        cancel=ByIds(Call("privateGetCancel", {"order_id": "{id}"})),
        confirmed=confirmed,
    )


def _said(word: str) -> Mapping[str, Any]:
    method = f"private/{word}_cancel_on_disconnect"
    return {"jsonrpc": "2.0", "id": "{id}", "method": method, "params": {"scope": "account"}}


DEADMAN = DeadMan(
    # https://docs.deribit.com/api-reference/session-management/private-enable_cancel_on_disconnect (over a stream only;
    # with this scope it holds for every stream that is opened from then on, each with the orders placed over it)
    (Countdown("streams", stream=Stream(address=("api", "ws"), arm=_said("enable"), disarm=_said("disable"))),),
    at_disconnect=True,
    traps=(
        "no time runs: an order goes when the stream that placed it ends, and Scram's end changes nothing for others'",
        "it holds for streams that are opened after it was armed, and not for orders placed over REST",
        "a stream that logs out in order keeps its orders",
        "one that is silent is missed after 10 minutes only, unless its owner has set a heartbeat",
    ),
)

DERIBIT = Plan(
    name="Deribit",
    exchanges=frozenset({"deribit"}),
    books=(_book(confirmed=True),),
    beside=("block trade requests and quotes",),
    deadman=DEADMAN,
)

COINBASE_INTERNATIONAL = Plan(
    name="Coinbase International",
    exchanges=frozenset({"coinbaseinternational"}),
    # Documented at https://docs.cdp.coinbase.com/api-reference/trading/private-get_open_orders; that a token had by
    # ccxt opens them nobody has seen, and with this release it is had only after a mend of ours (connect.py).
    books=(_book(confirmed=False),),
    # Its requests carry a token that is fetched beforehand and expires (coinbaseinternational.py 3029).
    ready=("authenticate_v2",),
    deadman=DeadMan(none="orders go when the stream that placed them ends, and ccxt's login to one was never tried"),
    beside=("block trade requests and quotes",),
)

PLANS = (DERIBIT, COINBASE_INTERNATIONAL)
