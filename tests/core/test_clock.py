from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock, SystemClock, sleepless_s, utc_day, utc_text
from core.tasks import spawn, stop_all


async def test_a_sleeper_wakes_when_the_clock_reaches_its_deadline_and_not_before(clock: ManualClock) -> None:
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    for name, seconds in (("late", 3.0), ("early", 1.0)):
        spawn(sleeper(name, seconds), name=name)
    await asyncio.sleep(0)
    for seconds, expected in ((0.999, []), (0.001, ["early"]), (5.0, ["early", "late"])):
        clock.advance(seconds)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert woken == expected


async def test_a_cancelled_sleeper_does_not_hinder_the_clock(clock: ManualClock) -> None:
    task = spawn(clock.sleep(1.0), name="sleeper")
    await asyncio.sleep(0)
    await stop_all([task])
    clock.advance(2.0)


async def test_no_time_at_all_still_lets_others_run(clock: ManualClock) -> None:
    ran = spawn(asyncio.sleep(0), name="other")
    await clock.sleep(0)
    await clock.sleep(-1)
    assert ran.done()


def test_both_times_move_together(clock: ManualClock) -> None:
    now, monotonic = clock.now(), clock.monotonic()
    clock.advance(2.5)
    assert (clock.now() - now, clock.monotonic() - monotonic) == (2.5, 2.5)


async def test_the_system_clock_never_wakes_early() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    await clock.sleep(0.02)
    assert clock.monotonic() - began >= 0.02
    assert abs(clock.now() - time.time()) < 5


@pytest.mark.parametrize(
    ("at_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.250Z"),
        (-1.0, "1969-12-31T23:59:59.000Z"),
    ],
)
def test_moments_are_told_in_utc_with_milliseconds(at_s: float, text: str) -> None:
    assert utc_text(at_s) == text


@given(st.floats(-1e9, 4e9))
def test_the_day_is_the_one_in_the_text(at_s: float) -> None:
    day = utc_day(at_s)
    assert utc_text(day * 86_400.0)[10:] == "T00:00:00.000Z"
    assert day * 86_400.0 <= at_s < (day + 1) * 86_400.0


def test_the_clock_that_goes_on_while_the_machine_sleeps_runs_beside_the_other_while_it_does_not() -> None:
    began_s, sleepless_began_s = SystemClock().monotonic(), sleepless_s()
    time.sleep(0.05)
    passed_s = sleepless_s() - sleepless_began_s
    assert 0.045 < passed_s <= SystemClock().monotonic() - began_s + 0.001
