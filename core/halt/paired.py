"""Latches that two processes keep, each in a folder of its own: either file is enough, and a reset takes off both.

The desk and the command line write into one folder, the guardian into the other, and all of them read both. A disk that
is full or a folder that cannot be written therefore costs one of the two files and no latch.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from core.errors import LatchError
from core.halt.latch import Latch, LatchFolder
from core.halt.saved import SavedOrder, SavedOrders

log = logging.getLogger(__name__)


class PairedLatches(LatchFolder):
    """Reads both folders and writes into the first."""

    def __init__(self, own: Path, other: Path) -> None:
        super().__init__(own)
        self._other = LatchFolder(other)
        self.saved = PairedSaved(own / "cancelled", self._other.saved)

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.folder, *self._other.folders)

    def load(self) -> tuple[Latch, ...]:
        """Every latch that holds in either folder, oldest first. Raises LatchError where neither can be read."""
        found: dict[str, Latch] = {}
        trouble = []
        for load in (super().load, self._other.load):
            try:
                latches = load()
            except OSError as error:
                trouble.append(str(error))
                continue
            for latch in latches:
                known = found.get(latch.halt_id)
                found[latch.halt_id] = latch if known is None else _both(known, latch)
        self.unread = f"one of the two latch folders cannot be read: {trouble[0]}" if trouble else ""
        if len(trouble) > 1:
            raise LatchError(f"neither latch folder can be read: {'; '.join(trouble)}")
        held = (latch for latch in found.values() if self.was_reset(latch.halt_id) is None)
        return tuple(sorted(held, key=lambda latch: (latch.fired_at_s, latch.halt_id)))

    def reset(self, latch: Latch, operator: str, reason: str, at_s: float) -> None:
        """Take off both; one record of the reset is enough. Raises LatchError where none could be written."""
        failed: LatchError | None = None
        try:
            super().reset(latch, operator, reason, at_s)
        except LatchError as error:
            failed = error
        if failed is None and not self._other.holds(latch.halt_id):
            return
        try:
            self._other.reset(latch, operator, reason, at_s)
        except LatchError as error:
            if failed is not None:
                raise failed from None
            # Whoever keeps that folder finds the record in this one, and takes its own file away.
            log.warning("%s; its other latch is off", error)

    def was_reset(self, halt_id: str) -> Latch | None:
        return super().was_reset(halt_id) or self._other.was_reset(halt_id)

    def tidy(self) -> None:
        """Take away files of ours whose latch is off by the other folder's record. Raises LatchError."""
        for latch in super().load():
            done = self.was_reset(latch.halt_id)
            if done is not None and done.reset_at_s is not None:
                super().reset(latch, done.reset_by, done.reset_reason, done.reset_at_s)


class PairedSaved(SavedOrders):
    """What both processes cancelled, each having kept its own."""

    def __init__(self, folder: Path, other: SavedOrders) -> None:
        super().__init__(folder)
        self._other = other

    def read(self, halt_id: str) -> tuple[SavedOrder, ...]:
        found: dict[tuple[str, str, str], SavedOrder] = {}
        for saved in (*super().read(halt_id), *self._other.read(halt_id)):
            key = (saved.order.account, saved.order.book, saved.order.order_id)
            known = found.setdefault(key, saved)
            if known is not saved:
                filled, restored_as = known.filled or saved.filled, known.restored_as or saved.restored_as
                found[key] = replace(known, filled=filled, restored_as=restored_as)
        return tuple(found.values())


def _both(one: Latch, other: Latch) -> Latch:
    """The same stop read twice: the later firing holds, and what was issued under it by either is issued."""
    if one.readable != other.readable:
        return one if one.readable else other
    if one.firings != other.firings:
        return max(one, other, key=lambda latch: latch.firings)
    return replace(one, issued=tuple(dict.fromkeys((*one.issued, *other.issued))))
