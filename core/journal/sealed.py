"""Whether the seals that a check of the chain comes by are those that were set, and fit what they stand behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.journal.notes import Note
from core.journal.report import BadRecord, Fault
from core.journal.seals import SEAL, Seal, fingerprint, read_seal, seal_fault


class SealCheck:
    def __init__(self, notes: Iterable[Note], keys: Collection[str]) -> None:
        """`keys` are fingerprints of those that a seal may be signed with; none: any."""
        self.notes = {note.seq: note for note in notes}
        """Those whose place was not reached yet."""
        self._trusted = keys
        self._last: int | None = 0
        """Place of the last seal; None where the check began in the middle."""
        self.seals = self.signed = self.noted = 0
        self.keys: dict[str, None] = {}
        """Fingerprints, in the order in which they were met."""

    def begin_at(self, seq: int) -> None:
        """What lies before that place is not looked at."""
        self._last = None
        self.notes = {place: note for place, note in self.notes.items() if place >= seq}

    def take(self, seq: int, at_s: object, kind: str, body: str, prev_hash: str, digest: str) -> None:
        """A record that is a seal, or should be. Raises BadRecord."""
        note = self.notes.pop(seq, None)
        seal = read_seal(body) if kind == SEAL else None
        words = self._fault(seq, prev_hash, digest, seal, note)
        if words or seal is None:
            first = self._first(seq, seal, note)
            reason = f"one of the records {first} to {seq} was rewritten, with every hash behind it: {words}"
            raise BadRecord(first, Fault.SEAL, reason, at_s)
        self._last = seq
        self.seals += 1
        self.noted += note is not None
        if seal.ed25519:
            self.signed += 1
            self.keys[fingerprint(seal.public_key)] = None

    def _fault(self, seq: int, prev_hash: str, digest: str, seal: Seal | None, note: Note | None) -> str:
        if seal is None:
            return "there is no seal there any more"
        if note is not None and note.hash != digest:
            return f"the seal of {note.at} was noted outside as another one"
        if (seal.last_seq, seal.root) != (seq - 1, prev_hash):
            return f"the seal of {seal.day} is of other records"
        if self._last is not None and (seal.first_seq, seal.count) != (self._last + 1, seq - self._last - 1):
            return f"the seal of {seal.day} is of {seal.count} records from {seal.first_seq} on"
        return seal_fault(seal, self._trusted)

    def _first(self, seq: int, seal: Seal | None, note: Note | None) -> int:
        """Of the records that the seal stands for."""
        if self._last is not None:
            return self._last + 1
        if note is not None:
            return note.first_seq
        return seq if seal is None else seal.first_seq
