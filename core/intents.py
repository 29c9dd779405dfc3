"""What an operator may ask of the engine; frozen, so that every act can go into the journal as it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.domain import EvidenceFormat, Protective, Scope, StopLevel
from core.events.history import HistoryWish
from core.halt.flatten.model import FlattenStyle
from core.halt.readiness.judgement import DrillKind
from core.journal.intents import JournalAct, JournalLook
from core.limit_intents import LimitAct, LimitLook
from core.mitigation.by_hand import Cut
from core.venues.link_intents import LinkLook, Reconnect


@dataclass(frozen=True, slots=True)
class FireStop:
    scope: Scope
    operator: str
    reason: str
    protective: Protective | None = None
    """None goes by the configuration, and without a word there cancels them: a person stops everything."""
    level: StopLevel = StopLevel.BLOCK
    include_unattributed: bool = False
    """Of a strategy's stop: take what no rule claims too, in the accounts that the strategy may use."""


@dataclass(frozen=True, slots=True)
class ResetStop:
    """Takes the latch off one stop; never restarts trading."""

    halt_id: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeTrading:
    """The first step back to trading: the scope may reduce only, and what trades is asked for that."""

    scope: Scope
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeFully:
    """The second step: the reduce-only stop of the first one is taken off, and what trades is asked to resume."""

    halt_id: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmReturn:
    """A second person agrees to what another asked for."""

    pending_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class RestoreProtective:
    """Places again, reduce-only, the protective orders that a stop took and whose positions still stand."""

    halt_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class PreviewRestore:
    """Look up what `RestoreProtective` would place, and show it in the snapshots."""

    halt_id: str


@dataclass(frozen=True, slots=True)
class PreviewFlatten:
    """Look up what closing the positions of a stopped scope would cost, and show it in the snapshots."""

    halt_id: str
    style: FlattenStyle = FlattenStyle.MARKET


@dataclass(frozen=True, slots=True)
class ArmFlatten:
    """Let the newest preview be fired for a short time."""

    plan_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class DisarmFlatten:
    operator: str


@dataclass(frozen=True, slots=True)
class FireFlatten:
    """Close, reduce-only, the positions of the preview that is armed."""

    plan_id: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndFlatten:
    """Let nothing more be sent of what is being closed."""

    operator: str


@dataclass(frozen=True, slots=True)
class ExportEvidence:
    """Write what a stop can show for itself into a file."""

    halt_id: str
    form: EvidenceFormat
    path: str
    operator: str


@dataclass(frozen=True, slots=True)
class OpenWire:
    """Paint the requests and replies of one account under a stop into the snapshots, instead of any other's."""

    halt_id: str
    account: str


@dataclass(frozen=True, slots=True)
class CloseWire:
    """Nobody looks at requests and replies any more."""


@dataclass(frozen=True, slots=True)
class RebasePeak:
    """Measure the falls of a scope from where it stands now: what is lost is lost, and a stop on it may be set anew."""

    scope: Scope
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunDrill:
    """Try out the stop: dry in all or some accounts, or live, with one far-off order in each that is chosen."""

    kind: DrillKind
    accounts: tuple[str, ...]
    """Names or patterns; none: all of them, which a live drill refuses."""
    operator: str


@dataclass(frozen=True, slots=True)
class CancelDrill:
    """Begin nothing more of the drill that runs; what it has placed is seen through."""

    operator: str


@dataclass(frozen=True, slots=True)
class PreviewDrill:
    """Look up what a live drill would place in these accounts, and show it in the snapshots."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GiveRoom:
    """Let a limit lie further away until a time, so that what cannot recover while it is stopped may be reset."""

    scope: Scope
    metric: str
    """The limit's subject: the metric, or its change."""
    threshold: float
    """In the terms of the limit."""
    until_s: float
    """Wall time."""
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcknowledgeEvent:
    event_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class AcknowledgeEvents:
    """Many at once, as of a group."""

    event_ids: tuple[str, ...]
    operator: str


@dataclass(frozen=True, slots=True)
class ShelveEvent:
    """Put an event aside until a time; it comes back earlier if it gets worse."""

    event_id: str
    until_s: float
    """Wall time."""
    operator: str
    reason: str = ""
    """Above a configured severity there has to be one."""


