"""Plans by hand: what a person wants gone, turned into what a venue takes. It only ever reduces.

Nothing is planned here: what is asked for is capped at what is held, rounded down to lots, and named where it cannot
be done. That a person may strip a hedge is shown with the effect, and not forbidden.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Leg, Scope, ScopeKind, Side
from core.mitigation.model import Reduction
from core.mitigation.plan import PlanPosition, VisibleBook
from core.mitigation.planning.columns import PositionRows
from core.mitigation.planning.costs import FEE, UNSEEN

MOST_CHOICES = 10_000
"""Positions to choose from; of more, the largest, and all that is cut."""
FUZZ = 1e-9
"""Relative: binary dust."""
MOST_NAMED = 3
"""Positions that one reason names one by one."""

Key = tuple[str, str, str, Side]
"""Account, symbol, strategy, and the side of the order that closes it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a person wants gone of one strategy's part of one position."""

    account: str
    symbol: str
    strategy: str
    side: Side
    """Of the order that closes it."""
    quantity: float
    """Base units, unsigned; inf closes all of it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """These cuts, or one share of every position."""

    cuts: tuple[Cut, ...] = ()
    share: float = 0.0
    """0 to 1, for positions that no cut names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One strategy's part of one position, and what a plan by hand takes of it."""

    account: str
    symbol: str
    strategy: str
    leg: Leg
    side: Side
    """Of the order that closes it."""
    held: float
    """Signed, base units."""
    notional: float
    """Signed, base currency; NaN unknown."""
    mark: float
    step: float | None
    cut: float
    """Unsigned, base units; 0 leaves it alone."""
    cost: float
    """Base currency, of what is cut."""
    depth_share: float
    """What is cut as a share of the visible book on its side; NaN where no book is known."""
    note: str
    """Why it cannot be cut, or not as asked for; "" where nothing is to be said."""

    @property
    def key(self) -> Key:
        return (self.account, self.symbol, self.strategy, self.side)

    @property
    def cut_notional(self) -> float:
        return abs(self.notional) * self.cut / abs(self.held) if self.held else 0.0


@dataclass(frozen=True, slots=True)
class ByHand:
    choices: tuple[Choice, ...]
    """What is cut first, then the largest."""
    choices_all: int
    reductions: tuple[Reduction, ...]
    costs: tuple[float, ...]
    """Base currency, one per reduction."""
    left_out: tuple[str, ...]
    """One sentence per reason why something is not as it was asked for."""


def by_hand(positions: Iterable[PlanPosition], wish: Wish, count: int | None = None) -> ByHand:
    """Pure; may be called in a thread. `count`: how many positions there are, where these are not all."""
    wanted: dict[Key, float] = {}
    for cut in wish.cuts:
        key = (cut.account, cut.symbol, cut.strategy, cut.side)
        wanted[key] = wanted.get(key, 0.0) + max(0.0, cut.quantity)
    named = frozenset(key for key, quantity in wanted.items() if quantity)
    room: dict[tuple[str, str, Side], float] = {}
    choices, reductions, costs = [], [], []
    for row in positions:
        if row.is_coin or not row.quantity:
            continue
        side = Side.SELL if row.quantity > 0.0 else Side.BUY
        asked = wanted.pop((row.account, row.symbol, row.strategy, side), wish.share * abs(row.quantity))
        choice = _choice(row, side, asked, room)
        choices.append(choice)
        if choice.cut:
            place = (row.account, row.symbol, side)
            room[place] = room.get(place, abs(row.venue_quantity)) - choice.cut
            reductions.append(_reduction(row, choice))
            costs.append(choice.cost)
    told: dict[str, list[str]] = {}
    for choice in choices:
        if choice.note and (wish.share > 0.0 or choice.key in named):
            told.setdefault(choice.note, []).append(_named(choice))
    gone = [f"{symbol} in {account} ({strategy})" for (account, symbol, strategy, _), left in wanted.items() if left]
    if gone:
        told["it is not held any more"] = gone
    order = sorted(choices, key=lambda row: (row.cut == 0.0, -_size(row.notional)))
    kept = max(MOST_CHOICES, len(reductions))
    return ByHand(tuple(order[:kept]), count or len(choices), tuple(reductions), tuple(costs), tuple(_sentences(told)))


def in_scope(positions: Sequence[PlanPosition], scope: Scope, wish: Wish) -> tuple[Iterable[PlanPosition], int]:
    """Those that the scope holds, and how many there are: of very many, the largest and those that a cut may mean."""
    if not isinstance(positions, PositionRows):
        rows = [row for row in positions if not row.is_coin and _within(row, scope)]
        return rows, len(rows)
    columns = positions.columns
    mine = ~columns.is_coin & (columns.quantity != 0.0)
    column = {
        ScopeKind.ACCOUNT: columns.account, ScopeKind.STRATEGY: columns.strategy, ScopeKind.VENUE: columns.venue,
    }.get(scope.kind)  # fmt: skip
    at = np.flatnonzero(mine if column is None else mine & column.find(scope.name))
    count = len(at)
    if count > MOST_CHOICES and not wish.share:
        size = np.nan_to_num(np.abs(columns.notional[at]), nan=np.inf)
        wanted = np.zeros(count, dtype=np.bool_)
        wanted[np.argsort(-size, kind="stable")[:MOST_CHOICES]] = True
        for account in {cut.account for cut in wish.cuts}:
            wanted |= columns.account.find(account)[at]
        at = at[wanted]
    return (positions[row] for row in at.tolist()), count


