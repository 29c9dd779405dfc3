"""Every position of an account: some venues tell only of one settle coin or one kind of contract at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from core.venues.plans.account import AccountPlan

Rows = list[dict[str, Any]]
Ask = Callable[[Callable[[], Awaitable[Rows]]], Awaitable[Rows]]
"""Sends one request within a deadline, counts it, and turns its errors into ours."""


async def position_rows(exchange: Any, plan: AccountPlan, ask: Ask) -> Rows:
    """As ccxt's structures; raises a VenueError where one of the questions was not answered: nothing is flat then."""

    async def rows(params: Mapping[str, Any]) -> Rows:
        try:
            found: Rows = await exchange.fetch_positions(None, dict(params))
        except Exception as error:
            if any(kind.__name__ in plan.plan.absent for kind in type(error).__mro__):
                return []  # there is no such wallet, and nothing is held in it
            raise
        return found

    pages = await asyncio.gather(*(ask(partial(rows, held.params)) for held in plan.held))
    return [row for page in pages for row in page]