@dataclass(frozen=True, slots=True)
class UnshelveEvent:
    """Take an event back from where it was put aside."""

    event_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class ResolveEvent:
    """Close an event that has cleared, with a reason, without waiting for its turn."""

    event_id: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApproveMitigation:
    mitigation_id: str
    operator: str
    revision: int | None = None
    """Of the plan as it was shown: made anew since then, it is not approved. None takes it as it is."""


@dataclass(frozen=True, slots=True)
class PreviewPlan:
    """Show what a plan would do to every limit, and go on showing it: a waiting one, as it is or changed, or a draft.

    Without a mitigation it is a draft for `scope`.
    """

    mitigation_id: str = ""
    scope: Scope | None = None
    cuts: tuple[Cut, ...] | None = None
    """What to cut instead of what is planned; None takes it as it is planned."""
    share: float = 0.0
    """Of every other position of the scope, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ClosePreview:
    """Nobody looks at a plan any more."""


@dataclass(frozen=True, slots=True)
class ApprovePlan:
    """Set going exactly what a preview shows; refused where it would not do what it showed any more."""

    preview_id: str
    operator: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RejectMitigation:
    mitigation_id: str
    operator: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TryRoute:
    """Send a message over this route now, whatever its rate and quiet hours; "" for every route."""

    route: str
    operator: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Have this desk act on the book's accounts instead of the one that does: it is asked to hand over."""

    operator: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MuteAlarms:
    """A person silenced this desk's alarms for a while, or (0) wants to hear them again; only to be written down."""

    seconds: float
    operator: str


@dataclass(frozen=True, slots=True)
class LockDesk:
    """A person or the time locked this desk's screen: it takes no act but the stop; only to be written down."""

    operator: str
    cause: str
    """By whom or what, in words."""


@dataclass(frozen=True, slots=True)
class UnlockDesk:
    """This desk's screen takes acts again; only to be written down."""

    operator: str
    cause: str
    refused: int = 0
    """Wrong PINs since it was locked."""


@dataclass(frozen=True, slots=True)
class ReloadConfig:
    """Read the configuration again; with a reason also what leaves more room than the limits in force."""

    operator: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LookBack:
    """Read this page of the events' past from the journal, and show it in the snapshots."""

    wish: HistoryWish


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Paint this scope's page into the snapshots, instead of any other."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class ClosePage:
    """Nobody looks at a scope's page any more."""


Flatten = PreviewFlatten | ArmFlatten | DisarmFlatten | FireFlatten | EndFlatten
"""Leads to positions being closed under a stop."""
Return = ResetStop | ResumeTrading | ResumeFully | ConfirmReturn | RebasePeak | GiveRoom
"""Leads back from a stop."""
EventAct = AcknowledgeEvent | AcknowledgeEvents | ShelveEvent | UnshelveEvent | ResolveEvent
"""What a person does with events."""
Act = (
    FireStop
    | ResetStop
    | ResumeTrading
    | ResumeFully
    | ConfirmReturn
    | RestoreProtective
    | ExportEvidence
    | RebasePeak
    | GiveRoom
    | ArmFlatten
    | DisarmFlatten
    | FireFlatten
    | EndFlatten
    | RunDrill
    | CancelDrill
    | EventAct
    | JournalAct
    | Reconnect
    | ApproveMitigation
    | ApprovePlan
    | RejectMitigation
    | TryRoute
    | MuteAlarms
    | LockDesk
    | UnlockDesk
    | TakeOver
    | ReloadConfig
    | LimitAct
)
"""Changes something, and is recorded."""
PlanLook = PreviewPlan | ClosePreview
"""Asks what a plan would do."""
Shown = OpenPage | ClosePage | OpenWire | CloseWire | LookBack | PlanLook | JournalLook | LinkLook | LimitLook
"""Asks for something to be painted."""
Look = Shown | PreviewRestore | PreviewFlatten | PreviewDrill
"""Changes only what is shown."""
Intent = Act | Look


def signed(intent: Intent, operator: str) -> Intent:
    """The intent in the name of this person, where it has room for a name and nobody has signed it yet."""
    if getattr(intent, "operator", None) != "":
        return intent
    name: Any = {"operator": operator}
    return replace(intent, **name)
