"""The one frozen picture of everything that the engine publishes per cycle; all that a screen ever reads.

Its arrays are read-only views: whoever draws must not change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from core.config_view import ConfigView
from core.domain import AccountMode, Leg, LinkState, Scope, Severity, Side
from core.events.history import HistoryPage
from core.events.model import Event
from core.events.view import NO_ALARMS, AlarmsView
from core.halt.deadman.switch import OFF, DeadManView
from core.halt.flatten.model import FlattenView
from core.halt.guardian.view import GuardianView
from core.halt.model import HaltView
from core.halt.readiness.view import ReadinessView
from core.halt.restore import RestorePlan
from core.halt.scope_outlook import ScopeOutlook
from core.halt.source.model import SourceView
from core.halt.terms import USUAL, StopTerms
from core.halt.way_back.acts import ResumeView
from core.halt.way_back.checklist import ReturnView
from core.halt.way_back.second import Pending
from core.journal.views import NO_JOURNAL_DESK, JournalDesk
from core.limit_page import LimitsPage
from core.mitigation.automation import AutomationView
from core.mitigation.effect import PlanPreview
from core.mitigation.model import Mitigation
from core.mitigation.permission import ALONE, LeaseView
from core.mitigation.report import ReductionOutcome
from core.notify.model import RouteView
from core.risk.model import Bytes, Floats, LimitLine, MetricInfo, RiskMatrix, ScopeHistory, UnderlyingExposure
from core.risk.roster import NO_ROSTER, Roster
from core.venues.link_view import NO_LINK, LaneView, LinkLine, LinkPage, LinkView
from core.venues.wire_lines import WireLine

__all__ = [
    "AlarmsView",
    "AutomationView",
    "Bytes",
    "ConnectionView",
    "Contribution",
    "Floats",
    "GuardianView",
    "JournalDesk",
    "JournalView",
    "LaneView",
    "LatencyView",
    "LimitInForce",
    "LimitLine",
    "LimitsPage",
    "LinkLine",
    "LinkPage",
    "LinkView",
    "MetricInfo",
    "OrderLine",
    "PositionLine",
    "Provenance",
    "RiskMatrix",
    "Roster",
    "ScopeHistory",
    "ScopeOutlook",
    "ScopePage",
    "Snapshot",
    "StopOutlook",
    "UnderlyingExposure",
    "WirePage",
]


@dataclass(frozen=True, slots=True)
class ConnectionView:
    account: str
    venue: str
    exchange: str
    mode: AccountMode
    link: LinkState
    reason: str
    age_s: float
    """Since this account's state was last confirmed; infinite if never."""
    resting_orders: int | None
    protective_orders: int | None
    positions: int | None
    notes: tuple[str, ...] = ()
    deadman: DeadManView = OFF
    measured: LinkView = NO_LINK


@dataclass(frozen=True, slots=True)
class JournalView:
    records: int
    pending: int
    """Accepted but not yet on disk."""
    intact: bool
    error: str


@dataclass(frozen=True, slots=True)
class LatencyView:
    """Milliseconds; NaN until measured."""

    update_to_event_p50: float
    update_to_event_p99: float
    cycle_p99: float
    loop_stall_max: float


@dataclass(frozen=True, slots=True)
class StopOutlook:
    """What the stop would do if it were fired now."""

    accounts: int
    """Accounts it would fire at."""
    able: int
    """Accounts whose acting side is prepared."""
    orders: int | None
    """Known resting orders; None when no account could be read."""
    protective: int | None
    """Of these, orders that only reduce a position."""
    protects: float | None
    """Gross notional (base currency) of the positions that these guard; None where it cannot be told."""
    expected_ms: float | None
    """Expected time to full proof."""
    terms: StopTerms = USUAL
    """On which the button would fire."""


