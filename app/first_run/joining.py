"""What the wizard asks for: looked up, tried out, drilled and written, in tasks that can be called off."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject

from app.loading import load
from core.clock import Clock
from core.config import Config, load_config
from core.errors import ConfigError, ScramError
from core.halt.drill.report import DrillFolder, DrillReport
from core.joining.model import FILE, Choices, Draft, KeyPlaces
from core.log import mask_from_now_on
from core.places import Places
from core.risk.limits import METRIC_DIRECTIONS
from core.sealed_keys import Keychain
from core.secrets import keyring_title
from core.tasks import spawn
from widgets.wizard.wizard import Wizard

TRIAL = ("core.joining.trial",)
"""Loaded with the engine, which takes its time."""


class Joining(QObject):
    def __init__(
        self, wizard: Wizard, places: Places, file: Path, keychain: Keychain, operator: str, clock: Clock,
        joined: Callable[[Config], None],
    ) -> None:  # fmt: skip
        """`joined` is told of the configuration once it is written."""
        super().__init__(wizard)
        self._wizard, self._places, self._file, self._keychain = wizard, places, file, keychain
        self._operator, self._clock, self._joined = operator, clock, joined
        self._tasks: dict[str, asyncio.Task[None]] = {}
        wizard.needs_requested.connect(self._look_up)
        wizard.trial_requested.connect(self._try)
        wizard.trial_cancelled.connect(self._call_off_trial)
        wizard.drill_requested.connect(self._drill)
        wizard.drill_cancelled.connect(self._call_off_drill)
        wizard.finish_requested.connect(self._finish)

    def begin(self) -> None:
        """Find out what there is, while the first page is read."""
        self._start("surroundings", self._survey())

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # -- what is asked for ----------------------------------------------------------------------------------------

    def _look_up(self, exchange: str) -> None:
        self._start("needs", self._needs(exchange))

    def _try(self, draft: Draft) -> None:
        mask_from_now_on(draft.credentials.values())
        self._start("trial", self._trial(draft))

    def _drill(self, draft: Draft) -> None:
        self._start("drill", self._drilled(draft))

    def _call_off_trial(self) -> None:
        if self._runs("trial"):
            self._tasks["trial"].cancel()
            self._wizard.show_found(None, "The test was called off.")

    def _call_off_drill(self) -> None:
        if self._runs("drill"):
            self._tasks["drill"].cancel()
            self._wizard.show_drill(None, "The drill was called off.")

    def _finish(self, draft: Draft, choices: Choices, drill: DrillReport | None) -> None:
        if not self._runs("finish"):
            self._start("finish", self._written(draft, choices, drill))

    # -- the work -------------------------------------------------------------------------------------------------

    async def _survey(self) -> None:
        offers, places, taken = await asyncio.to_thread(self._surroundings)
        self._wizard.show_offers(offers)
        self._wizard.show_surroundings(places, taken, str(self._file))
        await load(TRIAL)

    def _surroundings(self) -> tuple[Any, KeyPlaces, frozenset[str]]:
        from core.joining.venues import venue_offers
        from core.joining.writing import taken_names

        sealed = self._keychain.sealed
        places = KeyPlaces(keyring_title(), str(sealed.path), sealed.exists, sealed.exists and sealed.is_open)
        try:
            taken = taken_names(self._file)
        except ConfigError:
            taken = frozenset()  # told in full when it would be written
        return venue_offers(), places, taken

    async def _needs(self, exchange: str) -> None:
        from core.joining.venues import needs_of

        try:
            self._wizard.show_needs(await asyncio.to_thread(needs_of, exchange))
        except ScramError as error:
            self._wizard.venue.show_trouble(str(error))

    async def _trial(self, draft: Draft) -> None:
        await load(TRIAL)
        from core.joining.trial import try_account

        try:
            found = await try_account(draft, self._clock, random.Random(), self._wizard.show_step)
        except (ScramError, ValidationError) as error:
            self._wizard.show_found(None, _words(error))
        else:
            self._wizard.show_found(found)

    async def _drilled(self, draft: Draft) -> None:
        await load(TRIAL)
        from core.joining.trial import drill_account

        try:
            self._wizard.show_drill(await drill_account(draft, self._operator, self._clock, random.Random()))
        except (ScramError, ValidationError) as error:
            self._wizard.show_drill(None, _words(error))

    async def _written(self, draft: Draft, choices: Choices, drill: DrillReport | None) -> None:
        await load(TRIAL)
        try:
            config = await asyncio.to_thread(self._write, draft, choices, drill)
        except (ScramError, ValidationError) as error:
            self._wizard.finish.show_failed(_words(error))
        else:
            self._joined(config)

    def _write(self, draft: Draft, choices: Choices, drill: DrillReport | None) -> Config:
        from core.joining.trial import account_of
        from core.joining.writing import write_joined

        sealed = self._keychain.sealed
        if choices.storage == FILE and sealed.exists and not sealed.is_open:
            sealed.open(choices.passphrase)
        elif choices.storage == FILE and not sealed.exists:
            sealed.create(choices.passphrase)
        account = account_of(draft)
        write_joined(self._file, account, choices, draft.credentials, self._keychain, METRIC_DIRECTIONS)
        if drill is not None:
            DrillFolder(self._places.drills).write(drill)
        return load_config(self._file, METRIC_DIRECTIONS)

    # -- tasks ----------------------------------------------------------------------------------------------------

    def _runs(self, name: str) -> bool:
        task = self._tasks.get(name)
        return task is not None and not task.done()

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """In the place of one of the same name that still runs."""
        if self._runs(name):
            self._tasks[name].cancel()
        self._tasks[name] = spawn(work, name=f"wizard {name}")


def _words(error: Exception) -> str:
    """What pydantic says may hold what was typed in; ours never does."""
    return str(error) if isinstance(error, ScramError) else "the account cannot be described by what was given"
