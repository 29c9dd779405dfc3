"""The configuration as frozen tables, with the same names and nesting as the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from core.config import checks
from core.config.checks import refuse, repeated
from core.config.egress import EgressConfig
from core.config.events import EventsConfig
from core.config.fields import Coin, Count, Filled, Name, NotNegative, Number, Positive, Table
from core.config.journal import JournalConfig
from core.config.limits import AssignConfig, ChangeConfig, LimitConfig, LooseningConfig, ProfileConfig
from core.config.mitigation import MitigationConfig, policy_problems
from core.config.naming import name_problems
from core.config.notify import NotifyConfig
from core.config.risk import RiskConfig, ShockConfig
from core.config.strategies import StrategyConfig
from core.domain import AccountMode, GuardianAct, Protective
from core.venues.plans import PLANS
from core.venues.plans.deadman import LEAST_S, MOST_S

DEFAULT_STABLECOINS = ("USDT", "USDC", "FDUSD", "DAI", "TUSD", "BUSD", "PYUSD", "USD")
LEAST_SETTLE_S = 1.5
"""Two listings closer together than this can both miss an order that the venue was still accepting."""


class AccountConfig(Table):
    name: Name
    exchange: Annotated[str, AfterValidator(checks.check_exchange)]
    venue: Name = Field(default_factory=lambda done: str(done.get("exchange", "")))
    """What the scope `venue:NAME` calls it."""
    mode: AccountMode = AccountMode.WATCH
    credentials: Annotated[str, AfterValidator(checks.check_credentials)] = "keyring"
    guardian_credentials: Annotated[str, AfterValidator(checks.check_credentials)] | None = None
    """What the guardian stops it with, best a key that may do nothing but cancel; None: the desk's own."""
    ccxt: Annotated[Mapping[str, Any], AfterValidator(checks.check_no_secrets)] = Field(
        default_factory=dict, repr=False
    )
    """Handed to ccxt as it stands."""
    groups: tuple[Name, ...] = ()
    """What limits and profiles may call it together with others: `group:NAME`."""
    egress: Name | None = None
    """By which way its requests leave this machine; None: as the system chooses."""
    deadman_s: Annotated[int, Field(strict=True, ge=LEAST_S, le=MOST_S)] | None = None
    """The venue cancels its orders once nobody has vouched for them for so many seconds; None: it never does."""

    @field_validator("deadman_s")
    @classmethod
    def _the_venue_counts_so_long(cls, seconds: int | None, info: ValidationInfo) -> int | None:
        plan = PLANS.get(str(info.data.get("exchange")))
        if seconds is not None and plan is not None and (why := plan.deadman.refuses(seconds)):
            raise ValueError(why)
        return seconds


class StopConfig(Table):
    sweep_s: Annotated[Number, Field(ge=0.1, le=60)] = 1.0
    settle_s: Annotated[Number, Field(ge=LEAST_SETTLE_S, le=60)] = LEAST_SETTLE_S
    call_timeout_s: Annotated[Number, Field(ge=0.1, le=60)] = 4.0
    on_blind_s: NotNegative | None = None
    """Stop after so many seconds without a trusted figure; 0 at once, None never."""
    protective: Protective | None = None
    """What a stop does with protective orders; None: a person's cancels them, an automatic one keeps them."""
    second_person: Annotated[bool, Field(strict=True)] = False
    """Whether what leads the whole portfolio back needs a second, different person; firing never does."""
    second_person_within_s: Annotated[Number, Field(ge=10, le=86_400)] = 600.0


class GuardianConfig(Table):
    """The second process; off unless it is asked for, because it holds credentials too."""

    enabled: bool = False
    on_crash: GuardianAct = GuardianAct.ALARM
    """What it does where a desk is gone without having said goodbye."""
    on_missed_heartbeats: GuardianAct = GuardianAct.ALARM
    missed_after_s: Annotated[Number, Field(ge=1, le=600)] = 5.0
    """A desk that says nothing for so long misses its heartbeats."""
    takeover_s: Annotated[Number, Field(ge=0.1, le=60)] = 1.0
    """An account of which no desk has told by then that its stop is under way is stopped by the guardian too."""


class ReadinessConfig(Table):
    """How fresh has to be what is known of each account's stop."""

    probe_s: Annotated[Number, Field(ge=10, le=3600)] = 240.0
    """Between two questions to one account; they are asked on the watching side's share of the request budget."""
    unknown_after_s: Annotated[Number, Field(ge=30, le=86_400)] = 600.0
    """What was shown longer ago counts as never shown."""
    drill_within_days: Annotated[Number, Field(ge=1, le=366)] = 30.0
    """How long a drill, and what only an act can show, counts."""

    @model_validator(mode="after")
    def _is_asked_often_enough(self) -> Self:
        if self.unknown_after_s < 2 * self.probe_s:
            shown = f"{self.unknown_after_s:g} is less than 2 x {self.probe_s:g}"
            raise ValueError(f"unknown_after_s must be at least twice probe_s, and {shown}")
        return self


