"""Accounts that exist under a key and that nobody watches: "812 exist under main, 800 are watched, 12 are not"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.domain import Scope, ScopeKind, Severity
from core.events.desk import EventDesk
from core.events.transitions import Transition
from core.venues.messages import SubAccountsUpdate

KEY = "unseen_accounts"
"""Of the event, in the scope of the account whose key knows of the others."""
NAMED = 10
"""Names that the event tells; a hundred would hide the sentence."""


class UnseenAccounts:
    """Compares what a venue lists under a key with what is configured.

    An account is watched where the venue's name for it is the name of a configured account at the same venue (however
    it is spelled with capitals), or the one that `venue_names` gives for it. The name of an e-mail address is also what
    stands before its @: some venues name sub-accounts so.
    """

    def __init__(self, accounts: Mapping[str, str], venue_names: Mapping[str, str] | None = None) -> None:
        """`accounts`: configured account -> venue. `venue_names`: configured account -> the venue's own name for it,
        where that is another."""
        self._venues = dict(accounts)
        self._watched: dict[str, set[str]] = {}
        for account, venue in accounts.items():
            called = (venue_names or {}).get(account, account)
            self._watched.setdefault(venue, set()).add(called.casefold())

    def unseen(self, update: SubAccountsUpdate) -> tuple[str, ...]:
        """The venue's names of accounts that are not watched, sorted; none for an account that is not configured."""
        venue = self._venues.get(update.account)
        if venue is None:
            return ()
        watched = self._watched[venue]
        return tuple(sorted({name for name in update.names if not watched.intersection(_words(name))}))

    def note(self, update: SubAccountsUpdate, desk: EventDesk) -> tuple[Transition, ...]:
        """Raise the event, change its sentence, or clear it once all are watched."""
        if update.account not in self._venues:
            return ()
        scope = Scope(ScopeKind.ACCOUNT, update.account)
        exist, unseen = len(set(update.names)), self.unseen(update)
        if not unseen:
            return desk.clear(scope, KEY, note=f"all {exist} accounts under {update.account} are watched")
        counts = f"{exist} exist under {update.account}, {exist - len(unseen)} watched, {len(unseen)} unseen"
        return desk.raise_system(scope, KEY, Severity.MEDIUM, f"{counts}: {_list(unseen)}")


def _words(name: str) -> Iterable[str]:
    whole = name.casefold()
    return whole, whole.partition("@")[0]


def _list(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
