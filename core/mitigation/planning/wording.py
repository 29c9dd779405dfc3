"""A plan in one sentence: "cut 3 positions in 2 accounts, $412k, about $1,240; leverage 6.1 to 4"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.mitigation.model import Reduction
from core.mitigation.plan import LimitEffect, PlanTerms, ScaleTerms, Terms
from core.mitigation.planning.solving import Draft

MOST_COURSES = 4


def sentence_of(
    asked: Sequence[Terms], effects: Sequence[LimitEffect], draft: Draft, reductions: Sequence[Reduction], currency: str
) -> str:
    missed = [effect for effect in effects if not effect.met]
    if not reductions:
        why = _why_nothing(draft)
        return f"nothing can be reduced for {what_of(asked)}{why}"
    positions = len({(row.account, row.symbol, row.side) for row in reductions})
    accounts = len({row.account for row in reductions})
    notional = math.fsum(row.notional for row in reductions)
    text = f"cut {count(positions, 'position')} in {count(accounts, 'account')}, {rough(notional, currency)}"
    text += f", about {money(draft.cost, currency)}"
    text += _courses(effects)
    if missed:
        worst = missed[0]
        best = f"{figure(worst.after)} at best" if math.isfinite(worst.after) else "as far as it goes"
        level = f", {figure(worst.target)} is needed" if math.isfinite(worst.target) else ""
        return f"no reduction can bring back {worst.metric} of {worst.scope} ({best}{level}): {text}"
    return text if draft.feasible else f"no reduction can do all of it: {text}"


def _courses(effects: Sequence[LimitEffect]) -> str:
    several = len({effect.scope for effect in effects}) > 1
    told = [effect for effect in effects if math.isfinite(effect.after)]
    courses = [
        (f"{effect.scope} " if several else "") + f"{effect.metric} {figure(effect.before)} to {figure(effect.after)}"
        for effect in told[:MOST_COURSES]
    ]
    more = f" and {len(told) - MOST_COURSES:,} more" if len(told) > MOST_COURSES else ""
    late = [effect.metric for effect in effects if math.isnan(effect.target)]
    text = f"; {', '.join(courses)}{more}" if courses else ""
    return text + (f"; {late[0]} does not follow at once" if late else "")


def _why_nothing(draft: Draft) -> str:
    """Where there is something to cut and no cut is good, the hedges are in the way: nothing else can be."""
    return ": every cut would strip a hedge or breach another limit" if len(draft.units) else ""


def what_of(asked: Sequence[Terms]) -> str:
    names = [
        one.metric if isinstance(one, PlanTerms) else "scaling" if isinstance(one, ScaleTerms) else "margin"
        for one in asked
    ]
    return " and ".join(dict.fromkeys(names))


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000.0 else f"{value:.3g}"


def money(amount: float, currency: str) -> str:
    return f"${amount:,.0f}" if currency == "USD" else f"{amount:,.0f} {currency}"


def rough(amount: float, currency: str) -> str:
    """To the thousand or million, as one says it."""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(amount) >= size:
            scaled = amount / (1e3 if letter == "k" else size)
            text = f"{scaled:,.0f}{letter}" if scaled >= 100.0 else f"{scaled:,.3g}{letter}"
            return f"${text}" if currency == "USD" else f"{text} {currency}"
    return money(amount, currency)
