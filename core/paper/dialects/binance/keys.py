"""What a key may do, as Binance tells it on the host that all its venues share."""

from __future__ import annotations

from core.paper.dialects.binance.context import Call
from core.paper.wire import Json


def api_restrictions(call: Call) -> Json:
    is_spot = call.market.instruments[0].is_spot
    return {
        "ipRestrict": False,
        "createTime": 1_700_000_000_000,
        "enableReading": True,
        "enableWithdrawals": call.account.can_withdraw,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": not is_spot,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": is_spot,
        "enablePortfolioMarginTrading": False,
    }
