"""Keeps the history of every scope's metrics, and fills the plots of a new start from that of the runs before."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from core.book.view import BookView
from core.clock import Clock
from core.config import JournalConfig
from core.config.history_levels import Level, bytes_of, parse_level, within
from core.errors import JournalError
from core.journal.database import trouble
from core.journal.history.reader import HistoryReader, MetricHistory
from core.journal.history.store import Floats, Ints, Points
from core.journal.history.writer import HistoryStatus, HistoryWriter
from core.risk.course import Course
from core.risk.model import RiskMatrix
from core.risk.trails import RECENT, SERIES, Trail
from core.risk.trails import Points as Column
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

SAMPLE_S = 1.0
"""What happens between two samples is in no bucket's lowest and highest."""
CLOSE_S = 3.0
LOOK_S = 0.1
FILLED_ROWS = 1_000_000
"""Points read at a start, at most: a second or two of a thread."""
MB = 1e6
FEW_SHARE = 0.5
"""Of the room that portfolio, venues and strategies may take, where accounts need the rest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is kept of some scopes."""

    rows: Ints
    """Of the matrix."""
    levels: tuple[Level, ...]


def plans_of(config: JournalConfig, course: Course) -> tuple[Plan, Plan]:
    """For portfolio, venues and strategies, and for accounts: as configured, thinned until they fit."""
    metrics = len(metrics_of(config))
    few, accounts = (trail.rows for trail in course.trails)
    budget = config.history_mb * MB
    levels = within([parse_level(text) for text in config.history], metrics * len(few), budget * FEW_SHARE)
    left = budget - bytes_of(levels, metrics * len(few))
    thin = within([parse_level(text) for text in config.history_accounts], metrics * len(accounts), left)
    return Plan(few, levels), Plan(accounts, thin)


def metrics_of(config: JournalConfig) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*SERIES, *config.history_metrics)))


class _Bucket:
    """What the series of one plan do within one step of time."""

    def __init__(self, level: Level, first: int, shape: tuple[int, int]) -> None:
        self.level = level
        self._places = np.arange(first, first + shape[0] * shape[1])
        self._number = -1
        self._last = self._low = self._high = np.empty(shape)

    def add(self, at_s: float, values: Floats) -> Points | None:
        """What was taken before, once its time is over."""
        number = int(at_s // self.level.step_s)
        done = None
        if number != self._number:
            done = self.take()
            self._number, self._last, self._low, self._high = number, values, values, values
        else:
            self._last = np.where(np.isnan(values), self._last, values)
            self._low, self._high = np.fmin(self._low, values), np.fmax(self._high, values)
        return done

    def take(self) -> Points | None:
        if self._number < 0:
            return None
        columns = (self._last.ravel(), self._low.ravel(), self._high.ravel())
        return Points(self.level.step_s, self._number, self._places, *columns)


class HistoryKeeper:
    def __init__(
        self, config: JournalConfig, course: Course, url: str, clock: Clock, watches_only: Callable[[], bool]
    ) -> None:
        """`watches_only`: another desk keeps the history of this book."""
        self._course = course
        self._url = url
        self._clock = clock
        self._watches_only = watches_only
        self._wanted = config.history_mb > 0
        self.metrics = metrics_of(config)
        self.plans = plans_of(config, course)
        self._writer: HistoryWriter | None = None
        self._sampled_s = -math.inf
        self._buckets: list[list[_Bucket]] = []
        first = 0
        for plan in self.plans:
            shape = (len(self.metrics), len(plan.rows))
            self._buckets.append([_Bucket(level, first, shape) for level in plan.levels])
            first += shape[0] * shape[1]
        self._filling = ""
        self._tasks: list[asyncio.Task[None]] = []

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._wanted:
            levels = (level for plan in self.plans for level in plan.levels)
            self._writer = HistoryWriter(self._url, self._keys(), levels, self._clock)
            self._tasks.append(spawn(self.fill(), name="fill the plots"))

    async def close(self) -> None:
        """Write down what was begun: the next start goes on with it."""
        await stop_all(self._tasks)
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if not self._watches_only():
            for bucket in (bucket for buckets in self._buckets for bucket in buckets):
                points = bucket.take()
                if points is not None:
                    writer.put(points)
        if not await asyncio.to_thread(writer.close, CLOSE_S):
            log.error("metric history could not be written to its end within %.0f s", CLOSE_S)

    def _keys(self) -> list[tuple[str, str]]:
        scopes = [str(scope) for scope in self._course.layout.scopes]
        return [(scopes[row], metric) for plan in self.plans for metric in self.metrics for row in plan.rows.tolist()]

    # -- every cycle ----------------------------------------------------------------------------------------------

    def take(self, view: BookView, matrix: RiskMatrix) -> None:
        """What the metrics came to; the course has taken it before."""
        at_s = self._course.clock.at_s
        if self._writer is None or at_s - self._sampled_s < SAMPLE_S or self._watches_only():
            return
        self._sampled_s = at_s
        columns = [
            view.unit if name == "unit" else matrix.value[:, matrix.column(name)]
            for name in self.metrics
            if name == "unit" or name in matrix.columns
        ]
        for plan, buckets in zip(self.plans, self._buckets, strict=True):
            values = np.stack([column[plan.rows] for column in columns])
            for bucket in buckets:
                points = bucket.add(at_s, values)
                if points is not None:
                    self._writer.put(points)

    def status(self) -> HistoryStatus | None:
        """None where none is kept."""
        return None if self._writer is None else self._writer.status()

    @property
    def words(self) -> str:
        """For the operator; "" where all is well."""
        status = self.status()
        return "; ".join(sentence for sentence in (status.words if status else "", self._filling) if sentence)

    # -- looking back ---------------------------------------------------------------------------------------------

    async def query(self, scope: str, metric: str, from_s: float, to_s: float, points: int = 1_000) -> MetricHistory:
        """Raises JournalError where the database cannot be read."""

        def read() -> MetricHistory:
            with HistoryReader(self._url) as reader:
                return reader.query(scope, metric, from_s, to_s, points)

        return await asyncio.to_thread(read)

    async def fill(self) -> None:
        """Give the course what the runs before this one left of the last hours; gaps stay gaps."""
        found = []
        for trail, plan in zip(self._course.trails, self.plans, strict=True):
            try:
                found.append((trail, await asyncio.to_thread(self._read, trail, plan)))
            except (SQLAlchemyError, JournalError, OSError) as error:
                self._filling = f"plots begin anew: {trouble(error)}"
                return
        while not self._course.began:
            await self._clock.sleep(LOOK_S)
        self._course.backfill(found)

    def _read(self, trail: Trail, plan: Plan) -> list[tuple[float, Column]]:
        """Times and columns of shape (series, rows) for the trail's level of hours, oldest first."""
        level = trail.levels[RECENT]
        if not plan.levels or not len(plan.rows):
            return []
        step_s = plan.levels[0].step_s
        end = int(self._clock.now() // step_s) + 1
        begin = end - int(level.span_s // step_s)
        afforded = max(2, FILLED_ROWS // (len(SERIES) * len(plan.rows)))
        every = math.ceil((end - begin) / afforded)
        scopes = self._course.layout.scopes
        with HistoryReader(self._url) as reader:
            return reader.columns(
                [str(scopes[row]) for row in plan.rows.tolist()], SERIES, step_s, range(end - 1, begin, -every)[::-1]
            )
