"""Keeps rows to what the venue said, and apart: ccxt guesses what is missing, and gives up all rows for a bad one."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any

UNREADABLE = "unreadable"
"""Key of a row in place of one that ccxt could not read; says why."""

PARSERS = ("parse_position", "parse_position_risk", "parse_account_position", "parse_option_position", "parse_order")
"""What ccxt calls once per row of a listing."""
NAMES = ("symbol", "instId", "contract", "instrument_name", "market", "coin", "s")
"""Where venues name the instrument of a row."""


GUESSED = ("liquidationPrice", "entryPrice")
"""What ccxt works out by a formula of its own where the venue says nothing: to us that is unknown."""


def keep_to_what_was_said(exchange: Any) -> None:
    fill_in = exchange.safe_position

    @functools.wraps(fill_in)
    def kept(position: dict[str, Any]) -> Any:
        said = {key: position.get(key) for key in GUESSED}
        return {**fill_in(position), **said}

    exchange.safe_position = kept


def keep_rows_apart(exchange: Any) -> None:
    """Let a row that ccxt cannot read come back as one that says so, beside the others, rather than none at all.

    A market without a precision, for one, makes Binance's fetch_positions raise for every position of the account.
    """
    for name in PARSERS:
        if hasattr(exchange, name):
            setattr(exchange, name, _guarded(exchange, getattr(exchange, name)))


def _guarded(exchange: Any, parse: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(parse)
    def guarded(row: Any, *rest: Any, **named: Any) -> Any:
        try:
            return parse(row, *rest, **named)
        except Exception as error:
            return {"symbol": _symbol(exchange, row), "timestamp": None, "info": row, UNREADABLE: _reason(error)}

    return guarded


def _symbol(exchange: Any, row: Any) -> str | None:
    raw = row if isinstance(row, Mapping) else {}
    name = next((str(raw[key]) for key in NAMES if raw.get(key)), None)
    with contextlib.suppress(Exception):
        return str(exchange.safe_symbol(name, None, None, "contract"))
    return name


def _reason(error: Exception) -> str:
    return f"ccxt cannot read it ({type(error).__name__}: {error})"


def raise_if_unreadable(row: Mapping[str, Any]) -> None:
    """Raises ValueError with the reason where ccxt could not read `row`."""
    if row.get(UNREADABLE):
        raise ValueError(str(row[UNREADABLE]))