@dataclass(frozen=True, slots=True)
class PositionLine:
    """One position as a page lists it: the venue's own for accounts, venues and the portfolio, its part for a strategy.
    Coins held other than cash are lines too. NaN is unknown."""

    account: str
    symbol: str
    leg: Leg
    is_coin: bool
    quantity: float
    """Signed, base units."""
    entry_price: float
    """Of the venue's whole position."""
    mark: float
    notional: float
    """Signed, base currency."""
    unrealised: float
    """Base currency."""
    liquidation_price: float

    @property
    def liquidation_distance(self) -> float:
        """|liquidation price / mark - 1|; NaN where the venue names no such price."""
        return abs(self.liquidation_price / self.mark - 1.0) if self.mark > 0.0 else float("nan")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One resting order."""

    account: str
    symbol: str
    order_id: str
    book: str
    side: Side
    quantity: float
    """Base units, what is filled of it included."""
    filled: float
    price: float
    """NaN where it has none (a market order behind a trigger)."""
    trigger_price: float
    """NaN where it has none."""
    reduce_only: bool
    strategy: str
    at_s: float
    """Wall time at which the venue accepted it; NaN unknown."""


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """What guards one metric of one scope, and where that is written."""

    metric: str
    subject: str
    """The metric, or its change: `drawdown_in_300s`."""
    thresholds: tuple[float | None, ...]
    """Low, medium, high, critical: in the metric's unit, or shares of `share_of`."""
    policies: tuple[str, ...]
    """By severity; "" for an event alone."""
    clear: float
    """Deadband as a share of the threshold."""
    on_delay_s: float
    origin: str
    """`from account:alpha-*`."""
    off_delay_s: float = 0.0
    share_of: str = ""
    """The metric (or `capital`) that thresholds are shares of; "" for none."""
    change_over_s: float = 0.0
    """Not the level but its change over so many seconds; 0 for the level."""
    terms: tuple[str, ...] = ()
    """What else it asks for, in words: confirmations, trust, hours, an end."""

    @property
    def on_level(self) -> bool:
        """Whether thresholds are values of the metric itself, which a plot of it can show."""
        return not self.share_of and not self.change_over_s

    @property
    def levels(self) -> tuple[tuple[Severity, float, str], ...]:
        """Severity, threshold and policy of those that are set."""
        rows = zip(Severity, self.thresholds, self.policies, strict=True)
        return tuple((severity, level, policy) for severity, level, policy in rows if level is not None)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one member or instrument adds to a scope's risk; the shares of all add up to 1."""

    name: str
    share: float
    """Of the whole; negative where it takes risk away."""


@dataclass(frozen=True, slots=True)
class ScopePage:
    """Everything about the one scope that somebody has opened."""

    scope: Scope
    history: ScopeHistory
    limits: tuple[LimitInForce, ...]
    """In metric order."""
    positions: tuple[PositionLine, ...]
    """The largest by |notional|, unknown ones first."""
    positions_all: int
    """How many there are, those that are not listed included."""
    orders: tuple[OrderLine, ...]
    orders_all: int | None
    """How many are known to rest; None where not every account of the scope was looked at."""
    unlisted: int
    """Accounts that were looked at and whose resting orders nobody knows."""
    exposures: tuple[UnderlyingExposure, ...]
    """By underlying, largest gross first."""
    contributions: tuple[Contribution, ...]
    """To the scope's risk, largest first; empty where they are not estimated."""
    members: tuple[Scope, ...]
    """Scopes that this one is made of or belongs to, the most troubled first."""
    members_all: int
    why_unknown: tuple[str, ...]
    """Sentences that say why figures of the scope cannot be told."""
    outlook: ScopeOutlook | None = None
    """None where it was not looked at: the scope has too many accounts, or nothing was painted yet."""


@dataclass(frozen=True, slots=True)
class WirePage:
    """What one account's acting side sent under a stop, and what came back."""

    halt_id: str
    account: str
    fired_s: float
    """The act, or when this process took the stop up; on the monotonic clock of the lines."""
    lines: tuple[WireLine, ...] = ()
    """Oldest first."""
    dropped: int = 0
    """Requests that were sent and are not kept."""
    faults: int = 0
    """Requests that could not be noted."""
    proving: frozenset[int] = frozenset()
    """Numbers of the lines that are the listings which prove the account."""
    noted: bool = True
    """Whether requests of this account are noted at all."""

    def since_ms(self, line: WireLine) -> float:
        """From the act to the request."""
        return (line.sent_s - self.fired_s) * 1000.0


