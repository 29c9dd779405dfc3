"""The book: what every account holds, whose it is and what it is worth. Updates in, one frozen view per cycle out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.book.accounts import Accounts
from core.book.attribution import AccountEntry, OrderNames, StrategyRule, owner_of
from core.book.columns import NAN, NEVER, Bools, Floats, Ints
from core.book.detail import HeldCopy, copy_in_full, copy_of
from core.book.flows import Flows, SuspectedFlow
from core.book.intake import Intake
from core.book.layout import layout_of
from core.book.market_data import MarketData
from core.book.marks import Marks
from core.book.planned import BookCopy
from core.book.positions import LEGS, Positions
from core.book.questions import open_positions, why_unknown
from core.book.saving import load_state, save_state
from core.book.valuation import Valuation
from core.book.view import BookView
from core.book.wall import SteadyWall
from core.book.working import Working
from core.clock import Clock
from core.domain import Leg, LinkState, Scope
from core.venues.messages import (
    AccountReading,
    AliveUpdate,
    BalanceUpdate,
    CandlesUpdate,
    DepthUpdate,
    FillUpdate,
    FlowUpdate,
    GreeksUpdate,
    InstrumentsUpdate,
    LinkUpdate,
    MarkUpdate,
    OrderUpdate,
    PositionUpdate,
    Source,
    SubAccountsUpdate,
    Update,
    VolumeUpdate,
)


@dataclass(frozen=True, slots=True)
class BookCounts:
    updates: int
    accounts_read: int
    positions: int
    """Open positions at the venues, coins left out."""
    orders: int
    """Open orders known of."""
    fills: int
    flows: int


class Book:
    """Takes every update at once (`apply`) and is asked once per cycle (`view`). One thread only."""

    def __init__(
        self,
        accounts: Sequence[AccountEntry],
        strategies: Sequence[StrategyRule],
        base_currency: str,
        stablecoins: tuple[str, ...],
        clock: Clock,
        *,
        stale_after_s: float = 10.0,
        unknown_after_s: float = 60.0,
        settle_s: float = 2.0,
    ) -> None:
        self._clock = clock
        self._settle_s = settle_s
        self._strategies = tuple(strategies)
        self._numbers = {rule.name: number for number, rule in enumerate(strategies)}
        self.layout = layout_of(accounts, strategies)
        self._marks = Marks(base_currency, stablecoins)
        self.market = MarketData(self._marks, clock)
        """Volume, depth, greeks and past prices per instrument, numbered as the marks are."""
        self.sub_accounts: dict[str, tuple[str, ...]] = {}
        """Per account whose key may know: what accounts exist under it, by the venue's names."""
        self._accounts = Accounts(accounts)
        self._positions = Positions(self._marks, len(accounts), self.layout.strategies, self._owner)
        self._flows = Flows([entry.name for entry in accounts], settle_s)
        self._names = OrderNames(strategies)
        self._working = Working(self._accounts, self._marks, self._positions, self._names)
        self._intake = Intake(self._accounts, self._marks, self._positions, self._flows, self._names)
        capital = np.array([NAN if rule.capital is None else rule.capital for rule in strategies] + [NAN])
        candidates = [
            None
            if rule.account_pattern == "*"
            else [number for number, entry in enumerate(accounts) if rule.may_claim_account(entry.name)]
            for rule in strategies
        ]
        self._valuation = Valuation(
            self.layout,
            self._positions,
            capital,
            [*candidates, None],
            stale_after_s=stale_after_s,
            unknown_after_s=unknown_after_s,
        )
        self._wall = SteadyWall()
        self._updates = self._fills = self._ledger = 0

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self.layout.scopes

    def _owner(self, account: int, instrument: int) -> int:
        symbol = self._marks.symbols[instrument][1]
        name = owner_of(self._strategies, self._accounts.entries[account].name, symbol)
        return self._numbers.get(name, len(self._strategies))

    # Updates in

    def apply(self, update: Update) -> None:
        """Take one update. Cheap; an account that is not configured is ignored."""
        self._updates += 1
        if isinstance(update, MarkUpdate):
            self._marks.apply(update)
        elif isinstance(update, InstrumentsUpdate):
            for instrument in update.instruments:
                self._marks.learn(instrument)
        elif isinstance(update, VolumeUpdate | DepthUpdate | CandlesUpdate | GreeksUpdate):
            self.market.apply(update)
        else:
            account = self._accounts.index.get(update.account)
            if account is not None:
                self._working.before(account, update)
                self._apply_account(account, update)
                self._working.after(account, update)

    def _apply_account(
        self,
        account: int,
        update: BalanceUpdate
        | PositionUpdate
        | OrderUpdate
        | FillUpdate
        | FlowUpdate
        | LinkUpdate
        | AliveUpdate
        | AccountReading
        | SubAccountsUpdate,
    ) -> None:
        if isinstance(update, AccountReading):
            self._read(account, update)
            return
        if isinstance(update, SubAccountsUpdate):
            self.sub_accounts[update.account] = update.names
            return
        if isinstance(update, LinkUpdate):
            self._accounts.linked(account, update.state, update.reason, update.received_s)
            return
        if isinstance(update, BalanceUpdate):
            self._intake.balance(account, update, None)
        elif isinstance(update, PositionUpdate):
            self._intake.position(account, update, None)
        elif isinstance(update, OrderUpdate):
            self._order(account, update)
        elif isinstance(update, FillUpdate):
            self._fills += self._intake.fill(account, update)
        elif isinstance(update, FlowUpdate):
            self._ledger += 1
            self._intake.flow(account, update)
            return
        if isinstance(update, AliveUpdate) or update.source is Source.STREAM:
            self._accounts.heard(account, update.received_s)

    def _order(self, account: int, order: OrderUpdate) -> None:
        self._accounts.symbols[account].add(order.symbol)
        self._accounts.orders[account].apply(order, float(self._accounts.began_s[account]))
        self._intake.learn(order)

    def _read(self, account: int, reading: AccountReading) -> None:
        accounts, intake = self._accounts, self._intake
        if reading.began_s < accounts.began_s[account]:
            return
        first = not accounts.tracked(account)
        accounts.doubt_anew(account, reading.began_s)
        for position in reading.positions:
            intake.position(account, position, reading.began_s)
        if not reading.bad_rows:
            # A row that could not be understood may be the very position that seems to be missing.
            self._flatten(account, reading)
        intake.balance(account, reading.balance, reading.began_s)
        if reading.orders is not None:
            for order in reading.orders:
                accounts.symbols[account].add(order.symbol)
                intake.learn(order)
            accounts.orders[account].read(reading.orders, reading.began_s)
        if first:
            accounts.tracked_at_s[account] = self._clock.now() - (self._clock.monotonic() - reading.began_s)
            self._begin(account, reading)
        for fill in reading.fills:
            self._fills += intake.fill(account, fill)
        for flow in reading.flows:
            intake.flow(account, flow)
        accounts.was_read(account, reading.began_s, reading.ended_s, flawed=bool(reading.bad_rows))
        intake.reconcile(account, reading.began_s, self._settle_s)

    def _flatten(self, account: int, reading: AccountReading) -> None:
        slots, table = self._positions.slots, self._marks.table
        named = {(row.symbol, LEGS.index(row.leg)) for row in reading.positions}
        for slot in list(self._positions.of_account(account)):
            instrument = int(slots.instrument[slot])
            symbol = self._marks.symbols[instrument][1]
            if table.coin[instrument] or (symbol, int(slots.leg[slot])) in named:
                continue
            if slots.quantity[slot] != 0.0 and slots.said_s[slot] <= reading.began_s:
                self._intake.set_position(account, slot, 0.0, None, reading.ended_s)

    def _begin(self, account: int, reading: AccountReading) -> None:
        """What is held at the first reading counts from its first mark, or from its fills where they tell all of it."""
        sums: dict[str, float] = {}
        for fill in reading.fills:
            sums[fill.symbol] = sums.get(fill.symbol, 0.0) + fill.side.sign * fill.quantity
        held = {row.symbol: row.quantity for row in reading.positions if row.leg is Leg.NET}
        complete = {symbol for symbol, total in sums.items() if abs(total - held.get(symbol, 0.0)) <= 1e-9 * abs(total)}
        for fill in reading.fills:
            self._fills += fill.symbol in complete and self._intake.fill(account, fill, past=True)
        self._positions.to_book.update(self._positions.of_account(account))

    def claim(self, client_order_id: str, strategy: str) -> None:
        """An order of Scram's own, about to be sent for `strategy` (or UNATTRIBUTED)."""
        self._names.claim(client_order_id, strategy)

    def day_volume(self, account: str, symbol: str) -> float:
        """What the account's market traded in 24 hours, in the unit of its positions; NaN where nobody told."""
        entry = next((entry for entry in self._accounts.entries if entry.name == account), None)
        if entry is None:
            return NAN
        row = self._marks.row(entry.endpoint, symbol)
        volume = float(self.market.figures.volume[row])
        return volume * float(self._marks.table.mark[row]) if self._marks.table.inverse[row] else volume

    # What may change while it is kept

    def set_capital(self, capital: Mapping[str, float | None]) -> None:
        """By strategy, base currency, None for none; a change is money given or taken and moves no unit value."""
        given = [capital.get(rule.name, rule.capital) for rule in self._strategies]
        self._valuation.set_capital(np.array([NAN if amount is None else amount for amount in given] + [NAN]))

    def set_ages(self, stale_after_s: float, unknown_after_s: float) -> None:
        """From which age on figures are stale, and unknown."""
        self._valuation.set_ages(stale_after_s, unknown_after_s)

    # The view out

    def view(self, now_s: float) -> BookView:
        """Everything revalued at `now_s` (monotonic). Once per cycle: it moves unit values and settles residuals."""
        self._intake.value_waiting()
        self._positions.book_waiting()
        at_s = self._wall.at(self._clock.now(), now_s)
        return self._valuation.view(self._accounts, self._marks, self._flows, self._working, now_s, at_s)

    # For the slower beat

    @property
    def coins(self) -> int:
        """How many coins are known by now."""
        return len(self._marks.coins)

    def money(self) -> Bools:
        """Shape (coins,): the base currency and listed stablecoins."""
        return np.array([self._marks.is_cash(coin) for coin in range(self.coins)], dtype=np.bool_)

    def traded_as(self) -> Ints:
        """Shape (instruments,): see `Marks.traded_as`."""
        return self._marks.traded_as()

    def copy_held(self) -> HeldCopy:
        """Columns of everything held, for a thread to read."""
        return copy_of(self._positions)

    def copy_for_plans(self) -> BookCopy:
        """Everything held and what rests, for plans to be tried out on in a thread: memory is copied and no more."""
        whole, own = self._working.resting.copy()
        hedged = self._working.resting.hedged.copy()
        return BookCopy(copy_in_full(self._positions), whole, own, hedged, self._valuation.betas)

    def set_betas(self, betas: Floats) -> None:
        """To the benchmark, shape (coins,) or shorter, NaN unknown; in force from the next view on."""
        self._valuation.betas = betas

    # Questions

    def resting_orders(self, account: str) -> tuple[OrderUpdate, ...] | None:
        """All open orders known of; None while no reading has listed them."""
        orders = self._accounts.orders[self._accounts.index[account]]
        return tuple(orders.open.values()) if orders.listed else None

    def positions(self, account: str) -> tuple[PositionUpdate, ...]:
        """Open positions as the venue says; coins are no positions."""
        return open_positions(self._accounts.index[account], self._accounts, self._positions)

    def known_symbols(self, account: str) -> frozenset[str]:
        """Every symbol ever seen in positions, orders or fills."""
        return frozenset(self._accounts.symbols[self._accounts.index[account]])

    def order_strategy(self, order: OrderUpdate) -> str:
        return self._names.strategy(order.account, order.symbol, order.client_order_id)

    def confirmed_s(self, account: str) -> float | None:
        """When the account's state was last confirmed (monotonic); None if never."""
        at_s = float(self._accounts.confirmed_s[self._accounts.index[account]])
        return None if at_s == NEVER else at_s

    def read_began_s(self, account: str) -> float | None:
        """When the last complete reading began (monotonic); None if there was none."""
        at_s = float(self._accounts.began_s[self._accounts.index[account]])
        return None if at_s == NEVER else at_s

    def link(self, account: str) -> tuple[LinkState, str]:
        """State of the private stream, and the venue's reason."""
        number = self._accounts.index[account]
        return self._accounts.link[number], self._accounts.reason[number]

    def suspected_flows(self) -> tuple[SuspectedFlow, ...]:
        """The latest of them, oldest first, the explained ones included."""
        return tuple(self._flows.suspicions)

    def take_flow_events(self) -> tuple[SuspectedFlow, ...]:
        """Suspected flows that appeared or were explained since the last call; amounts in the base currency."""
        return self._flows.take_events()

    def why_unknown(self, account: str) -> tuple[str, ...]:
        """Sentences that say why the account's equity cannot be told; none when it can."""
        return why_unknown(self._accounts.index[account], self._accounts, self._positions)

    @property
    def counts(self) -> BookCounts:
        slots, live = self._positions.slots, self._positions.slots.live()
        is_position = (slots.quantity[live] != 0.0) & ~self._marks.table.coin[slots.instrument[live]]
        return BookCounts(
            updates=self._updates,
            accounts_read=int(self._accounts.read.sum()),
            positions=int(is_position.sum()),
            orders=sum(len(orders.open) for orders in self._accounts.orders),
            fills=self._fills,
            flows=self._ledger,
        )

    def rebase_peak(self, scope: Scope) -> tuple[float, float] | None:
        """Let the scope's highest unit value be its present one: both, the former first; None where it is unknown."""
        return self._valuation.units.rebase_peak(self.layout.scopes.index(scope)) if scope in self.scopes else None

    # Over a restart

    def state(self) -> dict[str, Any]:
        """What must survive a restart, as JSON: unit values, peaks, attributed rows, flows, what was held."""
        return save_state(self._clock.now(), self._accounts, self._positions, self._flows, self._valuation, self._names)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a saved state, before any update. What it says of accounts that are not configured is dropped."""
        load_state(state, self._accounts, self._positions, self._flows, self._valuation, self._names)
