"""What the desk's signals ask of the engine: each line says which intent a signal is, and who signs it is said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance

from core.domain import PORTFOLIO
from core.halt.way_back.checklist import RoomOffer
from core.intents import (
    AcknowledgeEvent,
    AcknowledgeEvents,
    ApproveMitigation,
    ApprovePlan,
    ArmFlatten,
    CancelDrill,
    ClosePage,
    ClosePreview,
    CloseWire,
    ConfirmReturn,
    DisarmFlatten,
    EndFlatten,
    ExportEvidence,
    FireFlatten,
    FireStop,
    GiveRoom,
    Intent,
    LookBack,
    OpenPage,
    OpenWire,
    PreviewDrill,
    PreviewFlatten,
    PreviewPlan,
    PreviewRestore,
    RebasePeak,
    RejectMitigation,
    ResetStop,
    ResolveEvent,
    RestoreProtective,
    ResumeFully,
    ResumeTrading,
    RunDrill,
    ShelveEvent,
    TakeOver,
    TryRoute,
    UnshelveEvent,
    signed,
)
from core.snapshot import Snapshot
from widgets import figures
from widgets.desk import Desk
from widgets.mitigation_detail import Trial
from widgets.undo import Step

Submit = Callable[[Intent], None]


class Line(QObject):
    """One signal: its values, in their order, are these fields of that intent."""

    asked = Signal(object)

    def __init__(self, kind: Callable[..., Intent], names: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._kind, self._names = kind, tuple(names)

    def take(self, *values: Any) -> None:
        self.asked.emit(unsigned(self._kind, dict(zip(self._names, values, strict=True))))


def unsigned(kind: Callable[..., Intent], values: dict[str, Any]) -> Intent:
    """The intent with room left for a name, where it has a place for one."""
    if any(field.name == "operator" for field in fields(kind)) and "operator" not in values:  # type: ignore[arg-type]
        values = {**values, "operator": ""}
    return kind(**values)


def lines(desk: Desk) -> tuple[tuple[SignalInstance, Callable[..., Intent], Sequence[str]], ...]:
    flatten = desk.proof.flatten
    return (
        (desk.acknowledge_requested, AcknowledgeEvent, ("event_id",)),
        (desk.acknowledge_all_requested, AcknowledgeEvents, ("event_ids",)),
        (desk.past_wished, LookBack, ("wish",)),
        (desk.trial_requested, TryRoute, ("route",)),
        (desk.reject_requested, RejectMitigation, ("mitigation_id", "reason")),
        (desk.preview_approved, ApprovePlan, ("preview_id", "reason")),
        (desk.reset_requested, ResetStop, ("halt_id", "reason")),
        (desk.rebase_requested, RebasePeak, ("scope", "reason")),
        (desk.resume_requested, ResumeTrading, ("scope", "reason")),
        (desk.resume_fully_requested, ResumeFully, ("halt_id", "reason")),
        # The second person is not who sits at this desk.
        (desk.confirm_requested, ConfirmReturn, ("pending_id", "operator")),
        (desk.preview_requested, PreviewRestore, ("halt_id",)),
        (desk.restore_requested, RestoreProtective, ("halt_id",)),
        (desk.drill_requested, RunDrill, ("kind", "accounts")),
        (desk.drill_preview_requested, PreviewDrill, ("accounts",)),
        (desk.drill_called_off, CancelDrill, ()),
        (desk.page_opened, OpenPage, ("scope",)),
        (desk.page_closed, ClosePage, ()),
        (desk.export_requested, ExportEvidence, ("halt_id", "form", "path")),
        (desk.lease.take_over_requested, TakeOver, ()),
        (desk.wire_opened, OpenWire, ("halt_id", "account")),
        (desk.wire_closed, CloseWire, ()),
        (flatten.preview_requested, PreviewFlatten, ("halt_id", "style")),
        (flatten.arm_requested, ArmFlatten, ("plan_id",)),
        (flatten.disarm_requested, DisarmFlatten, ()),
        (flatten.fire_requested, FireFlatten, ("plan_id", "reason")),
        (flatten.end_requested, EndFlatten, ()),
    )


class Asking(QObject):
    undoable = Signal(object)

    def __init__(self, desk: Desk, fire: Submit, submit: Submit, operator: str, parent: QObject) -> None:
        """`fire` is the way of the stop, and of nothing else: whatever else may stand in the way of `submit`."""
        super().__init__(parent)
        self._fire_stop, self._submit, self._operator = fire, submit, operator
        self._snapshot: Snapshot | None = None
        desk.stop_fired.connect(self._fire)
        desk.asked.connect(self.ask)
        for signal, kind, names in lines(desk):
            line = Line(kind, names, self)
            line.asked.connect(self.ask)
            signal.connect(line.take)
        desk.approve_requested.connect(self._approve)
        desk.shelve_requested.connect(self._shelve)
        desk.unshelve_requested.connect(self._unshelve)
        desk.resolve_requested.connect(self._resolve)
        desk.trial_wished.connect(self._look_at_plan)
        desk.room_requested.connect(self._give_room)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def ask(self, intent: Intent) -> None:
        self._submit(signed(intent, self._operator))

    def _fire(self) -> None:
        self._fire_stop(FireStop(PORTFOLIO, self._operator, "the stop button"))

    def _approve(self, mitigation_id: str) -> None:
        """What somebody approves is the plan as it is on the screen."""
        plans = self._snapshot.mitigations if self._snapshot is not None else ()
        revisions = {plan.mitigation_id: plan.revision for plan in plans}
        self.ask(ApproveMitigation(mitigation_id, "", revisions.get(mitigation_id)))

    def _look_at_plan(self, trial: Trial | None) -> None:
        if trial is None:
            self.ask(ClosePreview())
        else:
            self.ask(PreviewPlan(trial.mitigation_id, trial.scope, trial.cuts, trial.share))

    def _give_room(self, offer: RoomOffer, threshold: float, until_s: float, reason: str) -> None:
        self.ask(GiveRoom(offer.scope, offer.metric, threshold, until_s, "", reason))

    def _resolve(self, event_ids: tuple[str, ...], reason: str) -> None:
        for event_id in event_ids:
            self.ask(ResolveEvent(event_id, "", reason))

    # What can be taken back

    def _shelve(self, event_ids: tuple[str, ...], until_s: float, reason: str) -> None:
        acts = tuple(ShelveEvent(event_id, until_s, "", reason) for event_id in event_ids)
        back = tuple(UnshelveEvent(event_id, "") for event_id in event_ids)
        self._do(f"shelving {figures.count(len(acts), 'event')}", acts, back)

    def _unshelve(self, event_ids: tuple[str, ...]) -> None:
        events = self._snapshot.events if self._snapshot is not None else ()
        shelves = {event.event_id: event.shelf for event in events if event.shelf is not None}
        acts = tuple(UnshelveEvent(event_id, "") for event_id in event_ids)
        back = tuple(
            ShelveEvent(event_id, shelf.until_s, "", shelf.reason)
            for event_id in event_ids
            if (shelf := shelves.get(event_id)) is not None
        )
        self._do(f"unshelving {figures.count(len(acts), 'event')}", acts, back)

    def _do(self, words: str, acts: tuple[Intent, ...], back: tuple[Intent, ...]) -> None:
        self._ask_all(acts)
        if back:
            self.undoable.emit(Step(words, partial(self._ask_all, back), partial(self._ask_all, acts)))

    def _ask_all(self, intents: tuple[Intent, ...]) -> None:
        for intent in intents:
            self.ask(intent)
