"""A desk as its operator has it: paper exchanges on loopback, a home folder, and `scram` in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.demo.configuration import demo_credentials, demo_toml
from core.clock import SystemClock
from core.config.write import to_toml
from core.journal.reader import JournalReader
from core.paper.site import PaperSite, make_spec

REPOSITORY = Path(__file__).resolve().parents[3]
PLENTY = 1_000_000
"""Request weight a minute: these tests are not about the budget."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which has to be one JSON object and nothing else."""
        read = json.loads(self.out)
        assert isinstance(read, dict)
        return read

    def sentence(self) -> str:
        """The only thing said, on standard error."""
        assert self.out == ""
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        return line


async def scram(environ: Mapping[str, str], *arguments: str) -> Ran:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "app", *arguments],
        env=dict(environ), cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def told_anywhere(words: Iterable[str], home: Path, *texts: str) -> list[tuple[str, str]]:
    """Which of the words occur where: in the files under a folder and in the texts."""
    places = {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    places |= {f"text {number}": text.encode() for number, text in enumerate(texts)}
    assert len(places) > len(texts)
    return [(word, place) for word in words for place, content in places.items() if word.encode() in content]


class Running:
    """A command that goes on until it is ended."""

    def __init__(self, process: subprocess.Popen[bytes], err: Path) -> None:
        self.process = process
        self._err = err

    def err(self) -> str:
        return self._err.read_text()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 20)


class Desk:
    def __init__(self, site: PaperSite, home: Path) -> None:
        self.site = site
        self.home = home
        self.config = home / "scram.toml"
        self.environ = {**os.environ, **demo_credentials(site.describe()), "SCRAM_HOME": str(home)}
        self.tables: dict[str, Any] = tomllib.loads(demo_toml(site.describe()))
        self.tables["limits"] = []

    def write(self, tables: dict[str, Any] | None = None) -> str:
        """Write the configuration; returns its text."""
        text = to_toml(self.tables if tables is None else tables)
        self.config.write_text(text)
        return text

    async def run(self, *arguments: str) -> Ran:
        """One command from beginning to end."""
        return await scram(self.environ, *arguments)

    async def halt(self, *arguments: str, reason: str = "a test") -> Ran:
        return await self.run("halt", "--json", "--reason", reason, *arguments)

    @contextlib.asynccontextmanager
    async def headless(self) -> AsyncIterator[Running]:
        """`scram run --headless`, left when its status shows that it runs; killed on leaving where it still does."""
        self.status_file.unlink(missing_ok=True)
        err = self.home / "stderr.txt"
        with err.open("ab") as file:
            process = subprocess.Popen(  # noqa: ASYNC220 (returns at once)
                [sys.executable, "-m", "app", "run", "--headless"],
                env=self.environ, cwd=REPOSITORY, stdout=file, stderr=file,
            )  # fmt: skip
        running = Running(process, err)
        try:
            assert await until(lambda: self.status_file.exists() or process.poll() is not None, 30.0)
            assert process.poll() is None, running.err()
            yield running
        finally:
            await running.end(signal.SIGKILL)

    # -- what is really so ----------------------------------------------------------------------------------------

    @property
    def status_file(self) -> Path:
        return self.home / "run" / "status.json"

    def resting(self) -> dict[str, int]:
        """Orders that the servers themselves hold, both books, by account."""
        return {
            name: len(account.open_orders()) + len(account.open_triggers())
            for venue in self.site.venues
            for name, account in venue.exchange.accounts.items()
        }

    def protective(self) -> dict[str, int]:
        """Of these, the ones that can only reduce a position."""
        return {
            name: sum(order.reduce_only for order in (*account.open_orders(), *account.open_triggers()))
            for venue in self.site.venues
            for name, account in venue.exchange.accounts.items()
        }

    def symbols(self) -> list[str]:
        """In what all resting orders are, as ccxt calls it."""
        return [
            order.symbol.replace("USDT", "/USDT:USDT")
            for venue in self.site.venues
            for account in venue.exchange.accounts.values()
            for order in (*account.open_orders(), *account.open_triggers())
        ]

    def set_bots(self, running: bool) -> None:
        for venue in self.site.venues:
            venue.set_bots(running)

    def place_orders(self) -> dict[str, int]:
        """Let the bots place orders, and end them; how many rest then."""
        self.set_bots(True)
        while not all(self.resting().values()):
            self.site.step()
        self.set_bots(False)
        return self.resting()

    def let_time_pass(self, account: str, seconds: float) -> None:
        """At its venue alone: what nobody renewed in the meantime fires."""
        exchange = self.site.venue_of(account).exchange
        now = exchange.now
        exchange.now = lambda: now() + seconds
        exchange.match()
        exchange.now = now

    def journal_is_intact(self) -> bool:
        with JournalReader(self.home / "scram.sqlite") as reader:
            report = reader.verify()
        return report.intact and report.records > 0

    def kinds(self) -> list[str]:
        """What the journal tells, oldest first."""
        with JournalReader(self.home / "scram.sqlite") as reader:
            return [record.kind for record in reversed(reader.recent(limit=10_000))]


@contextlib.asynccontextmanager
async def desk_at(home: Path, accounts: int = 2, venues: int = 2, seed: int = 7) -> AsyncIterator[Desk]:
    """Paper exchanges with orders on them and nobody who places more, and a configuration that connects to them."""
    home.mkdir(mode=0o700)
    spec = replace(make_spec(accounts, venues, seed, "calm"), weight_limit=PLENTY)
    async with PaperSite(spec, SystemClock()) as site:
        for _ in range(30):
            site.step()
        desk = Desk(site, home)
        desk.set_bots(False)
        desk.write()
        yield desk


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for it; whether it came."""
    deadline_s = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline_s:
            return False
        await asyncio.sleep(0.05)
    return True
