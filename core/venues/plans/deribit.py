"""Deribit, and Coinbase International, which has become an interface of the same kind.

https://docs.deribit.com/#private-cancel_all (every currency, every kind of instrument, trigger orders included)
https://docs.deribit.com/api-reference/trading/private-get_open_orders (all currencies, filtered only where asked)
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
    # Documented at https://docs.cdp.coinbase.com/api-reference/trading/private-get_open_orders; that a token had by
    # ccxt opens them nobody has seen, and with this release it is had only after a mend of ours (connect.py).
    books=(_book(confirmed=False),),
    # Its requests carry a token that is fetched beforehand and expires (coinbaseinternational.py 3029).
    ready=("authenticate_v2",),
    beside=("block trade requests and quotes",),
)

PLANS = (DERIBIT, COINBASE_INTERNATIONAL)
