"""Any other venue of ccxt: what ccxt declares for every venue alike, shown to the operator as generic coverage."""

from __future__ import annotations

from core.venues.families.family import Family, OrderBook
from core.venues.protocol import Coverage

# These sign and send an approval of ccxt's own fee inside load_markets or before the first order.
APPROVALS = ("handle_builder_fee_approval", "approve_builder_fee", "set_ref", "set_referrer")
APPROVING = frozenset({"hyperliquid", "aster", "lighter", "pacifica"})


def generic_family(exchange: str) -> Family:
    approving = exchange in APPROVING
    return Family(
        name="generic",
        exchanges=frozenset({exchange}),
        coverage=Coverage.GENERIC,
        books=(OrderBook("regular"),),
        options={"warnOnFetchOpenOrdersWithoutSymbol": False} | ({"builderFee": False} if approving else {}),
        refused_calls=APPROVALS if approving else (),
    )
