"""What goes into the journal, and in which words: one function per kind of happening."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.domain import Scope, ScopeKind
from core.engine.config_versions import ConfigVersion
from core.engine.limit_keeper import LIMITS_CHANGED, LIMITS_WRITTEN, LimitVersion
from core.engine.report import halt_row, proof_row
from core.events.transitions import Transition
from core.halt.drill.report import DrillReport
from core.halt.flatten.model import FlattenOrder, FlattenPlan, FlattenReport
from core.halt.latch import Latch
from core.halt.model import HaltView, ProofState
from core.halt.restore import RestoreReport
from core.halt.source.model import SourceNote
from core.halt.way_back.checklist import ReturnView
from core.halt.way_back.second import Pending
from core.intents import Act, ExportEvidence, RebasePeak
from core.journal.journal import Journal
from core.mitigation.actions import Action, Cease, Changed, MarkEvent, Recover, Refused, Run, StopRequest
from core.mitigation.executor import PlannedOrder
from core.mitigation.model import Mitigation
from core.mitigation.report import ExecutionReport

SYSTEM = "scram"
_IDS = ("event_id", "mitigation_id", "halt_id")
"""What an operator's act may be about."""
BOARD_EVERY_S = 1.0
"""A sweep against bots that go on ordering changes its board many times a second."""
_Board = tuple[dict[str, tuple[ProofState, int]], float | None]
"""What a stop's board says: of each account its state and how many orders are kept, and when all was proven, ms."""


