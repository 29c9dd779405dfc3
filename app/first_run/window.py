"""The window from its first moment on, with or without a configuration."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.first_run.demo import Demo
from app.first_run.front import Front
from app.first_run.joining import Joining
from app.first_run.sittings import Sitting, Sittings
from core.clock import SystemClock
from core.config import Config
from core.errors import SecretError
from core.log import set_up_logging
from core.places import Places
from core.sealed_keys import keychain_of
from core.tasks import spawn
from widgets.strip import DemoStrip, UnlockStrip
from widgets.wizard.wizard import Wizard

if TYPE_CHECKING:
    from app.screen import Screen

NOTHING_TO_STOP = "Nothing is connected yet, so nothing was stopped. Once an account has joined, the button stops it."


class FirstRun(QObject):
    """Leads between wizard, demo and desk."""

    def __init__(
        self, screen: Screen, front: Front, stop: asyncio.Event, places: Places, file: Path, command: tuple[str, ...],
        operator: str,
    ) -> None:  # fmt: skip
        super().__init__(screen.window)
        self._places, self._file, self._command, self._stop = places, file, command, stop
        self.keychain = keychain_of(places.sealed_keys, os.environ)
        self.sittings = Sittings(screen, front, SystemClock(), stop)
        self._own: Sitting | None = None
        """The desk's own, while the demo is looked at."""
        desk = screen.window.desk
        self.wizard = Wizard(desk, desk.header, desk.header.stop)
        self.joining = Joining(self.wizard, places, file, self.keychain, operator, SystemClock(), self._open_desk)
        self.demo = Demo(self._open_demo, self._demo_failed, SystemClock())
        self.demo_strip, self.unlock = DemoStrip(desk), UnlockStrip(desk)
        for strip in (self.demo_strip, self.unlock):
            screen.under_notices(strip)
        front.nothing_to_stop = self._nothing_to_stop
        self.sittings.made = self._made
        desk.connect_account.triggered.connect(self.connect_another)
        desk.connect_account.setEnabled(True)
        self.wizard.demo_requested.connect(self._ask_for_demo)
        self.wizard.left.connect(self._leave)
        self.demo_strip.connect_requested.connect(self.connect_another)
        self.demo_strip.end_requested.connect(self._end_demo)
        self.unlock.opened.connect(self._unlock)
        self._opening: asyncio.Task[None] | None = None

    def sitting_of(self, config: Config) -> Sitting:
        return Sitting(config, self._file, self._places, self._command, keychain=self.keychain)

    async def run(self, config: Config | None, *, wizard: bool) -> None:
        """Until the window is closed. `wizard`: it is asked for although there is a configuration."""
        if config is None or wizard:
            self._begin(first_run=config is None)
        if config is not None:
            self._own = self.sitting_of(config)
            self._look_for_locked(config)
        try:
            await self.sittings.run(self._own)
        finally:
            await self.joining.close()
            await self.demo.close()
            if self._opening is not None:
                await asyncio.gather(self._opening, return_exceptions=True)

    def connect_another(self) -> None:
        """Over whatever runs, which goes on."""
        self._begin(first_run=False)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _begin(self, *, first_run: bool) -> None:
        self.wizard.begin(first_run=first_run)
        self.joining.begin()

    def _nothing_to_stop(self) -> None:
        self.wizard.show_notice(NOTHING_TO_STOP)

    def _leave(self) -> None:
        self.wizard.forget()
        if self.sittings.now is None:
            self._stop.set()  # without a configuration there is nothing behind the wizard
        else:
            self.wizard.shut()

    def _open_desk(self, config: Config) -> None:
        self.wizard.forget()
        self.wizard.shut()
        self.demo_strip.hide()
        self._own = self.sitting_of(config)
        self.sittings.change_to(self._own)
        self._look_for_locked(config)

    # The demo

    def _ask_for_demo(self) -> None:
        self.wizard.welcome.show_state("Starting paper exchanges on this machine …", busy=True)
        self.demo.start()

    def _open_demo(self, sitting: Sitting) -> None:
        self.wizard.welcome.show_state("", busy=False)
        self.wizard.shut()
        self.demo_strip.show()
        self.sittings.change_to(sitting)

    def _demo_failed(self, why: str) -> None:
        self.wizard.welcome.show_state(f"The demo could not be started: {why}", busy=False)

    def _end_demo(self) -> None:
        self.demo_strip.hide()
        self.sittings.change_to(self._own)
        if self._own is None:
            self._begin(first_run=True)

    # Keys in the encrypted file

    def _look_for_locked(self, config: Config) -> None:
        sealed = self.keychain.sealed
        waiting = sum(account.credentials == "file" for account in config.accounts)
        if waiting and not sealed.is_open and not sealed.is_waiting and sealed.exists:
            self.unlock.ask(waiting, str(sealed.path))
        else:
            self.unlock.hide()

    def _made(self, sitting: Sitting) -> None:
        """A passphrase that the environment gave was tried by now, and may have been the wrong one."""
        if sitting is self._own:
            self._look_for_locked(sitting.config)

    def _unlock(self, passphrase: str) -> None:
        if self._opening is None or self._opening.done():
            self._opening = spawn(self._open(passphrase), name="open sealed keys")

    async def _open(self, passphrase: str) -> None:
        try:
            await asyncio.to_thread(self.keychain.sealed.open, passphrase)
        except SecretError as error:
            self.unlock.refuse(str(error))
            return
        self.unlock.done()
        if self._own is not None and self.sittings.now is self._own:
            # The same configuration once more, now with every key; what was stopped meanwhile is taken up.
            self._own = self.sitting_of(self._own.config)
            self.sittings.change_to(self._own)


async def with_window(
    config: Config | None, file: Path, places: Places, command: tuple[str, ...], stop: asyncio.Event, *,
    operator: str, wizard: bool = False,
) -> int | None:  # fmt: skip
    """The guardian that sweeps on afterwards, if one does."""
    from app.screen import Screen

    set_up_logging(places.logs)
    front = Front()
    # The window first: its stop button is live while everything else is still being made.
    screen = Screen(front.submit, operator, asyncio.get_running_loop(), places.desk_settings, places.crashes, stop.set)
    if config is not None:
        front.next()
    try:
        first = FirstRun(screen, front, stop, places, file, command, operator)
        await screen.stands()
        await first.run(config, wizard=wizard)
        return first.sittings.sweeps_on
    finally:
        screen.close()
