"""Whatever was opened, closed, split or laid out anew: a sweep says what a plain walk over the positions says."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book import cells
from core.book.attribution import AccountEntry
from core.book.jagged import plan
from core.book.view import BookView
from core.domain import Leg
from tests.core.book.desk import BTC, ETH, Desk

SYMBOLS = (BTC, ETH, "BTC/USDC:USDC", "BTC/USD:BTC", "SOL/USDT:USDT", "XRP/USDT:USDT", "LTC/USDT:USDT")
ACCOUNTS = tuple(AccountEntry(f"n{number}", ("north", "south")[number % 2], "e") for number in range(7))
NAMES = [entry.name for entry in ACCOUNTS]


def walk(view: BookView) -> dict[str, list[float]]:
    """Net, gross and the largest net of one underlying by scope, and each account's coins, in plain Python."""
    layout = view.layout
    held: list[dict[int, float]] = [{} for _ in layout.scopes]
    net, gross, unrealised = ([0.0] * len(layout.scopes) for _ in range(3))

    def add(row: int, underlying: int, notional: float, profit: float) -> None:
        net[row] += notional
        gross[row] += abs(notional)
        unrealised[row] += profit
        held[row][underlying] = held[row].get(underlying, 0.0) + notional

    positions, rows = view.positions, view.rows
    for at in range(len(positions.account)):
        account = int(positions.account[at])
        for row in (0, 1 + int(layout.account_venue[account]), layout.first_account + account):
            add(row, int(positions.underlying[at]), float(positions.notional[at]), float(positions.unrealised[at]))
    for at in range(len(rows.account)):
        row = layout.first_strategy + int(rows.strategy[at])
        add(row, int(rows.underlying[at]), float(rows.notional[at]), float(rows.unrealised[at]))
    return {
        "net": net,
        "gross": gross,
        "unrealised": unrealised,
        "largest_net": [max((abs(part) for part in parts.values()), default=0.0) for parts in held],
        "squared_net": [math.fsum(part * part for part in parts.values()) for parts in held],
        "absolute_net": [math.fsum(abs(part) for part in parts.values()) for parts in held],
    }


def assert_swept_right(desk: Desk) -> None:
    view = desk.view()
    for name, wanted in walk(view).items():
        np.testing.assert_allclose(getattr(view.totals, name), wanted, rtol=1e-9, atol=1e-6, err_msg=name)


def step(desk: Desk, chance: random.Random) -> None:
    account, symbol = chance.choice(NAMES), chance.choice(SYMBOLS)
    entry = float(chance.randrange(50, 150))
    quantity = float(chance.choice([0, 0, 1, 2, -3]))
    kind = chance.randrange(7)
    if kind == 0:
        desk.mark(float(chance.randrange(50, 150)), symbol)
    elif kind == 1:
        desk.fill(quantity or 1.0, entry, chance.choice(["mm-1", "tr-1", ""]), account=account, symbol=symbol)
    elif kind == 2:
        held = {name: (float(chance.randrange(-3, 4)), entry) for name in chance.sample(SYMBOLS, 3)}
        desk.read(account, {"USDT": 5_000.0, "BTC": float(chance.randrange(3))}, held)
    elif kind == 3:
        for leg, sign in ((Leg.LONG, 1.0), (Leg.SHORT, -1.0)):
            desk.position(sign * abs(quantity), entry, account, symbol, leg)
    elif kind == 6:
        # A trade that the venue shows as it was filled: wholly one strategy's.
        held = {(row.account, row.symbol): row.quantity for row in desk.book.positions(account)}
        if not held.get((account, symbol)):
            desk.fill(2.0, entry, chance.choice(["mm-1", "tr-1"]), account=account, symbol=symbol)
            desk.position(2.0, entry, account, symbol)
    elif kind == 4:
        desk.wait(3.0)
        desk.read(account, {"USDT": 5_000.0}, {})
    else:
        desk.position(quantity, entry, account, symbol)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 60), every=st.integers(1, 15))
@pytest.mark.parametrize("crowded", [False, True])
def test_a_sweep_says_what_a_plain_walk_says(seed: int, steps: int, every: int, crowded: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if crowded:  # room for hardly anything beside the layout, and hardly an account laid out alone
            patch.setattr(cells, "LEAST_LOOSE", 2)
            patch.setattr(cells, "LAY_AT_MOST", 2)
        chance = random.Random(seed)
        desk = Desk(accounts=ACCOUNTS)
        for symbol in SYMBOLS:
            desk.mark(100.0, symbol)
        for name in NAMES:
            desk.read(name, 5_000.0, dict.fromkeys(chance.sample(SYMBOLS, chance.randrange(4)), (1.0, 100.0)))
        for number in range(steps):
            step(desk, chance)
            if number % every == 0:
                assert_swept_right(desk)
        assert_swept_right(desk)
        assert_swept_right(desk.restarted_and_read(SYMBOLS))


def test_an_instrument_that_turns_out_to_be_another_coin_is_netted_with_it() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.mark(100.0, "odd")
    for account in "abc":
        desk.read(account, held={BTC: (2.0, 100.0), "odd": (-1.0, 100.0)} if account == "a" else {})
    desk.view()
    desk.learn("odd", "BTC")
    assert_swept_right(desk)
    assert desk.view().totals.largest_net[desk.view().layout.first_account] == 100.0


@given(counts=st.lists(st.integers(0, 40), max_size=50), data=st.data())
def test_every_account_has_cells_of_its_own_and_every_cell_one_segment(counts: list[int], data: st.DataObject) -> None:
    shelves = data.draw(st.lists(st.integers(0, 1), min_size=len(counts), max_size=len(counts)))
    made = plan(np.array(counts, dtype=np.int64), np.array(shelves, dtype=np.int64))
    seen: list[int] = []
    for account, count in enumerate(counts):
        assert made.capacity[account] > count or count == 0
        seen += made.cells_of(account, int(made.capacity[account])).tolist()
    assert sorted(seen) == list(range(made.cells))
    pieces = [
        (block.low + segment.low, block.low + segment.high, segment.rank)
        for block in made.blocks
        for segment in block.segments
    ]
    assert [low for low, _, _ in pieces] == [0, *(high for _, high, _ in pieces[:-1])][: len(pieces)]
    of_rank = np.argsort(made.rank).tolist()
    for low, high, rank in pieces:
        for cell in range(low, high):
            account = of_rank[rank + cell - low]
            assert cell in made.cells_of(account, int(made.capacity[account])).tolist()


def test_an_account_that_outgrew_its_cells_and_shrank_again_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "LEAST_LOOSE", 2)
    desk = Desk(accounts=ACCOUNTS)
    for symbol in SYMBOLS:
        desk.mark(100.0, symbol)
    for name in NAMES:
        desk.read(name, 5_000.0, {BTC: (1.0, 100.0)})
    assert_swept_right(desk)
    monkeypatch.setattr(cells, "LEAST_LOOSE", 1_000)
    desk.read("n3", 5_000.0, dict.fromkeys(SYMBOLS, (2.0, 100.0)))
    assert_swept_right(desk)
    desk.mark(90.0, ETH)
    assert_swept_right(desk)
    for _ in range(2):
        desk.wait(3.0)
        desk.read("n3", 5_000.0, {ETH: (2.0, 100.0)})
        assert_swept_right(desk)
