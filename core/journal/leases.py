"""The leases in the database: one transaction looks, renews, takes what is free and hands over what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, delete, func, insert, inspect, select, text, update

from core.errors import JournalError
from core.journal.database import file_of, open_engine
from core.journal.tables import HOLDERS, LEASES

_MANY = 500
"""Names in one statement: SQLite before 3.32 took 999."""


@dataclass(frozen=True, slots=True)
class Holder:
    """An engine, as its row tells."""

    holder: str
    name: str
    place: str
    ttl_s: float
    renewals: int = 0
    until_s: float = 0.0
    """By the database's clock."""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How the leases stand after one look."""

    holders: Mapping[str, Holder]
    """By account, whoever holds it; what nobody holds is left out."""
    tokens: Mapping[str, int]
    """By account, where it was looked at; raised with every change of hands. Not of leases that were only renewed."""


class LeaseStore:
    """Every method may raise what a database raises, and JournalError."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made = False

    def look(
        self, me: Holder, accounts: Sequence[str], gone: Mapping[str, int], *, ask: bool = False, whole: bool = False
    ) -> Found:
        """Say that `me` is alive, take of `accounts` what nobody holds, and tell who holds what.

        `gone`: engines known to have ended, with the sign of life that was their last. `ask`: have whoever holds
        something of it hand it over, at its own next look, so that never two hands act. `whole`: all of it was `me`'s
        at the last look.
        """
        with self._transaction() as connection:
            holders = _holders(connection)
            mine = holders.get(me.holder)
            alive = {name: row for name, row in holders.items() if gone.get(name) != row.renewals}
            alive[me.holder] = _renew(connection, me, mine)
            settled = whole and not ask and mine is not None and not mine.asked_by
            if settled and _count(connection, me.holder) == len(accounts):
                return Found(dict.fromkeys(accounts, alive[me.holder]), {})
            leases = _leases(connection, accounts)
            if mine is not None and mine.asked_by in alive:
                _move(connection, [name for name in leases if leases[name].holder == me.holder], mine.asked_by)
            else:
                _make(connection, [name for name in accounts if name not in leases])
                _move(connection, _free(connection, accounts, alive), me.holder)
            if ask:
                _ask(connection, me.holder, {row.holder for row in leases.values()} & alive.keys() - {me.holder})
            _forget(connection, holders.keys() - alive.keys())
            leases = _leases(connection, accounts)
        return Found(
            {name: alive[row.holder] for name, row in leases.items() if row.holder in alive},
            {name: row.token for name, row in leases.items()},
        )

    def leave(self, holder: str) -> None:
        """Let go of everything."""
        with self._transaction() as connection:
            connection.execute(update(LEASES).where(LEASES.c.holder == holder).values(holder=""))
            _forget(connection, {holder})

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        path = file_of(self._url)
        if path is not None and not path.exists():
            raise JournalError("it is not made yet")
        # Opened for each look, seconds apart: a file that was replaced, or a server that went away, is seen at once.
        engine = open_engine(self._url)
        try:
            with engine.begin() as connection:
                self._made = self._made or inspect(connection).has_table(HOLDERS.name)
                if not self._made:
                    raise JournalError("its tables are not made yet")
                if connection.dialect.name == "postgresql":
                    # What BEGIN IMMEDIATE does for SQLite: one after the other.
                    connection.execute(text("LOCK TABLE leases, lease_holders IN EXCLUSIVE MODE"))
                yield connection
        finally:
            engine.dispose()


@dataclass(frozen=True, slots=True)
class _Lease:
    holder: str
    token: int


def _now_s(connection: Connection) -> float:
    """By the database's clock: those of two machines need not agree."""
    if connection.dialect.name == "sqlite":
        days = connection.exec_driver_sql("SELECT julianday('now') - 2440587.5").scalar_one()
        return float(days) * 86_400.0
    return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _holders(connection: Connection) -> dict[str, Holder]:
    columns = [HOLDERS.c[name] for name in Holder.__dataclass_fields__]
    return {row[0]: Holder(*row) for row in connection.execute(select(*columns))}


def _renew(connection: Connection, me: Holder, before: Holder | None) -> Holder:
    renewed = replace(me, renewals=before.renewals + 1 if before else 1, until_s=_now_s(connection) + me.ttl_s)
    if before is None:
        connection.execute(insert(HOLDERS).values(**asdict(renewed)))
    else:
        connection.execute(update(HOLDERS).where(HOLDERS.c.holder == me.holder).values(**asdict(renewed)))
    return renewed


def _count(connection: Connection, holder: str) -> int:
    return int(
        connection.execute(select(func.count()).select_from(LEASES).where(LEASES.c.holder == holder)).scalar_one()
    )


def _leases(connection: Connection, accounts: Sequence[str]) -> dict[str, _Lease]:
    query = select(LEASES.c.account, LEASES.c.holder, LEASES.c.token)
    return {
        row[0]: _Lease(row[1], int(row[2]))
        for some in _parts(accounts)
        for row in connection.execute(query.where(LEASES.c.account.in_(some)))
    }


def _make(connection: Connection, accounts: Sequence[str]) -> None:
    if accounts:
        connection.execute(insert(LEASES), [{"account": name, "holder": "", "token": 0} for name in accounts])


def _free(connection: Connection, accounts: Sequence[str], alive: Mapping[str, Holder]) -> list[str]:
    return [name for name, row in _leases(connection, accounts).items() if row.holder not in alive]


def _move(connection: Connection, accounts: Sequence[str], holder: str) -> None:
    for some in _parts(accounts):
        connection.execute(
            update(LEASES).where(LEASES.c.account.in_(some)).values(holder=holder, token=LEASES.c.token + 1)
        )


def _ask(connection: Connection, holder: str, others: Iterable[str]) -> None:
    for some in _parts(sorted(others)):
        connection.execute(update(HOLDERS).where(HOLDERS.c.holder.in_(some)).values(asked_by=holder))


def _forget(connection: Connection, holders: Iterable[str]) -> None:
    for some in _parts(sorted(holders)):
        connection.execute(delete(HOLDERS).where(HOLDERS.c.holder.in_(some)))


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), _MANY):
        yield names[first : first + _MANY]
