"""The newest figures, and the questions that the mitigation side asks of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from core.book.book import Book
from core.book.view import BookView
from core.clock import Clock
from core.domain import AccountMode, Scope, ScopeKind, Severity
from core.engine.costly import CostlyBeat
from core.engine.mending import Judgement
from core.engine.plan_inputs import PlanSource, of_scope
from core.engine.what_if.evaluation import Evaluation
from core.engine.what_if.ground import Ground
from core.mitigation.model import Mitigation
from core.mitigation.permission import MayAct, anywhere
from core.mitigation.plan import PlanInputs
from core.risk.costly.run import CostlyColumns
from core.risk.course import Course
from core.risk.frame import Series
from core.risk.matrix import RiskModel
from core.risk.model import Ints
from core.snapshot import RiskMatrix
from core.venues.messages import Instrument

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
        may_act: MayAct = anywhere,
    ) -> None:
        """`modes` by account; `strategies` as the book numbers them, the unattributed last."""
        self._book = book
        self._risk = risk
        self._course = course
        self._costly = costly
        self._modes = modes
        self._accounts = tuple(modes)
        self._plans = PlanSource(book, risk, modes, strategies, may_act)
        self._read_soon = read_soon
        self._clock = clock
        self._evaluated_s = float("-inf")
        self._view: BookView | None = None
        self._matrix: RiskMatrix | None = None
        self._account_rows: Ints | None = None
        """Of the accounts, in their order; the scopes stay for as long as the engine runs."""
        self._series: Series | None = None
        self._slow: CostlyColumns | None = None

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """The lots and minimums that a plan has to respect."""
        self._plans.learn(instruments)

    # -- the cycle ------------------------------------------------------------------------------------------------

    def evaluate(self) -> BookView:
        """Take the newest view of the book and the risk that follows from it."""
        began_s = self._clock.monotonic()
        self._view = self._book.view(began_s)
        self._series, self._slow = self._course.step(self._view), self._costly.latest
        self._matrix = self._risk.evaluate(self._view, began_s, self._series, self._slow)
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
        if self._account_rows is None:
            scopes = (Scope(ScopeKind.ACCOUNT, name) for name in self._modes)
            self._account_rows = np.fromiter((matrix.row(scope) for scope in scopes), np.int64, len(self._modes))
        values = matrix.value[self._account_rows, column].tolist()
        return {name: value for name, value in zip(self._modes, values, strict=True) if math.isfinite(value)}

    # -- what the mender asks -------------------------------------------------------------------------------------

    def read_soon(self, account: str) -> None:
        self._read_soon(account)

    def reading_began_s(self, account: str) -> float | None:
        return self._book.read_began_s(account)

    def evaluated_s(self) -> float:
        return self._evaluated_s

    def judge(self, mitigation: Mitigation) -> Judgement:
        """The figure that it is shown for, and whether all that it was expected to mend are inside."""
        value, inside = self._judged(mitigation.scope, mitigation.metric, mitigation.severity)
        expected = [row for row in mitigation.answers if math.isfinite(row.expected)]
        if expected:
            inside = all(self._judged(row.scope, row.metric, row.severity)[1] for row in expected)
        return Judgement(value, inside)

    def _judged(self, scope: Scope, metric: str, severity: Severity) -> tuple[float, bool]:
        matrix = self.matrix
        value, reached = self._risk.reading(scope, metric)
        if metric in matrix.columns:
            value = float(matrix.value[matrix.row(scope), matrix.column(metric)])
        return value, 0 <= reached < severity

    def accounts_of(self, scope: Scope) -> frozenset[str]:
        """The accounts in which a scope has anything; of an account, itself."""
        if scope.kind is ScopeKind.ACCOUNT:
            return frozenset((scope.name,))
        if self._view is None or scope not in self.matrix.rows:
            return frozenset()
        numbers = np.unique(self._view.rows.account[of_scope(scope, self._view)])
        return frozenset(self._accounts[number] for number in numbers.tolist())

    # -- what the planner asks ------------------------------------------------------------------------------------

    def plan_inputs(self, scope: Scope) -> PlanInputs | None:
        """None before anything was evaluated."""
        if self._view is None:
            return None
        slow = self._costly.latest
        return self._plans.inputs(self._view, scope, None if slow is None else slow.betas, self._evaluation)

    def _evaluation(self) -> Evaluation | None:
        ground = self.ground()
        return None if ground is None else Evaluation(ground)

    # -- what plans are tried out on ------------------------------------------------------------------------------

    def ground(self) -> Ground | None:
        """Everything of the newest cycle that `Evaluation` needs, for a thread; None before anything was evaluated.

        Memory is copied and no more: a few milliseconds per 100,000 positions.
        """
        judged = self._risk.judged
        if self._view is None or self._series is None or judged is None:
            return None
        costly_age_s = self.matrix.costly_age_s
        return Ground(
            view=self._view,
            book=self._book.copy_for_plans().up_to(len(self._view.detail.prices.worth)),
            series=self._series,
            limits=judged[0],
            judged=judged[1],
            costly=self._slow if costly_age_s <= self._risk.costly_stale_s else None,
            costly_age_s=costly_age_s,
            model=self._costly.model,
        )
