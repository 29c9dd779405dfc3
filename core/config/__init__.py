"""The configuration: one TOML file, validated."""

from __future__ import annotations

from core.config.events import EventsConfig
from core.config.journal import JournalConfig
from core.config.lenient import AccountsReading, BadAccount, load_accounts
from core.config.limits import AssignConfig, ChangeConfig, LimitConfig, LimitTerms, ProfileConfig
from core.config.load import load_config
from core.config.mitigation import MitigationConfig
from core.config.model import (
    AccountConfig,
    Config,
    EngineConfig,
    FeedConfig,
    GuardianConfig,
    ReadinessConfig,
    StopConfig,
)
from core.config.notify import NotifyConfig, RouteConfig
from core.config.risk import RiskConfig, ShockConfig
from core.config.strategies import SourceConfig, SourceKind, StrategyConfig, StrategyMatch
from core.config.write import to_toml

__all__ = [
    "AccountConfig",
    "AccountsReading",
    "AssignConfig",
    "BadAccount",
    "ChangeConfig",
    "Config",
    "EngineConfig",
    "EventsConfig",
    "FeedConfig",
    "GuardianConfig",
    "JournalConfig",
    "LimitConfig",
    "LimitTerms",
    "MitigationConfig",
    "NotifyConfig",
    "ProfileConfig",
    "ReadinessConfig",
    "RiskConfig",
    "RouteConfig",
    "ShockConfig",
    "SourceConfig",
    "SourceKind",
    "StopConfig",
    "StrategyConfig",
    "StrategyMatch",
    "load_accounts",
    "load_config",
    "to_toml",
]
