"""Where the book is exposed: by underlying now, or gross and net over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QToolButton, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.exposure_bars import ExposureBars
from widgets.panel import Panel
from widgets.plots import curve, dress, pen, time_plot, time_range
from widgets.theme import Tone


class ExposurePlot(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("exposure_plot", "Exposure", parent)
        self.bars = ExposureBars(self)
        self._base = "USD"
        self.plot = time_plot("exposure_course", "Gross and net exposure over time", self._words, self)
        self.gross = curve(self.plot)
        self.net = curve(self.plot)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.bars)
        self.pages.addWidget(self.plot)
        self.by_underlying = self._switch("by_underlying", "by underlying")
        self.over_time = self._switch("over_time", "over time")
        self.by_underlying.setChecked(True)
        self.over_time.toggled.connect(self._turn)
        self.body.addWidget(self.pages)
        self.restyle()

    def _switch(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"exposure_{name}")
        button.setText(text)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setProperty("role", "flat")
        self.top.addWidget(button)
        return button

    def _turn(self, over_time: bool) -> None:
        self.pages.setCurrentIndex(int(over_time))
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def _words(self, value: float) -> str:
        return figures.money(value, self._base) if value else "0"

    def restyle(self) -> None:
        if hasattr(self, "net"):
            dress(self.plot)
            self.gross.setPen(pen(Tone.NORMAL))
            self.net.setPen(pen(Tone.GAIN))

    def draw(self, snapshot: Snapshot) -> None:
        self._base = snapshot.base_currency
        if self.pages.currentIndex() == 0:
            self.note.say("")
            self.bars.show_rows(snapshot.exposures, self._base)
            return
        history = snapshot.history
        self.gross.setData(history.at_s, history.gross_exposure, connect="finite")
        self.net.setData(history.at_s, history.net_exposure, connect="finite")
        time_range(self.plot, history.at_s)
        both = np.concatenate([history.gross_exposure, history.net_exposure])
        known = both[np.isfinite(both)]
        low, high = (min(0.0, float(known.min())), float(known.max())) if len(known) else (0.0, 1.0)
        room = max(high - low, 1.0) * 0.06
        self.plot.setYRange(low - room, high + room, padding=0)
        self.note.say(f"gross grey, net blue · {figures.zone_words()}" if len(known) else "unknown so far")
