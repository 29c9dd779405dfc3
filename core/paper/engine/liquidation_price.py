"""Where a position would be liquidated: the mark at which what backs it meets what must be kept."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from core.paper.engine.account import Account
from core.paper.engine.holdings import Position
from core.paper.instruments import PaperInstrument

FAR = 1e6
"""No price is looked for beyond this multiple of the mark, or below its inverse."""


def liquidation_price(account: Account, position: Position) -> float:
    """The mark at which the position is liquidated if only this instrument moved, quote coin; 0 where there is none.

    Isolated: its pot against its own maintenance margin. Cross: the coin's whole cross wallet with everything that
    hangs on it, both legs of the symbol moving together. The figure is that of Binance's "How to Calculate Liquidation
    Price of USD-M Futures Contracts", which solves the same balance; here the tier is the one at the price found, as
    the maintenance margin is that of every tier in turn.
    """
    if not position.quantity:
        return 0.0
    market = account.market
    instrument, mark = market.instrument(position.symbol), market.mark_of(position.symbol)
    if account.is_isolated(position.symbol):
        return _root(instrument, [position], position.pot, mark)
    legs = account.open_positions(position.symbol)
    margin = account.margin(instrument.settle)
    own = _surplus(instrument, legs, mark)
    return _root(instrument, legs, margin.cross_equity - margin.cross_maintenance - own, mark)


def _surplus(instrument: PaperInstrument, legs: Sequence[Position], price: float) -> float:
    """Unrealised PnL less maintenance margin of the legs at a mark, settle coin."""
    return sum(
        instrument.pnl(leg.quantity, leg.entry_price, price)
        - instrument.maintenance(instrument.notional(leg.quantity, price))
        for leg in legs
    )


def _root(instrument: PaperInstrument, legs: Sequence[Position], backing: float, mark: float) -> float:
    """The price on the losing side at which backing and surplus come to nothing.

    Over the price (its inverse for inverse contracts) the sum is a straight line between the tiers' edges, so that it
    is enough to look where it changes sign.
    """

    def price(x: float) -> float:
        return 1 / x if instrument.is_inverse else x

    def margin(x: float) -> float:
        return backing + _surplus(instrument, legs, price(x))

    here = 1 / mark if instrument.is_inverse else mark
    edges = {here / FAR, here, here * FAR}
    for leg, tier in itertools.product(legs, instrument.tiers):
        edges.add(tier.cap / (abs(leg.quantity) * instrument.contract_size))
    net = sum(leg.quantity for leg in legs)
    if margin(here) <= 0:
        return mark
    falls = (net > 0) is not instrument.is_inverse
    line = sorted((x for x in edges if (x <= here if falls else x >= here)), reverse=falls)
    for near, far in itertools.pairwise(line):
        before, after = margin(near), margin(far)
        if after <= 0:
            return price(near + (far - near) * before / (before - after))
    return 0.0
