"""Drills of this process, one at a time: begun, called off, kept on disk, and told to whoever judges readiness.

A drill leaves no latch. One that is called off sees through what it has placed, and begins nothing more.
"""

from __future__ import annotations

import asyncio
import fnmatch
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from core.clock import Clock
from core.domain import PORTFOLIO
from core.errors import DrillError, ScramError
from core.halt.desk import TargetsOf
from core.halt.drill.dry import DryDrill
from core.halt.drill.live import HELD, LiveDrill, find_order, refusal
from core.halt.drill.report import CUT_SHORT, DrillFolder, DrillPreview, DrillReport, DrillRow
from core.halt.readiness.desk import ReadyDesk, Subject
from core.halt.readiness.judgement import DrillKind
from core.halt.restorer import SHORT_ID
from core.halt.target import HaltTarget, StopSettings
from core.signals import Signal
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOSING_S = 10.0
"""How long the end of the process waits for orders of a live drill to be gone."""
PREVIEWED = 200
"""Accounts that are asked for what would be placed; a preview of more is no preview."""


class DrillDesk:
    def __init__(
        self,
        ready: ReadyDesk,
        targets_of: TargetsOf,
        folder: DrillFolder,
        clock: Clock,
        settings: StopSettings,
        new_id: Callable[[], str],
        is_stopped: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`is_stopped`: whether a latch holds the account."""
        self._ready = ready
        self._targets_of = targets_of
        self._folder = folder
        self._clock = clock
        self._settings = settings
        self._new_id = new_id
        self._is_stopped = is_stopped
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drills")
        self._rows: dict[str, DrillRow] = {}
        self._jobs: dict[str, tuple[asyncio.Task[None], LiveDrill | None]] = {}
        self._head: DrillReport | None = None
        self._whole: asyncio.Task[DrillReport] | None = None
        self.last: DrillReport | None = None
        """The newest report that is over, of this run or an earlier one."""
        self.trouble = ""
        """Why the last report is not on disk, "" where it is."""
        self.ended: Signal[[DrillReport]] = Signal("drill ended")

    # -- acts -----------------------------------------------------------------------------------------------------

    def chosen(self, patterns: Sequence[str]) -> tuple[Subject, ...]:
        """The accounts that these names and patterns mean; raises DrillError for one that means none."""
        found: dict[str, Subject] = {}
        for pattern in patterns:
            fitting = [row for row in self._ready.subjects if fnmatch.fnmatchcase(row.account, pattern)]
            if not fitting:
                raise DrillError(f'no configured account is called "{pattern}"')
            found |= {row.account: row for row in fitting}
        return tuple(row for row in self._ready.subjects if row.account in found)

    def start(self, kind: DrillKind, patterns: Sequence[str], operator: str) -> None:
        """Begin; returns at once. Raises DrillError where it cannot be run as asked.

        A dry drill without patterns is of all accounts; a live one names the accounts in which it may place an order.
        """
        if self.running is not None:
            raise DrillError(f"a {self.running.kind} drill runs already; it can be called off")
        if not operator.strip():
            raise DrillError("a drill needs the operator's name")
        if kind is DrillKind.LIVE and not patterns:
            raise DrillError("a live drill places an order in each account that is chosen, and none is chosen")
        subjects = self.chosen(patterns) if patterns else self._ready.subjects
        if not subjects:
            raise DrillError("no account is configured")
        drill_id = self._new_id()
        self._head = DrillReport(drill_id, kind, operator, self._clock.now(), None, ())
        self._rows = {row.account: DrillRow(row.account, row.venue, row.exchange) for row in subjects}
        targets = {target.account: target for target in self._targets_of(PORTFOLIO)}
        self._whole = spawn(self._run(self._head, subjects, targets), name=f"drill {drill_id}")

    def call_off(self) -> None:
        """Begin nothing more; orders that were placed are seen through."""
        if self._head is not None:
            self._head = replace(self._head, called_off=True)
            for task, live in self._jobs.values():
                if live is None or not live.committed:
                    task.cancel()

    async def preview(self, patterns: Sequence[str]) -> tuple[DrillPreview, ...]:
        """What a live drill would place in the accounts that are meant; raises DrillError."""
        subjects = self.chosen(patterns)
        if len(subjects) > PREVIEWED:
            raise DrillError(f"{len(subjects):,} accounts are meant; a live drill takes at most {PREVIEWED}")
        targets = {target.account: target for target in self._targets_of(PORTFOLIO)}
        return tuple(await asyncio.gather(*(self._preview(row, targets.get(row.account)) for row in subjects)))

    async def wait(self) -> DrillReport | None:
        """Until the drill that runs is over."""
        return await asyncio.shield(self._whole) if self._whole is not None else self.last

    async def close(self) -> None:
        """Call off what runs, and give orders that were placed a while to be gone."""
        self.call_off()
        if self._whole is not None and not self._whole.done():
            await asyncio.wait((self._whole,), timeout=CLOSING_S)
            await stop_all([self._whole])
        self._disk.shutdown(wait=False)

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def running(self) -> DrillReport | None:
        """The drill that runs, as far as it is."""
        return None if self._head is None else replace(self._head, rows=tuple(self._rows.values()))

    def read_back(self) -> tuple[str, ...]:
        """Take up what earlier drills found; blocking. Sentences on orders that a killed process may have left."""
        left: list[str] = []
        for report in reversed(self._folder.newest()):
            self._tell(report)
            if report.ended_at_s is not None:
                self.last = report
            left += [
                f"an order of a drill may still rest in {row.account}: {outcome.reason}"
                for row in report.rows
                if (outcome := report.outcome(row)) is not None and outcome.reason.startswith(CUT_SHORT)
            ]
        return tuple(left)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _run(
        self, head: DrillReport, subjects: Sequence[Subject], targets: Mapping[str, HaltTarget]
    ) -> DrillReport:
        try:
            if await self._may_begin(head, subjects, targets):
                self._jobs = {row.account: self._job(head, row, targets.get(row.account)) for row in subjects}
                if self._head is not None and self._head.called_off:
                    self.call_off()
                await asyncio.gather(*(task for task, _ in self._jobs.values()), return_exceptions=True)
        finally:
            await stop_all([task for task, _ in self._jobs.values()])
            self._jobs = {}
            report = await self._finish(head)
        return report

    async def _may_begin(
        self, head: DrillReport, subjects: Sequence[Subject], targets: Mapping[str, HaltTarget]
    ) -> bool:
        """Of a live drill, only once its report is on disk."""
        if head.kind is DrillKind.DRY:
            return True
        for number, subject in enumerate(subjects, start=1):
            if not self._why_not_live(subject, targets.get(subject.account)):
                name = f"scrd{head.drill_id[-SHORT_ID:]}x{number}"
                self._take(replace(self._rows[subject.account], client_order_id=name))
        try:
            await self._on_disk(self._folder.write, replace(head, rows=tuple(self._rows.values())))
        except DrillError as error:
            for name, row in self._rows.items():
                self._rows[name] = replace(row, step="over", reason=f"nothing was placed: {error}", client_order_id="")
            return False
        return True

    def _job(
        self, head: DrillReport, subject: Subject, target: HaltTarget | None
    ) -> tuple[asyncio.Task[None], LiveDrill | None]:
        row = self._rows[subject.account]
        if head.kind is DrillKind.LIVE:
            why_not = self._why_not_live(subject, target)
        else:
            why_not = subject.obstacle or (HELD if self._is_stopped(subject.account) else "")
        live: LiveDrill | None = None
        if why_not or target is None:
            work = self._not_tried(subject, why_not)
        elif head.kind is DrillKind.LIVE:
            live = LiveDrill(subject, target, row, self._settings, self._clock, self._take)
            work = self._drill(subject, live)
        else:
            work = self._drill(subject, DryDrill(subject, target, row, self._settings, self._clock, self._take))
        return spawn(work, name=f"drill {subject.account}"), live

    def _why_not_live(self, subject: Subject, target: HaltTarget | None) -> str:
        if target is None:
            return "it is no account that a stop would know"
        return refusal(subject, is_stopped=self._is_stopped(subject.account))

    async def _not_tried(self, subject: Subject, why_not: str) -> None:
        row = self._rows[subject.account]
        failed = bool(subject.obstacle)
        self._take(replace(row, passed=False if failed else None, step="over", reason=why_not))

    async def _drill(self, subject: Subject, drill: DryDrill | LiveDrill) -> None:
        try:
            row = await drill.run()
            self._take(replace(row, passed=True if row.passed is None else row.passed, step="over"))
        except ScramError as error:
            self._take(replace(self._rows[subject.account], passed=False, step="over", reason=str(error)))
        except Exception as error:  # whatever breaks here must not pass for a drill that was called off
            log.exception("the drill of %s broke", subject.account)
            reason = f"Scram's own fault while drilling: {type(error).__name__}"
            self._take(replace(self._rows[subject.account], passed=False, step="over", reason=reason))

    def _take(self, row: DrillRow) -> None:
        self._rows[row.account] = row

    async def _finish(self, head: DrillReport) -> DrillReport:
        for name, row in self._rows.items():
            if row.is_over:
                continue
            left = f"{row.client_order_id} may still rest ({row.placed})" if row.step in {"placing", "stopping"} else ""
            reason = f"its own order {left}; cancel it by hand" if left else "called off"
            passed = False if left else None
            self._rows[name] = replace(row, passed=passed, step="over", reason=reason, left=left)
        called_off = self._head is not None and self._head.called_off
        rows = tuple(self._rows.values())
        report = replace(head, ended_at_s=self._clock.now(), rows=rows, called_off=called_off)
        self._head, self.last = None, report
        try:
            await self._on_disk(self._folder.write, report)
            self.trouble = ""
        except DrillError as error:
            self.trouble = str(error)
        self._tell(report)
        self.ended.send(report)
        return report

    def _tell(self, report: DrillReport) -> None:
        for row in report.rows:
            outcome = report.outcome(row)
            if outcome is not None:
                self._ready.take_drill(row.account, outcome)

    async def _preview(self, subject: Subject, target: HaltTarget | None) -> DrillPreview:
        why_not = self._why_not_live(subject, target)
        if why_not or target is None:
            return DrillPreview(subject.account, "", why_not)
        try:
            _, order = await find_order(subject, target, "preview")
            return DrillPreview(subject.account, order.words)
        except ScramError as error:
            return DrillPreview(subject.account, "", str(error))

    async def _on_disk(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)
