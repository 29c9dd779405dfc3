"""Books to plan on, small ones in lots that can be counted through and large ones at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.domain import PORTFOLIO, Leg, Scope, ScopeKind, Trust
from core.mitigation.plan import PlanInputs, PlanLimit, PlanPosition, VisibleBook


def position(
    account: str = "a", coin: str = "BTC", quantity: float = 10.0, *, strategy: str = "trend", mark: float = 100.0,
    step: float | None = 1.0, least: float | None = 1.0, may_act: bool = True, venue_quantity: float | None = None,
    leg: Leg = Leg.NET, book: VisibleBook | None = None, fee: float = 0.0005, venue: str = "north", margin: float = 0.1,
    settle: str = "USDT", is_coin: bool = False, notional_min: float | None = None,
) -> PlanPosition:  # fmt: skip
    notional = quantity * mark
    return PlanPosition(
        account, f"{coin}/USDT:USDT", strategy, quantity, notional, mark, step, least, may_act,
        quantity if venue_quantity is None else venue_quantity, leg, venue, coin, settle, abs(notional) * margin,
        abs(notional) * margin / 2, notional_min=notional_min, fee=fee, book=book, is_coin=is_coin,
    )  # fmt: skip


def inputs_of(
    rows: Sequence[PlanPosition], equity: Mapping[Scope, float] | float = 1_000.0, scope: Scope = PORTFOLIO,
    limits: Sequence[PlanLimit] = (), parents: tuple[Scope, ...] = (),
) -> PlanInputs:  # fmt: skip
    told = equity if isinstance(equity, Mapping) else {PORTFOLIO: equity}
    return PlanInputs(tuple(rows), Trust.TRUSTED, 0.0, "USD", scope, limits, told, parents)


def account(name: str) -> Scope:
    return Scope(ScopeKind.ACCOUNT, name)


def visible(rng: np.random.Generator, mark: float, size: float, levels: int = 6) -> VisibleBook:
    """About `size` base currency deep, from one to thirty basis points off the mid."""
    amounts = rng.exponential(size / levels, levels) + size / 100.0
    off = np.cumsum(rng.exponential(3e-4, levels)) + 1e-4
    return VisibleBook(tuple(np.cumsum(amounts / mark).tolist()), tuple(np.cumsum(amounts * off).tolist()))


def random_rows(
    rng: np.random.Generator, count: int, accounts: int, coins: int, *, lots: tuple[float, float] = (1e-3, 1e-3),
    watched: float = 0.0, unknown: float = 0.0,
) -> list[PlanPosition]:  # fmt: skip
    """Positions of one or two strategies, some watched only and some without a mark; half of them hedge the others."""
    marks = rng.uniform(1.0, 1_000.0, coins)
    books = [[visible(rng, float(mark), 50_000.0) for mark in marks] for _ in range(2)]
    acts = rng.random(accounts) >= watched
    seen: set[tuple[int, int]] = set()
    rows = []
    for _ in range(count):
        who, coin = int(rng.integers(accounts)), int(rng.integers(coins))
        if (who, coin) in seen:
            continue
        seen.add((who, coin))
        mark = float("nan") if rng.random() < unknown else float(marks[coin])
        size = round(float(rng.normal() * 10_000.0 / marks[coin]), 3) or 0.001
        parts = [size] if rng.random() < 0.8 else [round(size * 1.5, 3), round(size - round(size * 1.5, 3), 3)]
        rows += [
            position(
                f"a{who}", f"C{coin}", part, strategy=f"s{number}", mark=mark, step=lots[0], least=lots[1],
                may_act=bool(acts[who]), venue_quantity=size, book=books[size < 0][coin], venue=f"v{who % 3}",
            )
            for number, part in enumerate(parts)
            if part
        ]  # fmt: skip
    return rows
