"""`scram guardian`: the second process, which can stop without the desk. No window, no engine, no database."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

import typer

from app.cli.common import config_path
from app.loop import run_headless
from app.memory import tend_memory
from core.clock import SystemClock
from core.engine.arming import GuardianArms, guardian_desk
from core.errors import ChannelError
from core.halt.guardian.channel import read_address
from core.halt.guardian.child import TOLD_VARIABLE
from core.halt.guardian.guardian import Guardian
from core.halt.guardian.holding import Holding
from core.halt.guardian.lock import SingleLock
from core.log import set_up_logging
from core.places import Places, find_places
from core.sealed_keys import Keychain, SealedKeys, keychain_of
from core.tasks import spawn, stop_all

LOG_FILE = "guardian.log"


def guard(config: Path | None, home: Path | None, *, child: bool) -> int:
    """Runs until it is ended; as a desk's child also until nobody needs it any more."""
    places = find_places(home, os.environ)
    path = config_path(config, places)
    redactor = set_up_logging(places.logs, file_name=LOG_FILE)
    keychain = _keychain(places)
    lock = SingleLock(places.runtime)
    try:
        _take(lock, places)

        async def main(stop: asyncio.Event) -> int:
            clock = SystemClock()
            arms = GuardianArms(path, os.environ, clock, random.Random(), places.runtime, keychain)
            await arms.load()
            redactor.add(arms.secrets())
            holding = Holding()
            halts = guardian_desk(arms, holding, places, clock)
            memory = spawn(tend_memory(lambda: not arms.state.unready, lambda: None, clock), name="memory")
            try:
                await _watch(Guardian(halts, holding, arms, clock, places.runtime, child=child), arms, stop)
            finally:
                await stop_all([memory])
            return 0

        return run_headless(main)
    finally:
        lock.release()


async def _watch(guardian: Guardian, arms: GuardianArms, stop: asyncio.Event) -> None:
    await guardian.start()
    state = arms.state
    typer.echo(
        f"guarding {state.accounts} accounts, {state.borrowed} of them with the desk's own credentials", err=True
    )
    if not arms.reading.guardian.enabled:
        typer.echo("scram: [guardian] enabled is not set: a desk on this configuration will not speak to it", err=True)
    waiting = [spawn(stop.wait(), name="interrupted"), spawn(guardian.ended.wait(), name="nobody is left")]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await stop_all(waiting)
        await guardian.close()


def _keychain(places: Places) -> Keychain:
    """Its passphrase comes from the desk that started this process, or from the environment; nobody is asked."""
    if os.environ.get(TOLD_VARIABLE):
        told = sys.stdin.buffer.readline().decode().removesuffix("\n")
        return Keychain(SealedKeys(places.sealed_keys, passphrase=told))
    return keychain_of(places.sealed_keys, os.environ)


def _take(lock: SingleLock, places: Places) -> None:
    try:
        ours = lock.take()
    except OSError as error:
        # Better two guardians than none: whoever sweeps twice does no harm.
        typer.echo(f"scram: whether another guardian runs cannot be told: {error.strerror}", err=True)
        return
    if not ours:
        address = read_address(places.runtime)
        which = f" (process {address.pid})" if address is not None else ""
        raise ChannelError(f"a guardian runs here already{which}; one is enough for everything under {places.runtime}")
