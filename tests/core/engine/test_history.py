"""The history of metrics over a restart: every plot comes back, and what was not known stays unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from core.domain import Scope
from core.intents import OpenPage
from tests.core.engine.ground import Ground, Running, until

QUICK = {"history": ["2s for 1h"], "history_accounts": ["2s for 1h"]}


async def _some_history(it: Running) -> None:
    await it.watched()
    for _ in range(3):  # samples of when everything was known, and their buckets closed
        status = it.parts.history.status()
        assert status is not None
        await until(lambda before=status.written: _written(it) > before)


def _written(it: Running) -> int:
    status = it.parts.history.status()
    return 0 if status is None else status.written


def _known_before(it: Running, moment_s: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    whole = it.parts.course.history(0)
    return (whole.at_s < moment_s) & np.isfinite(whole.equity)


async def test_plots_and_sparklines_come_back_after_a_restart_with_a_gap_in_between(ground: Ground) -> None:
    ground.tables["journal"] = QUICK
    async with ground.engine() as it:
        await _some_history(it)
        equity = it.value("portfolio", "equity")
        ended_s = it.parts.clock.now()
    async with ground.engine() as it:
        began_s = it.parts.clock.now()
        await it.watched()
        await until(lambda: _known_before(it, began_s).any())
        whole = it.parts.course.history(0)
        assert math.isclose(float(whole.equity[_known_before(it, began_s)][0]), equity, rel_tol=0.05)
        await it.cycles(3)
        assert math.isclose(it.latest.history.at_s[0], whole.at_s[0], rel_tol=1e-12)
        row = it.latest.matrix.row(Scope.parse("account:alpha-1"))
        line = it.latest.sparklines[row]
        shown_s = it.parts.clock.now() - np.arange(len(line))[::-1] * 2.0
        assert np.isfinite(line[shown_s < began_s]).any()
        it.engine.submit(OpenPage(Scope.parse("account:alpha-1")))
        await until(lambda: it.latest.page is not None)
        assert it.latest.page is not None
        assert it.latest.page.history.at_s[0] < began_s
        found = await it.parts.history.query("account:alpha-1", "equity", ended_s - 60.0, ended_s + 60.0)
        assert np.isfinite(found.last).any()


async def test_no_history_is_kept_where_none_is_wanted(ground: Ground) -> None:
    ground.tables["journal"] = {"history_mb": 0}
    async with ground.engine() as it:
        await it.watched()
        assert it.parts.history.status() is None
        assert it.parts.history.words == ""


async def test_a_desk_that_only_watches_writes_no_history(ground: Ground) -> None:
    ground.tables["journal"] = QUICK
    async with ground.engine() as first:
        await first.watched()
        async with ground.engine() as second:
            await second.watched()
            await _some_history(first)
            status = second.parts.history.status()
            assert status is not None
            assert (status.written, status.waiting) == (0, 0)
