"""What OKX lists over the common walk of prices, by its own names: pairs, swaps of both kinds, and a few futures."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core.paper.dialects.okx.codes import WireError
from core.paper.instruments import PaperInstrument
from core.paper.listings import Listing, coin_margined, spot_pairs
from core.paper.market import Market

CONTRACT_SIZES = {"BTC": 0.01, "ETH": 0.1, "BNB": 0.01, "XRP": 100.0, "ADA": 100.0, "DOGE": 1000.0, "TRX": 1000.0}
"""Coins of one linear contract (`ctVal`); 1 of every other coin."""
LOT_DECIMALS = 2
LARGEST_VALUE = 50_000_000
"""Of one order, quote coin."""
EXPIRY = dt.datetime(2035, 12, 28, 8, tzinfo=dt.UTC)
"""Of the futures: a last Friday of December at 08:00, as OKX sets them, and no run of a site lasts until then."""
WITH_FUTURES = ("BTC", "ETH")
INST_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")


def unified_listing(market: Market) -> Listing:
    linear = [_linear(each) for each in market.instruments if each.quote == "USDT"]
    inverse = [replace(each, name=f"{each.base}-USD-SWAP") for each in coin_margined(market.instruments)]
    pairs = [
        replace(each, name=f"{each.base}-USDT", notional_min=0.0, quantity_max=_largest(each.start_price))
        for each in spot_pairs(market.instruments)
    ]
    futures = [_future(each) for each in (*linear, *inverse) if each.base in WITH_FUTURES]
    return Listing((*linear, *inverse, *pairs, *futures), market)


def _linear(perpetual: PaperInstrument) -> PaperInstrument:
    size = CONTRACT_SIZES.get(perpetual.base, 1.0)
    return replace(
        perpetual,
        name=f"{perpetual.base}-USDT-SWAP",
        quantity_decimals=LOT_DECIMALS,
        notional_min=0.0,
        quantity_max=_largest(perpetual.start_price * size),
        contract_size=size,
    )


def _largest(value_of_one: float) -> float:
    return float(round(LARGEST_VALUE / value_of_one))


def _future(swap: PaperInstrument) -> PaperInstrument:
    return replace(swap, name=f"{family_of(swap)}-{EXPIRY:%y%m%d}", expires_s=EXPIRY.timestamp())


def inst_type(instrument: PaperInstrument) -> str:
    if instrument.is_spot:
        return "SPOT"
    return "FUTURES" if instrument.expires_s else "SWAP"


def family_of(instrument: PaperInstrument) -> str:
    """The underlying (`uly`, `instFamily`) of a contract, the name of a pair."""
    return f"{instrument.base}-{instrument.quote}"


def check_inst_type(word: str) -> str:
    if word not in INST_TYPES:
        raise WireError("51000", "Parameter instType error", 400)
    return word
