"""The first run as a person has it: the real window, the real paper exchanges, from the welcome to the live desk."""

from __future__ import annotations

import asyncio
import json
import logging
import tomllib
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.cli.run import _with_window
from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.loop import run_with_qt
from app.main_window import MainWindow
from core.config import Config, load_config
from core.config.write import to_toml
from core.domain import AccountMode
from core.halt.latch import LatchFolder
from core.paper.control import PaperControl
from core.places import Places, find_places, write_atomically
from core.sealed_keys import Keychain, ScryptTerms, SealedKeys
from core.secrets import FILE_SERVICE, Credentials, store_credentials
from core.tasks import spawn
from tests.app.cli.desk import told_anywhere, until
from widgets.strip import DemoStrip, UnlockStrip
from widgets.wizard import wizard as pages
from widgets.wizard.wizard import Wizard

PASSPHRASE = "correct horse battery"
Act = Callable[["Visit"], Awaitable[None]]


class Visit:
    """`scram` on a machine that has never seen it, in this process, beside one paper exchange."""

    def __init__(self, places: Places, paper: dict[str, Any], control: PaperControl) -> None:
        self.places, self.paper, self.control = places, paper, control
        self.stop = asyncio.Event()
        self.running: asyncio.Task[int]
        self.window: MainWindow
        self.wizard: Wizard

    @property
    def keys(self) -> dict[str, str]:
        account: dict[str, str] = self.paper["venues"][0]["accounts"][0]
        return account

    async def begin(self, config: Config | None = None) -> None:
        self.running = spawn(_with_window(config, self.places.config, self.places, (), self.stop), name="scram")
        assert await until(lambda: self.running.done() or self._shown() is not None, 20.0)
        shown = self._shown()
        assert shown is not None
        self.window = shown
        self.wizard = shown.desk.findChild(Wizard)  # type: ignore[assignment]
        assert await until(
            lambda: self.running.done() or self.wizard.keys._places.file != "" or config is not None, 20.0
        )

    @staticmethod
    def _shown() -> MainWindow | None:
        for part in QApplication.topLevelWidgets():
            if isinstance(part, MainWindow) and part.isVisible() and part.desk.findChild(Wizard) is not None:
                return part
        return None

    async def end(self) -> None:
        self.stop.set()
        assert await self.running == 0

    async def on_page(self, place: int, seconds: float = 15.0) -> None:
        assert await until(lambda: self.wizard.place == place, seconds), (
            f"{self.wizard.place}: {self.wizard.lacks.text()}"
        )

    async def next(self) -> None:
        """As soon as one may."""
        here = self.wizard.pages[self.wizard.place]
        assert await until(lambda: not here.missing(), 25.0), here.missing()
        QTest.mouseClick(self.wizard.next, Qt.MouseButton.LeftButton)

    async def to_the_keys(self) -> None:
        QTest.mouseClick(self.wizard.welcome.connect_account, Qt.MouseButton.LeftButton)
        QTest.keyClicks(self.wizard.venue.search, "binanceusdm")
        QTest.keyClick(self.wizard.venue.search, Qt.Key.Key_Down)
        assert self.wizard.venue.exchange == "binanceusdm"
        self.wizard.venue.fold.click()
        self.wizard.venue.server.setText(self.paper["venues"][0]["url"])
        await self.next()
        await self.on_page(pages.KEYS)

    async def to_the_test(self) -> None:
        await self.to_the_keys()
        fields = self.wizard.keys.fields
        fields["api_key"].setText(f"  {self.keys['api_key']}\n")
        fields["secret"].setText(f"\t{self.keys['secret']} ")
        QTest.keyClicks(self.wizard.keys.passphrase, PASSPHRASE)
        QTest.keyClicks(self.wizard.keys.again, PASSPHRASE)
        await self.next()
        await self.on_page(pages.TRIAL)

    async def to_the_end(self) -> None:
        await self.to_the_test()
        QTest.mouseClick(self.wizard.trial.start, Qt.MouseButton.LeftButton)
        await self.next()
        await self.on_page(pages.MODE)
        await self.next()
        await self.on_page(pages.LIMITS)
        await self.next()
        await self.on_page(pages.DRILL)
        QTest.mouseClick(self.wizard.drill.start, Qt.MouseButton.LeftButton)
        await self.next()
        await self.on_page(pages.FINISH)

    def live(self) -> bool:
        snapshot = self.window.desk.header._snapshot
        return snapshot is not None and any(row.positions is not None for row in snapshot.connections)


@pytest.fixture(autouse=True)
def guesses_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a guess costs by default is held elsewhere; here it is paid half a dozen times."""
    monkeypatch.setattr("core.sealed_keys.ScryptTerms", partial(ScryptTerms, n=2**4))


@pytest.fixture
def visit(qapp: QApplication, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    async def main(act: Act) -> int:
        async with PaperProcess(1, 1, seed, "calm") as paper, PaperControl(paper.description["control"]) as control:
            it = Visit(find_places(tmp_path, {}), paper.description, control)
            await it.begin()
            try:
                await act(it)
            finally:
                await it.end()
        return 0

    return lambda act: run_with_qt(qapp, lambda _: main(act))  # type: ignore[func-returns-value, return-value]


@pytest.mark.allowed_logs(".")
def test_a_paper_account_is_connected_and_the_live_desk_opens_without_a_restart(
    visit: Callable[[Act], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def act(it: Visit) -> None:
        window = it.window
        QTest.mouseClick(window.desk.header.stop, Qt.MouseButton.LeftButton)
        assert "nothing was stopped" in it.wizard.lacks.text()
        await it.to_the_end()
        assert list(it.places.drills.glob("*")) == []
        assert not it.places.config.exists()
        assert not it.places.sealed_keys.exists()
        assert "May withdraw" in it.wizard.trial.rights.texts
        assert it.wizard.trial.rights.texts["May withdraw"] == "no"
        assert it.wizard.drill.report is not None
        assert it.wizard.drill.report.passed == 1
        secrets = [it.keys["api_key"], it.keys["secret"], PASSPHRASE]
        assert not [text for text in _spoken(window) for secret in secrets if secret in text]
        await it.next()
        assert await until(it.live, 30.0)
        assert it._shown() is window
        assert not it.wizard.isVisible()
        config = load_config(it.places.config)
        (account,) = config.accounts
        assert (account.name, account.mode, account.credentials) == ("binanceusdm-1", AccountMode.WATCH, "file")
        assert config.assign[0].profile == "conservative"
        assert len(list(it.places.drills.glob("*.drill.json"))) == 1
        sealed = SealedKeys(it.places.sealed_keys)
        sealed.open(PASSPHRASE)
        assert json.loads(sealed.get_password(FILE_SERVICE, account.name) or "")["secret"] == it.keys["secret"]
        assert all(not field.text() for field in it.wizard.keys.fields.values())
        window.desk.connect_account.trigger()
        assert it.wizard.isVisible()
        assert it.wizard.place == pages.VENUE
        QTest.keyClick(it.wizard.venue.search, Qt.Key.Key_Escape)
        assert not it.wizard.isVisible()
        assert not it.running.done()
        # The stop is live on what has joined, and what was pressed before was meant for nothing.
        assert not LatchFolder(it.places.latches).load()
        assert await it.control.orders()
        QTest.mouseClick(window.desk.header.stop, Qt.MouseButton.LeftButton)
        assert await until(lambda: window.desk.header.stop.words[1].startswith("1 of 1 proven"), 25.0)
        draft = repr(it.wizard.draft())
        await it.end()
        assert told_anywhere(secrets, it.places.config.parent, caplog.text, repr(config), draft) == []

    with caplog.at_level(logging.DEBUG, "core"), caplog.at_level(logging.DEBUG, "app"):
        visit(act)


def _spoken(window: QWidget) -> list[str]:
    """Everything that a reader of the screen could say, and everything that a widget shows or tells of itself."""
    found = []
    for part in [window, *window.findChildren(QWidget)]:
        interface = QAccessible.queryAccessibleInterface(part)
        if interface is not None:
            found += [interface.text(kind) for kind in QAccessible.Text if kind.value <= 4]
        shown = part.displayText() if isinstance(part, QLineEdit) else ""
        found += [shown, part.toolTip(), part.accessibleName(), part.accessibleDescription(), repr(part)]
    return found


@pytest.mark.allowed_logs(".")
def test_going_back_loses_nothing_a_wrong_key_is_put_right_and_leaving_half_way_writes_nothing(
    visit: Callable[[Act], None],
) -> None:
    async def act(it: Visit) -> None:
        await it.to_the_test()
        for place in (pages.KEYS, pages.VENUE, pages.WELCOME):
            QTest.mouseClick(it.wizard.back, Qt.MouseButton.LeftButton)
            await it.on_page(place)
        QTest.mouseClick(it.wizard.welcome.connect_account, Qt.MouseButton.LeftButton)
        for place in (pages.KEYS, pages.TRIAL):
            await it.next()
            await it.on_page(place)
        assert it.wizard.draft().credentials.secret == it.keys["secret"]
        it.wizard.go_back()
        it.wizard.keys.fields["secret"].setText("WRONGSEKRET")
        await it.next()
        QTest.mouseClick(it.wizard.trial.start, Qt.MouseButton.LeftButton)
        assert await until(lambda: bool(it.wizard.trial.state.text()), 25.0)
        assert it.wizard.trial.missing() == "test the connection first"
        assert not [text for text in _spoken(it.window) if "WRONGSEKRET" in text]
        it.wizard.go_back()
        it.wizard.keys.fields["secret"].setText(it.keys["secret"])
        await it.next()
        assert it.wizard.trial.state.text() == ""
        QTest.mouseClick(it.wizard.trial.start, Qt.MouseButton.LeftButton)
        assert await until(lambda: it.wizard.trial.found is not None, 25.0)
        QTest.keyClick(it.wizard.next, Qt.Key.Key_Escape)
        assert await it.running == 0
        assert not it.places.config.exists()
        assert not it.places.sealed_keys.exists()
        assert not it.places.drills.exists()
        assert told_anywhere([it.keys["api_key"], it.keys["secret"]], it.places.config.parent, "") == []

    visit(act)


@pytest.mark.allowed_logs(".")
def test_the_demo_opens_the_live_desk_and_its_end_leads_back_to_the_beginning(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def main(_: asyncio.Event) -> int:
        it = Visit(find_places(tmp_path, {}), {}, None)  # type: ignore[arg-type]
        await it.begin()
        try:
            strip = it.window.desk.findChild(DemoStrip)
            assert strip is not None
            QTest.mouseClick(it.wizard.welcome.demo, Qt.MouseButton.LeftButton)
            assert await until(it.live, 60.0), it.wizard.welcome.state.text()
            assert strip.isVisible()
            assert not it.wizard.isVisible()
            told = it.window.desk.header._snapshot
            assert told is not None
            assert told.config is not None
            assert told.config.file, "limits of a demo without a file could not be changed"
            QTest.mouseClick(strip.end, Qt.MouseButton.LeftButton)
            assert it.wizard.isVisible()
            assert not strip.isVisible()
            assert await until(lambda: not it.live(), 30.0)
            assert not it.places.config.exists()
            assert not LatchFolder(it.places.latches).load()
        finally:
            await it.end()
        return 0

    assert run_with_qt(qapp, main) == 0


@pytest.mark.allowed_logs(".")
def test_locked_keys_are_asked_for_while_the_stop_of_all_others_is_live(
    qapp: QApplication, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(_: asyncio.Event) -> int:
        async with PaperProcess(2, 1, seed, "calm") as paper, PaperControl(paper.description["control"]) as control:
            places = find_places(tmp_path, {})
            for name, value in demo_credentials(paper.description).items():
                monkeypatch.setenv(name, value)
            tables = tomllib.loads(demo_toml(paper.description))
            tables["accounts"][0]["credentials"] = "file"
            tables["limits"], tables["strategies"] = [], []
            write_atomically(places.config, to_toml(tables))
            locked = paper.description["venues"][0]["accounts"][0]
            keychain = Keychain(SealedKeys(places.sealed_keys, ScryptTerms(n=2**4)))
            keychain.sealed.create(PASSPHRASE)
            keys = Credentials(locked["api_key"], locked["secret"])
            store_credentials(locked["name"], keys, keychain, FILE_SERVICE)
            await control.set_bots(False)
            it = Visit(places, paper.description, control)
            await it.begin(load_config(places.config))
            try:
                await _unlock(it, locked["name"])
            finally:
                await it.end()
        return 0

    assert run_with_qt(qapp, main) == 0


async def _unlock(it: Visit, locked: str) -> None:
    strip, stop = it.window.desk.findChild(UnlockStrip), it.window.desk.header.stop
    assert strip is not None
    assert await until(strip.isVisible, 10.0)
    assert "1 account locked" in strip.line.text()
    QTest.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert await until(lambda: stop.words[1].startswith("1 of 2 proven"), 30.0)
    held = {order["account"] for order in await it.control.orders()}
    assert held == {locked}
    QTest.keyClicks(strip.passphrase, "not this one at all")
    QTest.keyClick(strip.passphrase, Qt.Key.Key_Return)
    assert await until(lambda: "not the one of this file" in strip.line.text(), 15.0)
    assert strip.passphrase.text() == ""
    QTest.keyClicks(strip.passphrase, PASSPHRASE)
    QTest.mouseClick(strip.unlock, Qt.MouseButton.LeftButton)
    assert await until(lambda: stop.words[1].startswith("2 of 2 proven"), 40.0), stop.words
    assert not strip.isVisible()
    assert await it.control.orders() == []
