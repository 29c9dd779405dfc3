"""Which venues can be spoken, by ccxt's id. A further dialect is a package beside the others and a line here."""

from __future__ import annotations

from typing import Protocol

from core.errors import PaperError
from core.paper.dialects.binance_usdm import BinanceUsdm
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard
from core.paper.wire import Dialect


class DialectMaker(Protocol):
    def __call__(
        self,
        venue: str,
        exchange: Exchange,
        faults: FaultBoard,
        *,
        weight_limit: int,
        listen_key_life_s: float,
        mark_period_s: float,
        seed: int,
    ) -> Dialect: ...


DIALECTS: dict[str, DialectMaker] = {"binanceusdm": BinanceUsdm}


def dialect_named(exchange_id: str) -> DialectMaker:
    if exchange_id not in DIALECTS:
        raise PaperError(f'the paper exchange does not speak "{exchange_id}"; it speaks {", ".join(DIALECTS)}')
    return DIALECTS[exchange_id]
