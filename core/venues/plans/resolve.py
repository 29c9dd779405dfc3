"""What a plan comes to for one account: facts learned beforehand, books by these facts, calls checked by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import ConfigError, VenueGarbled
from core.venues.plans.plan import UNIFIED, Book, Fact, Plan, at
from core.venues.protocol import Coverage

Facts = Mapping[str, Any]
"""Names to values; one that is missing is not known."""


def check_calls(plan: Plan, exchange: Any) -> None:
    """Raises ConfigError where the plan names a call that this release of ccxt does not have."""
    calls = [call for book in plan.books for call in book.calls()]
    calls += [fact.call for fact in plan.facts if fact.call is not None]
    names = {call.name for call in calls if not call.path} | set(plan.ready)
    if missing := sorted(name for name in names if not hasattr(exchange, name)):
        raise ConfigError(f"the stop plan of {plan.name} needs calls that ccxt does not have: {', '.join(missing)}")


def given(plan: Plan, options: Mapping[str, Any], *, redirected: bool) -> dict[str, Any]:
    """The facts that need no asking: what the configuration says, and what it leaves to the place it points at."""
    facts: dict[str, Any] = {}
    for fact in plan.facts:
        if fact.given and isinstance(options.get(fact.given), bool):
            facts[fact.name] = options[fact.given]
        elif fact.call is None:
            facts[fact.name] = (not redirected) if fact.default is None else fact.default
    return facts


def read(fact: Fact, reply: Any) -> Any:
    """What the reply says of a fact; raises VenueGarbled where it says something that the plan does not know."""
    said = at(reply, fact.path)
    text = str(said).lower() if isinstance(said, bool) else str(said)
    if said is None or text not in fact.values:
        allowed = ", ".join(fact.values)
        raise VenueGarbled(f"what the account is ({fact.name}) cannot be told from {text!r}; known are {allowed}")
    return fact.values[text]


def refused(fact: Fact, error: BaseException) -> Any:
    """What a refusal says of a fact, None where nothing."""
    return next((value for text, value in fact.refusals.items() if text in str(error)), None)


def preset(exchange: Any, plan: Plan, facts: Facts) -> None:
    """Tell ccxt what was learned, so that no call of its own stops to ask."""
    for fact in plan.facts:
        if fact.name in facts:
            for option, value in fact.options.items():
                exchange.options[option] = facts[fact.name] if value is None else value


def fits(when: Mapping[str, Any], facts: Facts) -> bool:
    """Whether what has to be so of an account may be so of this one: what is not known may be."""
    return not any(name in facts and facts[name] != value for name, value in when.items())


def books_of(plan: Plan, facts: Facts, markets: Iterable[Mapping[str, Any]] = ()) -> tuple[Book, ...]:
    """The books of an account of which `facts` are known: a fact that is not known rules out no book."""
    books: dict[str, Book] = {}
    rows = tuple(markets) if any(book.over for book in plan.books) else ()
    for book in plan.books:
        if not fits(book.when, facts):
            continue
        if not book.over:
            books.setdefault(book.name, book)
            continue
        for each in sorted({str(at(row, book.over)) for row in rows if at(row, book.over)}):
            books.setdefault(f"{book.name} {each}", dataclasses.replace(book, name=f"{book.name} {each}", each=each))
    return tuple(books.values())


def coverage_of(plan: Plan, books: Iterable[Book]) -> Coverage:
    if plan.generic:
        return Coverage.GENERIC
    return Coverage.UNCONFIRMED if plan.gaps or not all(book.confirmed for book in books) else Coverage.EXACT


def book_of(books: Iterable[Book], market: Mapping[str, Any], *, trigger: bool) -> str:
    """The book in which an order that a stream reports most likely rests."""
    fitting = [book for book in books if book.may_hold(market)]
    best = [book for book in fitting if book.holds.trigger is trigger] or fitting
    return best[0].name if best else next((book.name for book in books), "")


def is_unified(name: str) -> bool:
    return name in UNIFIED
