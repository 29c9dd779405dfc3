"""The desk of notifications: patience with what fails, and no route that waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.clock import ManualClock
from core.domain import Severity
from core.events.model import Cause, EventState
from core.events.transitions import Change
from core.notify.desk import FAILING_AFTER, LONGEST_PAUSE_S, NotifyDesk, pause_s
from core.notify.model import FAILING, Message, RouteSpec, RouteState
from tests.core.notify.made import Heard, change, event


class Bench:
    def __init__(self, clock: ManualClock, **routes: Heard) -> None:
        self.clock = clock
        self.noted: list[tuple[str, dict[str, object]]] = []
        specs = [
            (RouteSpec(name, least=Severity.LOW, burst=100, digest_s=0.0), heard) for name, heard in routes.items()
        ]
        self.desk = NotifyDesk(specs, clock)
        self.desk.start(lambda kind, body: self.noted.append((kind, body)))  # type: ignore[arg-type]

    def happen(self, number: int = 1, severity: Severity = Severity.HIGH, what: Change = Change.RAISED) -> None:
        self.desk.take((change(event(number, severity), what),))

    async def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds / 0.25)):
            await asyncio.sleep(0)
            self.clock.advance(0.25)
        for _ in range(5):
            await asyncio.sleep(0)

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.noted]


async def test_what_happens_is_told_and_written_down(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    bench.happen(7)
    await bench.pass_time(1.0)
    await bench.desk.close()
    assert [message.title for message in heard.messages] == ["Scram HIGH raised: leverage of portfolio"]
    ((kind, body),) = bench.noted
    assert (kind, body["route"], body["events"], body["others"]) == ("notify.sent", "night", ["e7"], 0)


async def test_a_failing_route_tries_ever_more_slowly_and_loses_nothing(clock: ManualClock) -> None:
    heard = Heard()
    heard.fails = "it answered with HTTP 500"
    bench = Bench(clock, night=heard)
    bench.happen(1, Severity.CRITICAL)
    await bench.pass_time(120.0)
    tried = heard.attempts
    assert FAILING_AFTER <= tried <= 8
    assert bench.desk.trouble == "notifications do not go out over night: it answered with HTTP 500"
    (view,) = bench.desk.views()
    assert (view.state, view.sent, view.waiting) == (RouteState.FAILING, 0, 1)
    for number in range(2, 12):
        bench.happen(number)
    heard.fails = ""
    await bench.pass_time(LONGEST_PAUSE_S)
    await bench.desk.close()
    (message,) = heard.messages
    assert message.severity is Severity.CRITICAL
    assert message.body.splitlines()[-1] == "and 6 others (6 raised)"
    assert bench.desk.trouble == ""
    assert bench.kinds() == ["notify.failed", "notify.failed", "notify.sent"]


async def test_one_lost_message_is_no_trouble_yet(clock: ManualClock) -> None:
    heard = Heard()
    heard.fails = "it cannot be reached"
    bench = Bench(clock, night=heard)
    bench.happen()
    await bench.pass_time(1.0)
    assert heard.attempts == 1
    assert bench.desk.trouble == ""
    heard.fails = ""
    await bench.pass_time(5.0)
    await bench.desk.close()
    assert len(heard.messages) == 1


async def test_a_failing_route_is_not_told_that_it_fails_but_the_others_are(clock: ManualClock) -> None:
    bad, good = Heard(), Heard()
    bad.fails = "it cannot be reached"
    bench = Bench(clock, bad=bad, good=good)
    bench.happen()
    await bench.pass_time(30.0)
    bench.desk.take((change(event(2, metric=FAILING, cause=Cause.SYSTEM)),))
    await bench.pass_time(30.0)
    await bench.desk.close()
    assert [message.title for message in good.messages][-1] == f"Scram HIGH raised: {FAILING}"
    assert {view.name: view.waiting for view in bench.desk.views()} == {"bad": 1, "good": 0}


async def test_an_event_that_is_in_sight_again_is_told_where_it_still_waits_for_a_person(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    seen = replace(event(2), state=EventState.ACKNOWLEDGED)
    bench.desk.take(
        (change(event(1), Change.RELEASED), change(seen, Change.UNSHELVED), change(event(3), Change.URGENT))
    )
    await bench.pass_time(1.0)
    await bench.desk.close()
    (message,) = heard.messages
    assert [line.split()[1] for line in message.body.splitlines()] == ["raised", "escalated"]


async def test_what_another_event_explains_before_it_was_told_is_not_told(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    bench.happen(1)
    bench.happen(2)
    bench.desk.take((change(replace(event(1), inhibited_by="e2"), Change.INHIBITED),))
    await bench.pass_time(1.0)
    await bench.desk.close()
    (message,) = heard.messages
    assert message.title == "Scram HIGH raised: leverage of portfolio"
    assert "reached 2" in message.body


class Hanging(Heard):
    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def send(self, message: Message) -> None:
        await self.free.wait()
        await super().send(message)


async def test_a_route_that_hangs_keeps_no_other_waiting(clock: ManualClock) -> None:
    hanging, good = Hanging(), Heard()
    bench = Bench(clock, hanging=hanging, good=good)
    for number in range(10):
        bench.happen(number)
        await bench.pass_time(1.0)
    assert len(good.messages) == 10
    hanging.free.set()
    await bench.pass_time(3.0)
    await bench.desk.close()
    assert [len(message.body.splitlines()) for message in hanging.messages] == [1, 6]


async def test_what_waits_at_the_end_is_tried_once_more(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    bench.happen()
    await bench.desk.close()
    assert len(heard.messages) == 1


async def test_a_trial_goes_out_at_once_and_says_so(clock: ManualClock) -> None:
    good, bad = Heard(), Heard()
    bad.fails = "it answered with HTTP 403"
    bench = Bench(clock, good=good, bad=bad)
    assert bench.desk.try_route("", "ada") == ""
    await bench.pass_time(0.5)
    assert "ada tried the route good" in good.messages[0].body
    words = {view.name: view.words for view in bench.desk.views()}
    assert words["good"].startswith("the trial went out at ")
    assert words["bad"] == "the trial did not go out: it answered with HTTP 403"
    assert bench.desk.try_route("nobody", "ada") == 'there is no notify route "nobody"'
    await bench.desk.close()
    assert bench.kinds() == ["notify.tried", "notify.tried"]


async def test_a_trial_that_works_ends_the_trouble(clock: ManualClock) -> None:
    heard = Heard()
    heard.fails = "it cannot be reached"
    bench = Bench(clock, night=heard)
    bench.happen()
    await bench.pass_time(20.0)
    assert bench.desk.trouble
    heard.fails = ""
    bench.desk.try_route("night", "ada")
    await bench.pass_time(0.5)
    assert bench.desk.trouble == ""
    await bench.desk.close()


async def test_changes_that_only_the_desk_shows_are_told_to_nobody(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    for what in (Change.ACKNOWLEDGED, Change.NOTED, Change.MITIGATING, Change.MITIGATION_ENDED):
        bench.happen(1, what=what)
    await bench.pass_time(2.0)
    await bench.desk.close()
    assert not heard.messages


@pytest.mark.expected_logs("ERROR core.notify.desk: the route night failed")
async def test_a_sender_that_breaks_is_a_failure_like_any_other(clock: ManualClock) -> None:
    class Broken(Heard):
        async def send(self, message: Message) -> None:
            raise RuntimeError("json://host/secret")

    bench = Bench(clock, night=Broken())
    bench.happen()
    await bench.pass_time(20.0)
    await bench.desk.close()
    assert bench.desk.trouble == "notifications do not go out over night: it could not be sent (RuntimeError)"


async def test_a_storm_of_ten_thousand_costs_a_bounded_memory(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    bench.desk.take([change(event(number)) for number in range(10_000)])
    await bench.pass_time(1.0)
    await bench.desk.close()
    (message,) = heard.messages
    assert message.body.splitlines()[-1] == "and 9995 others (2495 raised, 7500 more)"


async def test_a_desk_that_only_watches_tells_nobody_and_may_still_be_tried(clock: ManualClock) -> None:
    heard = Heard()
    bench = Bench(clock, night=heard)
    bench.desk.silent = True
    bench.happen()
    await bench.pass_time(2.0)
    assert not heard.messages
    assert bench.desk.try_route("night", "ada") == ""
    await bench.pass_time(1.0)
    assert len(heard.messages) == 1
    await bench.desk.close()


def test_pauses_grow_to_five_minutes_and_no_further() -> None:
    pauses: Callable[[int], float] = pause_s
    assert [pauses(number) for number in (1, 2, 3, 8, 9, 1_000)] == [2.0, 4.0, 8.0, 256.0, 300.0, 300.0]
