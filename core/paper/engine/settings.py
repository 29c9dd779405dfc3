"""How an account is set up: leverage, margin mode, position mode, and the margin in isolated positions' pots."""

from __future__ import annotations

from dataclasses import replace

from core.domain import Leg
from core.paper.engine.account import Account
from core.paper.engine.booking import Booking
from core.paper.engine.events import AccountEvent, LeverageEvent
from core.paper.engine.margin import position_initial
from core.paper.engine.model import Cause, Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes


class Settings:
    """Changes of settings as the venue allows them; each raises Refusal where it does not."""

    def __init__(self, market: Quotes, booking: Booking) -> None:
        self._market = market
        self._booking = booking

    def set_leverage(self, account: Account, symbol: str, leverage: int) -> float:
        """Returns the largest notional that the new leverage allows, settle coin."""
        instrument = self._perpetual(symbol)
        allowed = [tier.cap for tier in instrument.tiers if tier.max_leverage >= leverage]
        mark = self._market.mark_of(symbol)
        held = [instrument.notional(p.quantity, mark) for p in account.open_positions(symbol)]
        if leverage < 1 or not allowed or max(held, default=0.0) > max(allowed):
            raise Refusal(Reason.BAD_LEVERAGE)
        if held and account.is_isolated(symbol) and leverage < account.leverage_of(symbol):
            # The pot was filled for the old leverage; the venue asks for more margin by hand, not by this way.
            raise Refusal(Reason.BAD_LEVERAGE)
        account.set_leverage(symbol, leverage)
        self._booking.events.send(LeverageEvent(account.name, symbol, leverage, self._booking.now()))
        return max(allowed)

    def set_hedged(self, account: Account, hedged: bool) -> None:
        """Hedge mode or one-way mode, for all instruments of the account together that know both."""
        if account.is_hedged is hedged:
            raise Refusal(Reason.SAME_MODE)
        for instrument in self._market.instruments:
            if instrument.can_hedge and not instrument.is_spot:
                self._check_idle(account, instrument.symbol)
        account.is_hedged = hedged

    def set_isolated(self, account: Account, symbol: str, isolated: bool) -> None:
        """Isolated or cross margin, of one symbol."""
        self._perpetual(symbol)
        if account.is_isolated(symbol) is isolated:
            raise Refusal(Reason.SAME_MODE)
        self._check_idle(account, symbol)
        account.set_isolated(symbol, isolated)
        self._tell(account, symbol, account.legs_of(symbol)[0], Cause.MARGIN_MODE)

    def move_margin(self, account: Account, symbol: str, leg: Leg, amount: float) -> None:
        """Put margin into the pot of an isolated position, or take it out (below 0) as far as it is not bound."""
        instrument = self._perpetual(symbol)
        if not amount:
            raise Refusal(Reason.BAD_AMOUNT)
        if not account.is_isolated(symbol):
            raise Refusal(Reason.NOT_ISOLATED)
        position = account.position_of(symbol, leg)
        if not position.quantity:
            raise Refusal(Reason.NO_POSITION)
        if amount > account.margin(instrument.settle).available:
            raise Refusal(Reason.NO_FUNDS)
        backing = position.pot + min(0.0, account.unrealised_of(position))
        if amount < 0 and backing + amount < position_initial(account, position):
            raise Refusal(Reason.POT_TOO_SMALL)
        account.move_pot(position, amount, self._booking.now())
        self._tell(account, symbol, leg, Cause.MARGIN)

    def _perpetual(self, symbol: str) -> PaperInstrument:
        if symbol not in self._market.index or self._market.instrument(symbol).is_spot:
            raise Refusal(Reason.UNKNOWN_SYMBOL)
        return self._market.instrument(symbol)

    @staticmethod
    def _check_idle(account: Account, symbol: str) -> None:
        if account.open_orders(symbol) or account.open_triggers(symbol):
            raise Refusal(Reason.HAS_ORDERS)
        if account.open_positions(symbol):
            raise Refusal(Reason.HAS_POSITIONS)

    def _tell(self, account: Account, symbol: str, leg: Leg, cause: Cause) -> None:
        coin, position = self._market.instrument(symbol).settle, account.position_of(symbol, leg)
        wallets, now = {coin: account.wallets.get(coin, 0.0)}, self._booking.now()
        self._booking.events.send(AccountEvent(account.name, cause, wallets, {coin: 0.0}, (replace(position),), now))
