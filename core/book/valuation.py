"""One cycle: revalue everything by array operations, settle residuals, move the unit values, freeze the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.accounts import Accounts
from core.book.cells import Cells
from core.book.columns import NAN, Floats
from core.book.detail import Detail, RowArrays, freeze, row_arrays
from core.book.flows import Flows
from core.book.layout import Layout
from core.book.marks import Marks
from core.book.pairs import Pairs
from core.book.positions import Positions
from core.book.sweep import AccountSums, Sums, Sweep
from core.book.totals import totals_of
from core.book.units import Units
from core.book.view import BookView, Trusts
from core.book.working import Working
from core.book.worth import Prices
from core.domain import Trust


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """Shape (accounts,)."""

    equity: Floats
    age_s: Floats
    trust: Trusts
    pending: Floats


class Valuation:
    def __init__(
        self,
        layout: Layout,
        positions: Positions,
        capital: Floats,
        candidates: list[list[int] | None],
        *,
        stale_after_s: float,
        unknown_after_s: float,
    ) -> None:
        """`candidates` are the accounts that each strategy may have positions in; None for all."""
        self.layout = layout
        self._positions = positions
        self._pairs = Pairs(positions.marks, layout.account_venue, layout.venues)
        self._cells = Cells(positions, self._pairs, layout.accounts, layout.strategies)
        self._sweep = Sweep(self._cells, self._pairs, layout.accounts)
        self.betas: Floats = np.empty(0)
        """Shape (coins,): to the benchmark; missing ones are unknown. Told from outside, seldom."""
        self.units = Units(len(layout.scopes))
        self.known_equity: Floats = np.full(layout.accounts, NAN)
        """The last known equity of every account."""
        self.known_steady: Floats = np.full(layout.accounts, NAN)
        """The same with what is pending taken out, and the settled flows until then. Units are anchored to these: a
        pending residual that turns out to be a loss leaves no trace of having been taken for a flow."""
        self.known_flow: Floats = np.zeros(layout.accounts)
        self.entry: Floats = np.zeros(layout.accounts)
        """Equity when the account was first known: to the portfolio it came in from outside."""
        self._capital = capital
        self._candidates = candidates
        self._stale_after_s = stale_after_s
        self._unknown_after_s = unknown_after_s

    def set_capital(self, capital: Floats) -> None:
        """What strategies are given from now on, shape (strategies,), NaN for none: no gain and no loss."""
        rows = slice(self.layout.first_strategy, self.layout.first_strategy + self.layout.strategies)
        more = capital - self._capital
        self._capital = capital
        self.units.endow(rows, np.where(np.isnan(more), 0.0, more))

    def set_ages(self, stale_after_s: float, unknown_after_s: float) -> None:
        self._stale_after_s, self._unknown_after_s = stale_after_s, unknown_after_s

    def prices(self, marks: Marks) -> Prices:
        rates, table = marks.rates(), marks.table
        worth = marks.notional_per_unit(rates)
        mark = table.mark[: table.size]
        return Prices(
            level=marks.levels(),
            settle=marks.settle_rates(rates),
            worth=worth,
            mark=np.where(table.coin[: table.size], worth, mark),
            marked_s=marks.marked_s(),
            rates=rates,
        )

    def lay_out(self) -> None:
        """Prepare for what is held now, as it stands: once, where many positions came at once."""
        self._positions.take_changes()
        self._cells.lay_out()

    def columns(self) -> tuple[npt.NDArray[np.generic], ...]:
        """The columns of positions that every sweep reads."""
        return self._cells.columns()

    def sums(self, prices: Prices) -> Sums:
        """One sweep over everything held, at these prices."""
        self._cells.update()
        if self._anchor(prices):
            self._cells.update()
        return self._sweep.run(self._sweep.prices(prices, self.betas))

    def _anchor(self, prices: Prices) -> bool:
        """An account whose balance held PnL that could not be priced then is anchored at the first mark."""
        waiting = self._cells.holders.unanchored.array()
        slots = self._positions.slots
        level = prices.level[slots.instrument[waiting]]
        late = waiting[~np.isnan(level)]
        slots.base_cost[late] = slots.quantity[late] * level[~np.isnan(level)]
        for slot in late.tolist():
            self._positions.touch(slot)
        return bool(len(late))

    def figures(
        self, accounts: Accounts, flows: Flows, prices: Prices, sums: AccountSums, now_s: float, at_s: float
    ) -> AccountFigures:
        equity = np.where(accounts.read & ~accounts.doubtful, sums.value, NAN)
        flows.scale(np.where(np.isnan(equity), self.known_equity, equity), self._in_balance(prices))
        flows.settle(flows.pending(), accounts.began_s, now_s, at_s, prices.worth)
        pending = flows.pending()
        moving = np.where(pending, flows.residual, 0.0)
        known = ~np.isnan(equity)
        steady = equity - moving
        self.entry = np.where(np.isnan(self.known_equity) & known, steady, self.entry)
        self.known_equity[known] = equity[known]
        self.known_steady[known] = steady[known]
        self.known_flow[known] = (flows.explained + flows.suspected + self.entry)[known]
        # Where nothing needs a price the mark is as old as never: +inf, and its age nothing.
        age_s = np.maximum(now_s - accounts.confirmed_s, np.maximum(now_s - sums.marked_s, 0.0))
        trust = np.full(len(equity), Trust.TRUSTED, dtype=np.int8)
        trust[pending] = Trust.UNSETTLED
        trust[(age_s > self._stale_after_s) | accounts.down | accounts.flawed] = Trust.STALE
        trust[(age_s > self._unknown_after_s) | ~known] = Trust.UNKNOWN
        return AccountFigures(equity, age_s, trust, moving)

    def _in_balance(self, prices: Prices) -> Floats:
        """Base currency, shape (accounts,): gross notional of positions whose PnL the wallet's balance includes."""
        slots, at = self._positions.slots, self._cells.holders.in_wallet.array()
        quantity = slots.quantity[at]
        notional = np.where(quantity == 0.0, 0.0, np.abs(quantity * prices.worth[slots.instrument[at]]))
        return np.bincount(slots.account[at], weights=notional, minlength=self.layout.accounts).astype(np.float64)

    def strategy_pnl(self, prices: Prices, market: Floats) -> Floats:
        """Base currency, shape (strategies,): booked quantity x level(mark) + cash, each at the present rate.

        `market`: the same of what is wholly one strategy's, where all is booked.
        """
        rows, live = self._positions.rows, self._cells.holders.rows()
        booked = rows.booked[live]
        unit = (prices.level * prices.settle)[rows.instrument[live]]
        worth = np.where(booked == 0.0, 0.0, booked * unit)
        held = market + np.bincount(rows.strategy[live], weights=worth, minlength=self.layout.strategies)
        width = min(len(prices.rates), self._positions.cash.shape[1])
        cash = self._positions.cash[:, :width]
        pnl: Floats = held + np.where(cash == 0.0, 0.0, cash * prices.rates[:width]).sum(axis=1)
        return pnl

    def view(
        self, accounts: Accounts, marks: Marks, flows: Flows, working: Working, now_s: float, at_s: float
    ) -> BookView:
        prices = self.prices(marks)
        sums = self.sums(prices)
        figures = self.figures(accounts, flows, prices, sums.accounts, now_s, at_s)
        layout, units = self.layout, self.units
        pnl = self.strategy_pnl(prices, sums.strategies.market)
        shared = row_arrays(self._cells.holders.rows(), self._positions, prices)
        equity = layout.sums(self.known_equity, self._capital + pnl)
        account_rows = slice(layout.first_account, layout.first_strategy)
        equity[account_rows] = figures.equity
        steady = layout.sums(self.known_steady, self._capital + pnl)
        steady[account_rows] = figures.equity - figures.pending
        flow = layout.sums(self.known_flow, np.zeros(layout.strategies))
        age_s, trust = self._members(figures, shared)
        units.step(steady, flow, at_s, layout.sums(self.known_steady, self._capital), trust != Trust.UNKNOWN)
        unread = np.concatenate((~accounts.read, np.isposinf(age_s[layout.first_strategy :])))
        view = BookView(
            layout=layout,
            now_s=now_s,
            at_s=at_s,
            base_currency=marks.base_currency,
            coins=tuple(marks.coins),
            symbols=tuple(marks.symbols),
            totals=totals_of(sums, shared, layout, self._pairs, unread, len(marks.coins)),
            working=working.columns(layout, prices.worth, unread, now_s),
            detail=Detail(self._positions, prices),
            account_read=accounts.read,
            account_equity=figures.equity,
            account_age_s=figures.age_s,
            account_trust=figures.trust,
            account_pending=figures.pending,
            equity=equity,
            unit=units.value,
            worth=units.worth.copy(),
            peak=units.peak.copy(),
            day_open=units.day_open.copy(),
            day_peak=units.day_peak.copy(),
            age_s=age_s,
            trust=trust,
            strategy_pnl=pnl,
        )
        freeze(view)
        freeze(view.totals)
        freeze(view.working)
        return view

    def _members(self, figures: AccountFigures, shared: RowArrays) -> tuple[Floats, Trusts]:
        """Age (largest) and trust (lowest) of each scope's members; a strategy's are the accounts that it holds
        something in or, while it holds nothing, those that it may hold something in."""
        layout = self.layout
        trust = figures.trust.astype(np.float64)
        ages = np.full(layout.strategies, -np.inf)
        distrust = np.full(layout.strategies, -np.inf)
        strategy, account = self._cells.holders.members()
        if len(strategy):
            first = np.flatnonzero(np.diff(strategy, prepend=-1))
            ages[strategy[first]] = np.maximum.reduceat(figures.age_s[account], first)
            distrust[strategy[first]] = np.maximum.reduceat(-trust[account], first)
        np.maximum.at(ages, shared.strategy, figures.age_s[shared.account])
        np.maximum.at(distrust, shared.strategy, -trust[shared.account])
        for number in np.flatnonzero(ages == -np.inf):
            members = self._candidates[number]
            at = slice(None) if members is None else members
            ages[number] = figures.age_s[at].max(initial=0.0)
            distrust[number] = (-trust[at]).max(initial=-float(Trust.TRUSTED))
        age_s = layout.worst(figures.age_s, ages)
        return age_s, (-layout.worst(-trust, distrust)).astype(np.int8)
