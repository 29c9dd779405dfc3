"""The venues' dead-man's switches as a whole engine keeps them, against exchanges that really count down."""

from __future__ import annotations

from core.clock import SystemClock
from core.engine.deadmen import DEADMAN
from core.engine.engine import Engine
from core.events.model import Event, EventState
from core.halt.deadman.switch import DeadManView, SwitchState
from core.paper.faults import Fault, FaultKind
from tests.core.engine.ground import Ground, Running, until

COUNTDOWN = "*countdownCancelAll*"
SECONDS = 30


def ask(ground: Ground, seconds: int, account: str = "alpha-1") -> None:
    for table in ground.tables["accounts"]:
        if table["name"] == account:
            table["deadman_s"] = seconds


def switch(it: Running, account: str = "alpha-1") -> DeadManView:
    return next(row.deadman for row in it.latest.connections if row.account == account)


def let_time_pass(ground: Ground, seconds: float, account: str = "alpha-1") -> None:
    """At the venue alone: what nobody renewed in the meantime fires."""
    exchange = ground.site.venue_of(account).exchange
    now = exchange.now
    exchange.now = lambda: now() + seconds
    exchange.match()
    exchange.now = now


async def started(ground: Ground) -> Running:
    """An engine that has armed all that alpha-1 holds; the test closes it."""
    parts = ground.parts()
    it = Running(Engine(parts), parts)
    await it.engine.start()
    held = ground.site.venue_of("alpha-1").exchange.accounts["alpha-1"]
    resting = {order.symbol for order in (*held.open_orders(), *held.open_triggers())}
    await until(
        lambda: (
            it.engine.latest is not None
            and switch(it).state is SwitchState.ARMED
            and switch(it).countdowns >= len(resting)
        )
    )
    return it


async def test_a_desk_that_leaves_as_planned_leaves_its_orders_where_they_are(ground: Ground) -> None:
    ask(ground, SECONDS)
    it = await started(ground)
    view = switch(it)
    assert view.left_s is not None
    assert SECONDS / 2 < view.left_s <= SECONDS
    assert "stop-losses" in view.warning
    assert switch(it, "alpha-2").state is SwitchState.OFF
    before = ground.resting("alpha-1")
    await it.engine.close()
    let_time_pass(ground, SECONDS + 1)
    assert ground.resting("alpha-1") == before > 0
    (ended,) = (record for record in ground.records() if record.kind == "deadman.ended")
    assert ended.body == '{"left":[],"taken_back":true}'


async def test_when_the_desk_is_gone_the_venue_cancels_what_nobody_renewed(ground: Ground) -> None:
    ask(ground, SECONDS)
    it = await started(ground)
    others = ground.resting("alpha-2")
    await it.engine.close(planned=False)
    let_time_pass(ground, SECONDS - 2)
    assert ground.resting("alpha-1") > 0
    let_time_pass(ground, SECONDS + 1)
    assert ground.resting("alpha-1") == 0
    assert ground.resting("alpha-2") == others > 0


async def test_a_slow_venue_is_renewed_in_time_and_a_deaf_one_raises_what_may_have_fired(ground: Ground) -> None:
    ask(ground, 5)
    it = await started(ground)
    try:
        ground.site.add_fault(Fault(FaultKind.LATENCY, path=COUNTDOWN, seconds=1.0))
        await SystemClock().sleep(2.0)
        assert switch(it).state is SwitchState.ARMED
        assert not any(event.metric == DEADMAN for event in it.latest.events)
        ground.site.faults.clear()
        ground.site.add_fault(Fault(FaultKind.BUSY, path=COUNTDOWN, seconds=1.0))
        await until(lambda: _event(it) is not None)
        raised = _event(it)
        assert raised is not None
        assert "cannot be renewed" in raised.note
        await until(lambda: switch(it).state is SwitchState.LAPSED)
        await until(lambda: "may have fired" in (_event(it) or raised).note)
        await until(lambda: ground.resting("alpha-1") == 0)
        ground.site.faults.clear()
        await until(lambda: switch(it).state in {SwitchState.ARMED, SwitchState.IDLE})
        await until(lambda: (_event(it) or raised).state is EventState.CLEARED)
    finally:
        await it.engine.close()


def _event(it: Running) -> Event | None:
    return next((event for event in it.latest.events if event.metric == DEADMAN), None)
