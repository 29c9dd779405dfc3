"""Two desks on one book and one database: one acts, the other watches with its stop live and takes over when it may."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from core.domain import PORTFOLIO
from core.intents import AcknowledgeEvent, ApproveMitigation, FireStop, TakeOver
from core.mitigation.model import MitigationState
from tests.core.engine.ground import Ground, Running, until

HERE = "account:alpha-1"


@contextlib.asynccontextmanager
async def both(ground: Ground) -> AsyncIterator[tuple[Running, Running]]:
    """The first one acts; the second came later."""
    async with ground.engine() as first:
        await first.watched()
        async with ground.engine() as second:
            await second.watched()
            yield first, second


async def test_the_second_desk_only_watches_and_says_whose_the_book_is(ground: Ground) -> None:
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "propose"})
    async with both(ground) as (first, second):
        assert not first.latest.lease.words
        assert second.latest.lease.view_only
        assert second.latest.lease.words.startswith("view only: held by ada on ")
        await until(lambda: MitigationState.PROPOSED in first.states(HERE))
        await second.cycles(10)
        assert not second.latest.mitigations
        assert [str(event.scope) for event in second.latest.events] == [HERE]
        proposed = first.latest.mitigations[0].mitigation_id
        second.engine.submit(ApproveMitigation(proposed, "bob"))
        await until(
            lambda: any("ApproveMitigation is not done here: view only" in line for line in second.latest.notices)
        )
        second.engine.submit(AcknowledgeEvent(second.latest.events[0].event_id, "bob"))
        await until(lambda: any("AcknowledgeEvent is not done here" in line for line in second.latest.notices))
        assert not second.latest.events[0].acknowledged_by
    kinds = ground.kinds()
    assert kinds.count("event.raised") == 1
    assert "mitigation.run" not in kinds
    assert kinds.count("lease.watching") >= 1


async def test_what_is_done_by_rule_is_done_once(ground: Ground) -> None:
    async with both(ground) as (first, second):
        ground.limit(HERE, "leverage", high=1.5, policy={"high": "auto"})
        ground.write()
        await until(lambda: MitigationState.DONE in first.states(HERE))
        await second.cycles(20)
        assert not second.mitigations
    assert ground.kinds().count("mitigation.run") == 1


async def test_a_desk_that_only_watches_stops_nothing_by_rule(ground: Ground) -> None:
    async with both(ground) as (first, second):
        ground.limit(HERE, "leverage", high=1.5, policy={"high": "stop"})
        ground.write()
        await until(lambda: bool(first.latest.halts))
        await until(lambda: any(str(event.scope) == HERE for event in second.latest.events))
        await second.cycles(15)
    assert ground.kinds().count("stop.requested") == 1


async def test_the_stop_of_a_desk_that_only_watches_is_live(ground: Ground) -> None:
    async with both(ground) as (_, second):
        second.engine.submit(FireStop(PORTFOLIO, "bob", "a test"))
        await until(lambda: all(runner.view().proven for runner in second.parts.halts.runners))
        assert ground.resting("alpha-1") == ground.resting("alpha-2") == 0
    assert "stop.fired" in ground.kinds()


async def test_when_the_desk_that_acts_ends_the_other_takes_over_and_mends(ground: Ground) -> None:
    ground.tables["accounts"][0]["mode"] = "watch"
    async with ground.engine() as first:
        await first.watched(HERE)
        # Inside for now: what the first desk had tried in vain the second would only propose.
        ground.limit(HERE, "leverage", high=1.05 * first.value(HERE, "leverage"), policy={"high": "auto"})
        ground.tables["accounts"][0]["mode"] = "act"
        async with ground.engine() as second:
            await second.watched()
            assert second.latest.lease.view_only
            await second.cycles(10)
            assert not second.mitigations
            await first.engine.close()
            await until(lambda: not second.latest.lease.view_only)
            ground.scale_prices(0.85)
            await until(lambda: MitigationState.DONE in second.states(HERE))


async def test_an_operator_takes_the_book_over(ground: Ground) -> None:
    ground.tables["engine"]["lease_s"] = 6
    async with both(ground) as (first, second):
        second.engine.submit(TakeOver("bob", "the other room is on fire"))
        await until(lambda: not second.latest.lease.view_only)
        await until(lambda: first.latest.lease.view_only)
        first.engine.submit(TakeOver("ada", "not any more"))
        await until(lambda: not first.latest.lease.view_only)
        await until(lambda: second.latest.lease.view_only)
    assert "operator.TakeOver" in ground.kinds()


async def test_a_desk_that_is_alone_has_nothing_to_take_over(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(TakeOver("ada"))
        await until(lambda: any("nothing to take over" in line for line in it.latest.notices))
