"""Any other venue of ccxt: read as ccxt declares it for every venue alike, and stopped by its plan where it has one."""

from __future__ import annotations

from core.venues.families.family import Family
from core.venues.families.sub_accounts import LISTS
from core.venues.plans import plan_of

# These sign and send an approval of ccxt's own fee inside load_markets or before the first order.
APPROVALS = ("handle_builder_fee_approval", "approve_builder_fee", "set_ref", "set_referrer")
APPROVING = frozenset({"hyperliquid", "aster", "lighter", "pacifica"})

# OKX tells no turnover in quote coins from which to see what its volume counts.
VOLUME_IN_CONTRACTS = frozenset({"okx", "okxus", "myokx"})
# Deribit's sizes are USD or coins throughout; ccxt passes them on beside a contract size that must not be applied.
AMOUNTS_IN_UNITS = frozenset({"deribit"})
# ccxt 4.5.90 coinbaseinternational.py 3152 extends a table by None, so that no token is ever had.
HEADERLESS = frozenset({"coinbaseinternational"})
# ccxt's total is Bybit's walletBalance, which leaves unrealised PnL out (ccxt 4.5.90 bybit.py 3547; Bybit, "Get wallet
# balance": equity = walletBalance - spotBorrow + unrealisedPnl + option value).
EXCLUDES_UNREALISED = frozenset({"bybit", "bybiteu", "bybitid"})
# Where 20 levels are none of the numbers that may be asked for.
DEPTH_LEVELS = {"bitfinex": 25, "bitget": 50}


def generic_family(exchange: str) -> Family:
    approving = exchange in APPROVING
    return Family(
        name="generic",
        exchanges=frozenset({exchange}),
        plan=plan_of(exchange),
        options={"warnOnFetchOpenOrdersWithoutSymbol": False} | ({"builderFee": False} if approving else {}),
        includes_unrealised=exchange not in EXCLUDES_UNREALISED,
        depth_levels=DEPTH_LEVELS.get(exchange, 20),
        sub_accounts=LISTS.get(exchange),
        counts_volume_in_contracts=exchange in VOLUME_IN_CONTRACTS,
        amounts_in_units=exchange in AMOUNTS_IN_UNITS,
        mends_headers=exchange in HEADERLESS,
        refused_calls=APPROVALS if approving else (),
    )
