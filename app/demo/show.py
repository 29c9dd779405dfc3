"""`scram demo`: the real desk on paper exchanges of its own, through a scenario, with a report at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.entrance import Entrance, make_engine
from app.loading import ENGINE, PLOTS, load
from app.loop import run_headless, run_with_qt
from app.session import running
from core.clock import SystemClock
from core.config import load_config
from core.config.checks import login_name
from core.domain import LinkState
from core.halt.model import ProofRow, ProofState
from core.paper.scenarios import scenario_named
from core.places import Places, find_places, write_atomically
from core.risk.limits import METRIC_DIRECTIONS
from core.tasks import spawn, stop_all

if TYPE_CHECKING:
    from app.screen import Screen
    from core.engine.engine import Engine
    from core.paper.control import PaperControl

CONTROL = ("core.paper.control",)
"""Loaded while the paper exchanges start."""
CONNECT_WITHIN_S = 25.0
BOTS_END_BEFORE_S = 8.0
"""With a stop fired, the bots are ended this long before the demo is, so that its proof is the last word."""
PROOF_WITHIN_S = 25.0
"""A stop that has swept for a while looks at an account every few seconds, and each wants two empty listings."""
COURSE = {"crash": {"lead_s": 3.0, "duration_s": 20.0}}
"""Slow enough to watch: reductions come before the stop does."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    accounts: int
    venues: int
    seed: int
    scenario: str
    seconds: float | None
    headless: bool
    screenshot: Path | None
    json_file: Path | None
    home: Path | None


def show(options: DemoOptions) -> int:
    scenario_named(options.scenario)  # raises for one that there is none of, before anything is started
    fresh = tempfile.TemporaryDirectory(prefix="scram-demo-")
    with contextlib.nullcontext(str(options.home)) if options.home else fresh as home:
        if not options.headless:
            from app.screen import has_screen, make_application

            if has_screen():
                return run_with_qt(make_application(), lambda stop: _main(options, Path(home), stop, windowed=True))
            typer.echo("scram: there is no screen here; the demo runs headless", err=True)
        return run_headless(lambda stop: _main(options, Path(home), stop, windowed=False))


async def _main(options: DemoOptions, home: Path, stop: asyncio.Event, *, windowed: bool) -> int:
    places, entrance = find_places(home, {}), Entrance()
    # The window first: its stop button is live while paper exchanges and engine are still being made.
    screen = _screen(entrance, places, stop) if windowed else None
    try:
        if screen is not None:
            await screen.stands()
        return await _show(options, places, entrance, screen, stop)
    finally:
        if screen is not None:
            screen.close()


def _screen(entrance: Entrance, places: Places, stop: asyncio.Event) -> Screen:
    from app.screen import Screen

    loop = asyncio.get_running_loop()
    return Screen(entrance.submit, login_name(), loop, places.desk_settings, places.crashes, stop.set)


async def _show(
    options: DemoOptions, places: Places, entrance: Entrance, screen: Screen | None, stop: asyncio.Event
) -> int:
    typer.echo(f"starting {options.venues} paper exchanges with {options.accounts} accounts", err=True)
    loading = spawn(load((*ENGINE, *CONTROL, *(PLOTS if screen else ()))), name="loading")
    try:
        async with PaperProcess(options.accounts, options.venues, options.seed, "calm") as paper:
            await loading
            return await _lead(options, places, entrance, screen, stop, paper.description)
    finally:
        await stop_all([loading])


async def _lead(
    options: DemoOptions,
    places: Places,
    entrance: Entrance,
    screen: Screen | None,
    stop: asyncio.Event,
    paper: dict[str, Any],
) -> int:
    from core.paper.control import PaperControl

    write_atomically(places.config, demo_toml(paper))
    config = load_config(places.config, METRIC_DIRECTIONS)
    clock, rng = SystemClock(), random.Random(options.seed)
    environ = {**os.environ, **demo_credentials(paper)}
    engine = await make_engine(config, places.config, places, clock, entrance, environ=environ, rng=rng)
    async with running(engine, places, clock, screen.show if screen else None):
        report = await Director(options, engine, PaperControl(paper["control"]), stop).run()
        if screen is not None and options.screenshot is not None:
            screen.save_picture(options.screenshot)
    if options.json_file is not None:
        write_atomically(options.json_file, json.dumps({**report, "journal": engine.report()["journal"]}, indent=2))
    return 0


