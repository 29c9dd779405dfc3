"""Room with an end for a limit whose figure cannot recover while nothing trades: how far, how long, and the button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.halt.way_back.checklist import RoomOffer
from widgets import figures

DURATIONS = (("1 h", 3_600.0), ("8 h", 28_800.0), ("24 h", 86_400.0), ("3 days", 259_200.0), ("7 days", 604_800.0))
USUAL = 2
"""Place of the duration that is chosen at first."""


class RoomRow(QWidget):
    asked = Signal(object, float, float)
    """The RoomOffer, the threshold, and for how many seconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("room_row")
        self._offer: RoomOffer | None = None
        self._may = False
        self.threshold = QLineEdit(self)
        self.threshold.setObjectName("room_threshold")
        self.threshold.setAccessibleName("Threshold until the end of the room")
        self.threshold.setMaximumWidth(56)
        self.duration = QComboBox(self)
        self.duration.setObjectName("room_duration")
        self.duration.setAccessibleName("How long the room lasts")
        self.duration.addItems([words for words, _ in DURATIONS])
        self.duration.setCurrentIndex(USUAL)
        self.button = QPushButton("Give room", self)
        self.button.setObjectName("give_room")
        self.button.setAccessibleName("Let the limit lie further away for a while")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.threshold)
        row.addWidget(self.duration)
        row.addWidget(self.button, 1)
        self._row = row
        self.threshold.textChanged.connect(self._weigh)
        self.button.clicked.connect(self._ask)

    def put_first(self, part: QWidget) -> None:
        """What else may help stands in the same row."""
        self._row.insertWidget(0, part)

    def show_offer(self, offer: RoomOffer | None, *, may: bool) -> None:
        """`may`: whether a reason is there."""
        for part in (self.threshold, self.duration, self.button):
            part.setVisible(offer is not None)
        self._may = may
        if offer is not None and (self._offer is None or (offer.scope, offer.metric) != self._key):
            self.threshold.setText(figures.typed(offer.threshold))  # what somebody types in stays from then on
        self._offer = offer
        self._weigh()

    @property
    def _key(self) -> tuple[object, str]:
        return (self._offer.scope, self._offer.metric) if self._offer is not None else (None, "")

    def _weigh(self) -> None:
        self.button.setEnabled(self._offer is not None and self._may and self._typed() is not None)

    def _typed(self) -> float | None:
        value = figures.read(self.threshold.text())
        return value if value is not None and value > 0.0 else None

    def _ask(self) -> None:
        typed = self._typed()
        if self._offer is not None and self._may and typed is not None:
            self.asked.emit(self._offer, typed, DURATIONS[self.duration.currentIndex()][1])
