"""What a stop of one scope would do is worked out from what rests, and holds when it is fired."""

from __future__ import annotations

from core.domain import Protective, Scope, StopLevel
from core.engine import scope_outlook
from core.engine.scope_outlook import outlook_of
from core.intents import ClosePage, FireStop, OpenPage
from tests.core.engine.ground import Ground, until


async def test_an_open_scope_tells_what_its_stop_would_do_and_a_block_does_it(ground: Ground) -> None:
    scope = Scope.parse("account:alpha-1")
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        await until(lambda: {"alpha-1", "alpha-2"} <= it.parts.armed)
        it.engine.submit(OpenPage(scope))
        await until(lambda: it.latest.page is not None and it.latest.page.scope == scope)
        page = it.latest.page
        assert page is not None
        outlook = page.outlook
        assert outlook is not None
        assert (outlook.accounts, outlook.able, outlook.unable_all, outlook.unlisted) == (1, 1, 0, 0)
        assert outlook.orders == ground.resting("alpha-1")
        assert outlook.orders - outlook.protective == ground.opening("alpha-1")
        assert outlook.expected_ms is not None
        elsewhere = ground.resting("alpha-2")
        it.engine.submit(FireStop(scope, "ada", "blocked on its page", Protective.KEEP, StopLevel.BLOCK))
        await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
        assert ground.opening("alpha-1") == 0
        assert ground.resting("alpha-1") == outlook.protective
        assert ground.resting("alpha-2") == elsewhere
        it.engine.submit(ClosePage())


async def test_of_a_scope_of_very_many_accounts_it_is_not_worked_out(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        scope = Scope.parse("portfolio")
        assert outlook_of(it.parts, scope, scope_outlook.MOST_ACCOUNTS + 1) is None
        whole = outlook_of(it.parts, scope, 2)
        assert whole is not None
        assert whole.accounts == 2
