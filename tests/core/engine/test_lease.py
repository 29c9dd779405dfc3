"""One engine at a time acts on an account: leases on a real database, their terms counted on clocks moved by hand."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.engine.lease import Lease, identity_of
from core.engine.process_mark import has_ended, own_mark
from core.journal.database import url_of
from core.journal.journal import Journal
from core.journal.leases import LeaseStore
from core.secrets import Credentials
from tests.core.engine.ground import until

TERM_S = 15.0
BOTH = {"alpha": "binance:#1", "beta": "binance:#2"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with its tables made."""
    path = tmp_path / "scram.sqlite"
    journal = Journal(path, ManualClock())
    assert journal.flush(20.0)
    journal.close()
    return url_of(path)


class Desk:
    """A lease whose time goes by only when the test says so; what it does on its own it does at once."""

    def __init__(self, url: str, name: str, accounts: dict[str, str], mark: str = "") -> None:
        self.clock = ManualClock()
        self.lease = Lease(
            LeaseStore(url), accounts, name, f"{name} on {name}s-machine (process 1)", TERM_S, self.clock,
            self.clock.monotonic, mark,
        )  # fmt: skip
        self.lease._started = True
        self.accounts = accounts
        self.url = url

    async def start(self) -> Desk:
        await self.look(1.0)
        return self

    async def look(self, after_s: float = 0.0) -> None:
        """Have it look once more, `after_s` later."""
        self.clock.advance(after_s)
        await self.lease._look()

    async def end(self) -> None:
        await self.lease.close()
        await self.lease._leave()

    def acts_on(self) -> list[str]:
        return [name for name in self.accounts if not self.lease.may_act(name)]


Open = Callable[..., Desk]


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Open]:
    made: list[Desk] = []

    def make(name: str, accounts: dict[str, str] = BOTH, mark: str = "") -> Desk:
        made.append(Desk(url, name, accounts, mark))
        return made[-1]

    yield make
    for one in made:
        await one.end()


async def test_the_only_desk_acts_at_once(desk: Open) -> None:
    ada = await desk("ada").start()
    assert ada.acts_on() == ["alpha", "beta"]
    view = ada.lease.view()
    assert (view.held, view.view_only, view.words) == (2, False, "")


async def test_a_second_desk_watches_only_and_says_who_acts_and_until_when(desk: Open) -> None:
    ada, bob = await desk("ada").start(), await desk("bob").start()
    assert (ada.acts_on(), bob.acts_on()) == (["alpha", "beta"], [])
    refusal = bob.lease.may_act("alpha")
    assert refusal.startswith("account alpha is held by ada on adas-machine (process 1) until ")
    assert refusal.endswith(" UTC: this desk only watches")
    view = bob.lease.view()
    assert view.view_only
    assert view.words.startswith("view only: held by ada on adas-machine (process 1) until ")


async def test_before_the_database_has_answered_nothing_acts(desk: Open, tmp_path: Path) -> None:
    nobody = Desk(url_of(tmp_path / "none.sqlite"), "ada", BOTH)
    await nobody.look()
    assert nobody.lease.may_act("alpha") == (
        "nobody has told yet whether another desk acts on account alpha: it is not made yet: only the stop acts"
    )
    assert not (tmp_path / "none.sqlite").exists()


async def test_a_desk_that_ends_in_order_is_not_waited_for(desk: Open) -> None:
    ada, bob = await desk("ada").start(), await desk("bob").start()
    await ada.end()
    assert ada.acts_on() == []
    await bob.look()
    assert bob.acts_on() == ["alpha", "beta"]


async def test_a_desk_that_falls_silent_has_ceased_before_another_begins(desk: Open) -> None:
    ada, bob = await desk("ada").start(), await desk("bob").start()
    for moment in range(1, 40):
        ada.clock.advance(0.5)
        await bob.look(0.5)
        assert not (ada.acts_on() and bob.acts_on())
        if moment * 0.5 < TERM_S:
            assert not bob.acts_on()
    assert bob.acts_on() == ["alpha", "beta"]
    assert "is over and could not be renewed" in ada.lease.may_act("alpha")


