"""What other markets show of the same coin, to confirm a mark that leapt or to contradict one that is the first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.book.marks import Marks

FRESH_S = 10.0


def elsewhere(marks: Marks, row: int, at_s: float) -> Iterator[float]:
    """Fresh marks at `at_s` (monotonic) of the coin that `row` is the price of, in the quote coin of `row`.

    Nothing where `row` is no price of its coin (inverse, dated, an option). Looked for only when asked for.
    """
    table = marks.table
    rate = marks.rate(int(table.quote[row])) if marks.prices_its_base(row) else math.nan
    if math.isnan(rate):
        return
    for other in np.flatnonzero(table.base[: table.size] == table.base[row]).tolist():
        fresh = other != row and at_s - table.mark_s[other] <= FRESH_S and table.mark[other] > 0.0
        if fresh and marks.prices_its_base(other):
            price = float(table.mark[other]) * marks.rate(int(table.quote[other])) / rate
            if not math.isnan(price):
                yield price
