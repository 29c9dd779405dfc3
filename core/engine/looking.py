"""One look at today's figures without a desk: every account is read once, and nothing is kept, sent or stopped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.clock import Clock
from core.config import Config
from core.engine.accounts import connect, feed_settings
from core.engine.build import book_of, endpoints
from core.risk.matrix import RiskModel
from core.risk.model import RiskMatrix
from core.secrets import KeyringPort
from core.tasks import spawn, stop_all

LOOK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Look:
    matrix: RiskMatrix
    unread: tuple[str, ...]
    """Accounts that could not be read in time."""


async def look(
    config: Config,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    *,
    wait_s: float = 20.0,
    shared: Path | None = None,
    keyring: KeyringPort | None = None,
) -> Look:
    """Watch until every account was read and priced, or for `wait_s`; then evaluate once.

    `shared` and `keyring`: see `connect`.
    """
    feed = feed_settings(config.feed, config.stop)
    connections = await asyncio.to_thread(
        connect, config.accounts, environ, keyring, clock, rng, feed, egress=config.egress, shared=shared
    )
    hub = connections.hub
    book = book_of(config, clock, endpoints(connections))
    risk = RiskModel(book.scopes, ())
    watched = [account.name for account in config.accounts if account.name not in connections.keyless]
    tasks = [spawn(hub.market_feed(endpoint).run(book.apply), name=f"marks {endpoint}") for endpoint in hub.endpoints]
    tasks += [spawn(hub.watching(name).run(book.apply), name=f"watch {name}") for name in watched]
    try:
        deadline_s = clock.monotonic() + wait_s
        while any(book.why_unknown(name) for name in watched) and clock.monotonic() < deadline_s:
            await clock.sleep(LOOK_AGAIN_S)
        matrix = risk.evaluate(book.view(clock.monotonic()), clock.monotonic())
        unread = tuple(account.name for account in config.accounts if book.why_unknown(account.name))
        return Look(matrix, unread)
    finally:
        await stop_all(tasks)
        await hub.close()
