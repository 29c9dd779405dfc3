"""The real window over the real engine, against two paper exchanges in a process of their own."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.loop import run_with_qt
from app.screen import Screen
from app.session import running
from core.clock import SystemClock
from core.config import load_config
from core.engine.build import build
from core.engine.engine import Engine
from core.halt.model import HaltView, ProofState
from core.paper.control import PaperControl
from core.places import find_places, write_atomically

BOTS_GO_ON_S = 60.0
"""At the most: until they have tried often enough."""
LATE_AN_ACCOUNT = 8
ACCOUNTS = 4
PROVEN_WITHIN_S = 15.0
SAMPLE_S = 0.05


@dataclass
class Witness:
    """What the board claimed, and when: held against the servers' own history afterwards."""

    claims: list[tuple[float, str, float]] = field(default_factory=list)
    """(wall time, account read VERIFIED, wall time at which its proving listing began)"""

    def note(self, at_s: float, halt: HaltView) -> None:
        for row in halt.rows:
            if row.state is ProofState.VERIFIED:
                assert row.listing_began_at_s is not None
                self.claims.append((at_s, row.account, row.listing_began_at_s))

    def false_claims(self, orders: list[dict[str, Any]]) -> list[str]:
        """Claims made while the server held an order accepted before the proving listing began."""
        wrong = []
        for at_s, account, began_s in self.claims:
            for order in orders:
                accepted_s, ended_s = order["accepted_s"], order["ended_s"]
                held = ended_s is None or ended_s > at_s
                if order["account"] == account and accepted_s < began_s and held:
                    wrong.append(f"{account} read verified at {at_s:.3f} with {order['id']}, accepted {accepted_s:.3f}")
        return wrong


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline_s = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline_s:
            return False
        await asyncio.sleep(SAMPLE_S)
    return True


async def _with_desk(home: Path, seed: int, act: Callable[[Engine, Screen, PaperControl], Awaitable[None]]) -> None:
    async with PaperProcess(ACCOUNTS, 2, seed, "calm") as paper:
        places = find_places(home, {})
        write_atomically(places.config, demo_toml(paper.description))
        environ = {**os.environ, **demo_credentials(paper.description)}
        clock = SystemClock()
        parts = await asyncio.to_thread(build, load_config(places.config), environ, places, clock, random.Random(seed))
        engine = Engine(parts)
        screen = Screen(engine.submit, "tester", asyncio.get_running_loop())
        try:
            async with (
                running(engine, places, clock, screen.show),
                PaperControl(paper.description["control"]) as control,
            ):
                assert await _until(lambda: _all_listed(engine), 20.0)
                await act(engine, screen, control)
        finally:
            screen.close()
    return 0


def _all_listed(engine: Engine) -> bool:
    latest = engine.latest
    return latest is not None and all(row.resting_orders is not None for row in latest.connections)


def _halt(engine: Engine) -> HaltView:
    assert engine.latest is not None
    (halt,) = engine.latest.halts
    return halt


@pytest.mark.allowed_logs("CLOSE frame received")
def test_the_button_proves_every_account_empty_while_bots_keep_ordering(
    qapp: QApplication, tmp_path: Path, seed: int
) -> None:
    async def act(engine: Engine, screen: Screen, control: PaperControl) -> None:
        witness = Witness()
        QTest.mouseClick(screen.window.desk.header.stop, Qt.MouseButton.LeftButton)
        assert await _until(lambda: bool(engine.latest and engine.latest.halts), 1.0)

        def tried_enough() -> bool:
            witness.note(engine.latest.at_s, _halt(engine))
            late = Counter(order.account for order in _halt(engine).late_orders)
            return len(late) == ACCOUNTS and min(late.values()) >= LATE_AN_ACCOUNT

        assert await _until(tried_enough, BOTS_GO_ON_S), "the bots placed too little: this test has shown nothing"
        await control.set_bots(False)
        assert await _until(lambda: _halt(engine).proven, PROVEN_WITHIN_S), [
            (row.account, row.state, row.reason) for row in _halt(engine).rows
        ]
        witness.note(engine.latest.at_s, _halt(engine))
        assert await control.orders() == []
        assert len({account for _, account, _ in witness.claims}) == ACCOUNTS
        assert witness.false_claims(await control.history()) == []
        assert all(order.delay_ms is not None for order in _halt(engine).late_orders)
        assert screen.window.desk.header.stop.words[0].startswith("STOPPED")

    run_with_qt(qapp, lambda _: _with_desk(tmp_path, seed, act))


@pytest.mark.allowed_logs("CLOSE frame received")
def test_the_chord_fires_and_a_reset_with_a_reason_ends_the_sweeping(
    qapp: QApplication, tmp_path: Path, seed: int
) -> None:
    async def act(engine: Engine, screen: Screen, control: PaperControl) -> None:
        await control.set_bots(False)
        QTest.keyClick(
            screen.window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        assert await _until(lambda: bool(engine.latest and engine.latest.halts and _halt(engine).proven), 10.0)
        assert await control.orders() == []
        screen.window.desk.reset_requested.emit(_halt(engine).halt_id, "the test is over")
        assert await _until(lambda: engine.latest is not None and not engine.latest.halts, 3.0)

    run_with_qt(qapp, lambda _: _with_desk(tmp_path, seed, act))
