"""What goes into the journal, and in which words: one function per kind of happening."""

from __future__ import annotations

from core.domain import Scope
from core.events.transitions import Transition
from core.halt.latch import Latch
from core.halt.model import HaltView
from core.intents import Intent
from core.journal.journal import Journal
from core.mitigation.actions import Action, Cease, Changed, MarkEvent, Refused, Run, StopRequest

SYSTEM = "scram"


class Recorder:
    """Puts happenings in order into the journal; never raises and never waits."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def transition(self, change: Transition) -> None:
        self._journal.record(
            f"event.{change.what.value.replace(' ', '-')}", change.by, str(change.event_after.scope), change
        )

    def action(self, action: Action) -> None:
        match action:
            case Changed(after=after, by=by):
                self._journal.record(f"mitigation.{after.state.value}", by, str(after.scope), action)
            case Run(mitigation=mitigation):
                self._journal.record("mitigation.run", SYSTEM, str(mitigation.scope), {"id": mitigation.mitigation_id})
            case Cease():
                self._journal.record("mitigation.cease", SYSTEM, "", action)
            case Refused(operator=operator):
                self._journal.record("mitigation.refused", operator, "", action)
            case StopRequest(scope=scope):
                self._journal.record("stop.requested", SYSTEM, str(scope), action)
            case MarkEvent():
                pass  # the transition that follows from it is recorded

    def intent(self, intent: Intent) -> None:
        name = type(intent).__name__
        self._journal.record(f"operator.{name}", intent.operator, str(getattr(intent, "scope", "")), intent)

    def fired(self, latch: Latch) -> None:
        self._journal.record("stop.fired", latch.fired_by, str(latch.scope), latch)

    def reset(self, latch: Latch, operator: str, reason: str) -> None:
        body = {"halt_id": latch.halt_id, "reason": reason}
        self._journal.record("stop.reset", operator, str(latch.scope), body)

    def proof(self, view: HaltView) -> None:
        """The board as it stands when it changes: who is proven, who is not and why."""
        self._journal.record("stop.proof", SYSTEM, str(view.scope), view)

    def note(self, kind: str, scope: Scope | None, body: object) -> None:
        self._journal.record(kind, SYSTEM, "" if scope is None else str(scope), body)