class Recorder:
    """Puts happenings in order into the journal; never raises and never waits."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._boards: dict[str, tuple[float, _Board | None]] = {}
        """By stop: when its board was last recorded, and what it said."""

    def transition(self, change: Transition) -> None:
        self._journal.record(
            f"event.{change.what.value.replace(' ', '-')}", change.by, str(change.event_after.scope), change,
            subject=change.event_after.event_id,
        )  # fmt: skip

    def action(self, action: Action) -> None:
        match action:
            case Changed(before=before, after=after, by=by):
                # A state that stays is a plan that a person has changed: what it was stands beside what it is now.
                same = before is not None and before.state is after.state
                word = "changed" if same else after.state.value
                about = after.mitigation_id
                self._journal.record(f"mitigation.{word}", by, str(after.scope), action, subject=about)
            case Run(mitigation=mitigation):
                number = mitigation.mitigation_id
                self._journal.record("mitigation.run", SYSTEM, str(mitigation.scope), {"id": number}, subject=number)
            case Recover(mitigation=mitigation):
                number = mitigation.mitigation_id
                self._journal.record(
                    "mitigation.recover", SYSTEM, str(mitigation.scope), {"id": number}, subject=number
                )
            case Cease(mitigation_id=number):
                self._journal.record("mitigation.cease", SYSTEM, "", action, subject=number)
            case Refused(operator=operator, mitigation_id=number):
                self._journal.record("mitigation.refused", operator, "", action, subject=number)
            case StopRequest(scope=scope, event_id=number):
                self._journal.record("stop.requested", SYSTEM, str(scope), action, subject=number)
            case MarkEvent():
                pass  # the transition that follows from it is recorded

    def intent(self, intent: Act) -> None:
        name = type(intent).__name__
        about = next((found for field in _IDS if (found := getattr(intent, field, ""))), "")
        scope = str(getattr(intent, "scope", ""))
        self._journal.record(f"operator.{name}", intent.operator, scope, intent, subject=about)

    def fired(self, latch: Latch) -> None:
        body = {"before": None, "after": latch}
        self._journal.record("stop.fired", latch.fired_by, str(latch.scope), body, subject=latch.halt_id)

    def reset(self, latch: Latch) -> None:
        held = replace(latch, reset_by="", reset_reason="", reset_at_s=None, confirmed_by="", reset_resumes=False)
        body = {"before": held, "after": latch}
        self._journal.record("stop.reset", latch.reset_by, str(latch.scope), body, subject=latch.halt_id)

    def checked(self, checks: ReturnView, operator: str) -> None:
        """What was and was not true when somebody took the latch off."""
        self._journal.record("stop.checked", operator, "", checks)

    def waits(self, pending: Pending) -> None:
        """What somebody asked for waits for a second person."""
        self._journal.record("return.asked", pending.operator, str(pending.scope), pending, subject=pending.halt_id)

    def seconded(self, pending: Pending, operator: str) -> None:
        self._journal.record("return.confirmed", operator, str(pending.scope), pending, subject=pending.halt_id)

    def rebased(self, intent: RebasePeak, before: float, after: float) -> None:
        """Unit values: the peak that was, and the one from now on."""
        body = {"reason": intent.reason, "before": before, "after": after}
        self._journal.record("peak.rebased", intent.operator, str(intent.scope), body)

    def restored(self, report: RestoreReport) -> None:
        """Order by order: what was placed again, and what was not and why."""
        self._journal.record("stop.restored", report.operator, "", report, subject=report.halt_id)

    def flatten_previewed(self, plan: FlattenPlan) -> None:
        """Position by position: what would be closed and at which cost, and what not and why."""
        self._journal.record("flatten.previewed", SYSTEM, str(plan.scope), plan)

    def flatten_armed(self, plan_id: str, operator: str, until_s: float) -> None:
        self._journal.record("flatten.armed", operator, "", {"plan_id": plan_id, "until_s": until_s})

    def flatten_fired(self, plan: FlattenPlan, operator: str, reason: str) -> None:
        body = {"plan_id": plan.plan_id, "halt_id": plan.halt_id, "reason": reason, "terms": plan.terms}
        self._journal.record("flatten.fired", operator, str(plan.scope), body, subject=plan.halt_id)

    def flatten_order(self, plan_id: str, order: FlattenOrder) -> None:
        self._journal.record("flatten.order", SYSTEM, "", {"plan_id": plan_id, "order": order})

    def flatten_ended(self, report: FlattenReport) -> None:
        """Position by position: flat, left or unknown, and why."""
        self._journal.record("flatten.ended", report.operator, str(report.scope), report, subject=report.halt_id)

    def flatten_refused(self, operator: str, reason: str) -> None:
        self._journal.record("flatten.refused", operator, "", {"reason": reason})

    def drilled(self, report: DrillReport) -> None:
        """Account by account: what a drill found."""
        self._journal.record("drill.ended", report.operator, "", report.to_json())

    def source(self, note: SourceNote) -> None:
        """What trades was asked for something, refused it, or says something new of itself."""
        scope = str(Scope(ScopeKind.STRATEGY, note.strategy))
        body = {"words": note.words, "halt_id": note.halt_id}
        self._journal.record(f"source.{note.what}", SYSTEM, scope, body, subject=note.halt_id)

    def exported(self, intent: ExportEvidence, error: str) -> None:
        """What became of it; "" where it was written."""
        body = {"halt_id": intent.halt_id, "format": intent.form.value, "path": intent.path, "error": error}
        self._journal.record("stop.exported", intent.operator, "", body, subject=intent.halt_id)

    def journal_file(self, operator: str, body: Mapping[str, Any]) -> None:
        """Records that were written into a file, or why they were not."""
        self._journal.record("journal.exported", operator, "", body)

    def boards(self, views: Iterable[HaltView]) -> None:
        """Every stop's board when it has changed: how many are proven, and who is not and why."""
        now_s = self._clock.monotonic()
        for view in views:
            board = {row.account: (row.state, row.kept) for row in view.rows}, view.proof_ms
            recorded_s, recorded = self._boards.get(view.halt_id, (float("-inf"), None))
            if board == recorded or now_s - recorded_s < BOARD_EVERY_S:
                continue
            self._boards[view.halt_id] = (now_s, board)
            before = recorded[0] if recorded is not None else {}
            unproven = [proof_row(row) for row in view.rows if row.state is not ProofState.VERIFIED]
            moved = {account: {"before": before.get(account), "after": now} for account, now in board[0].items()}
            changed = {account: states for account, states in moved.items() if states["before"] != states["after"]}
            body = {**halt_row(view), "unproven": unproven, "changed": changed}
            self._journal.record("stop.proof", SYSTEM, str(view.scope), body, subject=view.halt_id)

    def order(self, order: PlannedOrder) -> None:
        """A mitigation's, about to be sent."""
        self._journal.record(
            "mitigation.order", SYSTEM, str(Scope(ScopeKind.ACCOUNT, order.account)), order, subject=order.mitigation_id
        )

    def executed(self, mitigation: Mitigation, report: ExecutionReport) -> None:
        """Order by order: what was sent, and what the venue showed before and after."""
        about = mitigation.mitigation_id
        self._journal.record("mitigation.executed", SYSTEM, str(mitigation.scope), report, subject=about)

    def limits(self, version: LimitVersion, rows: Sequence[object] = ()) -> None:
        """A new version of the limits: who, why, what was and is in force, and the rows of the file that changed."""
        self._journal.in_force(limits_version=version.version)
        self._journal.record(LIMITS_CHANGED, version.by, "", version.body() | ({"rows": rows} if rows else {}))

    def limits_written(self, by: str, body: object) -> None:
        """Rows of the file that changed, and nothing else came into force by it."""
        self._journal.record(LIMITS_WRITTEN, by, "", body)

    def config(self, version: ConfigVersion, by: str, why: str = "") -> None:
        """Another configuration: every place in it that is not what it was."""
        self._journal.in_force(config_version=version.version)
        body = {
            "version": version.version, "before": version.before, "why": why, "changes": version.changes,
            "more": version.more,
        }  # fmt: skip
        self._journal.record("config.changed", by, "", body)

    def note(self, kind: str, scope: Scope | None, body: object) -> None:
        self._journal.record(kind, SYSTEM, "" if scope is None else str(scope), body)
