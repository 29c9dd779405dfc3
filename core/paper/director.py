"""Plays a scenario: at which market step which act begins. Counts steps, not seconds, so that a seed tells it all."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.paper.bots import Mad
from core.paper.engine.model import Cause
from core.paper.faults import Fault
from core.paper.market import Market, Shock
from core.paper.scenarios import Act, Fall, Flow, Runaway, Scenario, Trouble
from core.paper.spec import PaperSpec
from core.paper.venue import PaperVenue


class Director:
    def __init__(
        self,
        spec: PaperSpec,
        market: Market,
        venues: Sequence[PaperVenue],
        add_fault: Callable[[Fault], int],
    ) -> None:
        self._spec = spec
        self._market = market
        self._venues = tuple(venues)
        self._add_fault = add_fault
        self._due: list[tuple[int, Act]] = []
        self.played: list[str] = []
        """Names of the acts that began."""
        self.schedule(spec.scenario)

    def schedule(self, scenario: Scenario) -> None:
        """Add the acts of a scenario, counted from now."""
        self._market.volatility_factor = scenario.volatility_factor
        start = self._market.steps
        self._due += [(start + round(act.at_s / self._market.step_s), act) for act in scenario.acts]
        self._due.sort(key=lambda item: item[0])

    def step(self) -> None:
        """Begin what is due at the coming market step."""
        while self._due and self._due[0][0] <= self._market.steps:
            act = self._due.pop(0)[1]
            self.played.append(type(act).__name__.lower())
            self._begin(act)

    def _begin(self, act: Act) -> None:
        if isinstance(act, Fall):
            steps = max(1, round(act.duration_s / self._market.step_s))
            move = math.log(1 - act.depth)
            self._market.add_shock(Shock(self._market.steps, steps, move, act.volatility_factor, act.bounces))
        elif isinstance(act, Runaway):
            venue, name = self._account(act.account_index)
            chance = random.Random(f"{self._spec.seed}:{name}:mad:{self._market.steps}")
            account = venue.exchange.accounts[name]
            venue.add_bot(
                Mad(
                    venue.exchange,
                    account,
                    chance,
                    pace=1.0,
                    size=1.0,
                    phase=0,
                    orders_per_s=act.orders_per_s,
                )
            )
        elif isinstance(act, Flow):
            self._flow(act)
        elif isinstance(act, Trouble):
            venue = self._venues[min(act.venue_index, len(self._venues) - 1)]
            self._add_fault(replace(act.fault, venue=venue.name))

    def _flow(self, act: Flow) -> None:
        venue, name = self._account(act.account_index)
        account = venue.exchange.accounts[name]
        free = min(account.margin("USDT").available, account.wallets.get("USDT", 0.0))
        amount = math.floor(free * act.share)
        if amount <= 0:
            return
        if act.to_index is None:
            venue.exchange.flow(account, "USDT", -amount, Cause.WITHDRAW, "withdrawal")
            return
        other_venue, other = self._account(act.to_index)
        venue.exchange.flow(account, "USDT", -amount, Cause.TRANSFER, f"to {other}")
        other_venue.exchange.flow(other_venue.exchange.accounts[other], "USDT", amount, Cause.TRANSFER, f"from {name}")

    def _account(self, index: int) -> tuple[PaperVenue, str]:
        """The account of that number in the order of their names' numbers, as `make_spec` gives them."""
        everyone = [(venue, name) for venue in self._venues for name in venue.exchange.accounts]
        everyone.sort(key=lambda item: (len(item[1]), item[1]))
        return everyone[min(index, len(everyone) - 1)]
