"""A plan as it stands for one account: what was learned of the account, and which books it therefore has.

Watching and acting share it: what either learns, the other need not ask. Nothing of it is asked while a stop fires,
unless it could never be learned before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from core.clock import Clock
from core.errors import VenueError
from core.venues.plans.deadman import Countdown
from core.venues.plans.generic import generic_plan
from core.venues.plans.moves import Ask
from core.venues.plans.plan import Book, Fact, Held, Plan
from core.venues.plans.resolve import (
    book_of,
    books_of,
    check_calls,
    coverage_of,
    fits,
    given,
    preset,
    read,
    refused,
)
from core.venues.protocol import Coverage, StopCost, SwitchTerms

LEARN_AGAIN_S = 3600.0
"""An account may change its mode; it is asked again so seldom, and never while a stop fires."""


class AccountPlan:
    def __init__(self, plan: Plan, options: Mapping[str, Any], clock: Clock, *, redirected: bool = False) -> None:
        """`options` are the configuration's for ccxt; `redirected`: it points at something else than the real venue."""
        self.plan = plan
        self._clock = clock
        self.facts = given(plan, options, redirected=redirected)
        self._said_at_s: dict[str, float] = {}
        self._markets: Any = None
        self.doubt = ""
        """Why a fact could not be learned, "" where all are known."""
        self.books: tuple[Book, ...] = ()
        self._resolve()

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(book.name for book in self.books)

    @property
    def coverage(self) -> Coverage:
        return coverage_of(self.plan, self.books)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Books whose calls rest on memory alone, and kinds of orders that no call lists."""
        return (*(book.name for book in self.books if not book.confirmed), *self.plan.gaps)

    @property
    def list_weight(self) -> float:
        return sum(book.weight for book in self.books)

    @property
    def cost(self) -> StopCost:
        whole = sum(len(book.empty) for book in self.books)
        symbol = sum(len(book.empty_symbol) for book in self.books if not book.empty)
        dearest = max((book.weight for book in self.books), default=1.0)
        return StopCost(self.list_weight, float(whole), float(symbol), dearest)

    @property
    def is_learned(self) -> bool:
        return all(fact.name in self.facts for fact in self.plan.facts)

    @property
    def held(self) -> tuple[Held, ...]:
        """The questions that together tell of every position of this account."""
        return tuple(row for row in self.plan.held if fits(row.when, self.facts))

    @property
    def countdowns(self) -> tuple[Countdown, ...]:
        """Of the dead-man's switch; a fact that is not known rules out none."""
        rows = self.plan.deadman.countdowns
        return tuple(row for row in rows if fits(row.when, self.facts))

    @property
    def switch_terms(self) -> SwitchTerms:
        rows, about = self.countdowns, self.plan.deadman
        return SwitchTerms(
            none="" if rows else about.none or "an account of this kind has no dead-man's switch there",
            each_symbol=any(row.each_symbol for row in rows),
            triggers=about.triggers,
            at_disconnect=about.at_disconnect,
            late_s=about.late_s,
            traps=about.traps,
            confirmed=all(row.confirmed for row in rows),
        )

    def book(self, name: str) -> Book | None:
        return next((book for book in self.books if book.name == name), None)

    def book_of(self, market: Mapping[str, Any], *, trigger: bool) -> str:
        return book_of(self.books, market, trigger=trigger)

    # -- learning -------------------------------------------------------------------------------------------------

    def meet(self, exchange: Any) -> None:
        """Take what the ccxt object says of itself, and tell it what is known. Costs nothing to repeat.

        Raises ConfigError where the plan names a call that this release of ccxt does not have.
        """
        if self.plan.generic and exchange.id not in self.plan.exchanges:
            self.plan = generic_plan(exchange)
            self._resolve()
        if self._markets is not exchange.markets:
            self._markets = exchange.markets
            self._resolve()
        preset(exchange, self.plan, self.facts)

    def check(self, exchange: Any) -> None:
        check_calls(self.plan, exchange)

    async def learn(self, exchange: Any, ask: Ask, *, again: bool = False) -> None:
        """Ask for what is not known yet (with `again`, also for what was asked long ago); raises a VenueError.

        What is known stays in force until it is known otherwise.
        """
        due = [fact for fact in self.plan.facts if fact.call is not None and self._is_due(fact, again=again)]
        by_call: dict[str, list[Fact]] = {}
        for fact in due:
            by_call.setdefault(fact.call.name if fact.call else "", []).append(fact)
        results = await asyncio.gather(
            *(self._learn(exchange, ask, facts) for facts in by_call.values()), return_exceptions=True
        )
        self._resolve()
        preset(exchange, self.plan, self.facts)
        failures = [result for result in results if isinstance(result, BaseException)]
        self.doubt = str(failures[0]) if failures and not self.is_learned else ""
        for failure in failures:
            raise failure

    async def _learn(self, exchange: Any, ask: Ask, facts: list[Fact]) -> None:
        call = facts[0].call
        if call is None:
            return
        try:
            reply = await ask(lambda: getattr(exchange, call.name)(dict(call.params)), 1.0)
        except VenueError as error:
            for fact in facts:
                if (value := refused(fact, error)) is None:
                    raise
                self._know(fact, value)
            return
        for fact in facts:
            self._know(fact, read(fact, reply))

    def _know(self, fact: Fact, value: Any) -> None:
        self.facts[fact.name] = value
        self._said_at_s[fact.name] = self._clock.monotonic()

    def _is_due(self, fact: Fact, *, again: bool) -> bool:
        if fact.name not in self.facts:
            return True
        said_s = self._said_at_s.get(fact.name)
        # What the configuration says was never asked: it is checked once, and then holds as the venue has it.
        return again and (said_s is None or self._clock.monotonic() - said_s > LEARN_AGAIN_S)

    def _resolve(self) -> None:
        self.books = books_of(self.plan, self.facts, (self._markets or {}).values())
