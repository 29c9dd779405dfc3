"""The configuration: one TOML file, validated."""

from __future__ import annotations

from core.config.lenient import AccountsReading, BadAccount, load_accounts
from core.config.load import load_config
from core.config.model import (
    AccountConfig,
    Config,
    EngineConfig,
    FeedConfig,
    JournalConfig,
    LimitConfig,
    StopConfig,
    StrategyConfig,
    StrategyMatch,
)
from core.config.write import to_toml

__all__ = [
    "AccountConfig",
    "AccountsReading",
    "BadAccount",
    "Config",
    "EngineConfig",
    "FeedConfig",
    "JournalConfig",
    "LimitConfig",
    "StopConfig",
    "StrategyConfig",
    "StrategyMatch",
    "load_accounts",
    "load_config",
    "to_toml",
]
