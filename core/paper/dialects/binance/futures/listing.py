"""What a futures venue lists."""

from __future__ import annotations

from core.paper.dialects.binance.codes import ORDER_TYPES
from core.paper.dialects.binance.context import Call
from core.paper.dialects.binance.market import rate_limits, size_filters
from core.paper.dialects.binance.words import ms, pair
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

LISTED_MS = 1_569_398_400_000
PERPETUAL_MS = 4_133_404_800_000
"""The delivery date that Binance gives to what is never delivered."""


def exchange_info(call: Call) -> Json:
    rules = call.exchange.rules
    coins = sorted({i.settle for i in call.market.instruments})
    return {
        "timezone": "UTC",
        "serverTime": ms(call.request.at_s),
        "futuresType": "COIN_MARGINED" if call.market.instruments[0].is_inverse else "U_MARGINED",
        "rateLimits": rate_limits(call),
        "exchangeFilters": [],
        "assets": [{"asset": name, "marginAvailable": True, "autoAssetExchange": "0"} for name in coins],
        "symbols": [_listing(instrument, rules) for instrument in call.market.instruments],
    }


def _listing(instrument: PaperInstrument, rules: EngineRules) -> Json:
    status: dict[str, Json] = {"status": "TRADING"}
    if instrument.is_inverse:
        size = int(instrument.contract_size)
        status = {"contractStatus": "TRADING", "contractSize": size, "equalQtyPrecision": 4}
    return status | {
        "symbol": instrument.symbol,
        "pair": pair(instrument),
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_MS,
        "onboardDate": LISTED_MS,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.settle,
        "pricePrecision": instrument.price_decimals,
        "quantityPrecision": instrument.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": f"{rules.liquidation_fee:.6f}",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": _filters(instrument, rules),
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(instrument: PaperInstrument, rules: EngineRules) -> Json:
    band = rules.price_band
    least = {"filterType": "MIN_NOTIONAL", "notional": f"{instrument.notional_min:g}"}
    return [
        *size_filters(instrument),
        {"filterType": "MAX_NUM_ORDERS", "limit": rules.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": rules.max_triggers},
        *([] if instrument.is_inverse else [least]),
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": f"{1 + band:.4f}",
            "multiplierDown": f"{1 - band:.4f}",
            "multiplierDecimal": 4 if instrument.is_inverse else "4",
        },
    ]
