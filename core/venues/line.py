"""What every connection to a venue is made from, whichever side it serves."""

from __future__ import annotations

import random
from dataclasses import dataclass

from core.clock import Clock
from core.venues.budget import RequestBudget
from core.venues.connect import Wires
from core.venues.families.family import Family
from core.venues.health import LinkHealth
from core.venues.held import HeldSymbols
from core.venues.markets import SharedMarkets
from core.venues.plans.account import AccountPlan
from core.venues.settings import AccountSettings, FeedSettings


@dataclass(frozen=True, slots=True)
class Line:
    """One account's line to its venue: what is its own, and what it shares with its endpoint and with everybody."""

    settings: AccountSettings
    family: Family
    plan: AccountPlan
    markets: SharedMarkets
    budget: RequestBudget
    wires: Wires
    feed: FeedSettings
    clock: Clock
    rng: random.Random
    held: HeldSymbols
    """By whatever account of the endpoint."""
    health: LinkHealth
    """What is noted of the watching side."""
