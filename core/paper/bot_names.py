"""Bots by the names that a specification calls them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import PaperError
from core.paper.bots import Basis, Bot, Mad, MarketMaker, Momentum
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.spot_bot import SpotMaker

if TYPE_CHECKING:
    from core.paper.spec import PaperSpec

BOTS: dict[str, Callable[..., Bot]] = {
    "market-maker": MarketMaker,
    "momentum": Momentum,
    "basis": Basis,
    "mad": Mad,
    "spot-maker": SpotMaker,
}


def make_bot(name: str, exchange: Exchange, account: Account, spec: PaperSpec, phase: int) -> Bot:
    kind = BOTS.get(name)
    if kind is None:
        raise PaperError(f'there is no bot "{name}"; there are {", ".join(BOTS)}')
    chance = random.Random(f"{spec.seed}:{account.name}:{name}")
    return kind(exchange, account, chance, pace=spec.bots.pace, size=spec.bots.size, phase=phase * 7)