async def test_a_desk_that_wakes_up_finds_that_it_acts_no_more_and_then_who_does(desk: Open) -> None:
    ada, bob = await desk("ada").start(), await desk("bob").start()
    lost: list[int] = []
    ada.lease.changed.connect(lambda view: lost.append(view.held))
    ada.clock.advance(100.0)  # frozen, or suspended with its machine
    assert ada.acts_on() == []
    await bob.look(TERM_S)
    assert bob.acts_on()
    await ada.look()
    assert "is held by bob" in ada.lease.may_act("alpha")
    assert lost == [0]


async def test_a_lease_that_ran_out_and_that_nobody_took_goes_on_with_the_next_renewal(desk: Open) -> None:
    ada = await desk("ada").start()
    ada.clock.advance(100.0)
    assert ada.acts_on() == []
    await ada.look()
    assert ada.acts_on() == ["alpha", "beta"]


async def test_an_operator_has_it_handed_over_and_never_do_both_act(desk: Open) -> None:
    ada, bob = await desk("ada").start(), await desk("bob").start()
    bob.lease.ask_for()
    await bob.look()
    assert bob.acts_on() == []
    assert bob.lease.view().words.endswith("it was asked to hand over")
    await ada.look(3.0)
    assert (ada.acts_on(), bob.acts_on()) == ([], [])
    await bob.look(1.0)
    assert bob.acts_on() == ["alpha", "beta"]
    await ada.look(3.0)
    await bob.look(3.0)
    assert (ada.acts_on(), bob.acts_on()) == ([], ["alpha", "beta"])


async def test_desks_that_share_one_account_act_each_on_their_own(desk: Open) -> None:
    ada = await desk("ada", {"alpha": "binance:#1"}).start()
    bob = await desk("bob", {"mine": "binance:#1", "beta": "binance:#2"}).start()
    assert (ada.acts_on(), bob.acts_on()) == (["alpha"], ["beta"])
    assert bob.lease.view().words.startswith("view only for 1 of 2 accounts: held by ada")


