"""The guardian's accounts: read from the configuration leniently, prepared gently, and read again when it changes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.clock import Clock
from core.config.lenient import AccountsReading, load_accounts
from core.config.model import AccountConfig
from core.config.stamp import stamp_of
from core.domain import Protective, Scope
from core.engine.accounts import acquirer, stop_settings
from core.engine.guard_policy import policy_of
from core.engine.unaided import Unaided, new_halt_id, reach
from core.errors import ConfigError, ScramError, SecretError
from core.halt.desk import HaltDesk
from core.halt.guardian.arms import ArmsState, Changed
from core.halt.guardian.holding import Holding
from core.halt.guardian.messages import KnownAccount
from core.halt.paired import PairedLatches
from core.halt.source.desk import SourceDesk
from core.halt.target import HaltTarget
from core.halt.terms import StopTerms
from core.places import Places
from core.secrets import Credentials, KeyringPort, find_credentials

log = logging.getLogger(__name__)

LOOK_S = 1.0
PREPARE_AGAIN_S = 10.0
AT_ONCE = 4
"""Accounts prepared side by side: nobody is in a hurry, and the desk asks the same venues at the same time."""


class ToldAccounts:
    """What desks have told of accounts; they may be gone when it is needed."""

    def __init__(self) -> None:
        self._rows: dict[str, KnownAccount] = {}

    def take(self, rows: Iterable[KnownAccount]) -> None:
        self._rows.update((row.account, row) for row in rows)

    def known_symbols(self, account: str) -> frozenset[str]:
        row = self._rows.get(account)
        return frozenset() if row is None else frozenset(row.symbols)

    def resting_orders(self, account: str) -> None:
        """Which ones rest by now nobody here can tell."""

    def exposures(self) -> dict[str, float]:
        return {name: row.exposure for name, row in self._rows.items() if row.exposure is not None}


class GuardianArms:
    """See `core.halt.guardian.arms`."""

    def __init__(
        self, config: Path, environ: Mapping[str, str], clock: Clock, rng: random.Random, shared: Path | None = None,
        keyring: KeyringPort | None = None,
    ) -> None:  # fmt: skip
        """`shared` and `keyring`: see `core.engine.accounts.connect`."""
        self._shared = shared
        self._keyring = keyring
        self._config = config
        self._environ = environ
        self._clock = clock
        self._rng = rng
        self._unaided: Unaided
        self._borrowed: set[str] = set()
        self._unready: dict[str, None] = {}
        self._told = ToldAccounts()
        self._problems: tuple[str, ...] = ()

    async def load(self) -> None:
        """Read the configuration for the first time. Raises ConfigError where not one account can be read."""
        await self._take(await asyncio.to_thread(load_accounts, self._config))

    @property
    def reading(self) -> AccountsReading:
        return self._unaided.reading

    def secrets(self) -> tuple[str, ...]:
        """For masking logs."""
        return self._unaided.connections.secrets()

    def targets(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        """Of this moment's configuration."""
        return self._unaided.targets(scope, include_unattributed=include_unattributed)

    def know(self, rows: Iterable[KnownAccount]) -> None:
        self._told.take(rows)

    @property
    def sources(self) -> SourceDesk:
        return self._unaided.sources

    @property
    def state(self) -> ArmsState:
        reading = self._unaided.reading
        return ArmsState(
            policy=policy_of(reading.guardian),
            terms=StopTerms(reading.stop.protective or Protective.KEEP),
            accounts=len(reading.accounts) + len(reading.bad),
            unready=(*self._unready, *(row.name for row in reading.bad)),
            borrowed=len(self._borrowed),
            problems=self._problems,
        )

    async def close(self) -> None:
        await self._unaided.close()

    # -- keeping ready --------------------------------------------------------------------------------------------

    async def keep_ready(self, changed: Changed) -> None:
        seen, prepare_s = self._stamp(), float("-inf")
        while True:
            if self._unready and self._clock.monotonic() >= prepare_s:
                await self._prepare_all()
                prepare_s = self._clock.monotonic() + PREPARE_AGAIN_S
            await self._clock.sleep(LOOK_S)
            stamp = await asyncio.to_thread(self._stamp)
            if stamp and stamp != seen:
                seen = stamp
                await self._reload(changed)
                prepare_s = float("-inf")

    async def _reload(self, changed: Changed) -> None:
        try:
            reading = await asyncio.to_thread(load_accounts, self._config)
            if reading.bad and not self.reading.bad:
                # A file that is being written looks like this too: what was in force stays until it can be read.
                raise ConfigError(f"{self._config}: {reading.bad[0].name}: {reading.bad[0].reason}")
        except ConfigError as error:
            first = str(error).splitlines()[0]
            self._problems = (f"the guardian keeps to the configuration that it had: {first}",)
            log.warning("%s", self._problems[0])
            return
        before = self._unaided
        await self._take(reading)
        log.info("the configuration is read again: %d accounts", len(reading.accounts))
        anew = self._unaided.connections is not before.connections
        await changed(accounts=anew)
        if anew:
            await before.close()

    async def _take(self, reading: AccountsReading) -> None:
        self._problems = reading.problems
        former = getattr(self, "_unaided", None)
        if former is not None and _reaches_the_same(former.reading, reading):
            self._unaided = replace(former, reading=reading)
            return
        borrowed: set[str] = set()

        def find(account: AccountConfig, environ: Mapping[str, str], keyring: KeyringPort | None) -> Credentials:
            return guardian_credentials(account, environ, keyring, borrowed)

        self._unaided = await reach(
            reading, self._environ, self._clock, self._rng, find, self._shared, self._told, self._told.exposures,
            self._keyring,
        )  # fmt: skip
        if former is not None:
            # What trades is asked by the sources of the first reading for as long as this process runs.
            await self._unaided.sources.close()
            self._unaided = replace(self._unaided, sources=former.sources)
        self._borrowed = borrowed
        self._unready = {account.name: None for account in reading.accounts}

    async def _prepare_all(self) -> None:
        names = [name for name in self._unready if name not in self._unaided.connections.keyless]
        for start in range(0, len(names), AT_ONCE):
            await asyncio.gather(*(self._prepare(name) for name in names[start : start + AT_ONCE]))

    async def _prepare(self, name: str) -> None:
        try:
            await acquirer(self._unaided.connections.hub, name)()
        except ScramError as error:
            log.info("the acting side of %s is not ready: %s", name, error)
            return
        self._unready.pop(name, None)

    def _stamp(self) -> object:
        return stamp_of(self._config, self._unaided.reading.rosters)


