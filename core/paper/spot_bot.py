"""A trader of coins: quotes pairs on both sides out of what its account has."""

from __future__ import annotations

from core.domain import Side
from core.paper.bots import BaseBot


class SpotMaker(BaseBot):
    """Keeps a bid and an offer in pairs of the coins that it holds, and now and then trades at the market."""

    prefix = "mm"
    period_s = 2.0

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        market = self.exchange.market
        pairs = [instrument for instrument in market.instruments if instrument.is_spot]
        self.symbols = sorted(pair.symbol for pair in pairs if self.account.wallets.get(pair.base))

    def start(self) -> None:
        for symbol in self.symbols:
            self._quote(symbol)

    def act(self) -> None:
        if self.symbols:
            symbol = self.chance.choice(self.symbols)
            if self.chance.random() < 0.2:
                self.market(symbol, self.chance.choice(list(Side)), self.account.equity() * 0.005)
            self._quote(symbol)

    def _quote(self, symbol: str) -> None:
        self.cancel_own(symbol)
        for side in Side:
            self.limit(symbol, side, self.account.equity() * 0.01, self.chance.uniform(0.001, 0.004))