def _within(row: PlanPosition, scope: Scope) -> bool:
    match scope.kind:
        case ScopeKind.ACCOUNT:
            return row.account == scope.name
        case ScopeKind.STRATEGY:
            return row.strategy == scope.name
        case ScopeKind.VENUE:
            return row.venue == scope.name
        case _:
            return True


def cuts_of(reductions: Iterable[Reduction]) -> tuple[Cut, ...]:
    return tuple(Cut(row.account, row.symbol, row.strategy, row.side, row.quantity) for row in reductions)


def _choice(row: PlanPosition, side: Side, asked: float, room: dict[tuple[str, str, Side], float]) -> Choice:
    held = abs(row.quantity)
    left = room.get((row.account, row.symbol, side), abs(row.venue_quantity))
    idle = Choice(
        row.account, row.symbol, row.strategy, row.leg, side, row.quantity, row.notional, row.mark, row.quantity_step,
        0.0, 0.0, math.nan if row.book is None else 0.0, "",
    )  # fmt: skip
    obstacle = _obstacle(row)
    if obstacle:
        return replace(idle, note=obstacle)
    if not asked > 0.0:
        return idle
    cap = min(held, left)
    closes = cap >= left * (1.0 - FUZZ) and asked >= cap * (1.0 - FUZZ)
    cut = cap if closes else _down(min(asked, cap), row.quantity_step)
    worth = abs(row.notional) / held
    small = cut < (row.quantity_min or 0.0) * (1.0 - FUZZ) or cut * worth < (row.notional_min or 0.0) * (1.0 - FUZZ)
    if cut <= 0.0 or (small and not closes):
        return replace(idle, note="what is to be cut is below the venue's smallest order")
    note = ""
    if min(asked, held) > left * (1.0 + FUZZ):
        note = "no more is left of the venue's own position, which strategies share"
    elif cut < min(asked, held) * (1.0 - FUZZ):
        note = f"rounded down to lots of {row.quantity_step:g}"
    share = math.nan if row.book is None or not row.book.quantity else cut / row.book.quantity[-1]
    return replace(idle, cut=cut, cost=_cost(row, cut, worth), depth_share=share, note=note)


def _obstacle(row: PlanPosition) -> str:
    if not row.may_act:
        return "the account is watched only"
    if not (math.isfinite(row.notional) and math.isfinite(row.venue_quantity)):
        return "no mark or no quantity is known"
    if row.quantity * row.venue_quantity <= 0.0:
        return "it is opposite to what the venue holds, so closing it would enlarge the venue's position"
    return ""


def _down(quantity: float, step: float | None) -> float:
    if not step or step <= 0.0:
        return quantity
    # Without binary dust: venues refuse 0.30000000000000004.
    return round(math.floor(quantity / step + FUZZ * 1e3) * step, 12)


def _cost(row: PlanPosition, cut: float, worth: float) -> float:
    """Half the spread, the walk down the visible book (its dearest level goes on beyond it), and the taker's fee."""
    amount = cut * worth
    lost = UNSEEN * amount if row.book is None or not row.book.quantity else _walk(row.book, cut)
    fee = FEE if math.isnan(row.fee) else max(row.fee, 0.0)
    return lost + fee * amount


def _walk(book: VisibleBook, cut: float) -> float:
    seen = paid = slope = 0.0
    for quantity, cost in zip(book.quantity, book.cost, strict=True):
        if not (quantity > seen and math.isfinite(cost)):
            break
        slope = max(slope, (cost - paid) / (quantity - seen))
        if cut <= quantity:
            return paid + (cost - paid) * (cut - seen) / (quantity - seen)
        seen, paid = quantity, cost
    return paid + slope * (cut - seen)


def _reduction(row: PlanPosition, choice: Choice) -> Reduction:
    return Reduction(
        row.account, row.symbol, row.strategy, choice.side, choice.cut, choice.cut_notional,
        held=abs(row.venue_quantity), mark=row.mark,
    )  # fmt: skip


def _sentences(told: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for reason, places in told.items():
        named = ", ".join(places) if len(places) <= MOST_NAMED else f"{len(places):,} positions"
        yield f"{named}: {reason}"


def _named(row: Choice) -> str:
    return f"{row.symbol} in {row.account} ({row.strategy})"


def _size(notional: float) -> float:
    return math.inf if math.isnan(notional) else abs(notional)
