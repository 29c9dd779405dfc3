"""Mitigations over a restart: none is forgotten, none is done twice, and what restrains the desk goes on.

What acts is saved before anything of it is sent. What only waits may be thousands and is saved now and then; what the
journal says of mitigations since then tells the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.engine.kept_journal import KeptJournal
from core.errors import JournalError
from core.journal.query import Wanted
from core.mitigation.actions import Action
from core.mitigation.desk import MitigationDesk
from core.mitigation.model import MitigationState
from core.mitigation.recalling import slim
from core.tasks import spawn

UNDERWAY_STATE = "mitigations.underway"
WAITING_STATE = "mitigations.waiting"
SAVE_WAITING_S = 1.0
SLACK_S = 60.0
"""How much older than the saved state records are read: clocks are set, and records wait for the disk."""
STATE_KINDS = tuple(f"mitigation.{state.value}" for state in MitigationState)
UNREAD = "what mitigations were underway in the last run cannot be read"


@dataclass(frozen=True, slots=True)
class Left:
    """What an earlier run left of its mitigations."""

    kept: tuple[Mapping[str, Any], ...]
    told: tuple[Mapping[str, Any], ...]
    """Bodies of the records since then, the oldest first."""


class MitigationMemory:
    def __init__(
        self,
        desk: MitigationDesk,
        journal: KeptJournal,
        clock: Clock,
        act: Callable[[Iterable[Action]], None],
        notice: Callable[[str], None],
    ) -> None:
        """`act` takes the actions that follow from what was found; `notice` tells the operator a sentence."""
        self._desk = desk
        self._journal = journal
        self._clock = clock
        self._act = act
        self._notice = notice
        self._underway: tuple[str, ...] = ()
        self._seen = 0
        self._saved_s = float("-inf")
        self._saving: asyncio.Task[None] | None = None

    def read(self) -> Left | None:
        """What the run before this one left; None where it cannot be read, which is told. Reads the disk."""
        try:
            kept = tuple(self._journal.load_state(key) or {} for key in (UNDERWAY_STATE, WAITING_STATE))
            saved = [float(part["at_s"]) for part in kept if "at_s" in part]
            wanted = Wanted(kinds=STATE_KINDS, from_s=min(saved) - SLACK_S if saved else None)
            return Left(kept, tuple(record.data() for record in self._journal.replay(wanted)))
        except (JournalError, ValueError, TypeError, AttributeError) as error:
            self._notice(f"{UNREAD}: {error}")
            return None

    def restore(self, left: Left | None) -> None:
        """Take it up, once the events that it answers are there."""
        if left is None:
            return
        try:
            self._act(self._desk.recalling.restore(left.kept, left.told))
        except ValueError as error:
            self._notice(f"{UNREAD}: {error}")
        self.keep()

    def keep(self) -> None:
        """Save what has changed: at once where something has begun or ceased to act."""
        underway = self._desk.underway
        if underway != self._underway:
            self._underway = underway
            self._journal.save_state(UNDERWAY_STATE, self._desk.recalling.underway())
        due = self._clock.monotonic() - self._saved_s >= SAVE_WAITING_S
        if self._desk.changes != self._seen and due and (self._saving is None or self._saving.done()):
            self._seen, self._saved_s = self._desk.changes, self._clock.monotonic()
            state = self._desk.recalling.waiting()
            self._saving = spawn(asyncio.to_thread(self._save, state), name="save mitigations")

    def _save(self, state: Mapping[str, Any]) -> None:
        self._journal.save_state(WAITING_STATE, slim(state))

    async def close(self) -> None:
        """The last word of a run."""
        if self._saving is not None:
            await self._saving
        self._journal.save_state(UNDERWAY_STATE, self._desk.recalling.underway())
        self._save(self._desk.recalling.waiting())
