"""What a person may ask about connections; a part of what `core.intents` lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Connect the watching side of these accounts anew; what acts and what stops has connections of its own."""

    accounts: tuple[str, ...]
    operator: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Paint the recent story of this account's connection into the snapshots, instead of any other's."""

    account: str


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Nobody looks at a connection's story any more."""


LinkLook = OpenLink | CloseLink
"""Asks for something to be painted."""
