"""The configuration as frozen tables, with the same names and nesting as the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.config import checks
from core.config.checks import Place
from core.domain import UNATTRIBUTED, AccountMode, Policy, Scope, ScopeKind, Severity

# Strict: TOML has types, so `high = "0.08"` and `high = true` are mistakes and not numbers.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(strict=True, ge=1)]

Name = Annotated[str, AfterValidator(checks.check_name)]
Coin = Annotated[str, AfterValidator(checks.check_coin)]
Filled = Annotated[str, AfterValidator(checks.check_filled)]

DEFAULT_STABLECOINS = ("USDT", "USDC", "FDUSD", "DAI", "TUSD", "BUSD", "PYUSD", "USD")
LEAST_SETTLE_S = 1.5
"""Two listings closer together than this can both miss an order that the venue was still accepting."""
ANY_ORDER_METRICS = frozenset({"equity"})
"""Metrics that are worse the lower they are, so that their thresholds may descend."""


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountConfig(Table):
    name: Name
    exchange: Annotated[str, AfterValidator(checks.check_exchange)]
    venue: Name = Field(default_factory=lambda done: str(done.get("exchange", "")))
    """What the scope `venue:NAME` calls it."""
    mode: AccountMode = AccountMode.WATCH
    credentials: Annotated[str, AfterValidator(checks.check_credentials)] = "keyring"
    ccxt: Annotated[Mapping[str, Any], AfterValidator(checks.check_no_secrets)] = Field(
        default_factory=dict, repr=False
    )
    """Handed to ccxt as it stands."""


class StrategyMatch(Table):
    """All keys given must match; each is a pattern."""

    account: Annotated[str, AfterValidator(checks.check_filled)] | None = None
    client_order_id: Annotated[str, AfterValidator(checks.check_filled)] | None = None
    symbol: Annotated[str, AfterValidator(checks.check_filled)] | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.account is None and self.client_order_id is None and self.symbol is None:
            raise ValueError("at least one of account, client_order_id and symbol is needed")
        return self


class StrategyConfig(Table):
    name: Name
    match: StrategyMatch
    capital: Positive | None = None
    """In the base currency; without it the strategy's ratios are unknown."""

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name == UNATTRIBUTED:
            raise ValueError("that is the name of what no strategy claims; choose another")
        return name


class LimitConfig(Table):
    scope: Annotated[Scope, PlainValidator(checks.parse_scope)]
    """May be a pattern; of several that match, the more specific wins."""
    metric: str
    low: NotNegative | None = None
    medium: NotNegative | None = None
    high: NotNegative | None = None
    critical: NotNegative | None = None
    policy: Annotated[Mapping[Severity, Policy], BeforeValidator(checks.parse_policy)] = Field(default_factory=dict)
    clear: Annotated[Number, Field(ge=0, lt=1)] = 0.05
    """Deadband, as a share of the threshold."""
    on_delay_s: NotNegative = 0.0
    reduce_share: Annotated[Number, Field(gt=0, le=1)] = 0.5

    @property
    def thresholds(self) -> Mapping[Severity, float]:
        """Only the severities that have one, from low to critical."""
        levels = (self.low, self.medium, self.high, self.critical)
        return {severity: level for severity, level in zip(Severity, levels, strict=True) if level is not None}

    @field_validator("metric")
    @classmethod
    def _metric_is_known(cls, metric: str, info: ValidationInfo) -> str:
        known: Collection[str] | None = (info.context or {}).get("metrics")
        if known is not None and metric not in known:
            raise ValueError(f"it is not a metric; {checks.suggestion(metric, known)}")
        return checks.check_filled(metric)

    @model_validator(mode="after")
    def _thresholds_make_sense(self) -> Self:
        thresholds = self.thresholds
        if not thresholds:
            raise ValueError("at least one threshold is needed: low, medium, high or critical")
        levels = list(thresholds.values())
        descending = self.metric in ANY_ORDER_METRICS and levels == sorted(levels, reverse=True)
        if levels != sorted(levels) and not descending:
            shown = ", ".join(f"{severity.word} = {level:g}" for severity, level in thresholds.items())
            raise ValueError(f"thresholds must not fall from low to critical, and they do: {shown}")
        for severity in self.policy:
            if severity not in thresholds:
                raise ValueError(f"policy names {severity.word}, which has no threshold; add one or drop the policy")
        return self


