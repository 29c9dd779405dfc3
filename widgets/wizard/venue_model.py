"""The venues that there are and how well each one's stop is known, found by a few letters."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core.joining.model import COVERAGE_WORDS, VenueOffer
from core.venues.protocol import Coverage
from widgets.theme import Tone, brush

Index = QModelIndex | QPersistentModelIndex
VENUE, STOP = range(2)
HEADERS = ("Venue (ccxt id)", "Stop plan")
_MARKS = {Coverage.EXACT: "● ", Coverage.UNCONFIRMED: "◐ ", Coverage.GENERIC: "○ "}
_TONES = {Coverage.EXACT: Tone.OK, Coverage.UNCONFIRMED: Tone.MEDIUM, Coverage.GENERIC: Tone.FAINT}


class VenueModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[VenueOffer, ...] = ()
        self._shown: tuple[VenueOffer, ...] = ()
        self._text = ""

    def show_offers(self, offers: tuple[VenueOffer, ...]) -> None:
        if offers != self._all:
            self._all = offers
            self._find()

    def look_for(self, text: str) -> None:
        """Every word has to occur, in the id or in what is known of its stop."""
        if text != self._text:
            self._text = text
            self._find()

    def offer(self, row: int) -> VenueOffer | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, exchange: str) -> int:
        """-1 where it is not shown."""
        return next((row for row, offer in enumerate(self._shown) if offer.exchange == exchange), -1)

    def _find(self) -> None:
        wanted = self._text.lower().split()
        self.beginResetModel()
        self._shown = tuple(
            offer
            for offer in self._all
            if all(word in f"{offer.exchange} {COVERAGE_WORDS[offer.coverage]}" for word in wanted)
        )
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADERS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        offer = self.offer(index.row()) if index.isValid() else None
        if offer is None:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            if index.column() == VENUE:
                return offer.exchange
            mark = _MARKS[offer.coverage] if role == Qt.ItemDataRole.DisplayRole else ""
            return mark + COVERAGE_WORDS[offer.coverage]
        if role == Qt.ItemDataRole.ForegroundRole:
            return brush(_TONES[offer.coverage] if index.column() == STOP else Tone.STRONG)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None
