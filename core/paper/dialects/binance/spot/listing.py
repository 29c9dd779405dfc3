"""What the spot venue lists."""

from __future__ import annotations

from core.paper.dialects.binance.context import Call
from core.paper.dialects.binance.market import rate_limits, size_filters
from core.paper.dialects.binance.spot.words import ORDER_TYPES
from core.paper.dialects.binance.words import ms
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json


def exchange_info(call: Call) -> Json:
    rules = call.exchange.rules
    return {
        "timezone": "UTC",
        "serverTime": ms(call.request.at_s),
        "rateLimits": rate_limits(call),
        "exchangeFilters": [],
        "symbols": [_listing(instrument, rules) for instrument in call.market.instruments],
    }


def _listing(instrument: PaperInstrument, rules: EngineRules) -> Json:
    least = {
        "filterType": "NOTIONAL",
        "minNotional": f"{instrument.notional_min:.8f}",
        "applyMinToMarket": True,
        "maxNotional": "9000000.00000000",
        "applyMaxToMarket": False,
        "avgPriceMins": 5,
    }
    most = {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.max_orders}
    return {
        "symbol": instrument.symbol,
        "status": "TRADING",
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [*size_filters(instrument), least, most],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }
