"""The stop button while everything else is still being made, and while it is being taken down again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.cli.run import _with_window
from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.demo.show import DemoOptions
from app.demo.show import _main as _demo
from app.loop import run_with_qt
from app.main_window import MainWindow
from core.config import load_config
from core.halt.latch import LatchFolder
from core.paper.control import PaperControl
from core.places import Places, find_places, write_atomically
from core.tasks import spawn
from tests.app.cli.desk import until

Act = Callable[["Run"], Awaitable[None]]


class Run:
    """`scram run` with its window, in this process, over two accounts at two venues."""

    def __init__(self, places: Places, control: PaperControl) -> None:
        self.places = places
        self.control = control
        self.stop = asyncio.Event()
        self.running: asyncio.Task[int]

    def begin(self) -> None:
        config = load_config(self.places.config)
        self.running = spawn(_with_window(config, self.places.config, self.places, (), self.stop), name="scram run")

    async def window(self) -> MainWindow:
        while True:
            for widget in QApplication.topLevelWidgets():
                if isinstance(widget, MainWindow) and widget.isVisible():
                    return widget
            await asyncio.sleep(0)

    async def press(self) -> None:
        QTest.mouseClick((await self.window()).desk.header.stop, Qt.MouseButton.LeftButton)

    async def emptied(self, seconds: float) -> bool:
        for _ in range(int(seconds / 0.1)):
            if not await self.control.orders():
                return True
            await asyncio.sleep(0.1)
        return False

    def latched(self) -> int:
        return len(LatchFolder(self.places.latches).load())

    async def end(self) -> int:
        self.stop.set()
        return await self.running


@pytest.fixture
def run(qapp: QApplication, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    async def main(act: Act) -> int:
        async with PaperProcess(2, 2, seed, "calm") as paper, PaperControl(paper.description["control"]) as control:
            places = find_places(tmp_path, {})
            write_atomically(places.config, demo_toml(paper.description))
            for name, value in demo_credentials(paper.description).items():
                monkeypatch.setenv(name, value)
            await control.set_bots(False)
            assert await control.orders()
            await act(Run(places, control))
        return 0

    return lambda act: run_with_qt(qapp, lambda _: main(act))  # type: ignore[func-returns-value, return-value]


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Somebody else holds the journal's file, for good."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.allowed_logs(".")
def test_a_press_before_the_engine_is_there_fires_although_the_database_is_locked(run: Callable[[Act], None]) -> None:
    async def act(it: Run) -> None:
        with locked(it.places.database):
            it.begin()
            await it.press()
            assert not it.running.done()
            assert await it.emptied(15.0)
            assert it.latched() == 1
        window = await it.window()
        assert await until(lambda: window.desk.header.stop.words[1].startswith("2 of 2 proven"), 20.0)
        assert it.latched() == 1, "taken up by the engine, not fired anew"
        assert await it.end() == 0

    run(act)


@pytest.mark.parametrize("first", ["the press", "the end"])
@pytest.mark.allowed_logs(".")
def test_a_press_just_before_or_while_the_desk_is_being_closed_fires_and_is_proven(
    run: Callable[[Act], None], first: str
) -> None:
    async def act(it: Run) -> None:
        it.begin()
        window = await it.window()
        assert await until(lambda: "unknown" not in window.desk.header.stop.words[1], 20.0)
        if first == "the press":
            await it.press()
        it.stop.set()
        await asyncio.sleep(0)
        if first == "the end":
            await it.press()
        assert await it.running == 0
        assert await it.control.orders() == []
        assert it.latched() == 1

    run(act)


@pytest.mark.allowed_logs(".")
def test_a_press_at_the_very_end_is_at_least_on_the_disk(
    run: Callable[[Act], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.venues.hub import VenueHub

    close = VenueHub.close

    async def act(it: Run) -> None:
        async def pressed_meanwhile(hub: VenueHub) -> None:
            await it.press()
            await close(hub)

        it.begin()
        await it.window()
        monkeypatch.setattr(VenueHub, "close", pressed_meanwhile)
        assert await it.end() == 0
        assert it.latched() == 1
        monkeypatch.undo()
        again = Run(it.places, it.control)
        for name, value in demo_credentials(await it.control.describe()).items():
            monkeypatch.setenv(name, value)
        again.begin()
        assert await again.emptied(15.0), "whoever starts next sweeps"
        assert await again.end() == 0

    run(act)


@pytest.mark.allowed_logs(".")
def test_a_press_while_the_demo_still_starts_its_exchanges_is_kept_and_fired(
    qapp: QApplication, tmp_path: Path, seed: int
) -> None:
    report = tmp_path / "report.json"
    options = DemoOptions(1, 1, seed, "calm", None, False, None, report, tmp_path)

    async def main(_: asyncio.Event) -> int:
        it = Run(find_places(tmp_path, {}), None)  # type: ignore[arg-type]
        it.running = spawn(_demo(options, tmp_path, it.stop, windowed=True), name="scram demo")
        window = await it.window()
        await it.press()
        assert not it.places.config.exists(), "its exchanges are not even there"
        assert await until(lambda: window.desk.header.stop.words[1].startswith("1 of 1 proven"), 30.0)
        return await it.end()

    assert run_with_qt(qapp, main) == 0
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["halt"]["verified"] == 1
