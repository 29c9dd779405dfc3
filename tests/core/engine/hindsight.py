"""What limits should have said of a course of prices, worked out afterwards in plain Python from that course alone.

It shares nothing with the pipeline but the words of events: no code of `core.book` or `core.risk` is called. A scope's
unit value is the product of equity over equity before, flows taken out; a fall is 1 - unit value / its height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

DAY_S = 86_400.0
STALE_S, UNKNOWN_S = 600.0, 1_800.0
WORDS = ("low", "medium", "high", "critical")


@dataclass
class Holding:
    """An account: money in the wallet, and positions as coin -> (quantity, entry price)."""

    venue: str
    wallet: float
    held: dict[str, tuple[float, float]]


@dataclass
class Moment:
    """One step: prices as last told, their age in seconds, what came in or went out before it, and trades."""

    at_s: float
    prices: dict[str, float]
    ages: dict[str, float]
    flows: dict[str, float] = field(default_factory=dict)
    """By account."""
    halved: tuple[str, str] | None = None
    """Account and coin of a position of which half was closed at this price."""


@dataclass(frozen=True)
class Told:
    """Something that should have been said."""

    step: int
    what: str
    """`raised`, `escalated`, `cleared` or `reopened`."""
    scope: str
    metric: str
    severity: str
    value: float


class Unit:
    """Time-weighted unit value of one scope, with its heights."""

    def __init__(self) -> None:
        self.value = 1.0
        self.before: float | None = None
        self.peak = self.day_open = self.day_peak = math.nan
        self.day = -1

    def step(self, at_s: float, equity: float, flow: float, *, sure: bool) -> None:
        """`sure`: every price in it is known; a height that is half guessed is none."""
        was = self.value
        if self.before is not None:
            self.value *= (equity - flow) / self.before
        self.before = equity
        today = int(at_s // DAY_S)
        if today != self.day:
            self.day, self.day_open, self.day_peak = today, was, was
        if sure:
            self.peak = self.value if math.isnan(self.peak) else max(self.peak, self.value)
            self.day_peak = max(self.day_peak, self.value)


class Alarm:
    """One limit of one scope, while nobody acknowledges anything: open from the lowest threshold on, until it is back
    behind it by the deadband; its severity is the gravest that it ever reached."""

    def __init__(self, thresholds: tuple[float, ...], clear: float) -> None:
        self.thresholds = thresholds
        self.clear = clear
        self.is_open = False
        self.gravest = 0

    def step(self, value: float, *, trusted: bool) -> str:
        rank = sum(value >= level for level in self.thresholds)
        before, self.gravest = self.gravest, max(self.gravest, rank)
        if rank and not self.is_open:
            self.is_open = True
            return "reopened" if before else "raised"
        if rank > before:
            return "escalated"
        if self.is_open and trusted and value <= self.thresholds[0] * (1.0 - self.clear):
            self.is_open = False
            return "cleared"
        return ""


class Hindsight:
    def __init__(
        self,
        accounts: dict[str, Holding],
        strategies: dict[str, tuple[float, set[tuple[str, str]]]],
        limits: dict[str, tuple[float, ...]],
        clear: float,
    ) -> None:
        """`strategies`: capital, and which (account, coin) are its; `limits`: metric -> thresholds, in every scope."""
        self.accounts = accounts
        self.strategies = strategies
        self.limits = limits
        self.told: list[Told] = []
        self.unknown: list[tuple[int, str]] = []
        """Step and scope where nothing could be told."""
        venues = sorted({holding.venue for holding in accounts.values()})
        self.members: dict[str, list[str]] = {"portfolio": list(accounts)}
        self.members |= {
            f"venue:{venue}": [name for name, row in accounts.items() if row.venue == venue] for venue in venues
        }
        self.members |= {f"account:{name}": [name] for name in accounts}
        scopes = [*self.members, *(f"strategy:{name}" for name in strategies)]
        self.units = {scope: Unit() for scope in scopes}
        self.alarms = {(scope, metric): Alarm(levels, clear) for scope in scopes for metric, levels in limits.items()}
        self.realised = dict.fromkeys(strategies, 0.0)
        self.worst: dict[str, float] = {}
        """Largest drawdown of every scope."""

    def equity(self, name: str, prices: dict[str, float]) -> float:
        row = self.accounts[name]
        return row.wallet + sum(quantity * (prices[coin] - entry) for coin, (quantity, entry) in row.held.items())

    def step(self, number: int, moment: Moment) -> None:
        if moment.halved is not None:
            self._halve(*moment.halved, moment.prices)
        for name, amount in moment.flows.items():
            self.accounts[name].wallet += amount
        age_of = {
            name: max((moment.ages[coin] for coin in row.held), default=0.0) for name, row in self.accounts.items()
        }
        for scope, members in self.members.items():
            age_s = max(age_of[name] for name in members)
            equity = sum(self.equity(name, moment.prices) for name in members)
            flow = sum(moment.flows.get(name, 0.0) for name in members)
            gross = sum(
                abs(quantity) * moment.prices[coin]
                for name in members
                for coin, (quantity, _) in self.accounts[name].held.items()
            )
            self._judge(number, moment.at_s, scope, equity, flow, gross, age_s)
        for name, (capital, owned) in self.strategies.items():
            rows = [(account, coin) for account, coin in owned if self.accounts[account].held[coin][0]]
            profit, gross = self.realised[name], 0.0
            for account, coin in rows:
                quantity, entry = self.accounts[account].held[coin]
                profit += quantity * (moment.prices[coin] - entry)
                gross += abs(quantity) * moment.prices[coin]
            age_s = max(age_of[account] for account, _ in rows)
            self._judge(number, moment.at_s, f"strategy:{name}", capital + profit, 0.0, gross, age_s)

    def _halve(self, account: str, coin: str, prices: dict[str, float]) -> None:
        row = self.accounts[account]
        quantity, entry = row.held[coin]
        profit = quantity / 2 * (prices[coin] - entry)
        row.held[coin] = (quantity / 2, entry)
        row.wallet += profit
        for name, (_, owned) in self.strategies.items():
            if (account, coin) in owned:
                self.realised[name] += profit

    def _judge(
        self, number: int, at_s: float, scope: str, equity: float, flow: float, gross: float, age_s: float
    ) -> None:
        unit = self.units[scope]
        unit.step(at_s, equity, flow, sure=age_s <= UNKNOWN_S)
        if age_s > UNKNOWN_S:
            self.unknown.append((number, scope))
            return
        values = {
            "drawdown": 1.0 - unit.value / unit.peak,
            "drawdown_day": 1.0 - unit.value / unit.day_peak,
            "daily_loss": 1.0 - unit.value / unit.day_open,
            "leverage": gross / equity if equity > 0.0 else math.inf,
        }
        # None of these courses is longer than the windows are: the height of the window is the height of all.
        values["drawdown_7d"] = values["drawdown_30d"] = values["drawdown"]
        if equity <= 0.0:
            values = dict.fromkeys(values, math.inf)
        self.worst[scope] = max(self.worst.get(scope, 0.0), values["drawdown"])
        for metric in self.limits:
            alarm = self.alarms[(scope, metric)]
            what = alarm.step(values[metric], trusted=age_s <= STALE_S)
            if what:
                self.told.append(Told(number, what, scope, metric, WORDS[alarm.gravest - 1], values[metric]))
