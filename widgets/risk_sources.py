"""Where a scope's exposure and risk come from: underlyings as bars, contributions as shares of the whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.snapshot import Contribution, ScopePage
from widgets import figures
from widgets.columns import Column
from widgets.exposure_bars import ExposureBars, underlying_rows
from widgets.line_model import LineModel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("RISK FROM", 120, tip="Contribution to the scope's volatility"),
    Column("SHARE", 76, figures=True, tip="All of them add up to 100 %; what takes risk away is negative"),
)


class ContributionModel(LineModel[Contribution]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: Contribution) -> str:
        return line.name

    def number(self, line: Contribution, column: int) -> float | None:
        return line.share

    def natural_order(self) -> npt.NDArray[np.intp]:
        return np.arange(len(self.lines), dtype=np.intp)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        return figures.percent(line.share, plus=True) if column else line.name

    def tone(self, row: int, column: int) -> Tone:
        if not column:
            return Tone.STRONG
        return Tone.GAIN if self.lines[row].share < 0 else Tone.NORMAL


class RiskSources(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("risk_sources")
        self.setAccessibleName("Exposure by underlying, and contributions to risk")
        self.bars = ExposureBars(self)
        self.bars.setAccessibleName("Exposure by underlying")
        self.model = ContributionModel()
        self.table = Table(self.model, "contributions", "Contributions to risk", self)
        self.table.size_columns(stretched=0)
        self.table.empty_words = "Not estimated yet"
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.bars, 3)
        row.addWidget(self.table, 2)

    def show_page(self, page: ScopePage | None, base: str) -> None:
        self.bars.empty_words = "Being read" if page is None else "No position is open"
        self.table.empty_words = "Being read" if page is None else "Not estimated yet"
        self.bars.show_rows(underlying_rows(page.exposures) if page is not None else (), base)
        self.model.show(page.contributions if page is not None else (), base, 0.0)
        if self.isVisible():
            self.table.flush()
