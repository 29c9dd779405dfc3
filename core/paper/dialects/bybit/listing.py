"""What the venue lists: contracts in USDT and USDC, contracts in the coin, spot pairs; and which category each is of.

One account trades them all. Two may bear one symbol (BTCUSDT, the contract and the pair): in the engine the pair goes
by another name.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import replace

from core.paper.dialects.words import price_text, quantity_text
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.listings import Listing, coin_margined, spot_pairs
from core.paper.market import Market
from core.paper.quotes import Quotes
from core.paper.wire import Json

SPOT_NAME = "_SPOT"
LISTED_MS = 1_569_398_400_000
INVERSE_MAX = 20_000_000.0
"""Dollars in one order for an inverse contract."""
RULES = EngineRules(maker_fee=0.0002, taker_fee=0.00055, max_orders=500, max_triggers=10)
"""Fees of contracts at the lowest tier, orders and conditional orders per account and symbol, as Bybit tells them."""


class Category(enum.StrEnum):
    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"
    OPTION = "option"
    """Known to the wire, and empty: the paper exchange lists no options."""


def unified(market: Market) -> Quotes:
    linear = market.instruments
    return Listing((*linear, *_in_usdc(linear), *map(_inverse, coin_margined(linear)), *_pairs(linear)), market)


def _in_usdc(linear: tuple[PaperInstrument, ...]) -> Iterator[PaperInstrument]:
    """A contract in USDC for each coin, in one-way mode always."""
    known = {instrument.symbol for instrument in linear}
    for pair in spot_pairs(linear):
        source = next(instrument for instrument in linear if instrument.base == pair.base)
        if source.base + "USDC" not in known:
            yield replace(source, quote="USDC", settle="USDC", name=f"{source.base}PERP", can_hedge=False)


def _inverse(contract: PaperInstrument) -> PaperInstrument:
    """Counted in dollars here, where others count contracts of 10 or 100."""
    name = contract.base + contract.quote
    return replace(contract, name=name, contract_size=1.0, quantity_max=INVERSE_MAX, can_hedge=False)


def _pairs(linear: tuple[PaperInstrument, ...]) -> Iterator[PaperInstrument]:
    for pair in spot_pairs(linear):
        yield replace(pair, name=f"{pair.base}{pair.quote}{SPOT_NAME}")


def category_of(instrument: PaperInstrument) -> Category:
    if instrument.is_spot:
        return Category.SPOT
    return Category.INVERSE if instrument.is_inverse else Category.LINEAR


def wire_symbol(instrument: PaperInstrument) -> str:
    return instrument.symbol.removesuffix(SPOT_NAME)


def engine_symbol(category: Category, symbol: str) -> str:
    return symbol + SPOT_NAME if category is Category.SPOT else symbol


def instrument_row(instrument: PaperInstrument, funding_period_s: float) -> dict[str, Json]:
    """A row of instruments-info."""
    head: dict[str, Json] = {
        "symbol": wire_symbol(instrument),
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "status": "Trading",
    }
    return head | (_pair_row(instrument) if instrument.is_spot else _contract_row(instrument, funding_period_s))


def _pair_row(instrument: PaperInstrument) -> dict[str, Json]:
    step = quantity_text(instrument, instrument.step)
    return {
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": step,
            "quotePrecision": "0.00000001",
            "minOrderQty": step,
            "maxOrderQty": quantity_text(instrument, instrument.quantity_max),
            "minOrderAmt": f"{instrument.notional_min:g}",
            "maxOrderAmt": "20000000",
        },
        "priceFilter": {"tickSize": price_text(instrument, instrument.tick)},
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
    }


def _contract_row(instrument: PaperInstrument, funding_period_s: float) -> dict[str, Json]:
    tick, step = price_text(instrument, instrument.tick), quantity_text(instrument, instrument.step)
    most, leverage = quantity_text(instrument, instrument.quantity_max), instrument.tiers[0].max_leverage
    return {
        "contractType": "InversePerpetual" if instrument.is_inverse else "LinearPerpetual",
        "launchTime": str(LISTED_MS),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(instrument.price_decimals),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": f"{leverage:.2f}", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
        "lotSizeFilter": {
            "maxOrderQty": most,
            "maxMktOrderQty": most,
            "minOrderQty": step,
            "qtyStep": step,
            "postOnlyMaxOrderQty": most,
            "minNotionalValue": f"{instrument.notional_min:g}",
        },
        "unifiedMarginTrade": True,
        "fundingInterval": max(1, round(funding_period_s / 60)),
        "settleCoin": instrument.settle,
        "copyTrading": "none",
        "upperFundingRate": "0.02",
        "lowerFundingRate": "-0.02",
        "isPreListing": False,
        "preListingInfo": None,
    }
