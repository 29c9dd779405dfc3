"""Who belongs to whom, as the book has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Scope
from core.engine.rostering import RosterKeeper
from core.risk.roster import Roster
from tests.bench.made_book import make_book
from tests.core.engine.ground import Ground, until


async def test_every_account_is_at_its_venue_and_holds_what_its_page_lists(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        await until(lambda: len(it.latest.roster.holder) > 0)
        snapshot = it.latest
        scopes, roster = snapshot.matrix.scopes, snapshot.roster
        for view in snapshot.connections:
            venue = roster.venue[snapshot.matrix.rows[Scope.parse(f"account:{view.account}")]]
            assert scopes[venue] == Scope.parse(f"venue:{view.venue}")
        assert {scopes[row].kind.value for row in roster.holder.tolist()} == {"account"}
        assert {scopes[row].kind.value for row in roster.held.tolist()} == {"strategy"}


def _expected(book: object) -> set[tuple[int, int]]:
    rows = book.view().rows  # type: ignore[attr-defined]
    layout = book.layout  # type: ignore[attr-defined]
    return {
        (layout.first_account + account, layout.first_strategy + strategy)
        for account, strategy in zip(rows.account.tolist(), rows.strategy.tolist(), strict=True)
    }


def _pairs(roster: Roster) -> list[tuple[int, int]]:
    return list(zip(roster.holder.tolist(), roster.held.tolist(), strict=True))


@given(at_once=st.integers(7, 900))
def test_a_round_in_slices_finds_what_all_rows_at_once_say(at_once: int) -> None:
    book = make_book(300, 40)
    keeper = RosterKeeper({}, at_once)
    for _ in range(300 // at_once + 2):
        roster = keeper.step(book.view())
    assert _pairs(roster) == sorted(_expected(book))


def test_the_roster_is_the_same_object_until_somebody_else_holds_something() -> None:
    book = make_book(300, 40)
    keeper = RosterKeeper({}, 64)
    for _ in range(8):
        roster = keeper.step(book.view())
    for _ in range(8):
        assert keeper.step(book.view()) is roster
    rows = book.positions.rows
    row = int(rows.live()[5])
    alone = (rows.account[rows.live()] == rows.account[row]) & (rows.strategy[rows.live()] == rows.strategy[row])
    rows.quantity[rows.live()[alone]] = 0.0
    for _ in range(12):
        left = keeper.step(book.view())
    assert len(left.holder) == len(roster.holder) - 1
    assert left.venue is roster.venue


def test_a_group_is_the_rows_of_its_accounts() -> None:
    book = make_book(30, 10)
    accounts = [scope.name for scope in book.layout.scopes if scope.kind.value == "account"]
    roster = RosterKeeper({"majors": (accounts[3], accounts[7])}).step(book.view())
    assert [book.layout.scopes[row].name for row in roster.groups["majors"].tolist()] == [accounts[3], accounts[7]]