class Director:
    """Leads one demo: wait until everything is watched, begin the scenario, end in an orderly way."""

    def __init__(self, options: DemoOptions, engine: Engine, control: PaperControl, stop: asyncio.Event) -> None:
        self._options = options
        self._engine = engine
        self._control = control
        self._stop = stop

    async def run(self) -> dict[str, Any]:
        try:
            return await self._lead()
        finally:
            await self._control.close()

    async def _lead(self) -> dict[str, Any]:
        began_s = asyncio.get_running_loop().time()
        await self._until(self._all_watched, CONNECT_WITHIN_S)
        if self._options.scenario != "calm":
            await self._control.play(self._options.scenario, **COURSE.get(self._options.scenario, {}))
        typer.echo(f"everything is watched; the scenario {self._options.scenario} begins", err=True)
        seconds = self._options.seconds
        if seconds is None:
            await self._stop.wait()
        else:
            await self._wait(max(0.0, began_s + seconds - BOTS_END_BEFORE_S - asyncio.get_running_loop().time()))
            await self._end_bots()
            await self._wait(max(0.0, began_s + seconds - asyncio.get_running_loop().time()))
        report = self._engine.report()
        await self._say(report)
        return report

    async def _end_bots(self) -> None:
        latest = self._engine.latest
        if latest is not None and latest.halts and not self._stop.is_set():
            await self._control.set_bots(False)
            typer.echo("the bots are ended; the stop sweeps on", err=True)
            await self._until(self._all_proven, PROOF_WITHIN_S)

    def _all_watched(self) -> bool:
        latest = self._engine.latest
        return latest is not None and all(
            row.link is LinkState.UP and row.positions is not None for row in latest.connections
        ) and not any(latest.matrix.trust == 0)  # fmt: skip

    def _unproven(self) -> list[ProofRow]:
        latest = self._engine.latest
        halts = latest.halts if latest else ()
        return [row for halt in halts for row in halt.rows if row.state is not ProofState.VERIFIED]

    def _all_proven(self) -> bool:
        latest = self._engine.latest
        return latest is not None and all(halt.proven for halt in latest.halts)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline_s = asyncio.get_running_loop().time() + seconds
        while not condition() and not self._stop.is_set() and asyncio.get_running_loop().time() < deadline_s:
            await self._wait(0.1)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _say(self, report: dict[str, Any]) -> None:
        for row in self._unproven():
            typer.echo(f"  {row.account}: {row.state.value}, {row.reason}", err=True)
        worst = max((event["severity"] for event in report["events"]), default="none", key=_rank)
        done = sum(row["verified"] for row in report["mitigations"])
        typer.echo(
            f"{report['updates']} updates, {report['cycles']} cycles, {len(report['events'])} events (worst: {worst}), "
            f"{done} of {len(report['mitigations'])} mitigations verified"
        )
        halt = report["halt"]
        if halt is not None:
            held = await self._control.orders()
            opening = sum(not order["reduce_only"] for order in held)
            typer.echo(
                f"stop fired by {halt['fired_by']}: {halt['verified']} of {halt['accounts']} accounts proven stopped, "
                f"{halt['kept']} protective orders kept, {halt['orders_cancelled']} orders cancelled; the paper "
                f"exchanges themselves hold {opening} orders that could open a position and {len(held) - opening} that "
                f"can only reduce one"
            )


def _rank(severity: str) -> int:
    return ("none", "low", "medium", "high", "critical").index(severity)
