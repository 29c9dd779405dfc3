"""The stop without an engine: every account of a configuration that can be read, and a desk that stops them."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock
from core.config.lenient import AccountsReading
from core.engine.accounts import (
    Connections,
    FindCredentials,
    connect,
    feed_settings,
    rules_of,
    stop_settings,
    stoppables,
)
from core.engine.halting import Exposures, KnownOrders, Stoppable, TargetFinder, cannot
from core.engine.sources import connect_sources
from core.errors import ConfigError
from core.halt.desk import HaltDesk
from core.halt.paired import PairedLatches
from core.halt.source.desk import SourceDesk
from core.secrets import KeyringPort, find_credentials

if TYPE_CHECKING:
    from core.places import Places


@dataclass(frozen=True, slots=True)
class Unaided:
    """What can be stopped from here, without a book and without a journal."""

    reading: AccountsReading
    connections: Connections
    targets: TargetFinder
    sources: SourceDesk

    async def close(self) -> None:
        await self.connections.hub.close()


async def reach(
    reading: AccountsReading,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    find: FindCredentials = find_credentials,
    shared: Path | None = None,
    known: KnownOrders | None = None,
    exposures: Exposures = dict,
    keyring: KeyringPort | None = None,
) -> Unaided:
    """Nothing goes over the wire yet. Rows too broken to act on are targets too, unknown with their reason.

    `shared` and `keyring`: see `connect`. `known` and `exposures`: what somebody else has told of these accounts.
    """
    feed = feed_settings(reading.feed, reading.stop)
    connections = await asyncio.to_thread(
        connect, reading.accounts, environ, keyring, clock, rng, feed, find, reading.egress, shared
    )
    bad = (Stoppable(row.name, "", row.exchange, cannot(ConfigError(row.reason))) for row in reading.bad)
    targets = TargetFinder(
        (*stoppables(reading.accounts, connections), *bad), rules_of(reading.strategies), known, exposures
    )
    sources = connect_sources(reading.strategies, targets.strategies_in, environ, keyring, clock)
    return Unaided(reading, connections, targets, sources.desk)


def desk_latches(places: Places) -> PairedLatches:
    """As the desk and the command line keep them, with the guardian's beside them."""
    return PairedLatches(places.latches, places.guardian_latches)


def stop_desk(unaided: Unaided, places: Places, clock: Clock) -> HaltDesk:
    """A desk of the command line's own."""
    settings = stop_settings(unaided.reading.stop)
    return HaltDesk(desk_latches(places), unaided.targets, clock, settings, new_halt_id, sources=unaided.sources)


def new_halt_id() -> str:
    return f"h-{uuid.uuid4().hex[:12]}"