class Provenance(Protocol):
    """Where limits come from; frozen like everything else here, and asked for one cell at a time."""

    def explain(self, scope: Scope, metric: str) -> str:
        """`from account:alpha-*`, or `no limit`."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    cycle: int
    at_s: float
    """Wall time of the cycle."""
    base_currency: str
    matrix: RiskMatrix
    events: tuple[Event, ...]
    """All that are not resolved, those put aside or explained by another included: by severity, then by the exposure at
    stake (unknown first), then the oldest first."""
    mitigations: tuple[Mitigation, ...]
    """Newest first."""
    halts: tuple[HaltView, ...]
    """Latched stops, newest first."""
    connections: tuple[ConnectionView, ...]
    exposures: tuple[UnderlyingExposure, ...]
    history: ScopeHistory
    """Of the portfolio."""
    sparklines: Floats
    """Shape (scopes, points): recent flow-adjusted unit value of every scope, NaN where unknown, oldest first."""
    limit_lines: tuple[LimitLine, ...]
    """Of the portfolio."""
    outlook: StopOutlook
    journal: JournalView
    latency: LatencyView
    updates: int
    """Updates applied since the start."""
    operator: str
    notices: tuple[str, ...] = field(default=())
    """Sentences about Scram itself that the operator should know (a failed write, a broken rule)."""
    limits: Provenance | None = None
    """The limits in force; None where nobody says where they come from."""
    page: ScopePage | None = None
    """The scope that somebody has opened, painted a few times a second; None while none is open."""
    returns: tuple[ReturnView, ...] = ()
    """Of every stop in `halts`, what speaks for and against taking its latch off."""
    resumes: tuple[ResumeView, ...] = ()
    """Scopes that were reset and not resumed since, or are on their way."""
    pending: tuple[Pending, ...] = ()
    """What waits for a second person."""
    sources: tuple[SourceView, ...] = ()
    """Of every strategy, in the order of the configuration: can what trades be asked, and what does it do?"""
    restore: RestorePlan | None = None
    """The newest preview of protective orders that would be placed again; None while nobody has asked."""
    flatten: FlattenView | None = None
    """The newest preview of closing positions, and how far it is carried out; None while nobody has asked."""
    wire: WirePage | None = None
    """The requests of the account that somebody has opened; None while none is open."""
    guardian: GuardianView | None = None
    """The second process that can stop without this one; None where none is configured."""
    progress: Mapping[str, tuple[ReductionOutcome, ...]] = field(default_factory=dict)
    """By mitigation, order by order: those that run, and the last that ended."""
    preview: PlanPreview | None = None
    """The plan that somebody looks at, changes or drafts, and what it would do; None while nobody does."""
    readiness: ReadinessView | None = None
    """Who could be stopped now, and the drill that runs or ran last; None before anybody was judged."""
    lease: LeaseView = ALONE
    """Who acts on the accounts: this desk, or another."""
    alarms: AlarmsView = NO_ALARMS
    """Groups, the flood and the alarms' own figures."""
    automation: AutomationView | None = None
    """What mitigations came to, and whether any runs by itself; None where nobody counts."""
    routes: tuple[RouteView, ...] = ()
    """How every route of notifications stands, in the order of the configuration."""
    config: ConfigView | None = None
    """The configuration in force; None where nobody says."""
    past: HistoryPage | None = None
    """The page of the events' past that was asked for last; None while nobody has asked."""
    past_of_one: HistoryPage | None = None
    """The same of a single event."""
    roster: Roster = NO_ROSTER
    """Which account is at which venue, in which groups, and which strategies hold something in it."""
    past_of_scope: HistoryPage | None = None
    """The same of the events of one scope."""
    lanes: tuple[LaneView, ...] = ()
    """Of every venue and way out."""
    link: LinkPage | None = None
    """The story of the connection that somebody has opened; None while none is open."""
    journal_desk: JournalDesk = NO_JOURNAL_DESK
    """What a person has asked of the journal."""
    limits_page: LimitsPage | None = None
    """The page of the limits; None while nobody looks at it."""
