"""The newest figures, and the questions that the mitigation side asks of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from core.book.book import Book
from core.book.view import BookView
from core.clock import Clock
from core.domain import AccountMode, Leg, Scope, ScopeKind, Trust
from core.engine.costly import CostlyBeat
from core.engine.mending import Judgement
from core.mitigation.model import Mitigation
from core.mitigation.plan import PlanInputs, PlanPosition
from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.snapshot import RiskMatrix
from core.venues.messages import Instrument

LEGS = tuple(Leg)
AT_RISK = "filled_exposure"


class Figures:
    def __init__(
        self,
        book: Book,
        risk: RiskModel,
        course: Course,
        costly: CostlyBeat,
        modes: dict[str, AccountMode],
        strategies: tuple[str, ...],
        read_soon: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`modes` by account; `strategies` as the book numbers them, the unattributed last."""
        self._book = book
        self._risk = risk
        self._course = course
        self._costly = costly
        self._modes = modes
        self._accounts = tuple(modes)
        self._strategies = strategies
        self._read_soon = read_soon
        self._clock = clock
        self._evaluated_s = float("-inf")
        self._view: BookView | None = None
        self._matrix: RiskMatrix | None = None
        self._instruments: dict[tuple[str, str], Instrument] = {}

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """The lots and minimums that a plan has to respect."""
        self._instruments |= {(row.endpoint, row.symbol): row for row in instruments}

    # -- the cycle ------------------------------------------------------------------------------------------------

    def evaluate(self) -> BookView:
        """Take the newest view of the book and the risk that follows from it."""
        began_s = self._clock.monotonic()
        self._view = self._book.view(began_s)
        series = self._course.step(self._view)
        self._matrix = self._risk.evaluate(self._view, began_s, series, self._costly.latest)
        self._course.record(self._view, self._matrix)
        self._costly.take(self._view)
        self._evaluated_s = began_s
        return self._view

    @property
    def view(self) -> BookView:
        assert self._view is not None, "nothing was evaluated yet"
        return self._view

    @property
    def matrix(self) -> RiskMatrix:
        assert self._matrix is not None, "nothing was evaluated yet"
        return self._matrix

    # -- what the stop is handed ----------------------------------------------------------------------------------

    def at_risk(self) -> Mapping[str, float]:
        """By account its gross exposure if resting orders fill, base currency; those of which it is known."""
        if self._matrix is None:
            return {}
        matrix, column = self._matrix, self._matrix.column(AT_RISK)
        values = (
            (name, float(matrix.value[matrix.row(Scope(ScopeKind.ACCOUNT, name)), column])) for name in self._modes
        )
        return {name: value for name, value in values if math.isfinite(value)}

    # -- what the mender asks -------------------------------------------------------------------------------------

    def read_soon(self, account: str) -> None:
        self._read_soon(account)

    def reading_began_s(self, account: str) -> float | None:
        return self._book.read_began_s(account)

    def evaluated_s(self) -> float:
        return self._evaluated_s

    def judge(self, mitigation: Mitigation) -> Judgement:
        matrix = self.matrix
        value, severity = self._risk.reading(mitigation.scope, mitigation.metric)
        if mitigation.metric in matrix.columns:
            value = float(matrix.value[matrix.row(mitigation.scope), matrix.column(mitigation.metric)])
        return Judgement(value, 0 <= severity < mitigation.severity)

    # -- what the planner asks ------------------------------------------------------------------------------------

    def plan_inputs(self, scope: Scope) -> PlanInputs | None:
        """The scope's open positions by strategy; None before anything was evaluated."""
        if self._view is None:
            return None
        view = self._view
        rows = np.flatnonzero(self._of_scope(scope, view) & ~view.rows.is_coin & (view.rows.quantity != 0.0))
        row = view.layout.scopes.index(scope)
        return PlanInputs(
            positions=[self._plan_position(view, int(index)) for index in rows],
            trust=Trust(int(view.trust[row])),
            age_s=float(view.age_s[row]),
            base_currency=view.base_currency,
        )

    def _of_scope(self, scope: Scope, view: BookView) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
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

    def _plan_position(self, view: BookView, index: int) -> PlanPosition:
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
            may_act=self._modes[account] is AccountMode.ACT,
            venue_quantity=float(rows.venue_quantity[index]),
            leg=LEGS[int(rows.leg[index])],
        )
