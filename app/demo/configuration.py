"""The configuration that a demo runs on: the same file that a real desk would write, pointed at paper exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config.write import to_toml

# A crash of 30 % takes a book at leverage 3 far beyond all of these; calm markets stay inside.
LIMITS: tuple[dict[str, Any], ...] = (
    {
        "scope": "portfolio",
        "metric": "drawdown",
        "low": 0.05,
        "medium": 0.10,
        "high": 0.16,
        "critical": 0.22,
        "policy": {"critical": "stop"},
    },
    {"scope": "portfolio", "metric": "leverage", "low": 4.0, "medium": 5.0, "high": 6.0},
    {"scope": "venue:*", "metric": "drawdown", "low": 0.06, "medium": 0.12, "high": 0.20, "critical": 0.35},
    {
        "scope": "account:*",
        "metric": "leverage",
        "high": 4.8,
        "critical": 5.6,
        "clear": 0.25,
        "policy": {"high": "auto", "critical": "auto"},
    },
    {
        "scope": "account:*",
        "metric": "drawdown",
        "low": 0.08,
        "medium": 0.15,
        "high": 0.25,
        "critical": 0.40,
        "policy": {"high": "approve", "critical": "approve"},
    },
    {
        "scope": "account:*",
        "metric": "margin_use",
        "low": 0.4,
        "medium": 0.6,
        "high": 0.8,
        "policy": {"high": "propose"},
    },
    {"scope": "account:*", "metric": "data_age", "low": 10.0, "medium": 20.0, "high": 40.0},
    {
        "scope": "strategy:*",
        "metric": "drawdown",
        "low": 0.05,
        "medium": 0.10,
        "high": 0.20,
        "policy": {"high": "propose"},
    },
)

CAPITAL_PER_ACCOUNT = 150_000.0


def environment_prefix(account: str) -> str:
    return "PAPER_" + account.upper().replace("-", "_").replace(".", "_")


def demo_credentials(description: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables in which the accounts of a paper site find their keys."""
    variables: dict[str, str] = {}
    for venue in description["venues"]:
        for account in venue["accounts"]:
            prefix = environment_prefix(account["name"])
            variables[f"{prefix}_API_KEY"] = account["api_key"]
            variables[f"{prefix}_SECRET"] = account["secret"]
            if "password" in account:
                variables[f"{prefix}_PASSWORD"] = account["password"]
    return variables


def demo_toml(description: Mapping[str, Any]) -> str:
    """The text of a scram.toml that watches and may act on every account of a paper site (`PaperSite.describe`)."""
    accounts = [
        {
            "name": account["name"],
            "exchange": venue["exchange"],
            "venue": venue["name"],
            "mode": "act",
            "credentials": f"env:{environment_prefix(account['name'])}",
            "ccxt": venue["ccxt"],
        }
        for venue in description["venues"]
        for account in venue["accounts"]
    ]
    strategies = [
        {
            "name": strategy["name"],
            "match": {"client_order_id": strategy["client_order_id"]},
            "capital": CAPITAL_PER_ACCOUNT * len(accounts),
        }
        for strategy in description["strategies"]
    ]
    # What the accounts held before is nobody's by client order id: a rule without one claims the rest.
    strategies.append({"name": "house", "match": {"account": "*"}, "capital": 2 * CAPITAL_PER_ACCOUNT * len(accounts)})
    tables = {
        "base_currency": "USD",
        "feed": {"request_weight_per_minute": description["weight_limit"]},
        "accounts": accounts,
        "strategies": strategies,
        "limits": list(LIMITS),
        "mitigation": {"automatic": True},
    }
    return to_toml(tables)
