"""What comes in from venues: into the book, and to whoever has to know of it before the next cycle does."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.engine.cycle import Cycle
from core.engine.links import Links
from core.engine.parts import Parts
from core.engine.readying import Readying
from core.venues.messages import (
    AccountReading,
    InstrumentsUpdate,
    LinkUpdate,
    MarkUpdate,
    OrderUpdate,
    PositionUpdate,
    Source,
    SubAccountsUpdate,
    Update,
)

log = logging.getLogger(__name__)

URGENT_MOVE = 0.005
"""A mark that jumps by more than this share is evaluated at once instead of at the next beat."""


class Intake:
    def __init__(self, parts: Parts, cycle: Cycle, readying: Readying, links: Links, hurry: Callable[[], None]) -> None:
        """`hurry` has the next cycle run at once."""
        self._parts = parts
        self._cycle = cycle
        self._readying = readying
        self._links = links
        self._hurry = hurry
        self._marks: dict[tuple[str, str], float] = {}
        self._margined: dict[str, set[str]] = {}
        self.updates = 0

    def take(self, update: Update) -> None:
        """One update from a venue: into the book; and an order, while something is stopped, to the stop at once."""
        if isinstance(update, OrderUpdate):
            self._parts.halts.hint(update)
        try:
            self._parts.book.apply(update)
        except Exception as error:  # one update that cannot be taken must not end the feed that brought it
            log.exception("an update could not be taken")
            self._cycle.failed(error)
        self.updates += 1
        self._cycle.note_update(self._parts.clock.monotonic())
        if isinstance(update, MarkUpdate) and self._jumped(update):
            self._hurry()
        elif isinstance(update, InstrumentsUpdate):
            self._parts.figures.learn(update.instruments)
        elif isinstance(update, SubAccountsUpdate):
            self._cycle.take_transitions(self._parts.unseen.note(update, self._parts.events))
        elif isinstance(update, AccountReading):
            self._margined[update.account] = {row.symbol for row in update.positions}
            self._readying.take_reading(update)
        elif isinstance(update, LinkUpdate):
            self._parts.unreachable.take(update)
            self._links.take(update)
            self._readying.take_link(update)
        elif isinstance(update, PositionUpdate) and update.quantity and update.source is Source.STREAM:
            self._ask_for_margin(update)

    def _ask_for_margin(self, update: PositionUpdate) -> None:
        """Streams tell no margin: of a position that was just opened it is unknown until the account is read again."""
        known = self._margined.setdefault(update.account, set())
        if update.symbol not in known:
            known.add(update.symbol)
            self._parts.figures.read_soon(update.account)

    def _jumped(self, update: MarkUpdate) -> bool:
        key = (update.endpoint, update.symbol)
        before = self._marks.get(key)
        if before is None or abs(update.price / before - 1.0) > URGENT_MOVE:
            self._marks[key] = update.price
            return before is not None
        return False
