"""Prepares every acting side before it is needed, so that a stop's first request is a cancel."""

from __future__ import annotations

import logging

from core.engine.parts import Parts
from core.errors import ScramError

log = logging.getLogger(__name__)

AGAIN_S = 2.0
BETWEEN_STARTS_S = 0.01


async def prepare_all(parts: Parts) -> None:
    """Until each is prepared; one that cannot be yet is tried again and again."""
    waiting = [account.name for account in parts.accounts if account.name not in parts.keyless]
    while waiting:
        for name in tuple(waiting):
            try:
                await parts.prepare(name)
            except ScramError as error:
                log.debug("the acting side of %s is not ready: %s", name, error)
                continue
            waiting.remove(name)
            parts.armed.add(name)
            await parts.clock.sleep(BETWEEN_STARTS_S)
        await parts.clock.sleep(AGAIN_S)
