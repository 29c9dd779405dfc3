"""Asks what accounts exist under a key, now and then; a key that may not know is not asked for long."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from typing import Any

from core.clock import Clock
from core.errors import VenueDenied, VenueError, VenueGarbled, VenueRefused, VenueUnsupported
from core.venues.families.sub_accounts import SubAccountList
from core.venues.messages import SubAccountsUpdate
from core.venues.protocol import Sink
from core.venues.reader import AccountReader

log = logging.getLogger(__name__)

FIRST_SHARE = 0.1
"""The first look comes within this share of the period: the account itself is read first."""
NOT_A_MASTER_S = 6 * 3600.0
"""Until a key is asked again that may not know: most keys are no master's."""
MOST_PAGES = 100


class SubAccounts:
    """What exists stays unknown until a venue says it: an empty answer is told, a refused one is not."""

    def __init__(self, account: str, listing: SubAccountList | None, period_s: float, clock: Clock) -> None:
        self._account = account
        self._list = listing
        self._period_s = period_s
        self._clock = clock
        self._failed = False

    async def first_wait(self, rng: random.Random) -> None:
        await self._clock.sleep(self._period_s * rng.uniform(0.0, FIRST_SHARE))

    async def look(self, reader: AccountReader, sink: Sink) -> float:
        """Tell the names that there are; the seconds until it is worth asking again."""
        if self._list is None:
            return NOT_A_MASTER_S
        try:
            names = await self._names(reader, self._list)
        except (VenueDenied, VenueRefused, VenueUnsupported) as error:
            self._note(error)
            return NOT_A_MASTER_S
        except VenueError as error:
            self._note(error)
            return self._period_s
        self._failed = False
        sink(SubAccountsUpdate(self._account, names, self._clock.monotonic()))
        return self._period_s

    async def _names(self, reader: AccountReader, listing: SubAccountList) -> tuple[str, ...]:
        names: dict[str, None] = {}
        params = dict(listing.params)
        if listing.page and not listing.cursor and not listing.row_cursor:
            params[listing.page] = 1
        for _ in range(MOST_PAGES):
            reply = await reader.implicit(listing.call, params, listing.weight)
            rows = _rows(reply, listing, self._account)
            for row in rows:
                if row.get(listing.master[0]) != listing.master[1]:
                    names[str(row[listing.name])] = None
            token = _next_page(reply, rows, listing, params)
            if token is None:
                break
            params[listing.page] = token
        return tuple(names)

    def _note(self, error: VenueError) -> None:
        if not self._failed:
            self._failed = True
            log.info("what accounts exist beside %s is unknown: %s", self._account, error)


def _rows(reply: Any, listing: SubAccountList, account: str) -> list[Mapping[str, Any]]:
    rows = _at(reply, listing.rows)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.get(listing.name) for row in rows):
        raise VenueGarbled("the list of sub-accounts is none", account=account)
    return rows


def _next_page(reply: Any, rows: list[Mapping[str, Any]], listing: SubAccountList, params: Mapping[str, Any]) -> Any:
    """What to give for the next page; None after the last."""
    if not listing.page or len(rows) < listing.size:
        return None
    if listing.row_cursor:
        return rows[-1].get(listing.row_cursor)
    if listing.cursor:
        token = _at(reply, listing.cursor)
        return token if token not in {None, "", "0", 0} else None
    return params[listing.page] + 1


def _at(reply: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        reply = reply.get(key) if isinstance(reply, Mapping) else None
    return reply
