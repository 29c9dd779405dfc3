"""What venues of other kinds list over the same walk of prices: coin-margined contracts and spot pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import PaperError
from core.paper.instruments import ContractKind, PaperInstrument, Tier
from core.paper.market import Market
from core.paper.quotes import Quotes

BITCOIN_CONTRACT, OTHER_CONTRACT = 100.0, 10.0
"""Quote units of one coin-margined contract."""
SPOT_NOTIONAL_MIN = 5.0
SPOT_STEP_FINER = 2
"""Spot is traded in steps that are finer by so many decimals."""


class Listing(Quotes):
    """One venue's own instruments over another market's walk: the same mids and marks, its own ticks and ladder."""

    def __init__(self, instruments: Sequence[PaperInstrument], source: Market) -> None:
        super().__init__(instruments, source.history)
        walked = {instrument.base: row for row, instrument in reversed(list(enumerate(source.instruments)))}
        unknown = sorted({i.base for i in instruments} - set(walked))
        if unknown:
            raise PaperError(f"no price is made for {', '.join(unknown)}")
        self.step_s = source.step_s
        self._source = source
        self._rows = np.array([walked[i.base] for i in instruments])
        self._follow()
        source.moved.connect(self._follow)

    @property
    def steps(self) -> int:
        return self._source.steps

    def _follow(self) -> None:
        self.mid, self.mark = self._source.mid[self._rows], self._source.mark[self._rows]
        self._quote()
        lifted = self._source.last[self._rows] >= self.mid
        self.last = np.where(lifted, self.ask, self.bid)

    def _candle_row(self, symbol: str) -> int:
        return int(self._rows[self.index[symbol]])


def coin_margined(instruments: Sequence[PaperInstrument]) -> tuple[PaperInstrument, ...]:
    """One inverse perpetual for each coin that has a linear one."""
    return tuple(_inverse(instrument) for instrument in _firsts(instruments))


def spot_pairs(instruments: Sequence[PaperInstrument]) -> tuple[PaperInstrument, ...]:
    """One pair against USDT for each coin that has a linear perpetual."""
    return tuple(_pair(instrument) for instrument in _firsts(instruments))


def _firsts(instruments: Sequence[PaperInstrument]) -> list[PaperInstrument]:
    return list({instrument.base: instrument for instrument in reversed(instruments)}.values())[::-1]


def _inverse(linear: PaperInstrument) -> PaperInstrument:
    size = BITCOIN_CONTRACT if linear.base == "BTC" else OTHER_CONTRACT
    return replace(
        linear,
        quote="USD",
        settle=linear.base,
        quantity_decimals=0,
        notional_min=0.0,
        quantity_max=float(round(50_000_000 / size)),
        tiers=tuple(_in_coin(tier, linear.start_price) for tier in linear.tiers),
        kind=ContractKind.INVERSE,
        contract_size=size,
    )


def _in_coin(tier: Tier, price: float) -> Tier:
    return replace(tier, floor=tier.floor / price, cap=tier.cap / price, deduction=tier.deduction / price)


def _pair(linear: PaperInstrument) -> PaperInstrument:
    return replace(
        linear,
        quote="USDT",
        settle="USDT",
        quantity_decimals=linear.quantity_decimals + SPOT_STEP_FINER,
        notional_min=SPOT_NOTIONAL_MIN,
        tiers=(),
        kind=ContractKind.SPOT,
    )
