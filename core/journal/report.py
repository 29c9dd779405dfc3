"""What the check of a journal came to."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from core.errors import JournalError


class Fault(enum.StrEnum):
    EDITED = "edited"
    MISSING = "missing"
    SWAPPED = "swapped"
    """It stands at another place than it was written to."""
    ADDED = "added"
    """Put there by somebody else than the journal."""
    CUT = "cut"
    """Records at the end are gone."""
    SEAL = "seal mismatch"
    """The chain holds in itself, and is not what was sealed."""
    DAMAGED = "damaged"
    """The file cannot be read there."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    records: int
    """Records read until the check ended."""
    intact: bool
    first_bad_seq: int | None
    """The place of the record; of one that is missing, where it should be."""
    reason: str
    """One clause; "" when intact."""
    fault: Fault | None = None
    first_bad_at_s: float | None = None
    """Wall time of the record, or of the one before it where it is missing; None where that cannot be told."""
    seals: int = 0
    """Seals that were found to hold."""
    signed: int = 0
    """Of these, the ones that bear a signature."""
    keys: tuple[str, ...] = field(default=())
    """Fingerprints of the keys that they are signed with."""
    noted: int = 0
    """Of these, the ones that were compared with their note outside the database."""
    remarks: tuple[str, ...] = field(default=())
    """Sentences on what could not be checked."""


class BadRecord(JournalError):
    """Ends the check; caught where it began."""

    def __init__(self, seq: int | None, fault: Fault, reason: str, at_s: object = None) -> None:
        super().__init__(reason)
        self.seq = seq
        self.fault = fault
        self.reason = reason
        self.at_s = at_s if isinstance(at_s, float) else None
