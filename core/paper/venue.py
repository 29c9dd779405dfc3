"""One paper venue: engine, server and bots put together from its specification."""

from __future__ import annotations

from dataclasses import replace

from core.clock import Clock
from core.domain import Side
from core.errors import PaperError
from core.paper.bot_names import make_bot
from core.paper.bots import Bot
from core.paper.budget import RequestLog
from core.paper.dialects.registry import Spoken, dialect_named
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent, OrderEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Cause
from core.paper.faults import FaultBoard
from core.paper.market import Market
from core.paper.server import VenueServer
from core.paper.spec import AccountSpec, PaperSpec, VenueSpec

HISTORY_MIN, HISTORY_MAX, HISTORY_TOTAL = 1_000, 20_000, 200_000
"""Ended orders, fills and ledger rows kept per account, and of all accounts together: memory stays bounded."""
OPENED_BEFORE_S = 3600.0
"""How long before the start the opening balances and positions are dated."""


def _check_passphrases(venue: VenueSpec, spoken: Spoken) -> None:
    without = [account.name for account in venue.accounts if not account.password]
    if spoken.has_passphrase and without:
        raise PaperError(f"keys of {venue.exchange} have a passphrase; {', '.join(without)} has none")


class PaperVenue:
    def __init__(
        self,
        venue: VenueSpec,
        spec: PaperSpec,
        market: Market,
        clock: Clock,
        faults: FaultBoard,
        log: RequestLog,
    ) -> None:
        self.name = venue.name
        self.port = venue.port
        history = max(HISTORY_MIN, min(HISTORY_MAX, HISTORY_TOTAL // max(1, len(spec.accounts))))
        spoken = dialect_named(venue.exchange)
        _check_passphrases(venue, spoken)
        rules = replace(spoken.rules, history=history, funding_period_s=spec.funding_period_s)
        self.exchange = Exchange(spoken.lists(market), clock.now, rules)
        self.dialect = spoken.make(venue.name, self.exchange, faults, spec)
        self.server = VenueServer(
            venue.name, self.dialect, clock, faults, log, weight_limit=spec.weight_limit, minute_s=spec.minute_s,
            ping_s=spec.ping_s,
        )  # fmt: skip
        self.bots: list[Bot] = []
        self.resting_bots: set[str] = set()
        """Accounts whose bots are stopped."""
        self._owners: dict[tuple[str, str], Bot] = {}
        self.exchange.events.connect(self._tell_bots)
        for account in venue.accounts:
            self._open(account, spec)
        self.exchange.events.connect(self.server.hub.publish_user)

    @property
    def url(self) -> str:
        return self.server.url

    def _open(self, given: AccountSpec, spec: PaperSpec) -> Account:
        account = self.exchange.add_account(given.name, given.api_key, given.secret, given.password)
        # Dated back, so that no client takes the opening balance for a deposit made while it watched.
        opened_s = self.exchange.now() - OPENED_BEFORE_S
        account.can_withdraw = given.can_withdraw
        for coin, amount in given.wallet.items():
            self.exchange.flow(account, coin, amount, Cause.DEPOSIT, "opening balance", opened_s)
        account.is_hedged = given.hedged
        for symbol in given.isolated:
            self.exchange.settings.set_isolated(account, symbol, True)
        for symbol, leverage in given.leverage.items():
            self.exchange.settings.set_leverage(account, symbol, leverage)
        for number, position in enumerate(given.positions, start=1):
            side = Side.BUY if position.quantity > 0 else Side.SELL
            client_id = f"{position.prefix}-open-{number}"
            self.exchange.seed(
                account, position.symbol, side, abs(position.quantity), client_id, opened_s, position.leg
            )
        for name in given.bots:
            self.add_bot(make_bot(name, self.exchange, account, spec, len(self.bots)))
        return account

    def add_bot(self, bot: Bot) -> None:
        self.bots.append(bot)
        self._owners.setdefault((bot.account.name, bot.prefix), bot)

    def start_bots(self) -> None:
        """Let every bot put its first orders out, so that something rests from the first moment on."""
        for bot in self.bots:
            bot.start()

    def set_bots(self, running: bool, account: str | None = None) -> None:
        """Stop or start the bots of one account, or all; what they have resting stays."""
        names = {account} if account else set(self.exchange.accounts)
        self.resting_bots = self.resting_bots - names if running else self.resting_bots | names

    def _tell_bots(self, event: EngineEvent) -> None:
        if isinstance(event, OrderEvent) and event.fill is not None:
            owner = self._owners.get((event.account, event.order.client_id.partition("-")[0]))
            if owner is not None:
                owner.took(event.fill)

    def step(self, steps: int) -> None:
        """After each market step: match, let bots act that are due, tell the streams."""
        self.exchange.match()
        for bot in self.bots:
            if bot.due(steps) and bot.account.name not in self.resting_bots:
                bot.act()
        self.server.hub.expire_keys()
        self.server.hub.publish_market()
