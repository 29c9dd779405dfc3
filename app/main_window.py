"""The desk's window: the widgets on one side, the engine on the other, and nothing but wires between them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMainWindow, QWidget

from app.opening import open_file
from app.scope_keeping import ScopeKeeping
from app.settings import DeskSettings
from core.domain import PORTFOLIO, EvidenceFormat, Scope
from core.events.history import HistoryWish
from core.halt.flatten.model import FlattenStyle
from core.halt.readiness.judgement import DrillKind
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
    MuteAlarms,
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
from widgets.commands import COMMANDS
from widgets.desk import Desk
from widgets.mitigation_detail import Trial

Submit = Callable[[Intent], None]


class MainWindow(QMainWindow):
    def __init__(
        self, submit: Submit, operator: str, settings: DeskSettings | None = None, parent: QWidget | None = None
    ) -> None:
        """Without settings nothing is remembered from one start to the next."""
        super().__init__(parent)
        self.setObjectName("main-window")
        self.setWindowTitle("Scram")
        self._submit = submit
        self._operator = operator
        self._revisions: dict[str, int] = {}
        """Of every plan, as it is on the screen: that is what somebody approves."""
        self.desk = Desk(self)
        self.setCentralWidget(self.desk)
        self.desk.asked.connect(self._ask)
        self.desk.stop_fired.connect(self._fire)
        self.desk.acknowledge_requested.connect(self._acknowledge)
        self.desk.acknowledge_all_requested.connect(self._acknowledge_all)
        self.desk.shelve_requested.connect(self._shelve)
        self.desk.unshelve_requested.connect(self._unshelve)
        self.desk.resolve_requested.connect(self._resolve)
        self.desk.past_wished.connect(self._look_back)
        self.desk.trial_requested.connect(self._try_route)
        self.desk.approve_requested.connect(self._approve)
        self.desk.reject_requested.connect(self._reject)
        self.desk.trial_wished.connect(self._look_at_plan)
        self.desk.preview_approved.connect(self._approve_preview)
        self.desk.reset_requested.connect(self._reset)
        self.desk.rebase_requested.connect(self._rebase)
        self.desk.room_requested.connect(self._give_room)
        self.desk.resume_requested.connect(self._resume)
        self.desk.resume_fully_requested.connect(self._resume_fully)
        self.desk.confirm_requested.connect(self._confirm)
        self.desk.preview_requested.connect(self._preview_restore)
        self.desk.restore_requested.connect(self._restore)
        self.desk.drill_requested.connect(self._drill)
        self.desk.drill_preview_requested.connect(self._preview_drill)
        self.desk.drill_called_off.connect(self._call_off_drill)
        self.desk.page_opened.connect(self._open_page)
        self.desk.page_closed.connect(self._close_page)
        flatten = self.desk.proof.flatten
        flatten.preview_requested.connect(self._preview_flatten)
        flatten.arm_requested.connect(self._arm_flatten)
        flatten.disarm_requested.connect(self._disarm_flatten)
        flatten.fire_requested.connect(self._fire_flatten)
        flatten.end_requested.connect(self._end_flatten)
        self.desk.export_requested.connect(self._export)
        self.desk.lease.take_over_requested.connect(self._take_over)
        self.desk.wire_opened.connect(self._open_wire)
        self.desk.wire_closed.connect(self._close_wire)
        self.settings = settings or DeskSettings(parent=self)
        self.desk.settings.serve(self.settings)
        self.desk.help.take_commands(COMMANDS)
        self.desk.settings.open_requested.connect(open_file)
        self.scopes = ScopeKeeping(self.desk.scopes, self.settings, self)
        self.desk.proof.export.folder = self.settings.export_folder()
        self.resize(1440, 900)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._name(snapshot.lease.view_only)
        self._revisions = {plan.mitigation_id: plan.revision for plan in snapshot.mitigations}
        self.desk.show_snapshot(snapshot)

    def _name(self, view_only: bool) -> None:
        title = "Scram - view only" if view_only else "Scram"
        if self.windowTitle() != title:
            self.setWindowTitle(title)

    def _take_over(self) -> None:
        self._submit(TakeOver(self._operator))

    def _ask(self, intent: Intent) -> None:
        self._submit(signed(intent, self._operator))

    def _fire(self) -> None:
        self._submit(FireStop(PORTFOLIO, self._operator, "the stop button"))

    def _acknowledge(self, event_id: str) -> None:
        self._submit(AcknowledgeEvent(event_id, self._operator))

    def _acknowledge_all(self, event_ids: tuple[str, ...]) -> None:
        self._submit(AcknowledgeEvents(event_ids, self._operator))

    def _shelve(self, event_ids: tuple[str, ...], until_s: float, reason: str) -> None:
        for event_id in event_ids:
            self._submit(ShelveEvent(event_id, until_s, self._operator, reason))

    def _unshelve(self, event_ids: tuple[str, ...]) -> None:
        for event_id in event_ids:
            self._submit(UnshelveEvent(event_id, self._operator))

    def _resolve(self, event_ids: tuple[str, ...], reason: str) -> None:
        for event_id in event_ids:
            self._submit(ResolveEvent(event_id, self._operator, reason))

    def _look_back(self, wish: HistoryWish) -> None:
        self._submit(LookBack(wish))

    def _try_route(self, route: str) -> None:
        self._submit(TryRoute(route, self._operator))

    def note_mute(self, seconds: float) -> None:
        """The sound was turned off for a while, or on again."""
        self._submit(MuteAlarms(seconds, self._operator))

    def _approve(self, mitigation_id: str) -> None:
        self._submit(ApproveMitigation(mitigation_id, self._operator, self._revisions.get(mitigation_id)))

    def _reject(self, mitigation_id: str, reason: str) -> None:
        self._submit(RejectMitigation(mitigation_id, self._operator, reason))

    def _look_at_plan(self, trial: Trial | None) -> None:
        if trial is None:
            self._submit(ClosePreview())
        else:
            self._submit(PreviewPlan(trial.mitigation_id, trial.scope, trial.cuts, trial.share))

    def _approve_preview(self, preview_id: str, reason: str) -> None:
        self._submit(ApprovePlan(preview_id, self._operator, reason))

    def _reset(self, halt_id: str, reason: str) -> None:
        self._submit(ResetStop(halt_id, self._operator, reason))

    def _rebase(self, scope: Scope, reason: str) -> None:
        self._submit(RebasePeak(scope, self._operator, reason))

    def _give_room(self, offer: RoomOffer, threshold: float, until_s: float, reason: str) -> None:
        self._submit(GiveRoom(offer.scope, offer.metric, threshold, until_s, self._operator, reason))

    def _resume(self, scope: Scope, reason: str) -> None:
        self._submit(ResumeTrading(scope, self._operator, reason))

    def _resume_fully(self, halt_id: str, reason: str) -> None:
        self._submit(ResumeFully(halt_id, self._operator, reason))

    def _confirm(self, pending_id: str, name: str) -> None:
        """The second person is not who sits at this desk."""
        self._submit(ConfirmReturn(pending_id, name))

    def _preview_restore(self, halt_id: str) -> None:
        self._submit(PreviewRestore(halt_id))

    def _restore(self, halt_id: str) -> None:
        self._submit(RestoreProtective(halt_id, self._operator))

    def _drill(self, kind: DrillKind, accounts: tuple[str, ...]) -> None:
        self._submit(RunDrill(kind, accounts, self._operator))

    def _preview_drill(self, accounts: tuple[str, ...]) -> None:
        self._submit(PreviewDrill(accounts))

    def _call_off_drill(self) -> None:
        self._submit(CancelDrill(self._operator))

    def _preview_flatten(self, halt_id: str, style: FlattenStyle) -> None:
        self._submit(PreviewFlatten(halt_id, style))

    def _arm_flatten(self, plan_id: str) -> None:
        self._submit(ArmFlatten(plan_id, self._operator))

    def _disarm_flatten(self) -> None:
        self._submit(DisarmFlatten(self._operator))

    def _fire_flatten(self, plan_id: str, reason: str) -> None:
        self._submit(FireFlatten(plan_id, self._operator, reason))

    def _end_flatten(self) -> None:
        self._submit(EndFlatten(self._operator))

    def _export(self, halt_id: str, form: EvidenceFormat, path: str) -> None:
        self._submit(ExportEvidence(halt_id, form, path, self._operator))
        self.settings.keep_export_folder(self.desk.proof.export.folder)

    def _open_wire(self, halt_id: str, account: str) -> None:
        self._submit(OpenWire(halt_id, account))

    def _close_wire(self) -> None:
        self._submit(CloseWire())

    def _open_page(self, scope: Scope) -> None:
        self._submit(OpenPage(scope))

    def _close_page(self) -> None:
        self._submit(ClosePage())
