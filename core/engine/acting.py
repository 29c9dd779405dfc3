"""What follows from holding the lease and from losing it: who tells the book's story, who renews, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.engine.kept_journal import KeptJournal
from core.engine.lease import Lease
from core.engine.record import Recorder
from core.intents import (
    Act,
    CancelDrill,
    ConfirmReturn,
    ExportEvidence,
    FireStop,
    LockDesk,
    MuteAlarms,
    ResetStop,
    RestoreProtective,
    ResumeFully,
    ResumeTrading,
    RunDrill,
    TakeOver,
    TryRoute,
    UnlockDesk,
)
from core.journal.intents import CallOffJournalCheck, CallOffJournalFile, CheckJournal, WriteJournalFile
from core.mitigation.permission import LeaseView
from core.tasks import spawn, stop_all
from core.venues.link_intents import Reconnect

ANSWER_WITHIN_S = 2.0
"""How long the start waits to hear who acts; the stop is at work by then."""
OF_EVERY_DESK = (
    FireStop, ResetStop, ResumeTrading, ResumeFully, ConfirmReturn, RestoreProtective, RunDrill, CancelDrill,
    ExportEvidence, TakeOver, TryRoute, MuteAlarms, LockDesk, UnlockDesk, Reconnect, CheckJournal,
    CallOffJournalCheck, WriteJournalFile, CallOffJournalFile,
)  # fmt: skip
"""Acts of a desk that only watches, too: the stop and everything that leads back from it, its own links and journal."""

Change = Callable[[bool], Awaitable[None]]
"""Told whether this desk only watches from now on."""


class Acting:
    def __init__(
        self, lease: Lease, journal: KeptJournal, recorder: Recorder, notice: Callable[[str], None], change: Change
    ) -> None:
        """`change` is called whenever this desk begins to act or ceases to, after the start."""
        self._lease = lease
        self._journal = journal
        self._recorder = recorder
        self._notice = notice
        self._change = change
        self._tasks: list[asyncio.Task[Any]] = []
        self.watches_only = False

    async def start(self) -> None:
        """Hear who acts. Without an answer this desk goes on as if it were alone, and sends no order."""
        self._journal.wait()
        await self._lease.start(ANSWER_WITHIN_S)
        self.watches_only = self._lease.watches_only
        self._journal.decide(watching=self.watches_only)
        self._tell(self._lease.view())
        self._lease.changed.connect(self._changed)

    async def close(self) -> None:
        await stop_all(self._tasks)
        self._tasks.clear()
        await self._lease.close()

    @property
    def why_watching(self) -> str:
        """Why this desk only watches; "" where it acts."""
        return self._lease.view().words if self.watches_only else ""

    def refusal(self, intent: Act) -> str:
        """Why this is not done here, "" where it is."""
        if not self.watches_only or isinstance(intent, OF_EVERY_DESK):
            return ""
        return f"{type(intent).__name__} is not done here: {self._lease.view().words}"

    def take_over(self, intent: TakeOver) -> None:
        if not self._lease.view().others:
            self._notice("there is nothing to take over: no other desk acts on these accounts")
            return
        self._lease.ask_for()

    def _changed(self, view: LeaseView) -> None:
        self._tell(view)
        if self._lease.watches_only != self.watches_only:
            self.watches_only = self._lease.watches_only
            self._journal.decide(watching=self.watches_only)
            self._tasks = [task for task in self._tasks if not task.done()]
            self._tasks.append(spawn(self._change_over(), name="change of hands"))

    async def _change_over(self) -> None:
        await self._change(self.watches_only)

    def _tell(self, view: LeaseView) -> None:
        body = {"accounts": view.accounts, "held": view.held, "others": view.others, "token": self._lease.newest_token}
        self._recorder.note("lease.held" if view.held else "lease.watching", None, body)
