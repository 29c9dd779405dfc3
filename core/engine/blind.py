"""Accounts that nobody can see: stopped after `[stop] on_blind_s`, where the configuration says so."""

from __future__ import annotations

from collections.abc import Sequence

from core.book.view import BookView
from core.domain import Trust

CONNECT_S = 30.0
"""An account that was never read is not blind before it had this long to connect."""


class BlindWatch:
    def __init__(self, accounts: Sequence[str], on_blind_s: float | None, began_s: float) -> None:
        """`on_blind_s` None: being blind stops nothing. `began_s` is monotonic."""
        self._accounts = tuple(accounts)
        self._on_blind_s = on_blind_s
        self._seen_s = [began_s + CONNECT_S] * len(accounts)
        self._told: set[str] = set()

    def step(self, view: BookView) -> tuple[tuple[str, float], ...]:
        """Accounts that have now been blind for too long, each told once per blindness, and for how many seconds."""
        if self._on_blind_s is None:
            return ()
        found = []
        for number, account in enumerate(self._accounts):
            if view.account_trust[number] != Trust.UNKNOWN:
                self._seen_s[number] = view.now_s
                self._told.discard(account)
                continue
            blind_s = view.now_s - self._seen_s[number]
            if blind_s >= self._on_blind_s and account not in self._told:
                self._told.add(account)
                found.append((account, blind_s))
        return tuple(found)
