"""Whose turn it is to ask a venue: under a stop a request leaves when the firing order lets it, any other at once.

One acting object serves the stop, the mitigations and the restoring of orders. Which of them a request belongs to is
known by the task that makes it, so the turn travels with the task.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar

Turn = Callable[[float], Awaitable[bool]]
"""Returns when a request of this weight may leave; whether its budget was told that it departs."""

_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextlib.contextmanager
def by_turns(turn: Turn) -> Iterator[None]:
    """Every request made within, by this task and those that it begins, waits for `turn` first."""
    token = _TURN.set(turn)
    try:
        yield
    finally:
        _TURN.reset(token)


def current_turn() -> Turn | None:
    return _TURN.get()


async def turn_to_ask(weight: float) -> bool:
    """Called just before a request leaves; whether its budget was told of it, and has to be when it has arrived."""
    turn = _TURN.get()
    return await turn(weight) if turn is not None else False
