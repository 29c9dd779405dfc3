"""What a screen sees of the journal: what is searched for, pages of records, one record in full, its check, a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.journal.query import ALL, Wanted

FIRST_WORDS = 200
"""Characters of a body in a list of records."""


@dataclass(frozen=True, slots=True)
class JournalWish:
    """Which page of the journal."""

    wanted: Wanted = ALL
    before: int | None = None
    """Older than this record; None for the newest."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One record in a list."""

    seq: int
    at_s: float
    """Wall time."""
    kind: str
    actor: str
    scope: str
    subject: str
    run: str
    words: str
    """The beginning of what it says."""


@dataclass(frozen=True, slots=True)
class JournalPage:
    wish: JournalWish
    lines: tuple[JournalLine, ...] = ()
    """The newest first."""
    more: bool = False
    """Whether there are older ones, or may be."""
    searching: bool = False
    """Whether it is still looked for more."""
    looked_back_to: int | None = None
    """The oldest record that was looked at; None where only those that fit were."""
    kinds: tuple[str, ...] = ()
    """Every kind that the journal holds, in order."""
    error: str = ""
    """Why the journal could not be read; "" where it could."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record in full, without any secret that this process knows."""

    seq: int
    line: JournalLine | None = None
    """None where it could not be read."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Plain data; a body that is no table stands under "" in one."""
    limits_version: int = 0
    config_version: str = ""
    prev_hash: str = ""
    hash: str = ""
    follows: bool | None = None
    """Whether its content matches its hash; None where nobody has looked."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """A check of the whole chain: one that runs, or what the last one came to."""

    by: str
    began_at_s: float
    """Wall time."""
    ended_at_s: float | None = None
    """None while it runs."""
    done: int = 0
    total: int = 0
    """Records."""
    called_off: bool = False
    intact: bool = False
    words: str = ""
    """The sentence that tells the result."""
    first_bad_seq: int | None = None
    seals: int = 0
    signed: int = 0
    noted: int = 0
    keys: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        return self.ended_at_s is None


@dataclass(frozen=True, slots=True)
class JournalFile:
    """Records on their way into a file."""

    path: str
    by: str
    began_at_s: float
    """Wall time."""
    ended_at_s: float | None = None
    """None while it is written."""
    records: int = 0
    """Written so far."""
    share: float = 0.0
    """Of the journal that was gone over, 0 to 1."""
    called_off: bool = False
    error: str = ""
    """Why there is no such file; "" where there is."""

    @property
    def running(self) -> bool:
        return self.ended_at_s is None


@dataclass(frozen=True, slots=True)
class JournalDesk:
    """All that a person has asked of the journal, as it stands."""

    page: JournalPage | None = None
    record: RecordView | None = None
    check: JournalCheck | None = None
    """The one that runs, or was called off last."""
    last_check: JournalCheck | None = None
    """The last one that came to its end, of an earlier start too; None where none ever did."""
    file: JournalFile | None = None


NO_JOURNAL_DESK = JournalDesk()
