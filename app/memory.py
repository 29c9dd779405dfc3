"""Keeps Python's garbage collector from stopping the loop.

A desk with hundreds of accounts holds millions of long-lived objects (ccxt's tables), and a full collection walks them
all: measured at 0.2 to 0.7 s with 200 accounts. Young garbage is still collected as ever; full collections are made by
the clock, in processes that live long, and what survives one is taken out of sight (`gc.freeze`), so that each of them
only looks at what is new.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator

from core.clock import Clock

YOUNG, MIDDLE, NEVER = 1_000, 5, 1_000_000
"""Allocations to a collection of the youngest, how many of those to one of the next; full ones by count never."""
SETTLE_WITHIN_S = 120.0
HEARTBEAT_S = 0.2
"""Long enough for whoever measures stalls to have noticed the collection, which belongs to the start."""
COLLECT_EVERY_S = 600.0
THOROUGH_EVERY = 144
"""Once a day everything is looked at again: objects may have become garbage after they were taken out of sight."""


@contextlib.contextmanager
def without_full_collections() -> Iterator[None]:
    """Full collections by count are off: of a stop of a thousand accounts they took two thirds of the time."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def tend_memory(started: Callable[[], bool], on_settled: Callable[[], None], clock: Clock) -> None:
    """Until cancelled; `on_settled` is told once the start is over and its garbage is gone."""
    try:
        began_s = clock.monotonic()
        while not started() and clock.monotonic() - began_s < SETTLE_WITHIN_S:
            await clock.sleep(0.5)
        _collect()
        await clock.sleep(HEARTBEAT_S)
        on_settled()
        round_ = 0
        while True:
            await clock.sleep(COLLECT_EVERY_S)
            round_ += 1
            if round_ % THOROUGH_EVERY == 0:
                gc.unfreeze()
            _collect()
    finally:
        gc.unfreeze()


def _collect() -> None:
    gc.collect()
    gc.freeze()
