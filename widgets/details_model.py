"""All figures of one scope, one metric per row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Trust
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.marks import TRUST_WORDS, severity_mark
from widgets.reading import Reading
from widgets.theme import Tone

COLUMNS = (
    Column("METRIC", 110),
    Column("VALUE", 80, figures=True),
    Column("LIMIT", 66, figures=True),
    Column("USED", 64, figures=True, tip="Share of the limit that is used"),
    Column("AGE", 58, figures=True),
)
METRIC, VALUE, LIMIT, USED, AGE = range(len(COLUMNS))


class DetailsModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.readings: tuple[Reading, ...] = ()
        self._base = "USD"

    def show(self, readings: tuple[Reading, ...], base: str) -> None:
        self.readings, self._base = readings, base
        self.take(tuple(reading.info.name for reading in readings))

    def natural_order(self) -> Order:
        severity = [abs(reading.severity) for reading in self.readings]
        return np.argsort(-np.array(severity, dtype=np.int64), kind="stable")

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        return np.array([reading.value for reading in self.readings])

    def text(self, row: int, column: int) -> str:
        reading = self.readings[row]
        if column == METRIC:
            return reading.info.title
        if column == USED:
            return figures.percent(reading.used) if not np.isnan(reading.threshold) else ""
        if column == AGE:
            return figures.seconds(reading.age_s)
        return reading.text(self._base) if column == VALUE else reading.limit_text(self._base)

    def tone(self, row: int, column: int) -> Tone:
        reading = self.readings[row]
        if column in {VALUE, USED}:
            return reading.tone
        return Tone.NORMAL if column == METRIC else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        reading = self.readings[row]
        state = f"{severity_mark(reading.severity)} · {TRUST_WORDS[Trust(reading.trust)]}"
        return f"{reading.info.title}: {reading.info.formula}\nSource: {reading.info.source}\n{state}"