class StopConfig(Table):
    sweep_s: Annotated[Number, Field(ge=0.1, le=60)] = 1.0
    settle_s: Annotated[Number, Field(ge=LEAST_SETTLE_S, le=60)] = LEAST_SETTLE_S
    call_timeout_s: Annotated[Number, Field(ge=0.1, le=60)] = 4.0
    on_blind_s: NotNegative | None = None
    """Stop after so many seconds without a trusted figure; 0 at once, None never."""


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
    approve_countdown_s: NotNegative = 60.0
    confirmations: Count = 3
    """Cycles in a row that must agree before an automatic act."""
    cool_down_s: NotNegative = 5.0


class JournalConfig(Table):
    url: Annotated[str, AfterValidator(checks.check_database_url)] | None = None
    """For SQLAlchemy; None is the file in the usual place."""


class Config(Table):
    base_currency: Annotated[str, AfterValidator(checks.check_base_currency)] = "USD"
    stablecoins: tuple[Coin, ...] = DEFAULT_STABLECOINS
    operator: Filled = Field(default_factory=checks.login_name)
    accounts: Annotated[tuple[AccountConfig, ...], Field(min_length=1)]
    strategies: tuple[StrategyConfig, ...] = ()
    limits: tuple[LimitConfig, ...] = ()
    stop: StopConfig = StopConfig()
    feed: FeedConfig = FeedConfig()
    engine: EngineConfig = EngineConfig()
    journal: JournalConfig = JournalConfig()

    @field_validator("accounts", "strategies")
    @classmethod
    def _names_differ(cls, rows: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        _refuse(_repeated(str(info.field_name), (row.name for row in rows), ("name",), "name"))
        return rows

    @field_validator("limits")
    @classmethod
    def _limits_differ(cls, limits: tuple[LimitConfig, ...]) -> tuple[LimitConfig, ...]:
        _refuse(_repeated("limits", ((limit.scope, limit.metric) for limit in limits), (), "scope and metric"))
        return limits

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        # A limit on a mistyped account would guard nothing and say nothing. A pattern may match nothing yet.
        known = {
            ScopeKind.VENUE: {account.venue for account in self.accounts},
            ScopeKind.ACCOUNT: {account.name for account in self.accounts},
            ScopeKind.STRATEGY: {strategy.name for strategy in self.strategies} | {UNATTRIBUTED},
        }
        problems: list[tuple[Place, str]] = []
        for index, limit in enumerate(self.limits):
            names = known.get(limit.scope.kind)
            if names is not None and _is_exact(limit.scope.name) and limit.scope.name not in names:
                what = f"no {limit.scope.kind.value} has this name; {checks.suggestion(limit.scope.name, names)}"
                problems.append((("limits", index, "scope"), what))
        accounts = known[ScopeKind.ACCOUNT]
        for index, strategy in enumerate(self.strategies):
            name = strategy.match.account
            if name is not None and _is_exact(name) and name not in accounts:
                what = f"no account has this name; {checks.suggestion(name, accounts)}"
                problems.append((("strategies", index, "match", "account"), what))
        _refuse(problems)
        return self


def _is_exact(name: str) -> bool:
    return not any(mark in name for mark in "*?[")


def _repeated(table: str, keys: Iterable[object], below: Place, what: str) -> list[tuple[Place, str]]:
    first: dict[object, int] = {}
    problems: list[tuple[Place, str]] = []
    for index, key in enumerate(keys):
        if first.setdefault(key, index) != index:
            problems.append(((index, *below), f"{table}[{first[key]}] has the same {what}"))
    return problems


def _refuse(problems: list[tuple[Place, str]]) -> None:
    if problems:
        raise checks.placed(problems)