class FeedConfig(Table):
    reconcile_s: Annotated[Number, Field(ge=1, le=3600)] = 30.0
    stale_after_s: Positive = 10.0
    unknown_after_s: Positive = 60.0
    request_weight_per_minute: Count | None = None

    @model_validator(mode="after")
    def _stale_comes_first(self) -> Self:
        if self.unknown_after_s < self.stale_after_s:
            shown = f"{self.unknown_after_s:g} is less than {self.stale_after_s:g}"
            raise ValueError(f"unknown_after_s must be at least stale_after_s, and {shown}")
        return self


class EngineConfig(Table):
    cycle_hz: Annotated[Number, Field(ge=0.1, le=100)] = 10.0
    lease_s: Annotated[Number, Field(ge=6, le=600)] = 15.0
    """Of several engines on one book one acts; one that falls silent is replaced after so long."""
    approve_countdown_s: NotNegative | None = None
    """This and the next two have moved to `[mitigation]` and are still read here; see `Config.mending`."""
    confirmations: Count | None = None
    cool_down_s: NotNegative | None = None

    @property
    def moved(self) -> Mapping[str, Any]:
        """What is given by an old name, by the name and in the form that it has in `[mitigation]`."""
        readings = self.confirmations
        values = {
            "countdown_s": self.approve_countdown_s,
            "confirm": None if readings is None else (readings, readings),
            "cool_down_s": self.cool_down_s,
        }
        return {name: value for name, value in values.items() if value is not None}


class Config(Table):
    base_currency: Annotated[str, AfterValidator(checks.check_base_currency)] = "USD"
    stablecoins: tuple[Coin, ...] = DEFAULT_STABLECOINS
    operator: Filled = Field(default_factory=checks.login_name)
    accounts_file: Filled | None = None
    """Further accounts, as CSV; beside this file where the path is not absolute."""
    accounts: Annotated[tuple[AccountConfig, ...], Field(min_length=1)]
    egress: tuple[EgressConfig, ...] = ()
    strategies: tuple[StrategyConfig, ...] = ()
    limits: tuple[LimitConfig, ...] = ()
    profiles: tuple[ProfileConfig, ...] = ()
    assign: tuple[AssignConfig, ...] = ()
    change: ChangeConfig | None = None
    loosening: LooseningConfig = LooseningConfig()
    stop: StopConfig = StopConfig()
    guardian: GuardianConfig = GuardianConfig()
    readiness: ReadinessConfig = ReadinessConfig()
    feed: FeedConfig = FeedConfig()
    engine: EngineConfig = EngineConfig()
    mitigation: MitigationConfig = MitigationConfig()
    events: EventsConfig = EventsConfig()
    journal: JournalConfig = JournalConfig()
    notify: NotifyConfig = NotifyConfig()
    risk: RiskConfig = RiskConfig()
    shocks: tuple[ShockConfig, ...] = ()

    @field_validator("accounts", "egress", "strategies", "profiles", "shocks")
    @classmethod
    def _names_differ(cls, rows: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        refuse(repeated(str(info.field_name), (row.name for row in rows), ("name",), "name"))
        return rows

    @field_validator("limits")
    @classmethod
    def _limits_differ(cls, limits: tuple[LimitConfig, ...]) -> tuple[LimitConfig, ...]:
        keys = ((limit.scope, limit.metric, limit.change_over_s) for limit in limits)
        refuse(repeated("limits", keys, (), "scope and metric"))
        return limits

    @field_validator("assign")
    @classmethod
    def _assignments_differ(cls, rows: tuple[AssignConfig, ...]) -> tuple[AssignConfig, ...]:
        refuse(repeated("assign", ((row.scope, row.profile) for row in rows), (), "scope and profile"))
        return rows

    @model_validator(mode="after")
    def _names_exist(self, info: ValidationInfo) -> Self:
        refuse(name_problems(self, (info.context or {}).get("metrics")))
        return self

    @model_validator(mode="after")
    def _policies_can_be_followed(self) -> Self:
        refuse(policy_problems(self))
        return self

    @property
    def mending(self) -> MitigationConfig:
        """`[mitigation]` with what is still given by an old name in `[engine]`."""
        return self.mitigation.model_copy(update=dict(self.engine.moved))

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Names of accounts by group."""
        found: dict[str, list[str]] = {}
        for account in self.accounts:
            for group in dict.fromkeys(account.groups):
                found.setdefault(group, []).append(account.name)
        return {name: tuple(members) for name, members in found.items()}
