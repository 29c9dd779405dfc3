"""Paper venues of three dialects with orders of every kind on every account, and what speaks against a proof."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from core.domain import Side
from core.halt.model import HaltView, ProofState
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Order, OrderKind, OrderRequest, OtherSide, Trigger, TriggerKind, TriggerRequest
from core.paper.site import AccountSpec, PaperSite, PaperSpec, VenueSpec
from core.paper.spec import secret_of

DIALECTS = ("binanceusdm", "okx", "bybit")
WALLET = {"USDT": 1_000_000.0, "USDC": 500_000.0, "BTC": 20.0, "ETH": 300.0}
TOLERANCE_S = 0.002
"""Two clocks are read one after the other where a listing's beginning is put into wall time."""


def venue_spec(name: str, dialect: str, accounts: Iterable[str]) -> VenueSpec:
    return VenueSpec(name, tuple(_account(account) for account in accounts), exchange=dialect)


def _account(name: str) -> AccountSpec:
    return AccountSpec(name, f"paper-{name}", secret_of(name, 1), WALLET, password=f"passphrase of {name}")


def site_spec(venues: Iterable[VenueSpec], weight: int) -> PaperSpec:
    return PaperSpec(tuple(venues), weight_limit=weight, step_s=0.5, mark_period_s=5.0)


# -- orders -----------------------------------------------------------------------------------------------------------


def _limit(symbol: str, quantity: float, price: float) -> OrderRequest:
    return OrderRequest(symbol, Side.BUY, OrderKind.LIMIT, quantity, price)


def _stop(symbol: str, quantity: float, price: float, tag: str = "") -> TriggerRequest:
    return TriggerRequest(symbol, Side.SELL, TriggerKind.STOP_MARKET, price, quantity, tag=tag)


def _algos() -> tuple[TriggerRequest, ...]:
    stop = _stop("BTC-USDT-SWAP", 1.0, 40_000.0, "conditional")
    worked = dataclasses.replace(stop, kind=TriggerKind.WORKED, price=40_000.0)
    return (
        stop,
        dataclasses.replace(stop, other=OtherSide(90_000.0, None), tag="oco"),
        dataclasses.replace(stop, tag="trigger"),
        dataclasses.replace(stop, trigger_price=60_000.0, trail=0.05, tag="move_order_stop"),
        dataclasses.replace(worked, tag="iceberg"),
        dataclasses.replace(worked, tag="twap"),
    )


REGULAR: Mapping[str, tuple[OrderRequest, ...]] = {
    "binanceusdm": (_limit("BTCUSDT", 0.1, 50_000.0), _limit("ETHUSDT", 1.0, 2_500.0), _limit("SOLUSDT", 5.0, 120.0)),
    "okx": (
        _limit("BTC-USDT-SWAP", 1.0, 50_000.0),
        _limit("BTC-USDT", 0.01, 50_000.0),
        _limit("BTC-USD-SWAP", 5.0, 50_000.0),
    ),
    "bybit": (
        _limit("BTCUSDT", 0.1, 50_000.0),
        _limit("ETHPERP", 1.0, 2_500.0),
        _limit("BTCUSD", 1_000.0, 50_000.0),
        _limit("BTCUSDT_SPOT", 0.01, 50_000.0),
    ),
}
"""Far from the market: one for each book of ordinary orders that the dialect has."""
TRIGGERS: Mapping[str, tuple[TriggerRequest, ...]] = {
    "binanceusdm": (_stop("BTCUSDT", 0.1, 40_000.0), _stop("ETHUSDT", 1.0, 2_000.0)),
    "okx": _algos(),
    "bybit": (
        _stop("BTCUSDT", 0.1, 40_000.0),
        _stop("ETHPERP", 1.0, 2_000.0),
        _stop("BTCUSD", 1_000.0, 40_000.0),
        _stop("BTCUSDT_SPOT", 0.01, 40_000.0),
    ),
}


class Orders:
    """Places orders on the servers directly, as a bot beside Scram would."""

    def __init__(self, site: PaperSite) -> None:
        self._site = site
        self._turn = itertools.count()

    def account(self, name: str) -> Account:
        return self._site.venue_of(name).exchange.accounts[name]

    def lay(self, name: str) -> None:
        """One order of every kind that the account's dialect knows."""
        exchange, dialect = self._of(name)
        for request in REGULAR[dialect]:
            exchange.place(self.account(name), request)
        for trigger in TRIGGERS[dialect]:
            exchange.place_trigger(self.account(name), trigger)

    def one(self, name: str) -> None:
        """One more, of the next kind."""
        exchange, dialect = self._of(name)
        kinds = (*REGULAR[dialect], *TRIGGERS[dialect])
        request = kinds[next(self._turn) % len(kinds)]
        if isinstance(request, OrderRequest):
            exchange.place(self.account(name), request)
        else:
            exchange.place_trigger(self.account(name), request)

    def _of(self, name: str) -> tuple[Exchange, str]:
        venue = self._site.venue_of(name)
        return venue.exchange, venue.dialect.exchange_id

    def held(self, name: str) -> list[Order | Trigger]:
        account = self.account(name)
        return [*account.open_orders(), *account.open_triggers()]


# -- proof against what the servers hold ------------------------------------------------------------------------------


@dataclass
class Witness:
    """Notes every false proof: one that stood while the server held an order accepted before its listing began."""

    orders: Orders
    old_s: Callable[[str], float] = lambda _: 0.0
    """By account: how old a listing may be by the fault of the test. What it was too old to show is not held against
    the proof that it gave, and the next one settles it."""
    wrong: list[str] = field(default_factory=list)
    proofs: int = 0

    def look(self, view: HaltView) -> None:
        for row in view.rows:
            if row.state is not ProofState.VERIFIED:
                assert row.reason, f"{row.account} is not proven and does not say why"
                continue
            self.proofs += 1
            assert row.listing_began_at_s is not None
            before_s = row.listing_began_at_s - self.old_s(row.account) - TOLERANCE_S
            early = [order for order in self.orders.held(row.account) if order.accepted_s < before_s]
            if early:
                self.wrong.append(f"{row.account} read verified with {len(early)} orders, the first {early[0]}")
