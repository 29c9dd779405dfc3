"""What-if at work: one plan is looked at at a time, again and again while somebody looks, and approved as it was shown.

The looking is done in a thread. An approval looks once more, and goes through only where the plan cuts the same and
ends no worse than what was shown, on figures that are not old, with no stop fired since.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.clock import Clock
from core.domain import PORTFOLIO, Scope
from core.engine.figures import Figures
from core.engine.ids import new_id
from core.engine.parts import Parts
from core.engine.what_if.trying import Look, look_at, same_cuts
from core.intents import ApprovePlan, ClosePreview, PlanLook, PreviewPlan
from core.mitigation.actions import Action, Refused
from core.mitigation.desk import MitigationDesk
from core.mitigation.effect import Effect, PlanPreview
from core.mitigation.model import WAITING_STATES, Mitigation
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

REFRESH_S = 2.0
"""Between two looks at the same plan."""
REST_SHARE = 3.0
"""A look that took long is followed by a pause this many times as long: it shares the cores with the cycle."""
_GONE = "what was shown is not what there is now: it was looked up anew, look at it again"


@dataclass(frozen=True, slots=True)
class _Shown:
    look: Look
    stops: frozenset[str]
    """Those that stood when it was looked up."""
    preview: PlanPreview


class WhatIf:
    def __init__(
        self,
        figures: Figures,
        desk: MitigationDesk,
        act: Callable[[Iterable[Action]], None],
        stops: Callable[[], frozenset[str]],
        ids: Callable[[], str],
        clock: Clock,
    ) -> None:
        """`act` takes the actions that follow, as those of a cycle; `stops`: the ids of the stops that are latched."""
        self._figures = figures
        self._desk = desk
        self._act = act
        self._stops = stops
        self._ids = ids
        self._clock = clock
        self._asked: PreviewPlan | None = None
        self._shown: _Shown | None = None
        self._due_s = float("-inf")
        self._looking = False
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- looking --------------------------------------------------------------------------------------------------

    def look(self, intent: PlanLook) -> None:
        """Look at this from now on, instead of anything else, or at nothing."""
        if isinstance(intent, ClosePreview):
            self.shut()
            return
        self._asked = intent
        self._due_s = float("-inf")
        self.step()

    def shut(self) -> None:
        self._asked = self._shown = None

    def step(self) -> PlanPreview | None:
        """Once per cycle: look again where it is time to; what is shown meanwhile."""
        if self._asked is not None and not self._looking and self._clock.monotonic() >= self._due_s:
            self._spawn(self._refresh(self._asked), "look at a plan")
        return self._shown.preview if self._shown is not None else None

    async def close(self) -> None:
        self.shut()
        await stop_all(list(self._tasks))

    async def _refresh(self, asked: PreviewPlan, refused: str = "") -> None:
        self._looking = True
        began_s = self._clock.monotonic()
        try:
            shown = await self._look(asked, refused)
        except Exception:
            log.exception("a plan could not be looked at")
            shown = None
        finally:
            self._looking = False
        took_s = self._clock.monotonic() - began_s
        if self._asked is asked:
            self._shown = shown
            self._due_s = self._clock.monotonic() + max(REFRESH_S, REST_SHARE * took_s)

    async def _look(self, asked: PreviewPlan, refused: str = "") -> _Shown | None:
        """None where there is nothing to look at: the plan waits no longer, or nothing was read yet."""
        plan = self._waiting(asked.mitigation_id)
        scope = plan.scope if plan is not None else asked.scope or PORTFOLIO
        ground, inputs = self._figures.ground(), self._figures.plan_inputs(scope)
        if ground is None or inputs is None or (asked.mitigation_id and plan is None):
            return None
        stops = self._stops()
        look = await asyncio.to_thread(look_at, ground, inputs, asked, plan, scope)
        return _Shown(look, stops, self._preview(look, refused))

    def _waiting(self, mitigation_id: str) -> Mitigation | None:
        plans = self._desk.views() if mitigation_id else ()
        return next((row for row in plans if row.mitigation_id == mitigation_id and row.state in WAITING_STATES), None)

    def _preview(self, look: Look, refused: str) -> PlanPreview:
        before = self._shown
        same = (
            before is not None
            and before.look.asked is look.asked
            and same_cuts(before.look.reductions, look.reductions)
        )
        kept = before.preview if before is not None and same else None
        return PlanPreview(
            preview_id=kept.preview_id if kept is not None else self._ids(),
            mitigation_id=look.asked.mitigation_id,
            scope=look.scope,
            metric=look.metric,
            changed=look.changed,
            choices=look.hand.choices,
            choices_all=look.hand.choices_all,
            summary=look.summary,
            left_out=look.hand.left_out,
            effect=look.effect,
            objection=self._desk.objection(look.draft),
            refused=refused or (kept.refused if kept is not None else ""),
            made_at_s=self._clock.now(),
            max_age_s=self._desk.settings.figures_max_age_s,
        )

    # -- approving ------------------------------------------------------------------------------------------------

    def approve(self, intent: ApprovePlan) -> None:
        shown = self._shown
        obstacle = self._old(shown, intent)
        if shown is None or obstacle:
            self._refuse(intent, obstacle)
        else:
            self._spawn(self._approve(shown, intent), "approval of a plan")

    def _old(self, shown: _Shown | None, intent: ApprovePlan) -> str:
        if shown is None or shown.preview.preview_id != intent.preview_id or shown.look.effect is None:
            return _GONE
        age_s, allowed_s = shown.look.effect.age_at_s(self._clock.monotonic()), self._desk.settings.figures_max_age_s
        if age_s > allowed_s:
            return f"its figures are {age_s:.0f} s old, {allowed_s:.0f} s are allowed: it was looked up anew"
        return ""

    async def _approve(self, shown: _Shown, intent: ApprovePlan) -> None:
        now = await self._look(shown.look.asked)
        obstacle = _GONE if now is None else self._since(shown, now)
        if now is None or obstacle:
            self._refuse(intent, obstacle)
            return
        look = now.look
        if look.changed:
            actions = self._desk.approve_draft(look.draft, intent.operator, intent.reason)
        else:
            assert look.plan is not None
            actions = self._desk.approve(look.plan.mitigation_id, intent.operator, look.plan.revision)
        refused = next((row.sentence for row in actions if isinstance(row, Refused)), "")
        if refused:
            self._refuse(intent, refused)
            return
        if self._asked is look.asked:
            self.shut()
        self._act(actions)

    def _since(self, shown: _Shown, now: _Shown) -> str:
        """What has happened between the look that was shown and this one."""
        fired = self._stops() - shown.stops
        if fired:
            return "a stop was fired since it was shown: look at it again"
        if not same_cuts(now.look.reductions, shown.look.reductions):
            return "what is held has changed since it was shown: it was looked up anew, look at it again"
        assert shown.look.effect is not None
        assert now.look.effect is not None
        return graver(shown.look.effect, now.look.effect)

    def _refuse(self, intent: ApprovePlan, sentence: str) -> None:
        mitigation_id = self._shown.preview.mitigation_id if self._shown is not None else ""
        self._act((Refused(mitigation_id, intent.operator, sentence),))
        if self._shown is not None:
            self._shown = replace(self._shown, preview=replace(self._shown.preview, refused=sentence))
        self._due_s = float("-inf")

    def _spawn(self, work: Any, name: str) -> None:
        task = spawn(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def what_if_of(parts: Parts, act: Callable[[Iterable[Action]], None]) -> WhatIf:
    def stops() -> frozenset[str]:
        return frozenset(view.halt_id for view in parts.halts.views())

    return WhatIf(parts.figures, parts.mitigations, act, stops, new_id, parts.clock)


def graver(shown: Effect, now: Effect) -> str:
    """Which limit would end graver than was shown; "" for none."""
    was: dict[tuple[Scope, str], int] = {(row.scope, row.metric): int(row.severity_after or 0) for row in shown.limits}
    for row in now.limits:
        severity = row.severity_after
        if severity is not None and severity > was.get((row.scope, row.metric), 0):
            return (
                f"since it was shown things have moved: {row.metric} of {row.scope} would end at {severity.word} now; "
                "look at it again"
            )
    return ""
