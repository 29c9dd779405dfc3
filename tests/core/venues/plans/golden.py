"""What a golden case says: every request line was written by hand, from the source named beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GoldenBook:
    """The lines of one book. Where a move does not exist, its lines are empty."""

    lists: Sequence[str]
    """In order; the last is the one that carries the orders."""
    none: Any
    """The reply of the last line where nothing rests."""
    one: Any
    """The reply where one order rests."""
    order: tuple[str, str]
    """Its id and its unified symbol."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Replies of the lines before the last, and of a further page, by line."""
    empty: Sequence[str] = ()
    symbol: Sequence[str] = ()
    ids: Sequence[str] = ()
    """What cancels the orders `ids_of`."""
    ids_of: Sequence[str] = ()
    """The order's own id where not said."""


@dataclass(frozen=True)
class Golden:
    exchange: str
    books: Mapping[str, GoldenBook]
    markets: Sequence[Mapping[str, Any]]
    ok: Any = field(default_factory=dict)
    """What the venue answers to a cancel."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """Replies to what is asked before, by `METHOD /path`: the time, and what the account is."""
    options: Mapping[str, Any] = field(default_factory=dict)
    unconfirmed: bool = False
    title: str = ""
    """Where a class has more than one case."""
