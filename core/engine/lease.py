"""The lease: of all engines that watch an account one acts on it, for as long as it can say so in the database.

No two clocks are compared. Whoever holds the lease counts from the moment before it last renewed it, and ceases
`margin_s` before its term is over; whoever waits counts a full term from the moment after it last saw a sign of life.
So the first has always ceased before the second begins, however wrong the clocks of both are, and a process that was
frozen finds its term over when it wakes. The database's clock only tells people until when. A process of the same
machine that is known to have ended is not waited for.

Where the database cannot be reached the lease runs out, and from then on nothing acts but the stop, which never asks.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock, sleepless_s
from core.engine.process_mark import has_ended, own_mark
from core.errors import JournalError
from core.journal.database import trouble
from core.journal.leases import Found, Holder, LeaseStore
from core.mitigation.permission import LeaseView, OtherDesk, clock_text
from core.secrets import Credentials
from core.signals import Signal
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

_EXPECTED = (SQLAlchemyError, sqlite3.Error, OSError, JournalError)
RENEWALS = 5
"""In one term."""
LOOK_S = 1.0
"""Between two looks of whoever waits."""
AT_ONCE_S = 0.05
"""Between two tries before the first answer."""
LEAVE_S = 2.0
_MARGIN_SHARE = 1.0 / 3.0
MOST_MARGIN_S = 5.0
"""An order that was sent the moment before may take as long to arrive as an acting call may take."""


@dataclass(slots=True)
class _Watched:
    renewals: int
    since_s: float


def identity_of(exchange: str, name: str, credentials: Credentials | None) -> str:
    """What an account is called by every engine that knows it, whatever its configuration calls it.

    By its key, as a one-way print of it: of a key nobody could guess. Without one by its name.
    """
    key = "" if credentials is None else credentials.api_key or credentials.wallet_address
    if not key:
        return f"{exchange}:{name}"
    return f"{exchange}:#{hashlib.sha256(f'scram lease {key}'.encode()).hexdigest()[:24]}"


def own_name(operator: str) -> str:
    """`ada on tower (process 77)`."""
    return f"{operator} on {socket.gethostname()} (process {os.getpid()})"


class Lease:
    def __init__(
        self, store: LeaseStore, accounts: Mapping[str, str], holder: str, name: str, term_s: float, clock: Clock,
        passed: Callable[[], float] = sleepless_s, mark: str | None = None,
    ) -> None:  # fmt: skip
        """`accounts`: by name what each is called in the database; `passed` counts seconds while the machine sleeps."""
        self._store = store
        self._accounts = dict(accounts)
        self._identities = tuple(dict.fromkeys(accounts.values()))
        self._me = Holder(holder, name, own_mark() if mark is None else mark, term_s)
        self._margin_s = min(MOST_MARGIN_S, term_s * _MARGIN_SHARE)
        self._clock = clock
        self._passed = passed
        self._held: frozenset[str] = frozenset()
        self._others: Mapping[str, Holder] = {}
        self._tokens: dict[str, int] = {}
        self._watched: dict[str, _Watched] = {}
        self._until_s = float("-inf")
        """On the clock of `passed`."""
        self._trouble = ""
        self._view = LeaseView(len(self._accounts))
        self._ask = self._asked = False
        self._answered = asyncio.Event()
        self._wake = asyncio.Event()
        self._started = self._closing = False
        self._tasks: list[asyncio.Task[Any]] = []
        self.changed: Signal[[LeaseView]] = Signal("lease changed")
        """Accounts were won or lost."""

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self, within_s: float) -> None:
        """Begin to keep it. Returns with the first answer of the database, or after `within_s` without one."""
        self._started = True
        self._tasks.append(spawn(self._keep(), name="lease"))
        answered = spawn(self._answered.wait(), name="first answer about the lease")
        try:
            await asyncio.wait((answered,), timeout=within_s)
        finally:
            await stop_all([answered])

    async def close(self) -> None:
        """Let go, so that another engine need not wait for the end of the term."""
        self._closing = True
        self._held, self._until_s = frozenset(), float("-inf")
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVE_S)
            # A database that hangs is left to itself: then the term ends by the clock.
            await stop_all(self._tasks)
            self._tasks.clear()

    async def _leave(self) -> None:
        try:
            await asyncio.to_thread(self._store.leave, self._me.holder)
        except _EXPECTED as error:
            log.debug("the lease could not be let go: %s", trouble(error))

    # -- what others ask ------------------------------------------------------------------------------------------

    def may_act(self, account: str) -> str:
        """Why this engine may not send orders to the account now, "" where it may.

        An engine that was never started, and is beaten by hand as replays do, is alone.
        """
        if not self._started:
            return ""
        identity = self._accounts.get(account, "")
        other = self._others.get(identity)
        if other is not None:
            return (
                f"account {account} is held by {other.name} until {clock_text(other.until_s)}: this desk only watches"
            )
        if identity in self._held:
            if self._passed() < self._until_s:
                return ""
            why = f" ({self._trouble})" if self._trouble else ""
            return f"the lease on account {account} is over and could not be renewed{why}: only the stop acts"
        why = f": {self._trouble}" if self._trouble else ""
        return f"nobody has told yet whether another desk acts on account {account}{why}: only the stop acts"

    def view(self) -> LeaseView:
        left_s = self._until_s - self._passed()
        return replace(
            self._view,
            held=self._view.held if left_s > 0.0 else 0,
            until_s=self._clock.now() + left_s if self._held else None,
            trouble=self._trouble,
            asked=self._asked and bool(self._others),
        )

    @property
    def watches_only(self) -> bool:
        """Other engines are known to act on everything. Not where nobody knows: then this one is as if alone, but for
        orders."""
        return bool(self._others) and not self._held

    @property
    def newest_token(self) -> int:
        """The highest of this engine's leases: each is raised with every change of hands."""
        return max((self._tokens.get(name, 0) for name in self._held), default=0)

    def ask_for(self) -> None:
        """Have whoever acts hand over: at its next sign of life, or when its term is over."""
        self._ask = self._asked = True
        self._wake.set()

    # -- keeping it -----------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        while not self._closing:
            await self._look()
            if not self._closing:
                await self._pause()
        await self._leave()

    async def _pause(self) -> None:
        waiting = [
            spawn(self._wake.wait(), name="lease is asked for"),
            spawn(self._clock.sleep(self._pause_s()), name="lease pause"),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await stop_all(waiting)
        self._wake.clear()

    def _pause_s(self) -> float:
        if not self._answered.is_set():
            return AT_ONCE_S
        return (
            self._me.ttl_s / RENEWALS if self._has_all and not self._trouble else min(LOOK_S, self._me.ttl_s / RENEWALS)
        )

    @property
    def _has_all(self) -> bool:
        return len(self._held) == len(self._identities)

    async def _look(self) -> None:
        began_s = self._passed()
        ask, self._ask = self._ask, False
        try:
            found = await asyncio.to_thread(
                self._store.look, self._me, self._identities, self._gone(began_s), ask=ask, whole=self._has_all
            )
        except _EXPECTED as error:
            self._trouble = trouble(error)
            self._ask = self._ask or ask
            return
        if not self._closing:
            self._take(found, began_s)

    def _gone(self, now_s: float) -> dict[str, int]:
        """Engines that have ended: for certain, or by all that a full term without a sign of life says."""
        rows = {row.holder: row for row in self._others.values()}
        return {
            name: seen.renewals
            for name, seen in self._watched.items()
            if name in rows and (now_s - seen.since_s >= rows[name].ttl_s or has_ended(rows[name].place))
        }

    def _take(self, found: Found, began_s: float) -> None:
        me, before = self._me.holder, self.view()
        self._trouble = ""
        self._until_s = began_s + self._me.ttl_s - self._margin_s
        self._held = frozenset(name for name, row in found.holders.items() if row.holder == me)
        self._others = {name: row for name, row in found.holders.items() if row.holder != me}
        self._tokens |= found.tokens
        self._view = self._counted()
        self._watch(self._passed())
        self._asked = self._asked and bool(self._others)
        if any(has_ended(row.place) for row in self._others.values()):
            self._wake.set()  # nobody to wait for
        else:
            self._answered.set()
        after = self.view()
        if (before.held, before.accounts, len(before.others)) != (after.held, after.accounts, len(after.others)):
            self.changed.send(after)

    def _counted(self) -> LeaseView:
        """As far as it takes going over all accounts."""
        names = Counter(self._others[row] for row in self._accounts.values() if row in self._others)
        return LeaseView(
            accounts=len(self._accounts),
            held=sum(row in self._held for row in self._accounts.values()),
            others=tuple(OtherDesk(row.name, count, row.until_s) for row, count in names.most_common()),
        )

    def _watch(self, now_s: float) -> None:
        watched = {}
        for row in self._others.values():
            seen = self._watched.get(row.holder)
            is_still = seen is not None and seen.renewals == row.renewals
            watched[row.holder] = seen if seen is not None and is_still else _Watched(row.renewals, now_s)
        self._watched = watched
