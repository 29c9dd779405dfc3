"""What a person may ask of the journal; a part of what `core.intents` lists."""

from __future__ import annotations

from dataclasses import dataclass

from core.journal.query import Wanted
from core.journal.views import JournalWish


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read this page of the journal, and show it in the snapshots."""

    wish: JournalWish


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Show this record of the journal in full."""

    seq: int


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """Nobody looks at a record any more."""


@dataclass(frozen=True, slots=True)
class CheckJournal:
    """Recompute the whole chain of the journal, and say whether it is what was written."""

    operator: str


@dataclass(frozen=True, slots=True)
class CallOffJournalCheck:
    """End the check that runs; nothing follows from it."""

    operator: str


@dataclass(frozen=True, slots=True)
class WriteJournalFile:
    """Write the records that are wanted into a file, in the form that its ending names."""

    wanted: Wanted
    path: str
    operator: str


@dataclass(frozen=True, slots=True)
class CallOffJournalFile:
    """End what is being written; there will be no such file."""

    operator: str


JournalAct = CheckJournal | CallOffJournalCheck | WriteJournalFile | CallOffJournalFile
"""Is recorded."""
JournalLook = ReadJournal | OpenRecord | CloseRecord
"""Asks for something to be painted."""
