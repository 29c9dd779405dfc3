"""One cycle: revalue everything by array operations, settle residuals, move the unit values, freeze the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.accounts import Accounts
from core.book.columns import NAN, Floats
from core.book.flows import Flows
from core.book.marks import Marks
from core.book.positions import Positions
from core.book.units import Units
from core.book.view import BookView, Layout, PositionArrays, RowArrays, Trusts
from core.domain import Trust


@dataclass(frozen=True, slots=True)
class Prices:
    """Per instrument: settle coins per unit (`Marks.levels`), base per settle coin, base exposure per unit, stamp."""

    level: Floats
    settle: Floats
    worth: Floats
    marked_s: Floats
    rates: Floats


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
        capital: Floats,
        candidates: list[list[int] | None],
        *,
        stale_after_s: float,
        unknown_after_s: float,
    ) -> None:
        """`candidates` are the accounts that each strategy may have positions in; None for all."""
        self.layout = layout
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

    def prices(self, marks: Marks) -> Prices:
        rates = marks.rates()
        return Prices(
            marks.levels(), marks.settle_rates(rates), marks.notional_per_unit(rates), marks.marked_s(), rates
        )

    def account_equity(self, accounts: Accounts, positions: Positions, prices: Prices) -> Floats:
        """Base currency, shape (accounts,): coins at market + positions at market less their cost.

        NaN before a reading, and where any mark, rate or entry price that it needs is missing.
        """
        slots = positions.slots
        live = slots.live()
        instrument, quantity, cost = slots.instrument[live], slots.quantity[live], slots.base_cost[live]
        level = prices.level[instrument]
        # An account whose balance held PnL that could not be priced then is anchored at the first mark.
        late = slots.in_wallet[live] & np.isnan(cost) & ~np.isnan(level)
        if late.any():
            cost = np.where(late, quantity * level, cost)
            slots.base_cost[live] = cost
        held = np.where(quantity == 0.0, 0.0, quantity * level) - cost
        value = np.where((quantity == 0.0) & (cost == 0.0), 0.0, held * prices.settle[instrument])
        equity = np.bincount(slots.account[live], weights=value, minlength=self.layout.accounts).astype(np.float64)
        equity[~accounts.read] = NAN
        return equity

    def figures(
        self, accounts: Accounts, positions: Positions, flows: Flows, prices: Prices, now_s: float, at_s: float
    ) -> AccountFigures:
        equity = self.account_equity(accounts, positions, prices)
        flows.scale(np.where(np.isnan(equity), self.known_equity, equity), self._in_balance(positions, prices))
        flows.settle(flows.pending(), accounts.began_s, now_s, at_s, prices.worth)
        pending = flows.pending()
        moving = np.where(pending, flows.residual, 0.0)
        known = ~np.isnan(equity)
        steady = equity - moving
        self.entry = np.where(np.isnan(self.known_equity) & known, steady, self.entry)
        self.known_equity[known] = equity[known]
        self.known_steady[known] = steady[known]
        self.known_flow[known] = (flows.explained + flows.suspected + self.entry)[known]
        age_s = np.maximum(now_s - accounts.confirmed_s, self._mark_age(positions, prices, now_s))
        trust = np.full(len(equity), Trust.TRUSTED, dtype=np.int8)
        trust[pending] = Trust.UNSETTLED
        trust[(age_s > self._stale_after_s) | accounts.down | accounts.flawed] = Trust.STALE
        trust[(age_s > self._unknown_after_s) | ~known] = Trust.UNKNOWN
        return AccountFigures(equity, age_s, trust, moving)

    def _in_balance(self, positions: Positions, prices: Prices) -> Floats:
        """Base currency, shape (accounts,): gross notional of positions whose PnL the wallet's balance includes."""
        slots = positions.slots
        live = slots.live()
        at = live[slots.in_wallet[live]]
        notional = np.abs(slots.quantity[at] * prices.worth[slots.instrument[at]])
        return np.bincount(slots.account[at], weights=notional, minlength=self.layout.accounts).astype(np.float64)

    def _mark_age(self, positions: Positions, prices: Prices, now_s: float) -> Floats:
        """Seconds, shape (accounts,): the oldest mark among what is held; 0 with nothing to price."""
        slots = positions.slots
        live = slots.live()
        held = live[slots.quantity[live] != 0.0]
        oldest = np.zeros(self.layout.accounts)
        np.maximum.at(oldest, slots.account[held], now_s - prices.marked_s[slots.instrument[held]])
        return oldest

    def strategy_pnl(self, positions: Positions, prices: Prices) -> Floats:
        """Base currency, shape (strategies,): booked quantity x level(mark) + cash, each at the present rate."""
        rows = positions.rows
        live = rows.live()
        booked = rows.booked[live]
        unit = (prices.level * prices.settle)[rows.instrument[live]]
        worth = np.where(booked == 0.0, 0.0, booked * unit)
        held = np.bincount(rows.strategy[live], weights=worth, minlength=self.layout.strategies)
        width = min(len(prices.rates), positions.cash.shape[1])
        cash = positions.cash[:, :width]
        pnl: Floats = held + np.where(cash == 0.0, 0.0, cash * prices.rates[:width]).sum(axis=1)
        return pnl

    def view(
        self, accounts: Accounts, marks: Marks, positions: Positions, flows: Flows, now_s: float, at_s: float
    ) -> BookView:
        prices = self.prices(marks)
        figures = self.figures(accounts, positions, flows, prices, now_s, at_s)
        layout, units = self.layout, self.units
        pnl = self.strategy_pnl(positions, prices)
        rows = self._rows(marks, positions, prices)
        equity = layout.sums(self.known_equity, self._capital + pnl)
        account_rows = slice(layout.first_account, layout.first_strategy)
        equity[account_rows] = figures.equity
        steady = layout.sums(self.known_steady, self._capital + pnl)
        steady[account_rows] = figures.equity - figures.pending
        flow = layout.sums(self.known_flow, np.zeros(layout.strategies))
        units.step(steady, flow, at_s, layout.sums(self.known_steady, self._capital))
        age_s, trust = self._members(figures, rows)
        view = BookView(
            layout=layout,
            now_s=now_s,
            at_s=at_s,
            base_currency=marks.base_currency,
            coins=tuple(marks.coins),
            symbols=tuple(marks.symbols),
            positions=self._positions(marks, positions, prices),
            rows=rows,
            account_read=accounts.read,
            account_equity=figures.equity,
            account_age_s=figures.age_s,
            account_trust=figures.trust,
            account_pending=figures.pending,
            equity=equity,
            unit=units.value,
            peak=units.peak.copy(),
            day_open=units.day_open.copy(),
            day_peak=units.day_peak.copy(),
            age_s=age_s,
            trust=trust,
            strategy_pnl=pnl,
        )
        _freeze(view)
        _freeze(view.positions)
        _freeze(view.rows)
        return view

    def _members(self, figures: AccountFigures, rows: RowArrays) -> tuple[Floats, Trusts]:
        """Age (largest) and trust (lowest) of each scope's members; a strategy's are the accounts that it holds
        something in or, while it holds nothing, those that it may hold something in."""
        layout = self.layout
        trust = figures.trust.astype(np.float64)
        ages = np.full(layout.strategies, -np.inf)
        distrust = np.full(layout.strategies, -np.inf)
        np.maximum.at(ages, rows.strategy, figures.age_s[rows.account])
        np.maximum.at(distrust, rows.strategy, -trust[rows.account])
        for strategy in np.flatnonzero(ages == -np.inf):
            members = self._candidates[strategy]
            at = slice(None) if members is None else members
            ages[strategy] = figures.age_s[at].max(initial=0.0)
            distrust[strategy] = (-trust[at]).max(initial=-float(Trust.TRUSTED))
        age_s = layout.worst(figures.age_s, ages)
        return age_s, (-layout.worst(-trust, distrust)).astype(np.int8)

    def _positions(self, marks: Marks, positions: Positions, prices: Prices) -> PositionArrays:
        slots, table = positions.slots, marks.table
        live = slots.live()
        held = live[(slots.quantity[live] != 0.0) & (slots.rest[live] >= 0)]
        instrument, quantity = slots.instrument[held], slots.quantity[held]
        is_coin = table.coin[instrument]
        notional = quantity * prices.worth[instrument]
        unrealised = (quantity * prices.level[instrument] - slots.cost[held]) * prices.settle[instrument]
        return PositionArrays(
            account=slots.account[held],
            instrument=instrument,
            underlying=table.base[instrument],
            leg=slots.leg[held],
            quantity=quantity,
            mark=np.where(is_coin, prices.worth[instrument], table.mark[instrument]),
            notional=notional,
            unrealised=np.where(is_coin, 0.0, unrealised),
            initial_margin=np.where(is_coin, 0.0, np.abs(notional) * slots.initial_rate[held]),
            is_coin=is_coin,
        )

    def _rows(self, marks: Marks, positions: Positions, prices: Prices) -> RowArrays:
        rows, slots, table = positions.rows, positions.slots, marks.table
        live = rows.live()
        held = live[rows.quantity[live] != 0.0]
        slot, instrument, quantity = rows.slot[held], rows.instrument[held], rows.quantity[held]
        is_coin = table.coin[instrument]
        notional = quantity * prices.worth[instrument]
        unrealised = (quantity * prices.level[instrument] - rows.cost[held]) * prices.settle[instrument]
        return RowArrays(
            account=rows.account[held],
            instrument=instrument,
            underlying=table.base[instrument],
            strategy=rows.strategy[held],
            leg=slots.leg[slot],
            quantity=quantity,
            venue_quantity=slots.quantity[slot],
            mark=np.where(is_coin, prices.worth[instrument], table.mark[instrument]),
            notional=notional,
            unrealised=np.where(is_coin, 0.0, unrealised),
            initial_margin=np.where(is_coin, 0.0, np.abs(notional) * slots.initial_rate[slot]),
            is_coin=is_coin,
        )


def _freeze(arrays: object) -> None:
    for name in getattr(arrays, "__slots__", ()):
        value = getattr(arrays, name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
