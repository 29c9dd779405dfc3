"""From a breach to a message at a receiver on loopback, and from a failing route to an event: a whole engine."""

from __future__ import annotations

from core.events.history import HistoryWish
from core.intents import LockDesk, LookBack, TryRoute, UnlockDesk
from core.notify.model import FAILING, RouteState
from tests.core.engine.ground import Ground, until
from tests.core.notify.made import receiver

SECRET = "very-secret-token"


async def test_a_breach_is_told_and_a_failing_route_is_an_event_of_its_own(ground: Ground) -> None:
    async with receiver() as good, receiver() as bad:
        bad.status = 500
        ground.environ |= {"GOOD": good.address(), "BAD": bad.address()}
        ground.tables["notify"] = {
            "routes": [
                {"name": "good", "url": "env:GOOD", "digest_s": 0.0, "per_minute": 600},
                {"name": "bad", "url": "env:BAD", "least": "low", "digest_s": 0.0, "per_minute": 600},
            ]
        }
        ground.limit("account:alpha-1", "gross_exposure", high=0.01)
        async with ground.engine() as running:
            await until(lambda: any("gross_exposure" in said["message"] for said in good.got))
            await until(lambda: FAILING in running.metrics_raised())
            await until(lambda: any("HTTP 500" in said["message"] for said in good.got))
            assert [view.state for view in running.latest.routes] == [RouteState.GOOD, RouteState.FAILING]
            bad.status = 200
            running.engine.submit(TryRoute("bad", "grace"))
            await until(lambda: any("grace tried" in said["message"] for said in bad.got))
            running.engine.submit(TryRoute("nobody", "grace"))
            running.engine.submit(LockDesk("grace", "by hand"))
            running.engine.submit(UnlockDesk("grace", "by its PIN", 2))
            await until(lambda: 'there is no notify route "nobody"' in running.latest.notices)
            await until(lambda: running.latest.routes[1].state is RouteState.GOOD)
            running.engine.submit(LookBack(HistoryWish(text="gross_exposure")))
            await until(lambda: running.latest.past is not None)
            assert running.latest.past is not None
            assert running.latest.past.lines[-1].what == "raised"
    records = ground.records()
    kinds = {record.kind for record in records}
    assert {"notify.sent", "notify.failed", "notify.tried", "operator.TryRoute"} <= kinds
    assert {"operator.LockDesk", "operator.UnlockDesk"} <= kinds, "locking a screen is written down"
    assert not any(SECRET in record.body for record in records)
