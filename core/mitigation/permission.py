"""Whether this engine is the one that acts on an account: asked anew before every batch of orders, never remembered."""

from __future__ import annotations

from collections.abc import Callable

MayAct = Callable[[str], str]
"""By account: "" where this engine may send orders now, else the sentence that says why not. Costs nothing to ask; the
answer may change from one moment to the next."""


def anywhere(account: str) -> str:
    """Where nobody else could act."""
    return ""
