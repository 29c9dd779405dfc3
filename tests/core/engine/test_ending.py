"""The end of an engine: what its last cycles need is there until they are over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.engine.ground import Ground


async def test_plans_can_be_made_until_the_last_cycle_is_over(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cycle beats on while a stop that was fired into the end is seen through."""
    ended_at: list[int] = []
    seen_through: list[int] = []
    async with ground.engine() as it:
        await it.watched()
        halts, mitigations = it.parts.halts, it.parts.mitigations
        see_through, end_planning = halts.see_through, mitigations.close

        async def slowly(*arguments: Any) -> None:
            if not seen_through:
                seen_through.append(it.latest.cycle)
                await it.cycles(3)
            await see_through(*arguments)

        def noted() -> None:
            ended_at.append(it.latest.cycle)
            end_planning()

        monkeypatch.setattr(halts, "see_through", slowly)
        monkeypatch.setattr(mitigations, "close", noted)
    assert seen_through[0] + 3 <= it.latest.cycle
    assert ended_at == [it.latest.cycle]
