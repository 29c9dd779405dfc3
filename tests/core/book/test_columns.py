from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.book.marks import InstrumentColumns, Marks
from core.domain import PORTFOLIO
from core.venues.messages import MarkUpdate
from tests.core.book.desk import BTC, Desk


@given(st.lists(st.booleans(), max_size=60))
def test_rows_keep_their_values_while_others_come_and_go(steps: list[bool]) -> None:
    table, kept = InstrumentColumns(capacity=1), dict[int, float]()
    for number, opens in enumerate(steps):
        if opens or not kept:
            row = table.open()
            assert np.isnan(table.mark[row])
            assert row not in kept
            table.mark[row] = kept[row] = float(number)
        else:
            row = next(iter(kept))
            del kept[row]
            table.free(row)
        assert {int(row): float(table.mark[row]) for row in table.live()} == kept


def test_a_flat_position_gives_its_row_back() -> None:
    desk = Desk()
    desk.mark(100.0)
    for _ in range(20):
        desk.read(held={BTC: (1.0, 100.0)})
        desk.wait(5.0)
        desk.read(held={})
        desk.wait(5.0)
        desk.read(held={})
    assert desk.book._positions.slots.size <= 4
    assert desk.book._positions.rows.size <= 4
    assert desk.book.counts.positions == 0


@given(
    base=st.sampled_from(["USD", "EUR", "USDT"]),
    prices=st.dictionaries(
        st.sampled_from(["EUR/USDT", "USDC/USDT", "BTC/USDT", "ETH/USDC", "BTC/EUR", "SOL/BTC", "USDT/USD"]),
        st.floats(0.1, 1e5),
    ),
)
def test_rates_of_all_coins_at_once_are_those_of_each(base: str, prices: dict[str, float]) -> None:
    marks = Marks(base, ("USDT", "USDC"))
    assert marks.rates().size == 0
    for symbol, price in prices.items():
        marks.apply(MarkUpdate("e", symbol, price, 1.0))
    np.testing.assert_array_equal(marks.rates(), [marks.rate(coin) for coin in range(len(marks.coins))])
    rates = dict(zip(marks.coins, marks.rates(), strict=True))
    assert rates.get(base, 1.0) == 1.0
    if "SOL/BTC" in prices:
        assert np.isnan(rates["SOL"])


def test_a_price_source_is_kept_until_another_is_clearly_fresher() -> None:
    marks = Marks("USD", ("USDT",))
    marks.apply(MarkUpdate("one", BTC, 100.0, 10.0))
    marks.apply(MarkUpdate("two", BTC, 101.0, 12.0))
    assert marks.rate(marks.coin("BTC")) == 100.0
    marks.apply(MarkUpdate("two", BTC, 102.0, 16.0))
    assert marks.rate(marks.coin("BTC")) == 102.0


def test_a_dated_future_prices_no_coin() -> None:
    marks = Marks("USD", ("USDT",))
    marks.apply(MarkUpdate("one", "BTC/USDT:USDT-261225", 130.0, 10.0))
    assert np.isnan(marks.rate(marks.coin("BTC")))


def test_a_view_is_read_only_and_stays_as_it_was() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read(held={BTC: (1.0, 100.0)})
    view = desk.view()
    assert view.positions.quantity.tolist() == [1.0]
    desk.position(5.0)
    desk.wallet(9.0)
    desk.view()
    assert view.positions.quantity.tolist() == [1.0]
    assert view.totals.gross.tolist()[3] == 100.0
    assert view.account_equity[0] == 1_000.0
    for array in (view.equity, view.positions.quantity, view.rows.notional, view.peak, view.totals.net):
        assert not array.flags.writeable
    assert desk.book.scopes[0] == PORTFOLIO
