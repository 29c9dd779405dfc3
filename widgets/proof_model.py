"""The rows of a stop as a table model, worst first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.halt.model import HaltView, ProofRow, ProofState
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, ranks
from widgets.marks import PROOF_MARKS, PROOF_TONES
from widgets.theme import Tone

COLUMNS = (
    Column("PROOF", 112, bold=True),
    Column("ACCOUNT", 120),
    Column("VENUE", 100),
    Column("BOOKS", 150),
    Column("STEP", 106),
    Column("LEFT", 72, figures=True, tip="Orders in the last complete listing"),
    Column("NOTE", 180),
    Column("AFTER", 74, figures=True, tip="From the act to the first proof"),
)
PROOF, ACCOUNT, VENUE, BOOKS, STEP, LEFT, NOTE, AFTER = range(len(COLUMNS))
_RANK = {ProofState.RESTING: 0, ProofState.UNKNOWN: 1, ProofState.VERIFIED: 2}


class ProofModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows: tuple[ProofRow, ...] = ()
        self._rank = np.empty(0)

    def show(self, halt: HaltView | None) -> None:
        self.rows = halt.rows if halt is not None else ()
        self._rank = np.fromiter((_RANK[row.state] for row in self.rows), np.float64, len(self.rows))
        self.take(tuple(row.account for row in self.rows))

    def natural_order(self) -> Order:
        resting = np.fromiter((row.resting or 0 for row in self.rows), np.float64, len(self.rows))
        return np.lexsort((-resting, self._rank))

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        if needle == "not verified":
            return self._rank < _RANK[ProofState.VERIFIED]
        found = (needle in f"{row.account} {row.venue} {row.state}".lower() for row in self.rows)
        return np.fromiter(found, np.bool_, len(self.rows))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.rows)
        if column == PROOF:
            return self._rank
        if column == LEFT:
            left = (np.nan if row.resting is None else row.resting for row in self.rows)
            return np.fromiter(left, np.float64, rows)
        if column == AFTER:
            after = (np.nan if row.proof_ms is None else row.proof_ms for row in self.rows)
            return np.fromiter(after, np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))

    def text(self, row: int, column: int) -> str:
        proof = self.rows[row]
        if column == PROOF:
            return PROOF_MARKS[proof.state]
        if column == LEFT:
            return figures.number(proof.resting)
        if column == AFTER:
            return figures.milliseconds(proof.proof_ms) if proof.proof_ms is not None else "not yet"
        if column == NOTE:
            kept = f"{proof.kept} protective kept" if proof.kept else ""
            late = f"{proof.late} late" if proof.late else ""
            recipe = "generic recipe" if proof.generic else ""
            guardian = f"guardian too: {proof.guardian}" if proof.guardian else ""
            return " · ".join(part for part in (guardian, proof.reason, kept, late, recipe) if part)
        if column == STEP and proof.passes > 1:
            return f"{proof.step.value} · {proof.passes}×"
        plain = {ACCOUNT: proof.account, VENUE: proof.venue, BOOKS: ", ".join(proof.books), STEP: proof.step.value}
        return plain[column]

    def tone(self, row: int, column: int) -> Tone:
        proof = self.rows[row]
        if column == PROOF:
            return PROOF_TONES[proof.state]
        if column == LEFT:
            return Tone.UNKNOWN if proof.resting is None else Tone.CRITICAL if proof.resting else Tone.NORMAL
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column in {BOOKS, AFTER, STEP} else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        proof = self.rows[row]
        if column == ACCOUNT:
            return f"{proof.account}\n{proof.exchange}: {', '.join(proof.books)}"
        if column == PROOF:
            return proof.words
        return self.text(row, column) if column in {BOOKS, NOTE} else ""