async def test_while_the_database_cannot_be_had_the_holder_goes_on_to_the_end_of_its_term(
    desk: Open, tmp_path: Path
) -> None:
    ada = await desk("ada").start()
    with contextlib.closing(sqlite3.connect(tmp_path / "scram.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await ada.look(3.0)
        assert ada.acts_on() == ["alpha", "beta"]
        words = ada.lease.view().words
        assert words.startswith(
            "the lease cannot be renewed (another program holds a lock on it): this desk acts until"
        )
        await ada.look(TERM_S)
        assert ada.acts_on() == []
        assert "another program holds a lock on it" in ada.lease.may_act("alpha")
        assert ada.lease.view().words == "view only: another program holds a lock on it; only the stop acts"
        other.execute("ROLLBACK")
    await ada.look()
    assert ada.acts_on() == ["alpha", "beta"]


async def test_every_change_of_hands_raises_the_token(desk: Open, url: str) -> None:
    ada = await desk("ada").start()
    tokens = [ada.lease.newest_token]
    await ada.look(3.0)
    tokens.append(ada.lease.newest_token)
    bob = await desk("bob").start()
    await ada.end()
    await bob.look()
    tokens.append(bob.lease.newest_token)
    assert tokens == [1, 1, 2]


async def test_whatever_happens_two_desks_never_act_at_once(url: str, rng: random.Random) -> None:
    """Random looks, pauses, locked databases, hand-overs, ends and beginnings of three desks on one clock."""
    desks = [Desk(url, name, {"alpha": "binance:#1"}) for name in ("ada", "bob", "eve")]
    path = Path(url.removeprefix("sqlite:///"))
    changes, before = 0, ""
    for _ in range(150):
        step_s = rng.choice((0.1, 1.0, 3.0, 7.0))
        for one in desks:
            one.clock.advance(step_s)
        one = rng.choice(desks)
        match rng.randrange(16):
            case 0:
                with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
                    other.execute("BEGIN EXCLUSIVE")
                    await one.look()
                    other.execute("ROLLBACK")
            case 1 | 2:
                one.lease.ask_for()
            case 3 | 4:
                await one.lease._leave()
                desks[desks.index(one)] = again = Desk(url, f"{one.lease._me.holder}'", {"alpha": "binance:#1"})
                again.clock = one.clock
                again.lease._passed = one.clock.monotonic
            case _:
                await one.look()
        acting = [row.lease._me.holder for row in desks if row.acts_on()]
        assert len(acting) <= 1
        if acting and acting[0] != before:
            changes, before = changes + 1, acting[0]
    assert changes > 3


async def test_it_is_kept_by_itself_and_let_go_at_the_end(desk: Open) -> None:
    ada = desk("ada")
    await ada.lease.start(20.0)
    assert ada.acts_on() == ["alpha", "beta"]
    began_s = ada.clock.monotonic()

    def three_terms_have_passed() -> bool:
        ada.clock.advance(0.5)
        return ada.clock.monotonic() > began_s + 3 * TERM_S

    await until(three_terms_have_passed)
    assert ada.acts_on() == ["alpha", "beta"]
    await ada.lease.close()
    bob = await desk("bob").start()
    assert bob.acts_on() == ["alpha", "beta"]


async def test_a_start_does_not_wait_for_a_database_that_does_not_answer(desk: Open, tmp_path: Path) -> None:
    ada = desk("ada")
    with contextlib.closing(sqlite3.connect(tmp_path / "scram.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await ada.lease.start(0.1)
        assert ada.acts_on() == []
        other.execute("ROLLBACK")

    def answered() -> bool:
        ada.clock.advance(0.1)
        return bool(ada.acts_on())

    await until(answered)


# -- processes --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not own_mark(), reason="this system tells no marks of processes")
async def test_a_desk_whose_process_was_killed_is_not_waited_for(desk: Open) -> None:
    command = [sys.executable, "-c", MARK_AND_WAIT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        mark = process.stdout.readline().decode().strip()
        assert not has_ended(mark)
        ada, bob = await desk("ada", mark=mark).start(), await desk("bob").start()
        assert bob.acts_on() == []
        process.kill()
    assert has_ended(mark)
    await bob.look()
    assert bob.acts_on() == ["alpha", "beta"]
    eve = await desk("eve").start()
    assert eve.acts_on() == []
    assert ada.acts_on()  # of what only a killed process would do, nothing is left to ask


ROOT = Path(__file__).parents[3]
MARK_AND_WAIT = """
import sys
from core.engine.process_mark import own_mark
print(own_mark(), flush=True)
sys.stdin.readline()
"""


def test_a_mark_tells_this_process_from_what_cannot_be_judged() -> None:
    assert not has_ended(own_mark())
    assert not has_ended("")
    assert not has_ended("another-boot:pid:[1]/1/1")
    assert not has_ended("nonsense")


@pytest.mark.skipif(not own_mark(), reason="this system tells no marks of processes")
def test_another_process_with_the_same_number_is_another_process() -> None:
    space = own_mark().partition("/")[0]
    assert has_ended(f"{space}/{os.getpid()}/1")


def test_an_account_is_called_the_same_whoever_configures_it_and_its_key_is_not_told() -> None:
    key = Credentials(api_key="k3y", secret="s")
    mine = identity_of("binance", "alpha", key)
    assert mine == identity_of("binance", "beta", Credentials(api_key="k3y", secret="other"))
    assert mine != identity_of("binance", "alpha", Credentials(api_key="k4y", secret="s"))
    assert mine != identity_of("okx", "alpha", key)
    assert "k3y" not in mine
    assert identity_of("binance", "alpha", None) == "binance:alpha"
