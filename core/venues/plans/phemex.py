"""Phemex: orders can be listed by symbol only, so that a listing goes through every instrument of the account's books.

https://phemex-docs.github.io/#cancel-all-orders (`untriggered`; twice, for active and for conditional orders)
https://phemex-docs.github.io/#query-open-orders-by-symbol
"""

from __future__ import annotations

from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Holds, Listed, Plan

SYMBOL = {"symbol": "{market}"}
ONE = SYMBOL | {"orderID": "{id}"}


def _both(name: str) -> tuple[Call, ...]:
    # ccxt 4.5.90 writes `untriggerred` (phemex.py 2997), which the venue does not know: its second call cancels the
    # active orders once more and leaves the conditional ones.
    return tuple(Call(name, SYMBOL | {"untriggered": text}) for text in ("false", "true"))


PHEMEX = Plan(
    name="Phemex",
    exchanges=frozenset({"phemex"}),
    books=(
        Book(
            name="linear",
            holds=Holds(CONTRACTS, frozenset({"USDT", "USDC"})),
            listed=Listed(
                Call("privateGetGOrdersActiveList", SYMBOL), rows="data.rows", null_is_empty=True, each_symbol=True
            ),
            empty_symbol=_both("privateDeleteGOrdersAll"),
            cancel=ByIds(Call("privateDeleteGOrdersCancel", ONE)),
        ),
        Book(
            name="inverse",
            holds=Holds(CONTRACTS, linear=False),
            listed=Listed(
                Call("privateGetOrdersActiveList", SYMBOL), rows="data.rows", null_is_empty=True, each_symbol=True
            ),
            empty_symbol=_both("privateDeleteOrdersAll"),
            cancel=ByIds(Call("privateDeleteOrdersCancel", ONE)),
        ),
        Book(
            name="spot",
            holds=Holds(frozenset({"spot"})),
            # Whether the rows are the data, as ccxt has it (phemex.py 3126), could not be confirmed.
            listed=Listed(Call("privateGetSpotOrders", SYMBOL), rows="data", null_is_empty=True, each_symbol=True),
            empty_symbol=_both("privateDeleteSpotOrdersAll"),
            cancel=ByIds(Call("privateDeleteSpotOrders", ONE)),
            confirmed=False,
        ),
    ),
)

PLANS = (PHEMEX,)
