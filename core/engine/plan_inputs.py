"""What the planner is handed: the open positions of a scope as the newest view of the book has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.book.view import BookView
from core.domain import AccountMode, Leg, Scope, ScopeKind, Trust
from core.mitigation.permission import MayAct, anywhere
from core.mitigation.plan import PlanInputs, PlanPosition
from core.venues.messages import Instrument

LEGS = tuple(Leg)


class PlanSource:
    def __init__(
        self, modes: Mapping[str, AccountMode], strategies: tuple[str, ...], may_act: MayAct = anywhere
    ) -> None:
        """`modes` by account; `strategies` as the book numbers them, the unattributed last."""
        self._may_act = may_act
        self._modes = modes
        self._accounts = tuple(modes)
        self._strategies = strategies
        self._instruments: dict[tuple[str, str], Instrument] = {}

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """The lots and minimums that a plan has to respect."""
        self._instruments |= {(row.endpoint, row.symbol): row for row in instruments}

    def inputs(self, view: BookView, scope: Scope) -> PlanInputs:
        """The scope's open positions by strategy."""
        rows = np.flatnonzero(of_scope(scope, view) & ~view.rows.is_coin & (view.rows.quantity != 0.0))
        row = view.layout.scopes.index(scope)
        return PlanInputs(
            positions=[self._position(view, int(index)) for index in rows],
            trust=Trust(int(view.trust[row])),
            age_s=float(view.age_s[row]),
            base_currency=view.base_currency,
        )

    def _position(self, view: BookView, index: int) -> PlanPosition:
        rows = view.rows
        key = view.symbols[int(rows.instrument[index])]
        instrument = self._instruments.get(key)
        account = self._accounts[int(rows.account[index])]
        return PlanPosition(
            account=account,
            symbol=key[1],
            strategy=self._strategies[int(rows.strategy[index])],
            quantity=float(rows.quantity[index]),
            notional=float(rows.notional[index]),
            mark=float(rows.mark[index]),
            quantity_step=instrument.quantity_step if instrument else None,
            quantity_min=instrument.quantity_min if instrument else None,
            may_act=self._modes[account] is AccountMode.ACT and not self._may_act(account),
            venue_quantity=float(rows.venue_quantity[index]),
            leg=LEGS[int(rows.leg[index])],
        )


def of_scope(scope: Scope, view: BookView) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows of the book are the scope's."""
    rows, layout = view.rows, view.layout
    number = layout.scopes.index(scope)
    match scope.kind:
        case ScopeKind.PORTFOLIO:
            return np.ones(len(rows.account), np.bool_)
        case ScopeKind.VENUE:
            return np.asarray(layout.account_venue[rows.account] == number - 1)
        case ScopeKind.ACCOUNT:
            return np.asarray(rows.account == number - layout.first_account)
        case ScopeKind.STRATEGY:
            return np.asarray(rows.strategy == number - layout.first_strategy)
        case ScopeKind.SYMBOL:
            raise ValueError(f"{scope} is a scope of stops only: nothing is measured by it")