def guardian_desk(arms: GuardianArms, holding: Holding, places: Places, clock: Clock) -> HaltDesk:
    """The guardian's own latches first, and the desk's beside them."""
    latches = PairedLatches(places.guardian_latches, places.latches)
    settings = stop_settings(arms.reading.stop)
    return HaltDesk(latches, arms.targets, clock, settings, new_halt_id, holding, sources=arms.sources)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the guardian looks up an account's own credentials by."""

    name: str
    credentials: str


def guardian_credentials(
    account: AccountConfig, environ: Mapping[str, str], keyring: KeyringPort | None, borrowed: set[str]
) -> Credentials:
    """The guardian's own for this account, or the desk's: then its name is put into `borrowed`. Raises SecretError.

    In the keyring they have an entry of their own, `NAME/guardian`.
    """
    if account.guardian_credentials is not None:
        try:
            return find_credentials(_Entry(f"{account.name}/guardian", account.guardian_credentials), environ, keyring)
        except SecretError as error:
            log.warning("%s; the guardian uses the desk's", error)
    found = find_credentials(account, environ, keyring)
    borrowed.add(account.name)
    return found


def _reaches_the_same(one: AccountsReading, other: AccountsReading) -> bool:
    return (one.accounts, one.egress, one.strategies, one.bad, one.stop, one.feed) == (
        other.accounts, other.egress, other.strategies, other.bad, other.stop, other.feed,
    )  # fmt: skip
