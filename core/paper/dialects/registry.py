"""Which venues can be spoken, by ccxt's id. A further dialect is a package beside the others and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.errors import PaperError
from core.paper.dialects.binance import BinanceCoinm, BinanceSpot, BinanceUsdm
from core.paper.dialects.bybit import RULES as BYBIT_RULES
from core.paper.dialects.bybit import Bybit, unified
from core.paper.dialects.okx import Okx, unified_listing
from core.paper.engine.exchange import Exchange
from core.paper.engine.rules import DEFAULT_RULES, EngineRules
from core.paper.faults import FaultBoard
from core.paper.listings import Listing, coin_margined, spot_pairs
from core.paper.market import Market
from core.paper.quotes import Quotes
from core.paper.spec import PaperSpec
from core.paper.wire import Dialect


class DialectMaker(Protocol):
    def __call__(self, venue: str, exchange: Exchange, faults: FaultBoard, spec: PaperSpec) -> Dialect: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    make: DialectMaker
    lists: Callable[[Market], Quotes]
    """What a venue of this kind lists over the common walk of prices."""
    rules: EngineRules = DEFAULT_RULES
    has_passphrase: bool = False
    """Whether a key is used with a passphrase."""


DIALECTS: dict[str, Spoken] = {
    "binanceusdm": Spoken(BinanceUsdm, lambda market: market),
    "binancecoinm": Spoken(BinanceCoinm, lambda market: Listing(coin_margined(market.instruments), market)),
    "binance": Spoken(BinanceSpot, lambda market: Listing(spot_pairs(market.instruments), market)),
    "bybit": Spoken(Bybit, unified, BYBIT_RULES),
    "okx": Spoken(Okx, unified_listing, has_passphrase=True),
}


def dialect_named(exchange_id: str) -> Spoken:
    if exchange_id not in DIALECTS:
        raise PaperError(f'the paper exchange does not speak "{exchange_id}"; it speaks {", ".join(DIALECTS)}')
    return DIALECTS[exchange_id]
