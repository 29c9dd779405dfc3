"""A source asked and read by programs: real processes, bounded in time, output and what they are told."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import SourceError
from core.halt.source.command import LONGEST_OUTPUT, CommandSource, CommandSpec
from core.halt.source.model import SourceAct, SourceRequest, SourceState
from tests.core.halt.source.bot import CommandBot, until

PAUSE = SourceRequest("basis", SourceAct.PAUSE, "h-1")
ENVIRON = {"PATH": os.environ["PATH"], "HIDDEN": "an exchange's key", "SHOWN": "handed on"}


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def bot(tmp_path: Path) -> CommandBot:
    return CommandBot(tmp_path / "bot")


def source_of(bot: CommandBot, threads: ThreadPoolExecutor, **values: float) -> CommandSource:
    return CommandSource("basis", bot.spec(reduce_only=True, **values), ENVIRON, threads)  # type: ignore[arg-type]


async def test_a_command_is_asked_and_read_back_with_a_scrubbed_environment(
    bot: CommandBot, threads: ThreadPoolExecutor
) -> None:
    source = source_of(bot, threads)
    assert await source.read() is SourceState.RUNNING
    await source.ask(PAUSE)
    assert await source.read() is SourceState.PAUSED
    await source.ask(SourceRequest("basis", SourceAct.REDUCE_ONLY))
    assert await source.read() is SourceState.REDUCE_ONLY
    assert bot.asked[1] == "pause h-1 scrubbed handed on"


async def test_a_command_that_refuses_is_told_with_what_it_said(bot: CommandBot, threads: ThreadPoolExecutor) -> None:
    bot.flag("refuse")
    with pytest.raises(SourceError, match="ended with 3: the exchange is on fire"):
        await source_of(bot, threads).ask(PAUSE)
    assert bot.state == "running"


async def test_a_command_that_hangs_is_ended_with_all_its_children(
    bot: CommandBot, threads: ThreadPoolExecutor
) -> None:
    bot.flag("hang")
    with pytest.raises(SourceError, match=r"did not end within 1.5 s and was ended"):
        await source_of(bot, threads, timeout_s=1.5).ask(PAUSE)
    child = int((bot.folder / "child").read_text())
    await until(lambda: not _runs(child))


async def test_an_act_that_is_not_wanted_any_more_is_ended_before_its_deadline(
    bot: CommandBot, threads: ThreadPoolExecutor
) -> None:
    bot.flag("hang")
    asking = asyncio.ensure_future(source_of(bot, threads, timeout_s=60.0).ask(PAUSE))
    await until((bot.folder / "child").exists)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    threads.shutdown(wait=True)  # would take a minute


@pytest.mark.parametrize("said", ["", "fine", "paused now", "PAUSED"])
async def test_a_status_that_is_no_state_is_no_answer(bot: CommandBot, threads: ThreadPoolExecutor, said: str) -> None:
    bot.say(said)
    with pytest.raises(SourceError, match="allowed are running, reduce-only, paused, unknown"):
        await source_of(bot, threads).read()


async def test_output_without_end_is_bounded(threads: ThreadPoolExecutor) -> None:
    endless = ("/bin/sh", "-c", "while :; do echo 0123456789012345678901234567890123456789; done")
    source = CommandSource("basis", CommandSpec(endless, endless, endless, timeout_s=30.0), ENVIRON, threads)
    began_s = time.monotonic()
    with pytest.raises(SourceError, match=f"printed more than {LONGEST_OUTPUT:,} bytes"):
        await source.read()
    assert time.monotonic() - began_s < 20.0


async def test_what_a_command_leaves_running_is_neither_waited_for_nor_ended(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    """A resume may well start the bot itself."""
    start = ("/bin/sh", "-c", f"sleep 30 & echo $! > {tmp_path}/left")
    source = CommandSource("basis", CommandSpec(start, start, start, timeout_s=20.0), ENVIRON, threads)
    began_s = time.monotonic()
    await source.ask(SourceRequest("basis", SourceAct.RESUME))
    assert time.monotonic() - began_s < 10.0
    left = int((tmp_path / "left").read_text())
    assert _runs(left)
    os.kill(left, 9)


async def test_a_program_that_is_not_there_is_told(threads: ThreadPoolExecutor) -> None:
    nothing = ("/nowhere/ctl", "pause")
    source = CommandSource("basis", CommandSpec(nothing, nothing, nothing), ENVIRON, threads)
    with pytest.raises(SourceError, match="/nowhere/ctl cannot be run: No such file"):
        await source.ask(PAUSE)


def _runs(pid: int) -> bool:
    """Alive, and not merely waiting for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
