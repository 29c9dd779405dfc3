"""How the journal's writer is set, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from core.journal.chain import Head


@dataclass(frozen=True, slots=True)
class WriterSettings:
    batch: int = 200
    """A commit does not wait for more once this many records are there."""
    batch_wait_s: float = 0.05
    chunk: int = 2_000
    """The most records in one transaction."""
    spill_above: int = 5_000
    """More than this in memory at once goes to the spill file rather than straight into the database."""
    max_records: int = 100_000
    max_bytes: int = 64 * 1024 * 1024
    retry_first_s: float = 0.1
    retry_most_s: float = 2.0
    critical: frozenset[str] = frozenset({"halt", "stop", "latch"})
    """First words of the kinds (`halt.fired`) that are committed at once and synced to the disk."""


@dataclass(frozen=True, slots=True)
class WriterStatus:
    head: Head
    pending: int
    spilled: int
    lost: int
    """Records that are gone and of which the journal does not say so yet."""
    tail_intact: bool
    trouble: str
    note_trouble: str = ""
    """Why seals are not noted outside the database."""
