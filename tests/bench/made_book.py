"""A book of any size, made at once instead of message by message: what a desk of that size would have in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.accounts import Accounts
from core.book.attribution import AccountEntry, OrderNames, StrategyRule
from core.book.columns import Ints
from core.book.flows import Flows
from core.book.layout import Layout, layout_of
from core.book.marks import Marks
from core.book.positions import Positions
from core.book.valuation import Valuation
from core.book.view import BookView
from core.book.working import Working
from core.domain import Leg, LinkState
from core.venues.messages import MarkUpdate

NOW_S, AT_S = 1_000.0, 1_700_000_000.0
CASH = 1_000_000.0


@dataclass
class MadeBook:
    layout: Layout
    accounts: Accounts
    marks: Marks
    positions: Positions
    flows: Flows
    valuation: Valuation
    working: Working
    rng: np.random.Generator
    instruments: Ints
    now_s: float = NOW_S

    def tick(self, share: float = 1.0) -> None:
        """New marks for a share of the instruments, and a moment later."""
        self.now_s += 0.1
        table = self.marks.table
        moved = self.instruments[self.rng.random(len(self.instruments)) < share]
        table.mark[moved] *= np.exp(self.rng.normal(0.0, 1e-4, len(moved)))
        table.mark_s[self.instruments] = self.now_s
        self.accounts.confirmed_s[:] = self.now_s

    def view(self) -> BookView:
        return self.valuation.view(self.accounts, self.marks, self.flows, self.working, self.now_s, AT_S + self.now_s)

    def open_and_close(self, count: int) -> None:
        """`count` positions closed and as many opened in other accounts."""
        slots = self.positions.slots
        live = slots.live()
        held = live[(slots.quantity[live] != 0.0) & (slots.rest[live] >= 0)]
        for slot in self.rng.choice(held, count, replace=False).tolist():
            account = int(self.rng.integers(len(self.accounts.entries)))
            self.positions.set_quantity(slot, 0.0, 0.0)
            slots.base_cost[slot] = 0.0
            self.positions.close(slot)
            instrument = int(self.rng.choice(self.instruments))
            fresh = self.positions.slot(account, instrument, Leg.NET)
            self.positions.set_quantity(fresh, 1.0, 100.0)
            slots.base_cost[fresh], slots.initial_rate[fresh], slots.maintenance_rate[fresh] = 100.0, 0.1, 0.05


def make_book(
    positions: int, accounts: int, *, strategies: int = 50, venues: int = 20, instruments: int = 500, seed: int = 1,
    changing: bool = True,
) -> MadeBook:  # fmt: skip
    """`positions` in all, between 0 and a few dozen an account, one strategy each; instruments belong to a venue.

    `changing` False leaves out what opening and closing needs (an index in Python objects): for sizes that only grow.
    """
    rng = np.random.default_rng(seed)
    entries = [AccountEntry(f"a{n}", f"v{n % venues}", f"e{n % venues}") for n in range(accounts)]
    rules = [StrategyRule(f"s{n}", client_order_id_pattern=f"s{n}-*", capital=CASH) for n in range(strategies)]
    layout = layout_of(entries, rules)
    marks = Marks("USD", ("USDT",))
    listed = _list_instruments(marks, instruments, venues, rng)
    state = Accounts(entries)
    held = Positions(marks, accounts, layout.strategies, lambda account, instrument: strategies)
    owner = rng.permutation(np.repeat(np.arange(accounts), _counts(positions, accounts, rng)))
    _fill(held, marks, np.sort(owner), listed, venues, strategies, rng)
    if changing:
        _index(held)
    state.began_s[:] = state.confirmed_s[:] = NOW_S
    state.tracked_at_s[:] = AT_S
    state.gap[:] = False
    state.link = [LinkState.UP] * accounts
    capital = np.append(np.full(strategies, CASH), np.nan)
    valuation = Valuation(layout, held, capital, [None] * layout.strategies, stale_after_s=10.0, unknown_after_s=60.0)
    valuation.lay_out()
    flows = Flows([entry.name for entry in entries], 2.0)
    working = Working(state, marks, held, OrderNames(rules))
    return MadeBook(layout, state, marks, held, flows, valuation, working, rng, listed)


def _list_instruments(marks: Marks, count: int, venues: int, rng: np.random.Generator) -> Ints:
    """Every venue lists perpetuals of the same coins: instrument n is coin n // venues at venue n % venues."""
    rows = []
    for number in range(count):
        endpoint, coin = f"e{number % venues}", f"C{number // venues}"
        symbol = f"{coin}/USDT:USDT"
        marks.apply(MarkUpdate(endpoint, symbol, float(rng.uniform(1.0, 1_000.0)), NOW_S))
        rows.append(marks.row(endpoint, symbol))
    return np.array(rows, dtype=np.int64)


def _counts(positions: int, accounts: int, rng: np.random.Generator) -> Ints:
    """Positions per account: geometric, so that most have few and some have many."""
    weights = rng.geometric(min(1.0, accounts / max(positions, accounts)), accounts).astype(np.float64)
    counts = np.floor(weights * positions / weights.sum()).astype(np.int64)
    counts[rng.choice(accounts, positions - int(counts.sum()))] += 0
    short = positions - int(counts.sum())
    np.add.at(counts, rng.integers(0, accounts, short), 1)
    return counts


def _fill(
    held: Positions, marks: Marks, account: Ints, listed: Ints, venues: int, strategies: int, rng: np.random.Generator
) -> None:
    """Positions, and a wallet for every account that gives it a leverage between 2 and 6."""
    count, accounts = len(account), len(held.by_account)
    coins = len(listed) // venues
    instrument = listed[rng.integers(0, coins, count) * venues + account % venues]
    quantity = rng.normal(0.0, 10.0, count)
    quantity[quantity == 0.0] = 1.0
    mark = marks.table.mark[instrument]
    cost = quantity * mark * rng.uniform(0.99, 1.01, count)
    gross = np.bincount(account, weights=np.abs(quantity) * mark, minlength=accounts)
    cash = np.maximum(gross, 1_000.0) / rng.uniform(2.0, 6.0, accounts)
    none, numbers = np.zeros(accounts), np.arange(count)
    both = {
        "account": (account, np.arange(accounts)),
        "instrument": (instrument, np.full(accounts, marks.holding("USDT"))),
        "quantity": (quantity, cash),
        "cost": (cost, none),
        "base_cost": (cost, none),
        "initial_rate": (np.full(count, 0.1), none),
        "maintenance_rate": (np.full(count, 0.05), none),
        "liquidation": (mark * rng.uniform(0.3, 1.7, count), none * np.nan),
        "rest": (numbers, np.full(accounts, -1)),
    }
    held.slots.adopt(count + accounts, {name: np.concatenate(parts) for name, parts in both.items()})
    rows = {
        "slot": numbers,
        "account": account,
        "instrument": instrument,
        # Four accounts of five run one strategy, the fifth two.
        "strategy": (account * 7 + rng.integers(0, 2, count) * (account % 5 == 0)) % strategies,
        "quantity": quantity,
        "cost": cost,
        "booked": quantity,
    }
    held.rows.adopt(count, rows)


def _index(held: Positions) -> None:
    """What opening and closing looks positions up by; one held twice by chance is taken for another leg."""
    accounts, instruments = held.slots.account.tolist(), held.slots.instrument.tolist()
    for slot in range(held.slots.size):
        mine, leg = held.by_account[accounts[slot]], 0
        while (instruments[slot], leg) in mine:
            leg += 1
        mine[(instruments[slot], leg)] = slot
        held.slots.leg[slot] = leg
