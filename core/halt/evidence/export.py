"""The whole evidence of a stop, out of its latch and every run that was kept, in the forms in which it is handed on."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import utc_text
from core.domain import EvidenceFormat
from core.errors import LatchError
from core.halt.evidence.canonical import spliced
from core.halt.evidence.document import RunHeld, latch_document, run_document
from core.halt.evidence.folder import EvidenceFolder
from core.halt.evidence.keys import SigningKeys
from core.halt.evidence.signing import signed
from core.halt.evidence.table import table
from core.halt.latch import Latch, LatchFolder
from core.places import write_atomically
from core.release import product_version

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A run of this process that goes on, as it stands now."""

    latch: Latch
    held: RunHeld
    number: int | None
    """Under which it is kept; None where it is not kept yet."""


class EvidenceStore:
    """What is known of every stop on this machine. Blocking work: call from a thread."""

    def __init__(self, latches: LatchFolder, keys: SigningKeys | None = None) -> None:
        """Runs are read from beside all latches; the key is kept beside those that are written here."""
        self._latches = latches
        self._folders = [EvidenceFolder.beside(folder) for folder in latches.folders]
        self.keys = keys or SigningKeys(self._folders[0].folder)

    def export(self, halt_id: str, form: EvidenceFormat, at_s: float, running: Running | None = None) -> bytes:
        """Raises LatchError where nothing is known of such a stop, and SecretError where it cannot be signed."""
        runs = self._runs(halt_id, running)
        latch = self._latches.was_reset(halt_id) or self._latch(halt_id, running)
        if latch is None and not runs:
            raise LatchError(f"nothing is kept of a stop {halt_id} here")
        if form is EvidenceFormat.CSV:
            return table(halt_id, runs).encode()
        evidence = _whole(halt_id, latch, runs, at_s)
        return signed(evidence, self.keys.private(), at_s) if form is EvidenceFormat.SIGNED else evidence

    def _runs(self, halt_id: str, running: Running | None) -> list[bytes]:
        """Oldest first, as far as they are of one process."""
        found: dict[tuple[int, int], bytes] = {}
        for place, folder in enumerate(self._folders):
            try:
                found |= {(place, number): run for number, run in folder.read(halt_id).items()}
            except LatchError:
                if running is None:
                    raise
                # A disk that cannot be read does not hide what is in memory.
        if running is not None:
            number = running.number or max((number for place, number in found if place == 0), default=0) + 1
            found[0, number] = run_document(running.held)
        return [document for _, document in sorted(found.items())]

    def _latch(self, halt_id: str, running: Running | None) -> Latch | None:
        if running is not None:
            return running.latch
        with contextlib.suppress(OSError):
            return next((latch for latch in self._latches.load() if latch.halt_id == halt_id), None)
        return None


def _whole(halt_id: str, latch: Latch | None, runs: Sequence[bytes], at_s: float) -> bytes:
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "product": f"scram {product_version()}",
        "made_at": utc_text(at_s),
        "halt_id": halt_id,
        "latch": None if latch is None else latch_document(latch),
    }
    return spliced(head, "runs", runs)


def write_export(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by its owner only; replaces what was there. Raises LatchError."""
    target = path.expanduser().absolute()
    try:
        write_atomically(target, data)
    except OSError as error:
        raise LatchError(f"the evidence cannot be written to {target}: {error.strerror}") from None
