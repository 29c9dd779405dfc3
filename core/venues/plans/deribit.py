"""Deribit, and Coinbase International, which has become an interface of the same kind.

https://docs.deribit.com/#private-cancel_all (every currency, every kind of instrument, trigger orders included)
https://docs.deribit.com/#private-get_open_orders (all of them; its type is `all` unless told otherwise)
"""

from __future__ import annotations

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


DERIBIT = Plan(
    name="Deribit",
    exchanges=frozenset({"deribit"}),
    books=(_book(confirmed=True),),
    beside=("block trade requests and quotes",),
)

COINBASE_INTERNATIONAL = Plan(
    name="Coinbase International",
    exchanges=frozenset({"coinbaseinternational"}),
    # Nobody here has driven it against the venue, and no documentation of the new interface was found.
    books=(_book(confirmed=False),),
    # Its requests carry a token that is fetched beforehand and expires (coinbaseinternational.py 3029).
    ready=("authenticate_v2",),
    beside=("block trade requests and quotes",),
)

PLANS = (DERIBIT, COINBASE_INTERNATIONAL)
